/* update.c -- a batch that is one UPDATE with the declared `set`. */
#include "parts.h"

bool mb_batch_update(mb_batch *b, mb_error *err)
{
    const mb_target *t = &b->worker->target;
    mb_buf sql = {0};
    int64_t wanted;
    mb_result *res;
    bool ok;

    if (!mb_page_find_end(b, err) || !mb_page_count(&wanted, b, err))
        return false;
    mb_buf_printf(&sql, "UPDATE %s SET %s\n", t->sql_name, b->worker->b->set);
    mb_page_add_where(&sql, b);
    mb_key_watch(&sql, b->worker, "", b->chunk.from != NULL);
    ok = mb_page_query(&res, b, &sql, b->reached, 0, err);
    mb_buf_free(&sql);
    if (!ok)
        return false;
    ok = mb_key_check(&b->rows, b->worker, res, err) && (!t->has_rules || mb_page_check(b, err));
    mb_result_free(res);
    b->refused = wanted > b->rows ? wanted - b->rows : 0;
    return ok;
}
