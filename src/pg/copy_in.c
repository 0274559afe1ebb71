#include "moonbird/pg/copy_in.h"

#include "pg.h"

#include <limits.h>
#include <stdlib.h>

bool mb_copy_in_begin(mb_conn *conn, const char *sql, mb_error *err)
{
    PGresult *res;

    if (!mb_pg_ready(conn, err))
        return false;
    if (!PQsendQuery(conn->pg, sql))
        return mb_pg_fail(err, conn, NULL);
    if (!mb_pg_next(&res, conn, err))
        return false;
    conn->copying = PQresultStatus(res) == PGRES_COPY_IN;
    if (!conn->copying) {
        mb_pg_fail(err, conn, res);
        PQclear(res);
        if (mb_pg_finish(&res, conn, &(mb_error){0}))
            PQclear(res);
        return false;
    }
    PQclear(res);
    return true;
}

/*
 * Ends a COPY that failed: if the server did not end it, this does.  The next result has the error.
 */
static void end_unsent(mb_conn *conn)
{
    PQputCopyEnd(conn->pg, "the rows could not be sent");
}

bool mb_copy_in_send(mb_conn *conn, const char *data, size_t len, mb_error *err)
{
    int put = 1;

    while (len > 0 && put >= 0) {
        int piece = len < INT_MAX ? (int)len : INT_MAX;

        put = PQputCopyData(conn->pg, data, piece);
        if (!mb_pg_flush(conn, err))
            return false;
        if (put > 0) {
            data += piece;
            len -= (size_t)piece;
        }
    }
    if (put < 0)
        end_unsent(conn);
    return true;
}

/*
 * Ends the COPY and reads its result.  `why`: the error to end it with; NULL for the regular end.
 */
static bool finish(mb_conn *conn, const char *why, PGresult **res, mb_error *err)
{
    bool loop_left = conn->loop_left, ok;
    int put;

    conn->copying = false;
    while ((put = PQputCopyEnd(conn->pg, why)) == 0)
        if (!mb_pg_flush(conn, err))
            return false;
    if (put < 0)
        end_unsent(conn);
    ok = mb_pg_finish(res, conn, err);
    conn->loop_left = false;
    if (loop_left)
        mb_pg_end_loop(conn);
    return ok;
}

bool mb_copy_in_end(mb_conn *conn, int64_t *rows, mb_error *err)
{
    PGresult *res = NULL;

    if (!finish(conn, NULL, &res, err))
        return false;
    *rows = mb_result_affected((mb_result *)res);
    PQclear(res);
    return true;
}

void mb_copy_in_abort(mb_conn *conn)
{
    PGresult *res = NULL;
    mb_error expected;

    if (finish(conn, "the rows could not be produced", &res, &expected))
        PQclear(res);
}

void mb_copy_in_escape(mb_buf *out, const char *data, size_t len)
{
    static const char letters[256] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\v'] = 'v',
                                      ['\f'] = 'f', ['\r'] = 'r', ['\\'] = '\\'};
    const char *end = data + len, *start = data;

    for (; data < end; data++) {
        char letter = letters[(unsigned char)*data];

        if (!letter)
            continue;
        mb_buf_add(out, start, (size_t)(data - start));
        mb_buf_putc(out, '\\');
        mb_buf_putc(out, letter);
        start = data + 1;
    }
    mb_buf_add(out, start, (size_t)(end - start));
}
