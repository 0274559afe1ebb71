#include "pool.h"

#include "child.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/show.h"
#include "moonbird/os/clock.h"
#include "moonbird/os/print.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MOST_WORKERS = 32,
    MOST_ANSWER = 16 << 20,
    KEPT_OUTPUT = 4096, /* of a worker's last words, which a page shows when it dies */
    GRACE_US = 3000000, /* between SIGINT and SIGKILL */
};

typedef struct mb_pool_worker {
    mb_web_child child;
    char environment[64];
    mb_pool_job *job; /* NULL: idle, or its job was cancelled */
    size_t sent;      /* bytes of job->request */
    mb_buf received, output;
    int64_t since;    /* when the job or the idleness began */
    int64_t kill_at;  /* it was told to end, and is killed then; 0: it was not */
} worker;

struct mb_pool {
    const char *const *argv;
    const char *environment; /* of jobs that name none; or NULL */
    mb_pool_limits limits;
    worker *workers[MOST_WORKERS];
    int n;
    mb_pool_job *first, *last; /* the queue */
    int waiting;
};

mb_pool *mb_pool_new(const char *const *argv, const char *environment, mb_pool_limits limits)
{
    mb_pool *pool = mb_alloc(sizeof *pool);

    pool->argv = argv;
    pool->environment = environment;
    pool->limits = limits;
    if (limits.workers > MOST_WORKERS)
        pool->limits.workers = MOST_WORKERS;
    return pool;
}

/* ---- one worker ---- */

/* The worker ends at the end of its channel, and cancels what it does at SIGINT. */
static void dismiss(worker *w)
{
    if (w->kill_at)
        return;
    w->kill_at = mb_now_us() + GRACE_US;
    if (w->job || w->received.len)
        kill(w->child.pid, SIGINT);
    mb_fd_close(&w->child.channel);
}

static bool start(mb_pool *pool, const char *environment, worker **out, mb_error *err)
{
    const char *argv[32] = {"-e", *environment ? environment : pool->environment};
    size_t n = argv[1] ? 2 : 0;
    worker *w = mb_alloc(sizeof *w);

    for (size_t i = 0; pool->argv[i] && n + 1 < sizeof argv / sizeof argv[0]; i++)
        argv[n++] = pool->argv[i];
    argv[n] = NULL;
    if (!mb_web_child_start(&w->child, &(mb_web_start){.argv = argv, .both_ways = true}, err)) {
        free(w);
        return false;
    }
    snprintf(w->environment, sizeof w->environment, "%s", environment);
    w->since = mb_now_us();
    pool->workers[pool->n++] = w;
    *out = w;
    return true;
}

static void free_worker(mb_pool *pool, int index)
{
    worker *w = pool->workers[index];

    mb_fd_close(&w->child.channel);
    mb_fd_close(&w->child.output);
    mb_buf_free(&w->received);
    mb_buf_free(&w->output);
    free(w);
    pool->workers[index] = pool->workers[--pool->n];
}

/* Sends as much of the request as the socket takes. An error shows as the end of the channel. */
static void feed(worker *w)
{
    while (w->job && w->child.channel >= 0 && w->sent < w->job->request.len) {
        ssize_t n = send(w->child.channel, w->job->request.data + w->sent,
                         w->job->request.len - w->sent, MSG_NOSIGNAL);

        if (n > 0)
            w->sent += (size_t)n;
        else if (errno != EINTR)
            return;
    }
}

static void give(worker *w, mb_pool_job *job)
{
    mb_buf framed = {0};

    mb_buf_printf(&framed, "%zu\n", job->request.len);
    mb_buf_add(&framed, job->request.data, job->request.len);
    mb_buf_free(&job->request);
    job->request = framed;
    job->worker = w;
    w->job = job;
    w->sent = 0;
    w->since = mb_now_us();
    feed(w);
}

