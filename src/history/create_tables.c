#include "moonbird/history/create_tables.h"

#include "check_tables.h"
#include "moonbird/base/sqlstate.h"
#include "moonbird/history/history_sql.h"
#include "moonbird/sql/quote.h"

#include <stdlib.h>
#include <string.h>

static mb_layout needed(const mb_history *history, bool parts)
{
    return (mb_layout){MB_HISTORY_VERSION, history->layout.parts || parts};
}

static bool is_complete(const mb_history *history, bool parts)
{
    return history->layout.version >= MB_HISTORY_VERSION && (history->layout.parts || !parts);
}

void mb_history_created(mb_history *history, bool parts)
{
    history->schema = history->exists = true;
    history->layout = needed(history, parts);
}

/* All tables get the owner of the first one: a superuser may add the later ones. */
#define AS_OWNER                                                                                   \
    "SELECT pg_catalog.set_config('role', pg_catalog.pg_get_userbyid(c.relowner)::pg_catalog.text,"\
    " true) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid" MB_EQ              \
    "c.relnamespace WHERE n.nspname" MB_EQ "$N AND c.relname" MB_EQ "'migrations';"

/*
 * Append the templates, each with a `;` at its end and nowhere else. search_path is set because a
 * definition is resolved when it is sent: its names must be PostgreSQL's own. The commit need not
 * wait for the disk: the tables are empty, and whatever is written to them waits for it.
 */
static void add_ddl(mb_buf *sql, const mb_history *seen, bool parts)
{
    const mb_layout is = seen->layout, shall = needed(seen, parts);

    mb_buf_puts(sql, MB_HISTORY_SEARCH_PATH "SET LOCAL synchronous_commit = off;");
    if (seen->exists)
        mb_buf_puts(sql, AS_OWNER);
    if (!seen->schema)
        mb_buf_puts(sql, "CREATE SCHEMA $S; COMMENT ON SCHEMA $S IS 'moonbird: which migrations are "
                         "applied. Not part of the application.';");
    for (int v = 0; v < MB_HISTORY_VERSION; v++) {
        if (mb_history_ddl[v].rows && v >= is.version)
            mb_buf_printf(sql, "%s;", mb_history_ddl[v].rows);
        if (mb_history_ddl[v].parts && shall.parts && (v >= is.version || !is.parts))
            mb_buf_printf(sql, "%s;", mb_history_ddl[v].parts);
    }
    mb_history_add_mark(sql, shall);
    mb_buf_putc(sql, ';');
}

/* Fails, and creates nothing, where the database has default privileges on tables. */
static void add_guarded_ddl(mb_buf *sql, const mb_history *seen, bool parts)
{
    add_ddl(sql, seen, parts);
    mb_buf_printf(sql, "%s;", mb_tables_privileges_guard);
}

static bool refuse_privileges(const mb_history *seen, const char *schema, const mb_result *res,
                              mb_error *err)
{
    const char *create = seen->schema ? "" : "CREATE SCHEMA $S; ";
    char *template = mb_format("%sREVOKE USAGE ON SCHEMA $S", create);
    char *revoke = mb_history_sql(template, schema);

    mb_fail(err, MB_ERR_POLICY,
            "default privileges let another role add triggers to the history tables in schema "
            "\"%s\"", schema);
    mb_fail_detail(err, "The new tables would have %s. That role could run code with your "
                        "privileges. moonbird did not create the tables.",
                   mb_result_value(res, 0, 0));
    mb_fail_hint(err, "Run ALTER DEFAULT PRIVILEGES FOR ROLE %s REVOKE TRIGGER, REFERENCES ON "
                      "TABLES FROM that role. If that role need not read the history, you can "
                      "instead run: %s FROM that role. \\ddp in psql lists default privileges.",
                 mb_result_value(res, 0, 1), revoke);
    free(revoke);
    free(template);
    return false;
}

/*
 * There are default privileges: create the tables, check the privileges that they gave, and only
 * then commit.
 */
static bool create_checked(const mb_writer *by, bool parts, mb_error *err)
{
    mb_buf sql = {0};
    mb_result *res = NULL;
    bool ok;

    mb_buf_puts(&sql, "BEGIN;");
    add_ddl(&sql, by->history, parts);
    mb_buf_puts(&sql, mb_tables_privileges);
    ok = mb_history_ask(&res, by->in, mb_buf_str(&sql), err) &&
         (mb_result_null(res, 0, 0) ? mb_conn_exec(NULL, by->in.conn, "COMMIT", err)
                                    : refuse_privileges(by->history, by->in.schema, res, err));
    if (!ok)
        mb_conn_rollback(by->in.conn);
    mb_result_free(res);
    mb_buf_free(&sql);
    return ok;
}

static bool fail_create_schema(mb_store in, mb_error *err)
{
    mb_buf sql = {0};

    mb_buf_puts(&sql, "CREATE SCHEMA ");
    mb_quote_identifier(&sql, in.schema);
    mb_buf_puts(&sql, " AUTHORIZATION ");
    mb_quote_identifier(&sql, mb_conn_role(in.conn));
    mb_fail_hint(err, "Run moonbird once as a role that may create schemas, or: %s.",
                 mb_buf_str(&sql));
    mb_buf_free(&sql);
    return false;
}

static bool fail_create(mb_store in, const mb_history *seen, mb_error *err)
{
    if (!mb_error_is(err, MB_SQLSTATE_INSUFFICIENT_PRIVILEGE))
        return false;
    if (!seen->exists)
        return fail_create_schema(in, err);
    if (seen->layout.version == MB_HISTORY_VERSION)
        return mb_fail_hint(err, "This is the first migration with steps, and the history has no "
                                 "tables for them yet. Ask the owner of the history to run this "
                                 "command once: it creates them.");
    return mb_fail_hint(err,
                        "The history tables have an older layout (version %d of %d). Ask their "
                        "owner to run this command once: it upgrades them.",
                        seen->layout.version, MB_HISTORY_VERSION);
}

bool mb_history_need(const mb_writer *by, bool parts, mb_error *err)
{
    mb_buf sql = {0}; /* one message, and so one transaction */
    bool ok;

    if (!by->history || is_complete(by->history, parts))
        return true;
    add_guarded_ddl(&sql, by->history, parts);
    ok = mb_history_ask(NULL, by->in, mb_buf_str(&sql), err);
    mb_buf_free(&sql);
    if (!ok && mb_tables_are_refused(err))
        ok = create_checked(by, parts, err);
    if (!ok)
        return fail_create(by->in, by->history, err);
    mb_history_created(by->history, parts);
    return true;
}

bool mb_history_create_in(mb_round_trip *trip, const mb_writer *by, size_t *n, mb_error *err)
{
    mb_buf sql = {0};
    size_t sent = 0;
    size_t ignored;
    char *rest, *limits;
    bool ok = true;

    *n = 0;
    if (is_complete(by->history, false))
        return true;
    limits = mb_conn_limits_sql(by->in.conn, &ignored);
    mb_buf_printf(&sql, "BEGIN; %s", limits);
    free(limits);
    add_guarded_ddl(&sql, by->history, false);
    mb_buf_puts(&sql, "COMMIT;");
    for (char *one = strtok_r(sql.data, ";", &rest); ok && one; one = strtok_r(NULL, ";", &rest)) {
        char *text = mb_history_sql(one, by->in.schema);

        ok = mb_round_trip_send(trip, text, 0, NULL, false, err);
        sent++;
        free(text);
    }
    *n = ok ? sent : 0;
    mb_buf_free(&sql);
    return ok;
}
