/* query.c -- how the statements on a backfill's rows in the history are sent. */
#include "query.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>

enum { MOST = 10 };

bool mb_backfill_send(mb_result **out, mb_worker *worker, const char *text, size_t n,
                      const mb_param *own, mb_error *err)
{
    char id[MB_NUMBER_SIZE];
    mb_param params[MOST] = {mb_history_text(mb_number_text(id, worker->id))};

    for (size_t i = 0; i < n; i++)
        params[1 + i] = own[i];
    return mb_history_send(out, worker->run->by.in, (mb_query){text, 1 + n, params}, err);
}

bool mb_backfill_query(mb_result **out, mb_worker *worker, const char *sql, size_t n,
                       const mb_param *own, mb_error *err)
{
    char *text = mb_history_sql(sql, worker->run->by.in.schema);
    bool ok = mb_backfill_send(out, worker, text, n, own, err);

    free(text);
    return ok;
}

const char *mb_backfill_value(const mb_result *res, size_t column)
{
    return mb_result_null(res, 0, column) ? NULL : mb_result_value(res, 0, column);
}

char *mb_backfill_text(const mb_result *res, size_t column)
{
    const char *value = mb_backfill_value(res, column);

    return value ? mb_strdup(value) : NULL;
}
