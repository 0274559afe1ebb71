#include "foreign.h"
#include "moonbird/base/sqlstate.h"
#include "moonbird/project/reporter.h"

#include "moonbird/format/tool_table.h"
#include "moonbird/format/names.h"
#include "moonbird/history/provided_tables.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/pg/qualified.h"
#include "moonbird/sql/quote.h"

#include <stdlib.h>
#include <string.h>

/* ---- whether a row means "applied"; columns 1 and 2 are those of the tool ---- */

/* Prisma keeps the row of a failed migration, also after it was rolled back. */
static bool is_finished(const mb_result *res, size_t row)
{
    return !mb_result_null(res, row, 1) && mb_result_null(res, row, 2);
}

/*
 * Flyway adds a row for each undo, and for each migration that `repair` removed
 * (MigrationType.java).
 */
static bool is_forward(const mb_result *res, size_t row)
{
    const char *type = mb_result_value(res, row, 2);

    return mb_result_bool(res, row, 1) && strncmp(type, "UNDO", 4) != 0 &&
           strcmp(type, "DELETE") != 0;
}

/* Atlas counts the statements that were applied and those of the file; both must be equal. */
static bool is_whole(const mb_result *res, size_t row)
{
    return strcmp(mb_result_value(res, row, 1), mb_result_value(res, row, 2)) == 0;
}

static bool is_applied(mb_applied_rule rule, const mb_result *res, size_t row)
{
    switch (rule) {
    case MB_APPLIED_TRUE:
        return mb_result_bool(res, row, 1);
    case MB_APPLIED_FINISHED:
        return is_finished(res, row);
    case MB_APPLIED_FORWARD:
        return is_forward(res, row);
    case MB_APPLIED_WHOLE:
        return is_whole(res, row);
    case MB_APPLIED_ALWAYS:
        break;
    }
    return true;
}

/* ---- the tables ---- */

typedef struct listed {
    char *key;    /* a version, name or file; NULL: the table has no such column */
    char *hash;   /* Drizzle: SHA-256 of the file; otherwise NULL */
    int64_t when; /* Drizzle: the journal's `when`; otherwise 0 */
    bool dirty;   /* golang-migrate: the migration of the key itself is not finished */
} listed;

typedef struct foreign {
    char
        *table; /* quoted, with its schema; NULL: no history of another tool that can be compared */
    bool up_to;  /* its only row means all numbers up to its key */
    listed *items;
    size_t n;
} foreign;

/*
 * SQL condition: reading the table `c` runs no code of its owner, because the owner may not be
 * trusted.  Indexes on expressions are excluded, because the planner may evaluate them.
 */
#define PLAIN                                                                                      \
    "c.relkind" MB_EQ "'r' AND NOT c.relhasrules AND NOT c.relrowsecurity AND NOT"                 \
    " c.relhassubclass"                                                                            \
    " AND NOT c.relispartition AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid" \
    MB_EQ "c.oid AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)) AND NOT EXISTS"            \
    " (SELECT FROM pg_catalog.pg_statistic_ext x WHERE x.stxrelid" MB_EQ "c.oid)"

/* The plain tables, each with its columns of built-in types. */
static const char tables_sql[] =
    "SELECT c.relname, pg_catalog.format('%I.%I', n.nspname, c.relname),"
    " pg_catalog.concat(' ', pg_catalog.string_agg(a.attname::pg_catalog.text, ' '), ' ')"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid" MB_EQ "c.relnamespace"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid" MB_EQ "c.oid AND a.attnum" MB_OP(">") "0"
    " AND NOT a.attisdropped AND a.atttypid" MB_OP("<") "'16384'::pg_catalog.oid"
    " WHERE " PLAIN " AND n.nspname" MB_OP("!~") "'^pg_(toast|temp)' AND NOT " MB_IS_PROVIDED
    " GROUP BY 1, 2 ORDER BY 2";

static bool has_column(const char *columns, const char *name)
{
    char *word = name ? mb_format(" %s ", name) : NULL;
    bool has = !word || strstr(columns, word);

    free(word);
    return has;
}

static const mb_tool_table *source_of(const char *table, const char *columns)
{
    for (size_t i = 0; i < mb_tool_tables_n; i++) {
        const mb_tool_table *s = &mb_tool_tables[i];

        if (s->key && strcmp(s->table, table) == 0 && has_column(columns, s->columns[0]) &&
            has_column(columns, s->columns[1]) && has_column(columns, s->order) &&
            has_column(columns, s->drizzle ? "created_at" : s->key) &&
            has_column(columns, s->drizzle ? "hash" : NULL))
            return s;
    }
    return NULL;
}

static const mb_tool_table *find_table(foreign *out, bool *has_key, const mb_result *tables)
{
    for (size_t i = 0; i < mb_result_rows(tables); i++) {
        const char *columns = mb_result_value(tables, i, 2);
        const mb_tool_table *s = source_of(mb_result_value(tables, i, 0), columns);

        if (!s)
            continue;
        out->table = mb_strdup(mb_result_value(tables, i, 1));
        *has_key = has_column(columns, s->key);
        return s;
    }
    return NULL;
}

static void foreign_free(foreign *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->items[i].key);
        free(f->items[i].hash);
    }
    free(f->items);
    free(f->table);
    *f = (foreign){0};
}

/*
 * SQL that locks the table and lists five columns: key, the tool's own two, hash, when.  If the
 * table is not plain any more, the statement before the list fails with a division by zero.
 */
