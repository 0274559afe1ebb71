/* tool_open.c -- the other tool's table, made or locked before its rows are changed. */
#include "moonbird/foreign/comparison.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/sqlstate.h"
#include "moonbird/sql/quote.h"

#include <stdlib.h>

static bool create(const mb_comparison *c, bool has_schema, mb_conn *conn, mb_error *err)
{
    char *table = mb_tool_create_sql(c->writer, c->table);
    mb_buf sql = {0};
    bool ok;

    if (!has_schema)
        mb_buf_printf(&sql, "CREATE SCHEMA %s; ", c->schema);
    mb_buf_puts(&sql, table);
    ok = mb_conn_exec(NULL, conn, sql.data, err);
    free(table);
    mb_buf_free(&sql);
    return ok;
}

/*
 * SQL condition: a change of the table `c` runs no code of its owner, who may not be trusted: in
 * triggers, constraints, defaults, and the checks of domains.
 */
#define ONLY_STORES                                                                                \
    MB_TOOL_TABLE_IS_PLAIN " AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid"  \
    MB_EQ "c.oid) AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid" MB_EQ   \
    "c.oid AND k.contype" MB_EQ "ANY ('{c,x,t}')) AND NOT EXISTS (SELECT FROM"                     \
    " pg_catalog.pg_attrdef e JOIN pg_catalog.pg_depend d ON d.classid" MB_EQ                      \
    "'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid" MB_EQ "e.oid WHERE e.adrelid" MB_EQ \
    "c.oid AND d.refclassid" MB_NE "ALL (ARRAY['pg_catalog.pg_class'::pg_catalog.regclass])) AND"  \
    " NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid" MB_EQ "c.oid AND"        \
    " a.attnum" MB_OP(">") "0 AND NOT a.attisdropped AND a.atttypid" MB_OP(">=")                   \
    "'16384'::pg_catalog.oid)"

/* Is it safe, and which of the columns does it not have? */
static char *check_sql(const mb_comparison *c)
{
    mb_buf sql = {0};

    mb_buf_printf(&sql, "LOCK TABLE %s IN ACCESS EXCLUSIVE MODE; SELECT ", c->table);
    mb_buf_puts(&sql, ONLY_STORES ", (SELECT pg_catalog.string_agg(w, ', ') FROM"
                                  " pg_catalog.unnest(");
    mb_quote_literal(&sql, c->writer->needed);
    mb_buf_puts(&sql, "::pg_catalog.text[]) w WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_attribute"
                      " a WHERE a.attrelid" MB_EQ "c.oid AND a.attname::pg_catalog.text" MB_EQ
                      "w AND a.attnum" MB_OP(">") "0 AND NOT a.attisdropped))"
                      " FROM pg_catalog.pg_class c WHERE c.oid" MB_EQ);
    mb_quote_literal(&sql, c->table);
    mb_buf_puts(&sql, "::pg_catalog.regclass");
    return sql.data;
}

static bool check(const mb_comparison *c, mb_conn *conn, mb_error *err)
{
    char *sql = check_sql(c);
    mb_result *res;
    bool ok = mb_conn_exec(&res, conn, sql, err);

    free(sql);
    if (!ok && mb_error_is(err, MB_SQLSTATE_INSUFFICIENT_PRIVILEGE))
        mb_fail_hint(err, "Grant your role SELECT, INSERT, UPDATE and DELETE on %s.", c->table);
    if (!ok)
        return false;
    if (!mb_result_null(res, 0, 1)) {
        ok = mb_fail(err, MB_ERR_POLICY, "%s does not have these columns of %s: %s", c->table,
                     c->writer->tool, mb_result_value(res, 0, 1));
    } else if (!mb_result_bool(res, 0, 0)) {
        mb_fail(err, MB_ERR_POLICY, "adding a row to %s could run code of the table's owner",
                c->table);
        ok = mb_fail_hint(err, "Remove its triggers, its check constraints, its defaults that call "
                               "functions of the database, and columns of types that are not "
                               "PostgreSQL's own.");
    }
    mb_result_free(res);
    return ok;
}

/* Do the table, and its schema, exist?  An earlier transaction of this run may have made them. */
static bool find(const mb_comparison *c, bool *exists, bool *has_schema, mb_conn *conn,
                 mb_error *err)
{
    mb_buf sql = {0};
    mb_result *res;
    bool ok;

    mb_buf_puts(&sql, "SELECT pg_catalog.to_regclass(");
    mb_quote_literal(&sql, c->table);
    mb_buf_puts(&sql, ") IS NOT NULL, pg_catalog.to_regnamespace(");
    mb_quote_literal(&sql, c->schema);
    mb_buf_puts(&sql, ") IS NOT NULL");
    ok = mb_conn_exec(&res, conn, sql.data, err);
    mb_buf_free(&sql);
    if (!ok)
        return false;
    *exists = mb_result_bool(res, 0, 0);
    *has_schema = mb_result_bool(res, 0, 1);
    mb_result_free(res);
    return true;
}

bool mb_tool_table_open(const mb_comparison *c, mb_conn *conn, mb_error *err)
{
    bool exists = c->history.table != NULL, has_schema = true;

    if (!exists && !find(c, &exists, &has_schema, conn, err))
        return false;
    return exists ? check(c, conn, err) : create(c, has_schema, conn, err);
}