static void finish(worker *w, int status, const char *type, const char *body, size_t len)
{
    mb_pool_job *job = w->job;

    w->job = NULL;
    w->since = mb_now_us();
    if (!job)
        return;
    job->worker = NULL;
    job->status = status;
    snprintf(job->type, sizeof job->type, "%s", type);
    mb_buf_add(&job->answer, body, len);
    job->done(job);
}

static void fail(worker *w, int status, const char *message)
{
    finish(w, status, "text/plain; charset=utf-8", message, strlen(message));
}

/* Is a whole answer there? Then the job is done, and the worker idle. */
static void read_answer(worker *w)
{
    const char *line = mb_buf_str(&w->received), *end = strchr(line, '\n');
    int status = 0, at = 0;
    unsigned long len = 0;

    if (w->received.len > MOST_ANSWER) {
        fail(w, 500, "the answer is longer than 16 MiB");
        dismiss(w);
    }
    if (!end || w->kill_at)
        return;
    if (sscanf(line, "%d %lu %n", &status, &len, &at) < 2 || at == 0 || line + at > end) {
        fail(w, 500, "the answer of a worker cannot be read");
        dismiss(w);
        return;
    }
    if (w->received.len - (size_t)(end + 1 - line) < len)
        return;
    w->received.data[end - line] = '\0';
    finish(w, status, line + at, end + 1, len);
    mb_buf_free(&w->received); /* an idle worker keeps no memory of a long answer */
}

/* Its output goes to the studio's terminal; the last part is kept. */
static void read_output(worker *w)
{
    mb_buf fresh = {0}, shown = {0};

    mb_web_drain(&w->child.output, &fresh);
    /* A worker that was told to end says that it was interrupted: nobody needs to know. */
    if (fresh.len > 0 && !w->kill_at) {
        mb_print_add(&shown, fresh.data, fresh.len, MB_SHOW_LINES);
        mb_print_message(shown.data, shown.len);
        mb_buf_add(&w->output, shown.data, shown.len);
    }
    if (w->output.len > (size_t)2 * KEPT_OUTPUT) {
        memmove(w->output.data, w->output.data + w->output.len - KEPT_OUTPUT, KEPT_OUTPUT + 1);
        w->output.len = KEPT_OUTPUT;
    }
    mb_buf_free(&fresh);
    mb_buf_free(&shown);
}

/* The channel ended while a job was there. */
static void report_death(worker *w)
{
    mb_buf text = {0};

    if (!w->job)
        return;
    if (w->child.output >= 0)
        read_output(w);
    mb_buf_printf(&text, "the process that answers this page has ended\n\n%s",
                  mb_buf_str(&w->output));
    fail(w, 500, mb_buf_str(&text));
    mb_buf_free(&text);
}

static void turn_worker(const mb_pool *pool, worker *w)
{
    int64_t now = mb_now_us(), age_ms = (now - w->since) / 1000;

    if (w->child.output >= 0)
        read_output(w);
    if (w->child.channel >= 0) {
        feed(w);
        mb_web_drain(&w->child.channel, &w->received);
        read_answer(w);
    }
    if (w->child.channel < 0 && !w->kill_at) {
        report_death(w);
        w->kill_at = now + GRACE_US;
    }
    if (w->job && age_ms > pool->limits.request_ms) {
        kill(w->child.pid, SIGINT);
        fail(w, 504, "the page took too long, and was cancelled");
        dismiss(w);
    } else if (!w->job && !w->kill_at && age_ms > pool->limits.idle_ms) {
        dismiss(w);
    }
    if (w->kill_at && now > w->kill_at && w->child.pid)
        kill(w->child.pid, SIGKILL);
}

/* ---- the pool ---- */

static worker *find_idle(const mb_pool *pool, const char *environment)
{
    for (int i = 0; i < pool->n; i++) {
        worker *w = pool->workers[i];

        if (!w->job && !w->kill_at && (!environment || strcmp(w->environment, environment) == 0))
            return w;
    }
    return NULL;
}

