/* process_alive.c -- facts about a process from /proc; see proc(5). */
#include "moonbird/os/process_alive.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CLOCKS_APART_US (300 * INT64_C(1000000))

enum { NAME_SIZE = 64 };

const char *mb_this_host(void)
{
    static char name[256];

    if (!name[0] && gethostname(name, sizeof name - 1) != 0)
        snprintf(name, sizeof name, "unknown");
    return name;
}

typedef struct facts {
    char name[NAME_SIZE]; /* of its program */
    char state;           /* Z: it has ended and was not waited for */
    int64_t started_us;   /* since 1970 */
} facts;

/* The time at which the machine started, in seconds since 1970. */
static long long boot_time(void)
{
    FILE *file = fopen("/proc/stat", "re");
    char line[4096];
    long long at = 0;

    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "btime %lld", &at) == 1)
            break;
    if (file)
        fclose(file);
    return at;
}

/* The name is in parentheses and may contain some itself: the last one ends it. */
static bool parse_facts(facts *out, const char *line)
{
    const char *open = strchr(line, '('), *close = strrchr(line, ')');
    unsigned long long ticks;

    if (!open || !close || close < open ||
        sscanf(close + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d"
                          " %*d %*d %llu", &out->state, &ticks) != 2)
        return false;
    snprintf(out->name, sizeof out->name, "%.*s", (int)(close - open - 1), open + 1);
    out->started_us = boot_time() * 1000000 +
                      (int64_t)(ticks * 1000000 / (unsigned long long)sysconf(_SC_CLK_TCK));
    return true;
}

static bool read_facts(facts *out, int pid)
{
    char path[64], line[1024];
    FILE *file;
    bool ok;

    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    file = fopen(path, "re");
    if (!file)
        return false;
    ok = fgets(line, sizeof line, file) && parse_facts(out, line);
    fclose(file);
    return ok;
}

bool mb_process_lives(int pid, int64_t at_us)
{
    facts it, self;

    if (pid <= 0 || pid == getpid() || (kill(pid, 0) != 0 && errno != EPERM))
        return false;
    if (!read_facts(&it, pid) || !read_facts(&self, getpid()))
        return true; /* /proc hides one of them */
    return it.state != 'Z' && strcmp(it.name, self.name) == 0 &&
           it.started_us <= at_us + CLOCKS_APART_US;
}
