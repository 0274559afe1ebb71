/* query.c -- how the SQL of the history is sent. */
#include "moonbird/history/history_sql.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/sqlstate.h"
#include "moonbird/pg/observer.h"
#include "moonbird/sql/quote.h"

#include <stdlib.h>
#include <string.h>

/* A literal without a type could get another type, as NULL does. */
static void add_parameter(mb_buf *out, const mb_param *param)
{
    mb_quote_literal(out, param->data);
    mb_buf_puts(out, "::pg_catalog.text");
}

/* One pass, since a name or a value may look like a mark. */
char *mb_history_literals(mb_query query, const char *schema)
{
    const char *sql = query.sql;
    mb_buf out = {0};

    for (const char *mark; (mark = strchr(sql, '$')) != NULL;) {
        char *end;
        size_t n = strtoul(mark + 1, &end, 10);

        mb_buf_add(&out, sql, (size_t)(mark - sql));
        sql = n > 0 ? end : mark + 2;
        if (mark[1] == 'S')
            mb_quote_identifier(&out, schema);
        else if (mark[1] == 'N')
            mb_quote_literal(&out, schema);
        else if (n >= 1 && n <= query.n)
            add_parameter(&out, &query.params[n - 1]);
        else
            mb_buf_add(&out, mark, (size_t)(sql - mark)); /* a parameter that is sent apart */
    }
    mb_buf_puts(&out, sql);
    return out.data;
}

char *mb_history_sql(const char *sql, const char *schema)
{
    return mb_history_literals((mb_query){sql, 0, NULL}, schema);
}

bool mb_history_begin_change(mb_store in, mb_error *err)
{
    size_t n;
    char *limits = mb_conn_limits_sql(in.conn, &n), *sql = mb_format("BEGIN; %s", limits);
    bool ok = mb_conn_exec(NULL, in.conn, sql, err);

    free(limits);
    free(sql);
    return ok;
}

/*
 * The sessions that have locked a table of the history: any role may see the lock and its process.
 * A transaction that failed can ask nothing.
 */
static void name_locker(mb_error *err, mb_store in)
{
    char *sql = mb_format(
        "SELECT pg_catalog.string_agg(" MB_SESSION_TEXT ", '; ' ORDER BY b.pid)"
        " FROM pg_catalog.pg_stat_activity b WHERE b.pid" MB_EQ "ANY (SELECT l.pid"
        " FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid" MB_EQ "l.relation"
        " JOIN pg_catalog.pg_namespace n ON n.oid" MB_EQ "c.relnamespace WHERE l.granted"
        " AND n.nspname" MB_EQ "$N AND l.mode" MB_NE "'AccessShareLock'"
        " AND l.database" MB_EQ "(SELECT d.oid FROM pg_catalog.pg_database d"
        " WHERE d.datname" MB_EQ "pg_catalog.current_database()))"
        " AND b.pid" MB_NE "pg_catalog.pg_backend_pid()");
    char *text = mb_history_sql(sql, in.schema);
    mb_result *res = NULL;
    mb_error ignored;

    if (mb_conn_tx(in.conn) == MB_TX_IDLE && mb_conn_exec_limited(&res, in.conn, text, &ignored) &&
        !mb_result_null(res, 0, 0))
        mb_fail_detail(err, "The history in schema \"%s\" is locked by %s.", in.schema,
                       mb_result_value(res, 0, 0));
    mb_fail_hint(err, "Another session has locked a table of the history. Run the command again "
                      "when its transaction has ended, or end that session with "
                      "pg_terminate_backend. lock_timeout sets how long moonbird waits.");
    mb_result_free(res);
    free(sql);
    free(text);
}

char *mb_history_for_primary(const char *text)
{
    return mb_format("/*NO LOAD BALANCE*/ %s", text);
}

/* Does the message name the schema of the history or one of its tables? */
static bool names_history(const char *message, const char *schema)
{
    static const char *const tables[] = {"migrations", "events", "steps", "backfills", "chunks",
                                         "rejects"};
    bool found = strstr(message, schema) != NULL;

    for (size_t i = 0; !found && i < sizeof tables / sizeof tables[0]; i++)
        found = strstr(message, tables[i]) != NULL;
    return found;
}

