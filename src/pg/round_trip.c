/* round_trip.c -- libpq's pipeline mode for a few statements with one Sync message at their end. */
#include "moonbird/pg/round_trip.h"

#include "pg.h"

#include "moonbird/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mb_round_trip {
    mb_conn *conn;
    bool *prepares; /* for each answer: it belongs to a Parse message, not to a statement */
    size_t n;       /* answers that will come */
};

static void expect_answer(mb_round_trip *trip, bool prepares)
{
    trip->prepares = mb_grow(trip->prepares, trip->n, sizeof *trip->prepares);
    trip->prepares[trip->n++] = prepares;
}

bool mb_round_trip_begin(mb_round_trip **out, mb_conn *conn, mb_error *err)
{
    mb_round_trip *trip;

    if (!mb_pg_ready(conn, err))
        return false;
    if (!PQenterPipelineMode(conn->pg))
        return mb_pg_fail(err, conn, NULL);
    trip = mb_alloc(sizeof *trip);
    trip->conn = conn;
    *out = trip;
    return true;
}

/*
 * *number is the number of the repeated statement, 0 if it cannot be prepared. The first call
 * prepares it.
 */
static bool prepare_repeated(mb_round_trip *trip, const char *sql, size_t n, const mb_param *params,
                             unsigned *number, mb_error *err)
{
    mb_conn *conn = trip->conn;
    Oid types[MB_ROUND_TRIP_PARAMS];
    char name[MB_NAME_SIZE];
    mb_repeated *repeated;
    bool added;

    *number = 0;
    if (conn->pooled || !(repeated = mb_pg_repeated(conn, sql, &added)))
        return true;
    *number = repeated->number;
    if (!added)
        return true;
    for (size_t i = 0; i < n; i++)
        types[i] = params[i].type;
    mb_pg_name(name, conn, "repeated_", *number);
    if (!PQsendPrepare(conn->pg, name, sql, (int)n, types))
        return mb_pg_fail(err, conn, NULL);
    expect_answer(trip, true);
    return true;
}

bool mb_round_trip_send(mb_round_trip *trip, const char *sql, size_t n, const mb_param *params,
                        bool repeats, mb_error *err)
{
    const char *values[MB_ROUND_TRIP_PARAMS];
    Oid types[MB_ROUND_TRIP_PARAMS];
    unsigned number = 0;
    char name[MB_NAME_SIZE];
    int ok;

    if (n > MB_ROUND_TRIP_PARAMS)
        return mb_fail(err, MB_ERR_USAGE, "too many parameters: %zu", n);
    if (repeats && !prepare_repeated(trip, sql, n, params, &number, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        values[i] = params[i].data;
        types[i] = params[i].type;
    }
    mb_pg_name(name, trip->conn, "repeated_", number);
    ok = number ? PQsendQueryPrepared(trip->conn->pg, name, (int)n, values, NULL, NULL, 0)
                : PQsendQueryParams(trip->conn->pg, sql, (int)n, types, values, NULL, NULL, 0);
    if (!ok)
        return mb_pg_fail(err, trip->conn, NULL);
    expect_answer(trip, false);
    return true;
}

/* Reads the results of one statement; the last one is its answer. */
static bool read_answer(mb_round_trip *trip, PGresult **out, mb_error *err)
{
    PGresult *res;

    *out = NULL;
    for (;;) {
        if (!mb_pg_next(&res, trip->conn, err))
            return false;
        if (!res)
            return true;
        PQclear(*out);
        *out = res;
        if (PQstatus(trip->conn->pg) == CONNECTION_BAD)
            return mb_pg_fail(err, trip->conn, NULL);
    }
}

static void report(mb_round_trip *trip, size_t number, const PGresult *res,
                   mb_round_trip_answer answer, void *self)
{
    ExecStatusType status = PQresultStatus(res);
    mb_error err;

    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        answer(self, number, (const mb_result *)res, NULL);
        return;
    }
    mb_pg_forget_repeated(trip->conn); /* some of them may not have been prepared */
    if (status == PGRES_PIPELINE_ABORTED) {
        answer(self, number, NULL, NULL);
        return;
    }
    mb_pg_fail(&err, trip->conn, res);
    answer(self, number, NULL, &err);
}

static bool read_all(mb_round_trip *trip, mb_round_trip_answer answer, void *self, mb_error *err)
{
    PGresult *res = NULL;
    bool ok = true;

    if (!PQpipelineSync(trip->conn->pg))
        return mb_pg_fail(err, trip->conn, NULL);
    for (size_t i = 0, number = 0; ok && i < trip->n; i++) {
        ok = read_answer(trip, &res, err);
        if (ok && (!trip->prepares[i] || PQresultStatus(res) == PGRES_FATAL_ERROR))
            report(trip, number, res, answer, self);
        number += !trip->prepares[i];
        PQclear(res);
    }
    if (!ok || !mb_pg_next(&res, trip->conn, err))
        return false;
    PQclear(res); /* PGRES_PIPELINE_SYNC */
    return PQexitPipelineMode(trip->conn->pg) || mb_pg_fail(err, trip->conn, NULL);
}

bool mb_round_trip_end(mb_round_trip *trip, mb_round_trip_answer answer, void *self, mb_error *err)
{
    bool ok = read_all(trip, answer, self, err);

    mb_conn_forget(trip->conn); /* tables may have changed */
    if (!ok)
        mb_pg_forget_repeated(trip->conn);
    free(trip->prepares);
    free(trip);
    return ok;
}
