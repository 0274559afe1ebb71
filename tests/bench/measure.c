/*
 * measure.c -- the time and the memory that a command needs on this machine.
 *
 *     measure FILE COMMAND...
 *
 * Writes to FILE `WALL CPU PEAK`: milliseconds, milliseconds, KiB, of the command and of the
 * processes that it started and waited for; ends with its status.  It is small on purpose: Linux
 * counts the memory of the process that calls exec to the program it becomes.
 */
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double ms_since(const struct timespec *start)
{
    struct timespec end;

    clock_gettime(CLOCK_MONOTONIC, &end);
    return (double)(end.tv_sec - start->tv_sec) * 1e3 +
           (double)(end.tv_nsec - start->tv_nsec) / 1e6;
}

static double ms_of(struct timeval t)
{
    return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

int main(int argc, char **argv)
{
    struct timespec start;
    struct rusage used;
    double wall;
    pid_t pid;
    int status;
    FILE *out;

    if (argc < 3) {
        fputs("usage: measure FILE COMMAND...\n", stderr);
        return 125;
    }
    clock_gettime(CLOCK_MONOTONIC, &start);
    if (posix_spawnp(&pid, argv[2], NULL, NULL, argv + 2, environ) != 0) {
        perror(argv[2]);
        return 127;
    }
    if (wait4(pid, &status, 0, &used) != pid) {
        perror("wait4");
        return 125;
    }
    wall = ms_since(&start);
    out = fopen(argv[1], "w");
    if (!out || fprintf(out, "%.3f %.3f %ld\n", wall, ms_of(used.ru_utime) + ms_of(used.ru_stime),
                        used.ru_maxrss) < 0 || fclose(out) != 0) {
        perror(argv[1]);
        return 125;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
