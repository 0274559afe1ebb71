#include "moonbird/server/restore.h"

#include "moonbird/base/mem.h"
#include "moonbird/os/file.h"
#include "moonbird/os/probe.h"
#include "moonbird/os/program.h"
#include "moonbird/pg/child_env.h"
#include "moonbird/pg/version.h"
#include "moonbird/server/find_programs.h"
#include "process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the table of contents ---- */

enum { LIST_MOST = 1 << 28 };

/* Copies the rest of the line behind `label` in the comments at the head of the list. */
static void read_comment(char *out, size_t size, const char *list, const char *label)
{
    const char *at = strstr(list, label);

    if (!at)
        return;
    at += strlen(label);
    snprintf(out, size, "%.*s", (int)strcspn(at, "\r\n"), at);
}

/* An entry is a line that does not begin with ";". */
static size_t count_entries(const char *list)
{
    size_t n = 0;

    while (*list) {
        size_t len = strcspn(list, "\n");

        n += len > 0 && *list != ';';
        list += len + (list[len] == '\n');
    }
    return n;
}

static bool fail_list(mb_error *err, const char *path, const mb_program_end *end)
{
    const char *said = mb_buf_str(&end->err);
    size_t len = strlen(said);

    while (len > 0 && said[len - 1] == '\n')
        len--;
    mb_fail(err, MB_ERR_FAILED, "pg_restore cannot read the backup");
    mb_fail_detail(err, "%.*s", (int)len, said);
    return mb_fail_at(err, path, 0, 0);
}

bool mb_archive_read(mb_archive *out, const char *path, mb_error *err)
{
    const char *argv[] = {NULL, "--list", path, NULL};
    mb_program_end end = {0};
    char *program = NULL;
    bool folder = false, ok;

    *out = (mb_archive){0};
    if (!mb_file_check(path, &folder, err) || !mb_server_program(&program, "pg_restore", err))
        return false;
    argv[0] = program;
    ok = mb_program_run(&end, &(mb_program){.argv = argv, .folder = "/", .most = LIST_MOST}, err);
    if (ok && end.status != 0)
        ok = fail_list(err, path, &end);
    if (ok) {
        const char *list = mb_buf_str(&end.out);

        read_comment(out->made, sizeof out->made, list, "; Archive created at ");
        read_comment(out->database, sizeof out->database, list, ";     dbname: ");
        read_comment(out->server, sizeof out->server, list, ";     Dumped from database version: ");
        out->entries = count_entries(list);
    }
    mb_program_end_free(&end);
    free(program);
    return ok;
}

/* ---- restoring ---- */

/* Runs pg_restore; `to` is its option for where the objects go. */
static bool run(mb_process *process, const mb_restore *what, const char *program, const char *to,
                mb_error *err)
{
    const char *argv[] = {program,
                          "--no-password",
                          "--single-transaction",
                          "--exit-on-error",
                          to,
                          what->archive,
                          NULL,
                          NULL,
                          NULL};

    if (what->no_owner) {
        argv[5] = "--no-owner";
        argv[6] = "--no-privileges";
        argv[7] = what->archive;
    }
    process->argv = argv;
    return mb_process_run(process, err);
}

/*
 * With an empty name, libpq takes the name from the environment; a name may look like a connection
 * string.
 */
static const char to_database[] = "--dbname=";

/* ---- restoring into a server that is older than pg_restore ---- */

enum { SETS_TRANSACTION_TIMEOUT = 17 }; /* pg_restore since this version */

/* An unnamed file beside the log. */
static int open_script(const mb_restore *what, mb_error *err)
{
    char *path = mb_format("%s-XXXXXX", what->log);
    int fd = mkostemp(path, O_CLOEXEC);

    if (fd < 0)
        mb_fail_errno(err, path, "cannot write the script of pg_restore");
    else
        unlink(path);
    free(path);
    return fd;
}

/*
 * Makes a comment of the line that an older server refuses.  A name in the archive could be a
 * command of psql, which runs programs, unless the script begins with \restrict.
 */
static bool prepare_script(int fd, mb_error *err)
{
    static const char line[] = "\nSET transaction_timeout = 0;\n";
    char head[4096] = "";
    ssize_t n = pread(fd, head, sizeof head - 1, 0);
    const char *at = n > 0 ? strstr(head, line) : NULL;

    fcntl(fd, F_SETFL, O_RDWR); /* pg_restore left O_APPEND, with which pwrite has no place */
    if (n < 0 || (at && pwrite(fd, "--", 2, at - head + 1) != 2))
        return mb_fail_errno(err, "the script of pg_restore", "cannot change the file");
    if (strstr(head, "\n\\restrict "))
        return true;
    mb_fail(err, MB_ERR_FAILED,
            "this pg_restore cannot restore into a server that is older than "
            "PostgreSQL 17");
    return mb_fail_hint(err, "Update PostgreSQL's client programs: pg_restore can do so since "
                             "version 17.6.");
}

/* psql ends at an error without the COMMIT at the end of the script. */
static bool run_psql(mb_process *process, int script, mb_error *err)
{
    const char *argv[] = {NULL,
                          "--no-psqlrc",
                          "--quiet",
                          "--no-password",
                          "--set=ON_ERROR_STOP=1",
                          "--output=/dev/null",
                          to_database,
                          "--file=/dev/fd/3",
                          NULL};
    char *program = NULL;
    bool ok = mb_server_program(&program, "psql", err);

    argv[0] = program;
    process->argv = argv;
    process->lock = script;
    ok = ok && mb_process_run(process, err);
    process->argv = NULL;
    free(program);
    return ok;
}

/*
 * A newer pg_restore sets transaction_timeout, which an older server refuses.  So psql runs a
 * script of pg_restore, which begins and commits the transaction.
 */
static bool run_as_script(const mb_process *process, const mb_restore *what, const char *program,
                          mb_error *err)
{
    int fd = open_script(what, err);
    mb_process to_script = *process, psql = *process;
    bool ok;

    if (fd < 0)
        return false;
    to_script.output = &fd;
    ok = run(&to_script, what, program, "--file=-", err) && prepare_script(fd, err) &&
         run_psql(&psql, fd, err);
    close(fd);
    return ok;
}

bool mb_restore_run(const mb_restore *what, const mb_conn *conn, mb_error *err)
{
    mb_process process = {.log = what->log, .lock = -1, .death_signal = SIGTERM};
    char *program = NULL;
    mb_child_login login;
    int major = 0;
    bool ok = mb_server_program(&program, "pg_restore", err) &&
              mb_server_program_major(&major, program, err);

    if (ok && (ok = mb_conn_child_login(&login, conn, err))) {
        process.env = (const char *const *)login.env.items;
        process.input = login.input;
        ok = major >= SETS_TRANSACTION_TIMEOUT && !mb_conn_has(conn, MB_FEATURE_TRANSACTION_TIMEOUT)
                 ? run_as_script(&process, what, program, err)
                 : run(&process, what, program, to_database, err);
        mb_child_login_free(&login);
    }
    if (!ok)
        err->file[0] = '\0'; /* the log is removed */
    unlink(what->log);
    free(program);
    return ok;
}
