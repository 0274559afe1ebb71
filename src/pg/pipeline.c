#include "moonbird/pg/pipeline.h"

#include "pg.h"

#include "moonbird/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUEUE_MAX = 1024,          /* statements whose results are not read */
    QUEUE_BYTES = 1 << 20,     /* of their texts and values */
    FLUSH_EVERY = 128,         /* the server keeps results back until it is asked for them */
};

typedef struct entry {
    char *sql;
    char *file;
    size_t bytes;
    mb_origin from;
    bool prepares; /* the result is that of making it ready, not of running it */
} entry;

typedef struct mb_pipeline {
    entry queue[QUEUE_MAX]; /* a ring */
    size_t first, n, bytes;
    size_t unflushed;
    char *failed;
} mb_pipeline;

bool mb_pipeline_waits(const mb_conn *conn)
{
    return conn->pipeline && PQpipelineStatus(conn->pg) != PQ_PIPELINE_OFF;
}

const char *mb_pipeline_failed(const mb_conn *conn)
{
    return conn->pipeline ? conn->pipeline->failed : NULL;
}

static void drop_first(mb_pipeline *p)
{
    entry *e = &p->queue[p->first];

    free(e->sql);
    free(e->file);
    p->bytes -= e->bytes;
    p->first = (p->first + 1) % QUEUE_MAX;
    p->n--;
}

static void push(mb_pipeline *p, const char *sql, size_t bytes, const mb_origin *from,
                 bool prepares)
{
    p->queue[(p->first + p->n) % QUEUE_MAX] = (entry){
        .sql = mb_strdup(sql),
        .file = mb_strdup(from->file),
        .bytes = bytes,
        .from = *from,
        .prepares = prepares,
    };
    p->n++;
    p->bytes += bytes;
    p->unflushed++;
}

void mb_pipeline_free(mb_conn *conn)
{
    mb_pipeline *p = conn->pipeline;

    if (!p)
        return;
    while (p->n > 0)
        drop_first(p);
    free(p->failed);
    free(p);
    conn->pipeline = NULL;
}

/* ---- reading ---- */

static void add_origin(mb_error *err, const entry *e)
{
    size_t len = strlen(err->context);

    mb_fill(err->context + len, sizeof err->context - len, "%sstatement %zu of the batch",
            len ? "\n" : "", e->from.number);
    if (e->file[0])
        mb_fail_at(err, e->file, e->from.line, 0);
}

/* An entry's results up to their end.  *ok goes false at the first error. */
static bool read_entry(mb_conn *conn, bool *ok, mb_error *err)
{
    mb_pipeline *p = conn->pipeline;
    entry *e = &p->queue[p->first];
    PGresult *res = NULL;

    PQsetSingleRowMode(conn->pg); /* rows nobody wants are not collected */
    do {
        PQclear(res);
        if (!mb_pg_next(&res, conn, err))
            return false;
        if (*ok && res && PQresultStatus(res) == PGRES_FATAL_ERROR) {
            *ok = mb_pg_fail(err, conn, res);
            add_origin(err, e);
            free(p->failed);
            p->failed = mb_strdup(e->sql);
        } else if (res && !e->prepares) {
            mb_pg_ran(conn, PQcmdStatus(res));
        }
    } while (res);
    drop_first(p);
    return PQstatus(conn->pg) != CONNECTION_BAD || mb_pg_fail(err, conn, NULL);
}

/* The session is lost: so is the queue. */
static bool give_up(mb_conn *conn)
{
    while (conn->pipeline->n > 0)
        drop_first(conn->pipeline);
    return false;
}

static bool read_sync(mb_conn *conn, mb_error *err)
{
    PGresult *res;

    if (!mb_pg_next(&res, conn, err))
        return false;
    PQclear(res);
    return PQexitPipelineMode(conn->pg) || mb_pg_fail(err, conn, NULL);
}

/* Read everything, and leave the mode; `ok`: nothing failed so far, else *err says what. */
static bool drain(mb_conn *conn, bool ok, mb_error *err)
{
    mb_error later = {0}, *lost = ok ? err : &later;

    if (!PQpipelineSync(conn->pg) || !mb_pg_flush(conn, lost))
        return give_up(conn) || (ok && mb_pg_fail(err, conn, NULL));
    while (conn->pipeline->n > 0)
        if (!read_entry(conn, &ok, ok ? err : &later))
            return give_up(conn);
    if (!read_sync(conn, ok ? err : &later))
        return false;
    if (!ok)
        mb_pg_forget_prepared(conn); /* some of them were never made */
    return ok;
}

bool mb_pipeline_settle(mb_conn *conn, mb_error *err)
{
    return drain(conn, true, err);
}

/* ---- sending ---- */

static bool flush(mb_conn *conn, mb_error *err)
{
    conn->pipeline->unflushed = 0;
    return (PQsendFlushRequest(conn->pg) || mb_pg_fail(err, conn, NULL)) && mb_pg_flush(conn, err);
}

/* Room for two more: half of what waits is read, so that the other half keeps the server busy. */
static bool make_room(mb_conn *conn, mb_error *err)
{
    mb_pipeline *p = conn->pipeline;
    bool ok = true;

    if (p->n + 2 <= QUEUE_MAX && p->bytes < QUEUE_BYTES)
        return true;
    if (p->unflushed && !flush(conn, err))
        return give_up(conn);
    while (ok && (p->n > QUEUE_MAX / 2 || p->bytes > QUEUE_BYTES / 2))
        if (!read_entry(conn, &ok, err))
            return give_up(conn);
    return ok || drain(conn, false, err);
}

static bool begin(mb_conn *conn, mb_error *err)
{
    if (mb_pipeline_waits(conn))
        return true;
    if (!mb_pg_ready(conn, err))
        return false;
    if (!conn->pipeline)
        conn->pipeline = mb_alloc(sizeof *conn->pipeline);
    return PQenterPipelineMode(conn->pg) || mb_pg_fail(err, conn, NULL);
}

static size_t size_of(const char *sql, size_t n, const mb_param *params)
{
    size_t bytes = strlen(sql) + 64;

    for (size_t i = 0; i < n; i++)
        bytes += params[i].len + 16;
    return bytes;
}

bool mb_pipeline_add(mb_conn *conn, const char *sql, size_t n, const mb_param *params,
                     const mb_origin *from, mb_error *err)
{
    mb_pipeline *p;
    bool prepares = false;

    if (!begin(conn, err) || !make_room(conn, err))
        return false;
    p = conn->pipeline;
    if (!mb_pg_queue(conn, sql, n, params, &prepares, err))
        return drain(conn, false, err);
    if (prepares)
        push(p, sql, 0, from, true);
    push(p, sql, size_of(sql, n, params), from, false);
    return p->unflushed < FLUSH_EVERY || flush(conn, err) || give_up(conn);
}
