/*
 * exec.c -- statements without parameters: moonbird's own, and those of scripts with their rows and
 * COPY data.
 */
#include "pg.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

bool mb_conn_exec(mb_result **out, mb_conn *conn, const char *sql, mb_error *err)
{
    return mb_pg_ready(conn, err) && mb_pg_sent(conn, PQsendQuery(conn->pg, sql), err) &&
           mb_pg_give(out, conn, err);
}

/* Gives the session up, because it is unknown to which statement an answer belongs. */
static bool refuse_few(mb_answers *out, mb_conn *conn, mb_error *err)
{
    mb_answers_free(out);
    mb_conn_give_up(conn);
    return mb_result_refuse(err, "fewer statements than were sent");
}

bool mb_conn_exec_each(mb_answers *out, mb_conn *conn, const char *sql, size_t least,
                       mb_error *err)
{
    *out = (mb_answers){0};
    conn->succeeded = 0;
    return mb_pg_ready(conn, err) && mb_pg_sent(conn, PQsendQuery(conn->pg, sql), err) &&
           mb_pg_finish_each(out, conn, err) &&
           (out->n >= least || refuse_few(out, conn, err));
}

size_t mb_conn_succeeded(const mb_conn *conn)
{
    return conn->succeeded;
}

bool mb_conn_send(mb_conn *conn, const char *sql, mb_error *err)
{
    if (!mb_pg_ready(conn, err) || !mb_pg_sent(conn, PQsendQuery(conn->pg, sql), err))
        return false;
    conn->sent = true;
    return mb_pg_flush(conn, err);
}

bool mb_conn_collect(mb_result **out, mb_conn *conn, mb_error *err)
{
    conn->sent = false;
    return mb_pg_give(out, conn, err);
}

bool mb_conn_collect_each(mb_answers *out, mb_conn *conn, mb_error *err)
{
    conn->sent = false;
    return mb_pg_finish_each(out, conn, err);
}

/* ---- statements of scripts ---- */

static bool is_copy(const char *sql)
{
    sql += strspn(sql, " \t\r\n\f\v");
    return strncasecmp(sql, "copy", 4) == 0 && !isalnum((unsigned char)sql[4]) && sql[4] != '_';
}

int mb_pg_send(mb_conn *conn, const char *sql)
{
    if (is_copy(sql))
        return PQsendQuery(conn->pg, sql);
    return PQsendQueryParams(conn->pg, sql, 0, NULL, NULL, NULL, NULL, 0);
}

/* Sends COPY data from the sink, to its end. */
static bool feed(mb_conn *conn, const mb_sink *sink, mb_error *err)
{
    const char *data;
    size_t len = 0;
    int ok = 1;

    do {
        if (!sink->copy_in(sink->self, &data, &len, err)) {
            PQputCopyEnd(conn->pg, "the data could not be read");
            return false;
        }
        if (!conn->shielded && !mb_pg_ready(conn, err)) {
            PQputCopyEnd(conn->pg, "interrupted");
            return false;
        }
        if (len > 0)
            while ((ok = PQputCopyData(conn->pg, data, (int)len)) == 0)
                if (!mb_pg_flush(conn, err))
                    return false;
        /*
         * The server refused a row and ended the COPY, or PQputCopyEnd does: the next result has
         * the error.
         */
        if (ok < 0) {
            PQputCopyEnd(conn->pg, "the data could not be sent");
            return true;
        }
        if (len > 0 && !mb_pg_flush(conn, err))
            return false;
    } while (len > 0);
    while (PQputCopyEnd(conn->pg, NULL) == 0)
        if (!mb_pg_flush(conn, err))
            return false;
    return true;
}

static bool copy_in(mb_conn *conn, const mb_sink *sink, mb_error *err)
{
    if (sink && sink->copy_in)
        return feed(conn, sink, err);
    PQputCopyEnd(conn->pg, "no data");
    mb_fail(err, MB_ERR_USAGE, "COPY FROM STDIN has no data here");
    return mb_fail_hint(err, "Put the statement and its data into an SQL file.");
}

typedef struct run_state {
    const mb_sink *sink;
    bool in_rows;      /* a row of the present result was given to the sink */
    int64_t *affected;
} run_state;

static bool handle_result(mb_conn *conn, run_state *run, const PGresult *res, mb_error *err)
{
    const mb_sink *sink = run->sink;
    ExecStatusType status = PQresultStatus(res);

    switch (status) {
    case PGRES_SINGLE_TUPLE:
    case PGRES_TUPLES_OK:
        if (sink && sink->rows && (status == PGRES_SINGLE_TUPLE || !run->in_rows))
            sink->rows(sink->self, (const mb_result *)res, !run->in_rows);
        run->in_rows = status == PGRES_SINGLE_TUPLE;
        if (status == PGRES_TUPLES_OK) {
            *run->affected = mb_result_affected((const mb_result *)res);
            if (sink && sink->rows_end)
                sink->rows_end(sink->self, PQcmdStatus((PGresult *)res));
        }
        return true;
    case PGRES_COMMAND_OK:
        *run->affected = mb_result_affected((const mb_result *)res);
        mb_pg_forget_after(conn, PQcmdStatus((PGresult *)res));
        return true;
    case PGRES_EMPTY_QUERY:
        return true;
    case PGRES_COPY_IN:
        return copy_in(conn, sink, err);
    case PGRES_COPY_OUT:
        return mb_pg_copy_out(conn, sink, err);
    default:
        return mb_pg_fail(err, conn, res);
    }
}

static bool finish(mb_conn *conn, const mb_sink *sink, int64_t *affected, mb_error *err)
{
    run_state run = {.sink = sink, .affected = affected};
    mb_error later;
    PGresult *res;
    bool ok = true;

    PQsetSingleRowMode(conn->pg);
    while (mb_pg_next(&res, conn, ok ? err : &later)) {
        if (!res)
            return ok && mb_pg_check_encoding(conn, err);
        ok = handle_result(conn, &run, res, ok ? err : &later) && ok;
        PQclear(res);
    }
    return false;
}

bool mb_conn_run(mb_conn *conn, const char *sql, const mb_sink *sink, int64_t *affected,
                 mb_error *err)
{
    int64_t ignored = 0;

    affected = affected ? affected : &ignored;
    *affected = 0;
    return mb_pg_ready(conn, err) && mb_pg_sent(conn, mb_pg_send(conn, sql), err) &&
           finish(conn, sink, affected, err);
}

bool mb_conn_run_each(mb_conn *conn, const char *sql, const mb_sink *sink, mb_error *err)
{
    int64_t ignored = 0;

    return mb_pg_ready(conn, err) && mb_pg_sent(conn, PQsendQuery(conn->pg, sql), err) &&
           finish(conn, sink, &ignored, err);
}
