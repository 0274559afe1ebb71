/*
 * queue.c -- libpq's pipeline mode for any number of statements.
 *
 * Results are read when the queue is full, and at its end: both the queue and the server's buffers
 * stay small.
 */
#include "moonbird/pg/queue.h"

#include "pg.h"

#include "moonbird/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUEUE_MAX = 1024,          /* entries whose results are not read yet */
    QUEUE_BYTES = 1 << 20,     /* of their statements and values; then results are read first */
    FLUSH_EVERY = 128,         /* entries; the server sends no results until it is asked to */
};

/* A message whose result is awaited. */
typedef struct entry {
    char *sql;
    char *file;     /* a copy of from.file */
    size_t bytes;   /* counts towards QUEUE_BYTES */
    mb_origin from;
    bool prepares;  /* it is a Parse message: its result belongs to no statement */
} entry;

typedef struct mb_queue {
    entry entries[QUEUE_MAX]; /* a ring */
    size_t first, n;          /* the oldest one, and how many there are */
    size_t bytes;             /* of all of them */
    size_t unflushed;         /* entries since the server was last asked for results */
    char *failed;             /* mb_queue_failed */
} mb_queue;

const char *mb_queue_failed(const mb_conn *conn)
{
    return conn->queue ? conn->queue->failed : NULL;
}

static void drop_first(mb_queue *q)
{
    entry *e = &q->entries[q->first];

    free(e->sql);
    free(e->file);
    q->bytes -= e->bytes;
    q->first = (q->first + 1) % QUEUE_MAX;
    q->n--;
}

static void push(mb_queue *q, const char *sql, size_t bytes, const mb_origin *from, bool prepares)
{
    q->entries[(q->first + q->n) % QUEUE_MAX] = (entry){
        .sql = mb_strdup(sql),
        .file = mb_strdup(from->file),
        .bytes = bytes,
        .from = *from,
        .prepares = prepares,
    };
    q->n++;
    q->bytes += bytes;
    q->unflushed++;
}

void mb_pg_free_queue(mb_conn *conn)
{
    mb_queue *q = conn->queue;

    if (!q)
        return;
    while (q->n > 0)
        drop_first(q);
    free(q->failed);
    free(q);
    conn->queue = NULL;
}

/* ---- reading ---- */

static void add_origin(mb_error *err, const entry *e)
{
    size_t len = strlen(err->context);

    mb_format_into(err->context + len, sizeof err->context - len, "%sstatement %zu of the batch",
                   len ? "\n" : "", e->from.number);
    if (e->file[0])
        mb_fail_at(err, e->file, e->from.line, 0);
}

/* Reads the results of the oldest entry.  *ok becomes false at the first error. */
static bool read_entry(mb_conn *conn, bool *ok, mb_error *err)
{
    mb_queue *q = conn->queue;
    entry *e = &q->entries[q->first];
    PGresult *res = NULL;

    PQsetSingleRowMode(conn->pg); /* rows are dropped one by one, not collected */
    do {
        PQclear(res);
        if (!mb_pg_next(&res, conn, err))
            return false;
        if (*ok && res && PQresultStatus(res) == PGRES_FATAL_ERROR) {
            *ok = mb_pg_fail(err, conn, res);
            add_origin(err, e);
            free(q->failed);
            q->failed = mb_strdup(e->sql);
        } else if (res && !e->prepares) {
            mb_pg_forget_after(conn, PQcmdStatus(res));
        }
    } while (res);
    drop_first(q);
    return PQstatus(conn->pg) != CONNECTION_BAD || mb_pg_fail(err, conn, NULL);
}

/* The session is lost: empties the queue.  Returns false. */
static bool give_up(mb_conn *conn)
{
    while (conn->queue->n > 0)
        drop_first(conn->queue);
    return false;
}

static bool read_sync(mb_conn *conn, mb_error *err)
{
    PGresult *res;

    if (!mb_pg_next(&res, conn, err))
        return false;
    PQclear(res);
    if (!PQexitPipelineMode(conn->pg))
        return mb_pg_fail(err, conn, NULL);
    conn->in_flight = (mb_in_flight){0};
    return true;
}

/*
 * Reads all results and leaves pipeline mode.  `ok`: nothing failed so far; otherwise *err is set.
 */
static bool drain(mb_conn *conn, bool ok, mb_error *err)
{
    mb_error later = {0}, *lost = ok ? err : &later;

    if (!PQpipelineSync(conn->pg) || !mb_pg_flush(conn, lost))
        return give_up(conn) || (ok && mb_pg_fail(err, conn, NULL));
    while (conn->queue->n > 0)
        if (!read_entry(conn, &ok, ok ? err : &later))
            return give_up(conn);
    if (!read_sync(conn, ok ? err : &later))
        return false;
    if (!ok)
        mb_conn_forget(conn); /* some of them were never prepared */
    return ok && mb_pg_check_encoding(conn, err);
}

/* mb_in_flight.settle of a queue. */
static bool settle(void *conn, mb_error *err)
{
    return drain(conn, true, err);
}

/* ---- sending ---- */

static bool flush(mb_conn *conn, mb_error *err)
{
    conn->queue->unflushed = 0;
    return (PQsendFlushRequest(conn->pg) || mb_pg_fail(err, conn, NULL)) && mb_pg_flush(conn, err);
}

/*
 * Makes room for two entries by reading half of the results: the other half keeps the server busy.
 */
static bool make_room(mb_conn *conn, mb_error *err)
{
    mb_queue *q = conn->queue;
    bool ok = true;

    if (q->n + 2 <= QUEUE_MAX && q->bytes < QUEUE_BYTES)
        return true;
    if (q->unflushed && !flush(conn, err))
        return give_up(conn);
    while (ok && (q->n > QUEUE_MAX / 2 || q->bytes > QUEUE_BYTES / 2))
        if (!read_entry(conn, &ok, err))
            return give_up(conn);
    return ok || drain(conn, false, err);
}

static bool begin(mb_conn *conn, mb_error *err)
{
    if (conn->in_flight.settle == settle)
        return true;
    if (!mb_pg_ready(conn, err))
        return false;
    if (!conn->queue)
        conn->queue = mb_alloc(sizeof *conn->queue);
    if (!PQenterPipelineMode(conn->pg))
        return mb_pg_fail(err, conn, NULL);
    conn->in_flight = (mb_in_flight){.settle = settle, .self = conn};
    return true;
}

/* The approximate memory of an entry. */
static size_t size_of(const char *sql, size_t n, const mb_param *params)
{
    size_t bytes = strlen(sql) + 64;

    for (size_t i = 0; i < n; i++)
        bytes += params[i].len + 16;
    return bytes;
}

bool mb_queue_add(mb_conn *conn, const char *sql, size_t n, const mb_param *params,
                  const mb_origin *from, mb_error *err)
{
    mb_queue *q;
    bool prepares = false;

    if (!begin(conn, err) || !make_room(conn, err))
        return false;
    q = conn->queue;
    if (!mb_pg_send_queued(conn, sql, n, params, &prepares, err))
        return drain(conn, false, err);
    if (prepares)
        push(q, sql, 0, from, true);
    push(q, sql, size_of(sql, n, params), from, false);
    return q->unflushed < FLUSH_EVERY || flush(conn, err) || give_up(conn);
}
