#include "foreign_tables.h"

#include "check_tables.h"
#include "moonbird/format/known_tool_tables.h"
#include "moonbird/format/drizzle_config.h"
#include "moonbird/history/history_sql.h"
#include "moonbird/history/provided_tables.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/pg/qualified.h"

#include <stdlib.h>

/* The names of the columns of `c`, sorted. */
#define ALL_COLUMNS                                                                                \
    "(SELECT pg_catalog.string_agg(a.attname::pg_catalog.text, ' ' ORDER BY a.attname)"            \
    " FROM pg_catalog.pg_attribute a WHERE a.attrelid" MB_EQ "c.oid"                               \
    " AND a.attnum" MB_OP(">") "0 AND NOT a.attisdropped)"

/* The table that the configuration of Drizzle names. */
static void add_configured(mb_buf *pairs)
{
    mb_drizzle_config config;
    const char *schema, *table;

    mb_drizzle_config_read(&config);
    if (mb_drizzle_config_names(&config, &schema, &table))
        mb_buf_printf(pairs, " OR n.nspname" MB_EQ "'%s' AND c.relname" MB_EQ "'%s'", schema,
                      table);
    mb_drizzle_config_free(&config);
}

/* SQL condition: `c` in schema `n` is the history table of another tool. */
static char *is_history(void)
{
    mb_buf names = {0}, pairs = {0};
    char *sql;

    for (size_t i = 0; i < mb_tool_tables_n; i++) {
        const mb_tool_table *t = &mb_tool_tables[i];

        if (t->all_columns)
            mb_buf_printf(&pairs, " OR c.relname" MB_EQ "'%s' AND " ALL_COLUMNS MB_EQ "'%s'",
                          t->table, t->all_columns);
        else if (t->schema)
            mb_buf_printf(&pairs, " OR n.nspname" MB_EQ "'%s' AND c.relname" MB_EQ "'%s'",
                          t->schema, t->table);
        else
            mb_buf_printf(&names, "%s%s", names.len ? ", " : "", t->table);
    }
    add_configured(&pairs);
    sql = mb_format("(c.relname" MB_EQ "ANY ('{%s}')%s)", mb_buf_str(&names), mb_buf_str(&pairs));
    mb_buf_free(&names);
    mb_buf_free(&pairs);
    return sql;
}

#define OWN                                                                                        \
    "c.relname" MB_EQ "'migrations' AND pg_catalog.obj_description(c.oid, 'pg_class')"             \
    MB_OP("~") "'^moonbird ledger '"

/* The gap is for is_history. */
#define FOREIGN                                                                                    \
    "SELECT pg_catalog.format(CASE WHEN " OWN " THEN 'the history of moonbird in another schema,"  \
    " %%I.%%I' WHEN %s THEN 'the history of another tool, %%I.%%I'"                                \
    " ELSE 'a table, %%I.%%I' END, n.nspname, c.relname)"                                          \
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid" MB_EQ "c.relnamespace"   \
    " WHERE c.relkind" MB_EQ "ANY ('{r,p,f}') AND n.nspname" MB_NE "$N"                            \
    " AND n.nspname" MB_NE "ALL ('{pg_catalog, information_schema}')"                              \
    " AND n.nspname" MB_OP("!~") "'^pg_(toast|temp)'"                                              \
    " AND NOT " MB_IS_PROVIDED " AND " MB_IS_IN_REACH

char *mb_foreign_sql(const mb_history *history)
{
    char *known = is_history();
    char *done_before =
        history->exists ? mb_format(" AND (%s OR NOT EXISTS (SELECT FROM $S.events))", known)
                        : mb_strdup("");
    char *sql = mb_format(FOREIGN "%s ORDER BY 1 DESC LIMIT 1", known, done_before);

    free(done_before);
    free(known);
    return sql;
}

void mb_foreign_read(mb_history *history, const mb_result *res)
{
    history->foreign = mb_strdup(mb_result_rows(res) ? mb_result_value(res, 0, 0) : "");
}

bool mb_history_foreign(mb_history *history, mb_store in, mb_error *err)
{
    char *guard = mb_tables_guard_for(history, "$S.events");
    char *query = mb_foreign_sql(history);
    char *sql = mb_format("%s%s", guard, query);
    mb_result *res;
    bool ok = history->foreign || mb_history_ask(&res, in, sql, err);

    free(guard);
    free(query);
    free(sql);
    if (!ok)
        mb_history_explain(in, history, err);
    if (!ok || history->foreign)
        return ok;
    mb_foreign_read(history, res);
    mb_result_free(res);
    return true;
}
