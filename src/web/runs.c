#include "runs.h"

#include "child.h"

#include "moonbird/base/json.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/show.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LONGEST_LINE = 1 << 18 };

typedef struct run {
    int number;
    mb_web_child child;
    bool ended;
    char *command, *environment;
    char at[32];
    mb_buf events, output; /* read, and not yet in the feed */
} run;

struct mb_runs {
    mb_feed *feed;
    run *items; /* the oldest first */
    size_t n;
    int last;
};

mb_runs *mb_runs_new(mb_feed *feed)
{
    mb_runs *runs = mb_alloc(sizeof *runs);

    runs->feed = feed;
    return runs;
}

static void free_run(run *r)
{
    mb_fd_close(&r->child.channel);
    mb_fd_close(&r->child.output);
    mb_buf_free(&r->events);
    mb_buf_free(&r->output);
    free(r->command);
    free(r->environment);
}

void mb_runs_free(mb_runs *runs)
{
    if (!runs)
        return;
    for (size_t i = 0; i < runs->n; i++)
        free_run(&runs->items[i]);
    free(runs->items);
    free(runs);
}

int mb_runs_count(const mb_runs *runs)
{
    int n = 0;

    for (size_t i = 0; i < runs->n; i++)
        n += !runs->items[i].ended;
    return n;
}

/* ---- messages ---- */

/* Appends the object of a run without its last brace. */
static void add_run(mb_buf *out, const run *r)
{
    mb_buf_printf(out, "{\"run\":%d", r->number);
    mb_json_add_member(out, "command", r->command);
    mb_json_add_member(out, "environment", r->environment);
    mb_json_add_member(out, "at", r->at);
}

static void tell_begin(mb_feed *feed, const run *r)
{
    mb_buf text = {0};

    add_run(&text, r);
    mb_buf_putc(&text, '}');
    mb_feed_add(feed, r->number, "run", text.data, text.len);
    mb_buf_free(&text);
}

static void tell_event(mb_feed *feed, const run *r, const char *line, size_t len)
{
    mb_buf text = {0};

    if (!mb_json_is_valid(line, len))
        return; /* the process was killed while it wrote the line */
    mb_buf_printf(&text, "{\"run\":%d,\"event\":", r->number);
    mb_buf_add(&text, line, len);
    mb_buf_putc(&text, '}');
    mb_feed_add(feed, r->number, "event", text.data, text.len);
    mb_buf_free(&text);
}

static void tell_output(mb_feed *feed, const run *r, const char *line, size_t len)
{
    mb_buf shown = {0}, text = {0};

    mb_show(&shown, line, len, MB_SHOW_LINE);
    mb_buf_printf(&text, "{\"run\":%d,\"text\":", r->number);
    mb_json_add_string(&text, mb_buf_str(&shown), shown.len);
    mb_buf_putc(&text, '}');
    mb_feed_add(feed, r->number, "output", text.data, text.len);
    mb_buf_free(&shown);
    mb_buf_free(&text);
}

static void tell_end(mb_feed *feed, const run *r)
{
    mb_buf text = {0};

    mb_buf_printf(&text, "{\"run\":%d,\"status\":%d}", r->number, r->child.status);
    mb_feed_add(feed, r->number, "end", text.data, text.len);
    mb_buf_free(&text);
}

/* Sends the complete lines of the buffer, and at the end of the stream the rest. */
static void tell_lines(mb_feed *feed, const run *r, mb_buf *lines, bool all,
                       void (*tell)(mb_feed *, const run *, const char *, size_t))
{
    size_t at = 0;

    for (;;) {
        const char *from = lines->data + at;
        const char *end = lines->len > at ? memchr(from, '\n', lines->len - at) : NULL;

        if (!end)
            break;
        tell(feed, r, from, (size_t)(end - from));
        at = (size_t)(end + 1 - lines->data);
    }
    if (lines->len > at && (all || lines->len - at > LONGEST_LINE)) {
        tell(feed, r, lines->data + at, lines->len - at);
        at = lines->len;
    }
    if (at) {
        memmove(lines->data, lines->data + at, lines->len - at);
        lines->len -= at;
    }
}

/* ---- runs ---- */

