/* query.c -- how the statements on a backfill's rows in the history are sent. */
#include "query.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>

enum { MOST = 10 };

typedef bool (*send)(mb_result **out, mb_store in, mb_query query, mb_error *err);

/* The first parameter is the backfill's id. */
static bool send_with(send how, mb_result **out, mb_worker *worker, mb_query own, mb_error *err)
{
    char id[MB_NUMBER_SIZE];
    mb_param params[MOST] = {mb_history_text(mb_number_text(id, worker->id))};

    for (size_t i = 0; i < own.n; i++)
        params[1 + i] = own.params[i];
    return how(out, worker->run->by.in, (mb_query){own.sql, 1 + own.n, params}, err);
}

bool mb_backfill_send(mb_result **out, mb_worker *worker, const char *text, size_t n,
                      const mb_param *own, mb_error *err)
{
    return send_with(mb_history_send, out, worker, (mb_query){text, n, own}, err);
}

bool mb_backfill_query(mb_result **out, mb_worker *worker, const char *sql, size_t n,
                       const mb_param *own, mb_error *err)
{
    return send_with(mb_history_query, out, worker, (mb_query){sql, n, own}, err);
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