/* Finds or starts a worker. False: all are busy. */
static bool assign(mb_pool *pool, mb_pool_job *job)
{
    worker *w = find_idle(pool, job->environment), *other;
    mb_error err;

    if (!w && pool->n >= pool->limits.workers) {
        other = find_idle(pool, NULL);
        if (other)
            dismiss(other); /* its place is free when it has ended */
        return false;
    }
    if (w || start(pool, job->environment, &w, &err)) {
        give(w, job);
        return true;
    }
    job->status = 500;
    snprintf(job->type, sizeof job->type, "text/plain; charset=utf-8");
    mb_buf_puts(&job->answer, err.message);
    job->done(job);
    return true;
}

bool mb_pool_ask(mb_pool *pool, mb_pool_job *job)
{
    job->next = NULL;
    job->worker = NULL;
    if (!pool->first && assign(pool, job))
        return true;
    if (pool->waiting >= pool->limits.waiting)
        return false;
    *(pool->last ? &pool->last->next : &pool->first) = job;
    pool->last = job;
    pool->waiting++;
    return true;
}

/* Takes the job out of the queue, if it is there. */
static void unqueue(mb_pool *pool, const mb_pool_job *job)
{
    mb_pool_job *before = NULL;

    for (mb_pool_job *at = pool->first; at; before = at, at = at->next) {
        if (at != job)
            continue;
        *(before ? &before->next : &pool->first) = at->next;
        if (pool->last == at)
            pool->last = before;
        pool->waiting--;
        return;
    }
}

void mb_pool_cancel(mb_pool *pool, mb_pool_job *job)
{
    worker *w = job->worker;

    if (!w) {
        unqueue(pool, job);
        return;
    }
    dismiss(w);
    w->job = NULL;
    job->worker = NULL;
}

void mb_pool_warm(mb_pool *pool)
{
    mb_error unstarted; /* the first request tries again, and shows the error */
    worker *w;

    if (pool->n == 0)
        (void)!start(pool, "", &w, &unstarted);
}

size_t mb_pool_poll(const mb_pool *pool, struct pollfd *fds)
{
    size_t n = 0;

    for (int i = 0; i < pool->n; i++) {
        const worker *w = pool->workers[i];
        bool sends = w->job && w->sent < w->job->request.len;

        if (w->child.channel >= 0)
            fds[n++] = (struct pollfd){.fd = w->child.channel,
                                       .events = (short)(sends ? POLLIN | POLLOUT : POLLIN)};
        if (w->child.output >= 0)
            fds[n++] = (struct pollfd){.fd = w->child.output, .events = POLLIN};
    }
    return n;
}

void mb_pool_turn(mb_pool *pool)
{
    for (int i = pool->n - 1; i >= 0; i--) {
        worker *w = pool->workers[i];

        turn_worker(pool, w);
        if (w->kill_at && mb_web_child_ended(&w->child))
            free_worker(pool, i);
    }
    while (pool->first) {
        mb_pool_job *job = pool->first, *next = job->next;

        if (!assign(pool, job))
            return;
        pool->first = next;
        if (!pool->first)
            pool->last = NULL;
        pool->waiting--;
    }
}

void mb_pool_close(mb_pool *pool)
{
    if (!pool)
        return;
    for (int i = 0; i < pool->n; i++)
        dismiss(pool->workers[i]);
    for (int64_t until = mb_now_us() + GRACE_US; pool->n > 0;) {
        for (int i = pool->n - 1; i >= 0; i--) {
            if (mb_now_us() > until)
                kill(pool->workers[i]->child.pid, SIGKILL);
            if (mb_web_child_ended(&pool->workers[i]->child))
                free_worker(pool, i);
        }
        poll(NULL, 0, pool->n > 0 ? 5 : 0);
    }
    free(pool);
}