static char *list_sql(const foreign *f, const mb_tool_table *s, bool has_key)
{
    char *list = mb_format("SELECT %s, %s, %s, %s FROM %s%s%s", has_key ? s->key : "NULL",
                           s->columns[0] ? s->columns[0] : "NULL",
                           s->columns[1] ? s->columns[1] : "NULL",
                           s->drizzle ? "hash, created_at" : "NULL, NULL", f->table,
                           s->order ? " ORDER BY " : "", s->order ? s->order : "");
    mb_buf sql = {0};

    mb_buf_printf(&sql, "LOCK TABLE %s IN ACCESS SHARE MODE; SELECT 1" MB_OP("/")
                        "pg_catalog.count(*) FROM pg_catalog.pg_class c WHERE c.oid"
                        MB_EQ, f->table);
    mb_quote_literal(&sql, f->table);
    mb_buf_printf(&sql, "::pg_catalog.regclass AND %s; %s", PLAIN, list);
    free(list);
    return sql.data;
}

static void remove_last(foreign *f, const char *key)
{
    size_t kept = 0;

    for (size_t i = 0; i < f->n; i++) {
        if (f->items[i].key && strcmp(f->items[i].key, key) == 0) {
            free(f->items[i].key);
            free(f->items[i].hash);
            continue;
        }
        f->items[kept++] = f->items[i];
    }
    f->n = kept;
}

static void read_rows(foreign *out, const mb_tool_table *s, const mb_result *res)
{
    out->up_to = s->up_to;
    out->items = mb_alloc(mb_result_rows(res) * sizeof *out->items);
    for (size_t i = 0; i < mb_result_rows(res); i++) {
        const char *key = mb_result_null(res, i, 0) ? NULL : mb_result_value(res, i, 0);

        if (!is_applied(s->applied, res, i)) {
            if (key)
                remove_last(out, key);
            continue;
        }
        out->items[out->n++] = (listed){
            .key = key ? mb_strdup(key) : NULL,
            .hash = mb_result_null(res, i, 3) ? NULL : mb_strdup(mb_result_value(res, i, 3)),
            .when = mb_result_int(res, i, 4),
            .dirty = s->up_to && mb_result_bool(res, i, 1),
        };
    }
}

static bool foreign_read(foreign *out, mb_conn *conn, mb_error *err)
{
    const mb_tool_table *s;
    mb_result *res;
    bool has_key = false, ok;
    char *sql;

    *out = (foreign){0};
    if (!mb_conn_exec(&res, conn, tables_sql, err))
        return false;
    s = find_table(out, &has_key, res);
    mb_result_free(res);
    if (!s)
        return true;
    sql = list_sql(out, s, has_key);
    ok = mb_conn_exec(&res, conn, sql, err);
    free(sql);
    if (!ok) {
        if (mb_error_is_failed_check(err))
            mb_fail(err, MB_ERR_POLICY, "%s was replaced while moonbird read it", out->table);
        foreign_free(out);
        return false;
    }
    read_rows(out, s, res);
    mb_result_free(res);
    return true;
}

/* ---- matching ---- */

static bool is_number(const char *key)
{
    return *key && !key[strspn(key, "0123456789")];
}

/* 2024-01-01-000000_a is version 20240101000000 (diesel). */
static bool is_dashed(const char *name, const char *key)
{
    for (; *name && *name != '_'; name++)
        if (*name != '-' && *key++ != *name)
            return false;
    return !*key;
}

/* Most tools list the number of a migration, some its name or file. */
static bool is_key(const mb_migration *m, const char *key)
{
    size_t len = strlen(m->name);

    if (strncmp(key, m->name, len) == 0 && (!key[len] || key[len] == '.'))
        return true;
    return is_number(key) && m->number[0] &&
           (mb_compare_numbers(key, m->number) == 0 || is_dashed(m->name, key));
}

/* Compares the name, the time in the journal (also truncated to seconds), and the contents. */
static bool is_listed(const listed *l, const mb_migration *m)
{
    if (l->key && is_key(m, l->key))
        return true;
    return (m->when && (l->when == m->when || l->when == m->when / 1000 * 1000)) ||
           (l->hash && strcmp(l->hash, m->file_sum) == 0);
}

static bool lists(const foreign *f, const mb_migration *m)
{
    for (size_t i = 0; i < f->n; i++) {
        const listed *l = &f->items[i];

        if ((!l->dirty && is_listed(l, m)) ||
            (f->up_to && l->key && m->number[0] && mb_compare_numbers(m->number, l->key) < 0))
            return true;
    }
    return false;
}

/* ---- the check ---- */

static bool check(const foreign *f, const mb_item *const *items, size_t n, bool force,
                  const mb_reporter *reporter, mb_error *err)
{
    mb_buf names = {0};
    size_t found = 0;
    char *text;
    bool ok;

    for (size_t i = 0; i < n; i++) {
        if (lists(f, items[i]->file))
            found++;
        else
            mb_buf_printf(&names, "%s%s", names.len ? ", " : "", items[i]->name);
    }
    ok = found == n || force;
    text = mb_format("%s lists %zu of the %zu migrations to record", f->table, found, n);
    if (!ok) {
        mb_fail(err, MB_ERR_POLICY, "%s does not list %s", f->table, mb_buf_str(&names));
        mb_fail_detail(err, "%s.", text);
        mb_fail_hint(err, "Record the listed ones with moonbird mark NAME..., and run the rest "
                          "with moonbird up. If the database already has all of them, use "
                          "--force.");
    } else if (reporter && reporter->note) {
        reporter->note(reporter->self, text);
    }
    mb_buf_free(&names);
    free(text);
    return ok;
}

bool mb_foreign_check(const mb_item *const *items, size_t n, bool force,
                      const mb_reporter *reporter, mb_conn *conn, mb_error *err)
{
    foreign f;
    bool ok = foreign_read(&f, conn, err) &&
              (!f.table || check(&f, items, n, force, reporter, err));

    foreign_free(&f);
    return ok;
}