static void add_grants(mb_error *err, mb_store in)
{
    mb_buf sql = {0};

    mb_buf_puts(&sql, "GRANT USAGE ON SCHEMA ");
    mb_quote_identifier(&sql, in.schema);
    mb_buf_puts(&sql, " TO ");
    mb_quote_identifier(&sql, mb_conn_role(in.conn));
    mb_buf_puts(&sql, "; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ");
    mb_quote_identifier(&sql, in.schema);
    mb_buf_puts(&sql, " TO ");
    mb_quote_identifier(&sql, mb_conn_role(in.conn));
    mb_fail_hint(err, "Ask the owner of the history to run: %s;", mb_buf_str(&sql));
    mb_buf_free(&sql);
}

void mb_history_add_hint(mb_error *err, mb_store in)
{
    if (mb_error_is(err, MB_SQLSTATE_INSUFFICIENT_PRIVILEGE) &&
        names_history(err->message, in.schema))
        add_grants(err, in);
    else if (mb_error_is(err, MB_SQLSTATE_LOCK_NOT_AVAILABLE))
        name_locker(err, in);
    else if (mb_error_is(err, MB_SQLSTATE_READ_ONLY_SQL_TRANSACTION))
        mb_fail_hint(err, "If the server is a standby, connect to the primary. If the file itself "
                          "says READ ONLY, remove that. Otherwise set "
                          "default_transaction_read_only to off.");
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

/* Sends a template outside of a transaction, as one message that begins with the limits. */
static bool ask(mb_result **out, mb_store in, mb_query query, mb_error *err)
{
    size_t n;
    char *limits = mb_conn_limits_sql(in.conn, &n), *text = mb_history_literals(query, in.schema);
    char *all = mb_format("%s%s", limits, text), *sent = mb_history_for_primary(all);
    bool ok = mb_conn_exec(out, in.conn, sent, err);

    if (!ok)
        mb_history_add_hint(err, in);
    free(sent);
    free(all);
    free(text);
    free(limits);
    return ok;
}

bool mb_history_ask(mb_result **out, mb_store in, const char *sql, mb_error *err)
{
    return ask(out, in, (mb_query){sql, 0, NULL}, err);
}

bool mb_history_query(mb_result **out, mb_store in, mb_query query, mb_error *err)
{
    char *text;
    bool ok;

    if (mb_conn_tx(in.conn) == MB_TX_IDLE)
        return ask(out, in, query, err);
    text = mb_history_sql(query.sql, in.schema);
    ok = mb_history_send(out, in, (mb_query){text, query.n, query.params}, err);
    free(text);
    return ok;
}

bool mb_history_query_with(mb_result **out, mb_store in, mb_query query, mb_message *with,
                           mb_error *err)
{
    char *text = mb_history_literals(query, in.schema);
    mb_answers answers = {0};
    mb_buf sql = {0};
    bool ok;

    mb_buf_puts(&sql, with->before);
    mb_buf_puts(&sql, text);
    mb_buf_puts(&sql, "; ");
    mb_buf_puts(&sql, with->after);
    with->sent = true;
    ok = mb_conn_exec_each(&answers, in.conn, mb_buf_str(&sql), 1, err);
    mb_buf_free(&sql);
    free(text);
    if (!ok && !err->context[0]) /* the error of a deferred trigger has a context, ours has none */
        mb_history_add_hint(err, in);
    if (ok && out && !(*out = mb_answers_take_rows(&answers)))
        ok = mb_result_refuse(err, "without the row of the history");
    mb_answers_free(&answers);
    return ok;
}

enum { TEXT_OID = 25 }; /* text's oid in pg_type.dat, which never changes */

mb_param mb_history_text(const char *s)
{
    return (mb_param){.data = s, .len = s ? strlen(s) : 0, .type = TEXT_OID};
}
