/* answer.c -- reads the server's answers to their end. */
#include "pg.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

void mb_answers_free(mb_answers *answers)
{
    for (size_t i = 0; i < answers->n; i++)
        mb_result_free(answers->items[i]);
    free(answers->items);
    *answers = (mb_answers){0};
}

mb_result *mb_answers_take_rows(mb_answers *answers)
{
    mb_result *rows = NULL;

    for (size_t i = answers->n; !rows && i-- > 0;)
        if (mb_result_columns(answers->items[i]) > 0) {
            rows = answers->items[i];
            answers->items[i] = NULL;
        }
    return rows;
}

bool mb_pg_copy_out(mb_conn *conn, const mb_sink *sink, mb_error *err)
{
    char *row;
    int len;

    for (;;) {
        while ((len = PQgetCopyData(conn->pg, &row, 1)) > 0) {
            if (sink && sink->copy_out)
                sink->copy_out(sink->self, row, (size_t)len);
            PQfreemem(row);
        }
        if (len != 0)
            return true; /* the end, or an error that is in the next result */
        if (!mb_pg_more(conn, err))
            return false;
    }
}

enum { COPIES_MOST = 1000 }; /* COPY results of one message */

/* PQgetResult repeats a COPY result until the COPY is left; COPY_BOTH is never left. */
static bool is_endless(mb_conn *conn, ExecStatusType status)
{
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT)
        conn->copies++;
    return status == PGRES_COPY_BOTH || conn->copies > COPIES_MOST;
}

/* ROLLBACK loses the setting in which mb_pooled_save saves the state, so it is also kept here. */
static void keep_lent(mb_conn *conn, const PGresult *res)
{
    bool ended = !res && PQtransactionStatus(conn->pg) == PQTRANS_IDLE;
    bool saved = conn->pooled && PQresultStatus(res) == PGRES_TUPLES_OK && PQntuples(res) == 1 &&
                 PQnfields(res) == 1 && strcmp(PQfname(res, 0), MB_LENT) == 0;

    if (!ended && !saved)
        return;
    free(conn->lent);
    conn->lent = saved ? mb_strdup(PQgetvalue(res, 0, 0)) : NULL;
}

bool mb_pg_next(PGresult **out, mb_conn *conn, mb_error *err)
{
    ExecStatusType status;

    if (!mb_pg_wait(conn, err))
        return false;
    *out = PQgetResult(conn->pg);
    status = PQresultStatus(*out);
    keep_lent(conn, *out);
    if (!*out)
        conn->copies = 0;
    if (!*out || !is_endless(conn, status))
        return true;
    PQclear(*out);
    mb_conn_give_up(conn);
    return mb_result_refuse(err, "with an unexpected COPY");
}

/*
 * Leaves the COPY protocol, and refuses the statement.  COPY_OUT ends only when all rows were read.
 */
static bool leave_copy(mb_conn *conn, ExecStatusType status, mb_error *err)
{
    if (status == PGRES_COPY_IN)
        PQputCopyEnd(conn->pg, "COPY is not possible here");
    else if (!mb_pg_copy_out(conn, NULL, err))
        return false;
    mb_fail(err, MB_ERR_USAGE, "COPY FROM STDIN and COPY TO STDOUT are not possible here");
    return mb_fail_hint(err, "Put the statement into an SQL file.");
}

static bool is_error(ExecStatusType status)
{
    return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE;
}

/* Handles one result of a command.  `ok`: no result before it failed. */
static bool check_result(mb_conn *conn, PGresult *res, bool ok, mb_error *err)
{
    ExecStatusType status = PQresultStatus(res);

    if (ok && (status == PGRES_COPY_IN || status == PGRES_COPY_OUT))
        ok = leave_copy(conn, status, err);
    else if (ok && is_error(status))
        ok = mb_pg_fail(err, conn, res);
    mb_pg_forget_after(conn, PQcmdStatus(res));
    return ok;
}

bool mb_pg_finish_each(mb_answers *out, mb_conn *conn, mb_error *err)
{
    PGresult *res;
    bool ok = true;

    *out = (mb_answers){0};
    while (mb_pg_next(&res, conn, ok ? err : &(mb_error){0})) {
        if (!res && ok && out->n == 0)
            return mb_pg_fail(err, conn, NULL);
        if (!res && ok && mb_pg_check_encoding(conn, err))
            return true;
        if (!res)
            break;
        ok = check_result(conn, res, ok, err);
        conn->succeeded += ok;
        out->items = mb_grow(out->items, out->n, sizeof *out->items);
        out->items[out->n++] = (mb_result *)res;
    }
    mb_answers_free(out);
    return false;
}

bool mb_pg_finish(PGresult **out, mb_conn *conn, mb_error *err)
{
    mb_answers all;

    if (!mb_pg_finish_each(&all, conn, err))
        return false;
    *out = (PGresult *)all.items[--all.n];
    mb_answers_free(&all);
    return true;
}

bool mb_pg_give(mb_result **out, mb_conn *conn, mb_error *err)
{
    PGresult *res = NULL;

    if (!mb_pg_finish(&res, conn, err))
        return false;
    if (out)
        *out = (mb_result *)res;
    else
        PQclear(res);
    return true;
}