/* Makes room: the oldest run that has ended is forgotten. */
static void forget_oldest(mb_runs *runs)
{
    for (size_t i = 0; runs->n >= MB_RUNS_KEPT && i < runs->n; i++) {
        if (!runs->items[i].ended)
            continue;
        free_run(&runs->items[i]);
        memmove(runs->items + i, runs->items + i + 1, (runs->n - i - 1) * sizeof *runs->items);
        runs->n--;
        return;
    }
}

static void set_time(char *out, size_t size)
{
    time_t now = time(NULL);
    struct tm utc;

    strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
}

bool mb_runs_start(mb_runs *runs, const mb_run_order *order, int *number, mb_error *err)
{
    enum { MOST_WORDS = 200 };
    const char *argv[MOST_WORDS + 3] = {"--events", "fd:3"};
    run fresh = {0};
    /* Set, even without a name: no word of a page's order can answer for a protected environment. */
    const char *confirmed = order->confirmed ? order->confirmed : "";
    size_t n = 2;

    if (mb_runs_count(runs) >= MB_RUNS_AT_ONCE)
        return mb_fail(err, MB_ERR_FAILED, "%d runs are under way already", MB_RUNS_AT_ONCE);
    for (size_t i = 0; order->argv[i]; i++) {
        if (i == MOST_WORDS)
            return mb_fail(err, MB_ERR_USAGE, "the command has more than %d words", MOST_WORDS);
        argv[n++] = order->argv[i];
    }
    if (!mb_web_child_start(&fresh.child,
                            &(mb_web_start){.argv = argv, .confirmed = confirmed}, err))
        return false;
    forget_oldest(runs);
    fresh.number = *number = ++runs->last;
    fresh.command = mb_strdup(order->command);
    fresh.environment = mb_strdup(order->environment);
    set_time(fresh.at, sizeof fresh.at);
    runs->items = mb_realloc(runs->items, (runs->n + 1) * sizeof *runs->items);
    runs->items[runs->n++] = fresh;
    tell_begin(runs->feed, &fresh);
    return true;
}

bool mb_runs_cancel(mb_runs *runs, int number)
{
    for (size_t i = 0; i < runs->n; i++)
        if (runs->items[i].number == number && !runs->items[i].ended)
            return kill(runs->items[i].child.pid, SIGINT) == 0;
    return false;
}

void mb_runs_list(const mb_runs *runs, mb_buf *out)
{
    mb_buf_putc(out, '[');
    for (size_t i = runs->n; i-- > 0;) {
        const run *r = &runs->items[i];

        add_run(out, r);
        if (r->ended)
            mb_buf_printf(out, ",\"status\":%d}", r->child.status);
        else
            mb_buf_puts(out, ",\"status\":null}");
        mb_buf_puts(out, i > 0 ? "," : "");
    }
    mb_buf_putc(out, ']');
}

size_t mb_runs_poll(const mb_runs *runs, struct pollfd *fds)
{
    size_t n = 0;

    for (size_t i = 0; i < runs->n; i++) {
        const mb_web_child *child = &runs->items[i].child;

        if (child->channel >= 0)
            fds[n++] = (struct pollfd){.fd = child->channel, .events = POLLIN};
        if (child->output >= 0)
            fds[n++] = (struct pollfd){.fd = child->output, .events = POLLIN};
    }
    return n;
}

/*
 * The end of a run is that of its process: a program that it started can keep its output open. So
 * both streams are read once more after it.
 */
static void turn_run(mb_runs *runs, run *r)
{
    bool ended = mb_web_child_ended(&r->child);

    if (r->child.channel >= 0)
        mb_web_drain(&r->child.channel, &r->events);
    if (r->child.output >= 0)
        mb_web_drain(&r->child.output, &r->output);
    tell_lines(runs->feed, r, &r->events, ended, tell_event);
    tell_lines(runs->feed, r, &r->output, ended, tell_output);
    if (!ended)
        return;
    r->ended = true;
    mb_fd_close(&r->child.channel);
    mb_fd_close(&r->child.output);
    tell_end(runs->feed, r);
}

void mb_runs_turn(mb_runs *runs)
{
    for (size_t i = 0; i < runs->n; i++)
        if (!runs->items[i].ended)
            turn_run(runs, &runs->items[i]);
}
