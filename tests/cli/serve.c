/*
 * serve.c -- a throw-away server for a script.
 *
 *     serve COMMAND...
 *
 * Runs the command with the server's URL in $SERVER_URL and ends with its status. The server syncs
 * nothing, and its data is in memory if the machine allows it; it ends with this process.
 */
#include "moonbird/base/buf.h"
#include "moonbird/server/throw_away.h"
#include "moonbird/os/log.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void export_url(const char *conninfo)
{
    char host[256], url[512];

    if (sscanf(conninfo, "host=%255s port=5432 user=postgres", host) != 1)
        abort();
    snprintf(url, sizeof url, "postgresql://postgres@/postgres?host=%s&port=5432", host);
    setenv("SERVER_URL", url, 1);
}

static pid_t command;

static void pass_on(int number)
{
    kill(command, number);
}

/* The terminal's SIGINT reaches the command by itself. */
static int run(char **argv)
{
    int status = 0;

    signal(SIGINT, SIG_IGN);
    command = fork();
    if (command == 0) {
        signal(SIGINT, SIG_DFL);
        execvp(argv[0], argv);
        perror(argv[0]);
        _exit(127);
    }
    signal(SIGTERM, pass_on);
    signal(SIGHUP, pass_on);
    if (command < 0 || waitpid(command, &status, 0) != command) {
        perror("serve");
        return 125;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
    mb_throw_away *cluster;
    mb_error err;
    int status;

    if (argc < 2) {
        fputs("usage: serve COMMAND...\n", stderr);
        return 125;
    }
    if (!mb_throw_away_start(&cluster, &err)) {
        mb_log_error(MB_LOG_ERROR, &err);
        return 125;
    }
    export_url(mb_throw_away_conninfo(cluster));
    status = run(argv + 1);
    mb_throw_away_stop(cluster);
    return status;
}
