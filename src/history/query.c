/* query.c -- how the SQL of the history is sent. */
#include "moonbird/history/history_sql.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/sqlstate.h"
#include "moonbird/sql/quote.h"

#include <stdlib.h>
#include <string.h>

char *mb_history_sql(const char *sql, const char *schema)
{
    mb_buf out = {0};

    for (const char *mark; (mark = strchr(sql, '$')) != NULL; sql = mark + 2) {
        mb_buf_add(&out, sql, (size_t)(mark - sql));
        if (mark[1] == 'S')
            mb_quote_identifier(&out, schema);
        else if (mark[1] == 'N')
            mb_quote_literal(&out, schema);
        else
            mb_buf_add(&out, mark, 2); /* $1, $2, ...: a parameter */
    }
    mb_buf_puts(&out, sql);
    return out.data;
}

char *mb_history_for_primary(const char *text)
{
    return mb_format("/*NO LOAD BALANCE*/ %s", text);
}

void mb_history_add_hint(mb_error *err, mb_store in)
{
    if (mb_error_is(err, MB_SQLSTATE_INSUFFICIENT_PRIVILEGE))
        mb_fail_hint(err, "Ask the owner of the history to run: GRANT USAGE ON SCHEMA \"%s\" TO "
                          "\"%s\"; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "
                          "\"%s\" TO \"%s\";",
                     in.schema, mb_conn_user(in.conn), in.schema, mb_conn_user(in.conn));
    else if (mb_error_is(err, MB_SQLSTATE_READ_ONLY_SQL_TRANSACTION))
        mb_fail_hint(err, "This session is read-only: the server is a standby, or "
                          "default_transaction_read_only is on.");
}

bool mb_history_send(mb_result **out, mb_store in, mb_query text, mb_error *err)
{
    char *sql = mb_history_for_primary(text.sql);
    mb_result *res = NULL;
    bool ok = mb_conn_query(&res, in.conn, sql, text.n, text.params, err);

    free(sql);
    if (!ok)
        mb_history_add_hint(err, in);
    if (ok && out)
        *out = res;
    else
        mb_result_free(res);
    return ok;
}

bool mb_history_query(mb_result **out, mb_store in, mb_query query, mb_error *err)
{
    char *text = mb_history_sql(query.sql, in.schema);
    bool ok = mb_history_send(out, in, (mb_query){text, query.n, query.params}, err);

    free(text);
    return ok;
}

enum { TEXT_OID = 25 }; /* text's oid in pg_type.dat, which never changes */

mb_param mb_history_text(const char *s)
{
    return (mb_param){.data = s, .len = s ? strlen(s) : 0, .type = TEXT_OID};
}

bool mb_history_ask(mb_result **out, mb_store in, const char *sql, mb_error *err)
{
    char *text = mb_history_sql(sql, in.schema), *sent = mb_history_for_primary(text);
    bool ok = mb_conn_exec(out, in.conn, sent, err);

    if (!ok)
        mb_history_add_hint(err, in);
    free(sent);
    free(text);
    return ok;
}
