#include "moonbird/pg/bundle.h"

#include "pg.h"

#include "moonbird/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mb_bundle {
    mb_conn *conn;
    bool *prepares; /* an answer that is no statement's, but of making one ready */
    size_t n;       /* answers to come */
};

static void expect_answer(mb_bundle *b, bool prepares)
{
    b->prepares = mb_grow(b->prepares, b->n, sizeof *b->prepares);
    b->prepares[b->n++] = prepares;
}

static bool lost(mb_bundle *b, mb_error *err)
{
    return mb_pg_fail(err, b->conn, NULL);
}

bool mb_bundle_begin(mb_bundle **out, mb_conn *conn, mb_error *err)
{
    mb_bundle *b;

    if (!mb_pg_ready(conn, err))
        return false;
    if (!PQenterPipelineMode(conn->pg))
        return mb_pg_fail(err, conn, NULL);
    b = mb_alloc(sizeof *b);
    b->conn = conn;
    *out = b;
    return true;
}

void mb_pg_forget_kept(mb_conn *conn)
{
    for (size_t i = 0; i < MB_KEPT_MAX; i++)
        free(conn->kept[i].sql);
    memset(conn->kept, 0, sizeof conn->kept);
}

/* The number of a kept statement, prepared where it is not yet; 0 when no more are kept. */
static bool keep(mb_bundle *b, const char *sql, size_t n, const mb_param *params, unsigned *number,
                 mb_error *err)
{
    mb_conn *conn = b->conn;
    Oid types[MB_BUNDLE_PARAMS];
    char name[MB_NAME_SIZE];
    size_t i = 0;

    *number = 0;
    while (i < MB_KEPT_MAX && conn->kept[i].sql && strcmp(conn->kept[i].sql, sql) != 0)
        i++;
    if (conn->pooled || i == MB_KEPT_MAX || n > MB_BUNDLE_PARAMS)
        return true;
    if (!conn->kept[i].sql) {
        conn->kept[i] = (mb_kept){mb_strdup(sql), ++conn->last_kept};
        for (size_t k = 0; k < n; k++)
            types[k] = params[k].type;
        mb_pg_name(name, conn, "kept_", conn->kept[i].number);
        if (!PQsendPrepare(conn->pg, name, sql, (int)n, types))
            return lost(b, err);
        expect_answer(b, true);
    }
    *number = conn->kept[i].number;
    return true;
}

bool mb_bundle_send(mb_bundle *b, const char *sql, size_t n, const mb_param *params, bool kept,
                   mb_error *err)
{
    const char *values[MB_BUNDLE_PARAMS];
    Oid types[MB_BUNDLE_PARAMS];
    unsigned number = 0;
    char name[MB_NAME_SIZE];
    int ok;

    if (n > MB_BUNDLE_PARAMS)
        return mb_fail(err, MB_ERR_USAGE, "too many parameters for a bundle: %zu", n);
    if (kept && !keep(b, sql, n, params, &number, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        values[i] = params[i].data;
        types[i] = params[i].type;
    }
    mb_pg_name(name, b->conn, "kept_", number);
    ok = number ? PQsendQueryPrepared(b->conn->pg, name, (int)n, values, NULL, NULL, 0)
                : PQsendQueryParams(b->conn->pg, sql, (int)n, types, values, NULL, NULL, 0);
    if (!ok)
        return lost(b, err);
    expect_answer(b, false);
    return true;
}

/* The results of one statement, up to their end; the last of them is its answer. */
static bool read_answer(mb_bundle *b, PGresult **out, mb_error *err)
{
    PGresult *res;

    *out = NULL;
    for (;;) {
        if (!mb_pg_next(&res, b->conn, err))
            return false;
        if (!res)
            return true;
        PQclear(*out);
        *out = res;
        if (PQstatus(b->conn->pg) == CONNECTION_BAD)
            return lost(b, err);
    }
}

static void give(mb_bundle *b, size_t number, const PGresult *res, mb_bundle_answer answer,
                 void *self)
{
    ExecStatusType status = PQresultStatus(res);
    mb_error err;

    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        answer(self, number, (const mb_result *)res, NULL);
        return;
    }
    mb_pg_forget_kept(b->conn); /* what is prepared is known only while nothing failed */
    if (status == PGRES_PIPELINE_ABORTED) {
        answer(self, number, NULL, NULL);
        return;
    }
    mb_pg_fail(&err, b->conn, res);
    answer(self, number, NULL, &err);
}

static bool read_all(mb_bundle *b, mb_bundle_answer answer, void *self, mb_error *err)
{
    PGresult *res = NULL;
    bool ok = true;

    if (!PQpipelineSync(b->conn->pg))
        return lost(b, err);
    for (size_t i = 0, number = 0; ok && i < b->n; i++) {
        ok = read_answer(b, &res, err);
        if (ok && (!b->prepares[i] || PQresultStatus(res) == PGRES_FATAL_ERROR))
            give(b, number, res, answer, self);
        number += !b->prepares[i];
        PQclear(res);
    }
    if (!ok || !mb_pg_next(&res, b->conn, err))
        return false;
    PQclear(res); /* PGRES_PIPELINE_SYNC */
    return PQexitPipelineMode(b->conn->pg) || lost(b, err);
}

bool mb_bundle_end(mb_bundle *b, mb_bundle_answer answer, void *self, mb_error *err)
{
    bool ok = read_all(b, answer, self, err);

    mb_pg_forget_prepared(b->conn); /* tables may have changed */
    if (!ok)
        mb_pg_forget_kept(b->conn);
    free(b->prepares);
    free(b);
    return ok;
}
