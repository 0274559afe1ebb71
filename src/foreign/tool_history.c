#include "moonbird/foreign/tool_history.h"

#include "moonbird/base/sqlstate.h"
#include "moonbird/format/known_tool_tables.h"
#include "moonbird/format/drizzle_config.h"
#include "moonbird/history/provided_tables.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/show.h"
#include "moonbird/pg/qualified.h"
#include "moonbird/sql/quote.h"

#include <stdlib.h>
#include <string.h>

/* The columns of list_sql. */
enum { KEY, FIRST, SECOND, SUM, TIME, WHEN, PLACE, TIME_IS_GOOD };

/* ---- whether a row means "applied"; columns 1 and 2 are those of the tool ---- */

typedef enum outcome { ROLLED_BACK, HALF, DONE } outcome;

static outcome done_or(bool done, outcome other)
{
    return done ? DONE : other;
}

/* Prisma keeps the row of a failed migration, also after it was rolled back. */
static outcome finished(const mb_result *res, size_t row)
{
    if (!mb_result_null(res, row, 2))
        return ROLLED_BACK;
    return done_or(!mb_result_null(res, row, 1), HALF);
}

/*
 * Flyway adds a row for each undo, for each migration that `repair` removed, and for the schemas
 * that it created (MigrationType.java).
 */
static outcome forward(const mb_result *res, size_t row)
{
    const char *type = mb_result_value(res, row, 2);

    if (strncmp(type, "UNDO", 4) == 0 || strcmp(type, "DELETE") == 0 || strcmp(type, "SCHEMA") == 0)
        return ROLLED_BACK;
    return done_or(mb_result_bool(res, row, 1), HALF);
}

/* Atlas counts the statements that were applied and those of the file; both must be equal. */
static bool is_whole(const mb_result *res, size_t row)
{
    return strcmp(mb_result_value(res, row, 1), mb_result_value(res, row, 2)) == 0;
}

static outcome outcome_of(mb_applied_rule rule, const mb_result *res, size_t row)
{
    switch (rule) {
    case MB_APPLIED_TRUE:
        return done_or(mb_result_bool(res, row, 1), ROLLED_BACK);
    case MB_APPLIED_SUCCEEDED:
        return done_or(mb_result_bool(res, row, 1), HALF);
    case MB_APPLIED_FINISHED:
        return finished(res, row);
    case MB_APPLIED_FORWARD:
        return forward(res, row);
    case MB_APPLIED_WHOLE:
        return done_or(is_whole(res, row), HALF);
    case MB_APPLIED_ALWAYS:
        break;
    }
    return DONE;
}

/* Flyway's row of a baseline: it does not run migrations with smaller versions. */
static bool is_baseline(const mb_tool_table *s, const mb_result *res, size_t row)
{
    return s->applied == MB_APPLIED_FORWARD && strcmp(mb_result_value(res, row, 2), "BASELINE") == 0;
}

/* SQL_BASELINE, JDBC_BASELINE */
static bool is_baseline_file(const mb_tool_table *s, const mb_result *res, size_t row)
{
    return s->applied == MB_APPLIED_FORWARD && strstr(mb_result_value(res, row, 2), "_BASELINE");
}

/* ---- rows that moonbird cannot read ---- */

static bool is_boolean(const mb_result *res, size_t row)
{
    const char *value = mb_result_value(res, row, 1);

    return strcmp(value, "t") == 0 || strcmp(value, "f") == 0;
}

/* The column of the tool's own two whose value does not tell whether the row means "applied". */
static const char *unclear_column(const mb_tool_table *s, const mb_result *res, size_t row)
{
    switch (s->applied) {
    case MB_APPLIED_TRUE:
    case MB_APPLIED_SUCCEEDED:
    case MB_APPLIED_FORWARD:
        return is_boolean(res, row) ? NULL : s->columns[0];
    case MB_APPLIED_WHOLE:
        return mb_result_null(res, row, 1) ? s->columns[0] : NULL;
    case MB_APPLIED_FINISHED:
    case MB_APPLIED_ALWAYS:
        break;
    }
    return s->up_to && s->columns[0] && !is_boolean(res, row) ? s->columns[0] : NULL;
}

/* Drizzle's rows can also be matched by their time or checksum. */
static bool has_key(const mb_tool_table *s, const mb_result *res, size_t row)
{
    return *mb_result_value(res, row, 0) ||
           (s->drizzle && (*mb_result_value(res, row, 3) || mb_result_int(res, row, 5)));
}

static bool is_number(const char *text)
{
    return *text && !text[strspn(text, "0123456789")];
}

/* The column with the time of a row, if the time cannot be recorded: it is infinite, or before year 1. */
static const char *bad_time(const mb_tool_table *s, const mb_result *res, size_t row)
{
    return mb_result_null(res, row, TIME_IS_GOOD) || mb_result_bool(res, row, TIME_IS_GOOD)
               ? NULL
               : s->time;
}

static char *invalid_value(const char *key, const char *column)
{
    mb_buf shown = {0};

    mb_buf_puts(&shown, "the row of ");
    mb_show(&shown, key, strlen(key), MB_SHOW_LINE);
    mb_buf_printf(&shown, " has no valid value in the column %s", column);
    return shown.data;
}

/* Why the row cannot be read, with the place of the row; NULL: it can.  The caller frees it. */
static char *why_unread(const mb_tool_table *s, const mb_result *res, size_t row)
{
    const char *place = mb_result_value(res, row, 6), *key = mb_result_value(res, row, 0);
    const char *unclear = unclear_column(s, res, row);

    if (!has_key(s, res, row))
        return mb_format("the row with ctid %s has no %s", place,
                         s->drizzle ? "name, no hash and no created_at" : s->key);
    if (!unclear && s->up_to && !is_number(key))
        unclear = s->key;
    if (!unclear)
        unclear = bad_time(s, res, row);
    return unclear ? invalid_value(key, unclear) : NULL;
}

/* ---- the tables ---- */

/*
 * The tables: name, schema, both quoted, the columns of built-in types, whether it is plain, and
 * whether migrations of this role can have made it.
 */
static const char tables_sql[] =
    "SELECT c.relname, n.nspname, pg_catalog.format('%I.%I', n.nspname, c.relname),"
    " pg_catalog.concat(' ', (SELECT pg_catalog.string_agg(a.attname::pg_catalog.text, ' '"
    " ORDER BY a.attname) FROM pg_catalog.pg_attribute a WHERE a.attrelid" MB_EQ "c.oid"
    " AND a.attnum" MB_OP(">") "0 AND NOT a.attisdropped"
    " AND a.atttypid" MB_OP("<") "'16384'::pg_catalog.oid), ' '), " MB_TOOL_TABLE_IS_PLAIN
    ", " MB_IS_IN_REACH
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid" MB_EQ "c.relnamespace"
    " WHERE c.relkind" MB_EQ "ANY ('{r,p,f}') AND n.nspname" MB_OP("!~") "'^pg_(toast|temp)'"
    " AND NOT " MB_IS_PROVIDED " ORDER BY 3";

enum { NAME, SCHEMA, QUOTED, COLUMNS, IS_PLAIN, IS_IN_REACH };

static bool has_column(const char *columns, const char *name)
{
    char *word = name ? mb_format(" %s ", name) : NULL;
    bool has = !word || strstr(columns, word);

    free(word);
    return has;
}

/* What the tools' own settings say of their tables. */
typedef struct names {
    mb_drizzle_config drizzle;
    const mb_configured_table *other; /* that of one other tool */
} names;

static const mb_configured_table nothing;

static bool is_table_of(const mb_tool_table *s, const names *named, const mb_result *tables,
                        size_t row)
{
    const mb_configured_table *other = named->other;
    const char *columns = mb_result_value(tables, row, COLUMNS);
    size_t len = s->all_columns ? strlen(s->all_columns) : 0;
    mb_table_name usual = {s->schema, s->table};
    mb_table_name table = {mb_result_value(tables, row, SCHEMA),
                           mb_result_value(tables, row, NAME)};

    if (s->drizzle && mb_drizzle_config_names(&named->drizzle, &usual.schema, &usual.table))
        other = NULL;
    if (!other || !other->tool || !mb_tool_table_is_of(s, other->tool))
        other = &nothing;
    return mb_configured_table_is(other, usual, table) &&
           (!s->all_columns || (strncmp(columns + 1, s->all_columns, len) == 0 &&
                                strcmp(columns + 1 + len, " ") == 0));
}

/* Can its rows be compared with files, and is it safe to read them? */
static bool can_compare(const mb_tool_table *s, const mb_result *tables, size_t row)
{
    const char *columns = mb_result_value(tables, row, COLUMNS);

    return s->key && mb_result_bool(tables, row, IS_PLAIN) && has_column(columns, s->columns[0]) &&
           has_column(columns, s->columns[1]) && has_column(columns, s->order) &&
           has_column(columns, s->drizzle ? "created_at" : s->key) &&
           has_column(columns, s->drizzle ? "hash" : NULL);
}

/* The tool whose table it is, preferably one whose rows can be compared.  NULL: there is none. */
static const mb_tool_table *tool_of(const mb_result *tables, size_t row, const char *tool,
                                    const names *named)
{
    const mb_tool_table *found = NULL;

    for (size_t k = 0; k < mb_tool_tables_n; k++) {
        const mb_tool_table *s = &mb_tool_tables[k];

        if ((tool && !mb_tool_table_is_of(s, tool)) || !is_table_of(s, named, tables, row))
            continue;
        if (can_compare(s, tables, row))
            return s;
        if (!found)
            found = s;
    }
    return found;
}

/*
 * Sets the table, preferably one that can be compared, and its columns, borrowed from `tables`.
 * NULL: there is none that can be compared.
 */
static const mb_tool_table *find_table(mb_tool_history *out, const char **columns, const char *tool,
                                       const names *named, const mb_result *tables)
{
    const mb_tool_table *found = NULL;
    const mb_tool_table *unread = NULL;
    const char *unread_name = NULL;

    for (size_t i = 0; i < mb_result_rows(tables); i++) {
        const mb_tool_table *s = tool_of(tables, i, tool, named);
        const char *name = mb_result_value(tables, i, QUOTED);

        if (s && can_compare(s, tables, i)) {
            if (found && !out->other)
                out->other = mb_strdup(name);
            if (found)
                continue;
            found = s;
            out->tools = s->tools;
            out->table = mb_strdup(name);
            if (s->project && named->other && named->other->project)
                out->project = mb_strdup(named->other->project);
            *columns = mb_result_value(tables, i, COLUMNS);
        } else if (s && !unread && mb_result_bool(tables, i, IS_IN_REACH)) {
            unread = s;
            unread_name = name;
        }
    }
    if (!found && unread) {
        out->table = mb_strdup(unread_name);
        out->tools = unread->tools;
        out->has_programs = !unread->key;
    }
    return found;
}

static void free_row(mb_tool_row *row)
{
    free(row->key);
    free(row->sum);
    free(row->at);
    free(row->unread);
}

void mb_tool_history_free(mb_tool_history *f)
{
    for (size_t i = 0; i < f->n; i++)
        free_row(&f->items[i]);
    free(f->items);
    free(f->table);
    free(f->project);
    free(f->other);
    *f = (mb_tool_history){0};
}

static void add_column(mb_buf *sql, const char *name)
{
    if (name)
        mb_quote_identifier(sql, name);
    else
        mb_buf_puts(sql, "NULL");
}

static void add_key(mb_buf *sql, const mb_tool_table *s, const char *columns)
{
    if (s->key_sql)
        mb_buf_puts(sql, s->key_sql);
    else if (s->name && has_column(columns, s->name))
        mb_buf_printf(sql, "coalesce(%s::pg_catalog.text, %s::pg_catalog.text)", s->key, s->name);
    else
        add_column(sql, has_column(columns, s->key) ? s->key : NULL);
}

/*
 * SQL that locks the table and lists eight columns: key, the tool's own two, sum, time, when, ctid, and
 * whether the time can be recorded.  If the table is not plain any more, the statement before the list
 * fails with a division by zero.  `raw`: the time as the string that it is.
 */
static char *list_sql(const mb_tool_history *f, const mb_tool_table *s, const char *columns,
                      bool raw)
{
    const char *const listed[] = {s->columns[0], s->columns[1], s->sum};
    bool timed = s->time && has_column(columns, s->time);
    mb_buf sql = {0};

    mb_buf_printf(&sql, "LOCK TABLE %s IN ACCESS SHARE MODE; SELECT 1" MB_OP("/")
                        "pg_catalog.count(*) FROM pg_catalog.pg_class c WHERE c.oid"
                        MB_EQ, f->table);
    mb_quote_literal(&sql, f->table);
    mb_buf_printf(&sql, "::pg_catalog.regclass AND %s; SELECT ", MB_TOOL_TABLE_IS_PLAIN);
    add_key(&sql, s, columns);
    mb_buf_puts(&sql, ", ");
    for (size_t i = 0; i < sizeof listed / sizeof listed[0]; i++) {
        add_column(&sql, has_column(columns, listed[i]) ? listed[i] : NULL);
        mb_buf_puts(&sql, ", ");
    }
    if (timed && raw)
        mb_buf_printf(&sql, "\"%s\"::pg_catalog.text", s->time);
    else if (timed)
        mb_buf_printf(&sql, MB_ISO_UTC("\"%s\"::pg_catalog.timestamptz"), s->time);
    else
        mb_buf_puts(&sql, "NULL");
    mb_buf_printf(&sql, ", %s, ctid::pg_catalog.text, ", s->drizzle ? "created_at" : "NULL");
    if (timed && !raw)
        mb_buf_printf(&sql, "pg_catalog.isfinite(\"%s\"::pg_catalog.timestamptz) AND "
                            "\"%s\"::pg_catalog.timestamptz" MB_OP(">=") "'0001-01-01 00:00:00+00'"
                            "::pg_catalog.timestamptz", s->time, s->time);
    else
        mb_buf_puts(&sql, "NULL");
    mb_buf_printf(&sql, " FROM %s", f->table);
    if (f->project) {
        mb_buf_printf(&sql, " WHERE \"%s\"::pg_catalog.text" MB_EQ, s->project);
        mb_quote_literal(&sql, f->project);
    }
    if (s->order)
        mb_buf_printf(&sql, " ORDER BY %s", s->order);
    return sql.data;
}

static void remove_last(mb_tool_history *f, const char *key)
{
    size_t kept = 0;

    for (size_t i = 0; i < f->n; i++) {
        if (f->items[i].key && strcmp(f->items[i].key, key) == 0) {
            free_row(&f->items[i]);
            continue;
        }
        f->items[kept++] = f->items[i];
    }
    f->n = kept;
}

static void read_row(mb_tool_history *out, const mb_tool_table *s, const mb_result *res, size_t i)
{
    outcome how = outcome_of(s->applied, res, i);
    char *unread = why_unread(s, res, i);
    char *key = unread ? NULL : mb_result_copy(res, i, 0);

    if (key && s->order)
        remove_last(out, key);
    if (how == ROLLED_BACK && !unread) {
        free(key);
        return;
    }
    out->items[out->n++] = (mb_tool_row){
        .key = key,
        .unread = unread,
        .sum = mb_result_copy(res, i, 3),
        .at = mb_result_copy(res, i, 4),
        .when = mb_result_int(res, i, 5),
        .half = how == HALF || (s->up_to && mb_result_bool(res, i, 1)),
        .up_to = s->up_to || is_baseline(s, res, i),
        .baseline_file = is_baseline_file(s, res, i),
        .none = is_baseline(s, res, i) || (key && s->mark && strcmp(key, s->mark) == 0),
    };
}

static void read_rows(mb_tool_history *out, const mb_tool_table *s, const mb_result *res)
{
    out->one_each = s->drizzle;
    out->sum_is = s->sum_is;
    out->items = mb_alloc(mb_result_rows(res) * sizeof *out->items);
    for (size_t i = 0; i < mb_result_rows(res); i++)
        read_row(out, s, res, i);
}

/* Names the row with the time that PostgreSQL cannot read, if one is found; *err is as it was if not. */
static void name_bad_time(const mb_tool_history *f, const mb_tool_table *s, const char *columns,
                          mb_conn *conn, mb_error *err)
{
    char *sql = list_sql(f, s, columns, true), *why;
    mb_result *rows, *parsed;
    mb_error at;
    bool ok = mb_conn_exec(&rows, conn, sql, &at), good = true;

    free(sql);
    for (size_t i = 0; ok && good && i < mb_result_rows(rows); i++) {
        mb_buf probe = {0};

        mb_buf_puts(&probe, "SELECT ");
        mb_quote_literal(&probe, mb_result_value(rows, i, TIME));
        mb_buf_puts(&probe, "::pg_catalog.timestamptz");
        good = mb_result_null(rows, i, TIME) ||
               mb_conn_exec(&parsed, conn, mb_buf_str(&probe), &at);
        if (good && !mb_result_null(rows, i, TIME))
            mb_result_free(parsed);
        mb_buf_free(&probe);
        if (good)
            continue;
        why = invalid_value(mb_result_value(rows, i, KEY), s->time);
        mb_fail(err, MB_ERR_POLICY, "%s: %s", f->table, why);
        mb_fail_hint(err, "Correct the value, or set it to NULL if the column allows it.");
        free(why);
    }
    if (ok)
        mb_result_free(rows);
}

bool mb_tool_history_read(mb_tool_history *out, const char *tool, const mb_configured_table *named,
                          mb_conn *conn, mb_error *err)
{
    const mb_tool_table *s;
    const char *columns = NULL;
    names all = {.other = named};
    mb_result *res, *rows;
    char *sql;
    bool ok;

    *out = (mb_tool_history){0};
    if (!mb_conn_exec(&res, conn, tables_sql, err))
        return false;
    mb_drizzle_config_read(&all.drizzle);
    s = find_table(out, &columns, tool, &all, res);
    mb_drizzle_config_free(&all.drizzle);
    sql = s ? list_sql(out, s, columns, false) : NULL;
    if (!s) {
        mb_result_free(res);
        return true;
    }
    out->is_comparable = true;
    ok = mb_conn_exec(&rows, conn, sql, err);
    free(sql);
    if (!ok && (mb_error_is(err, MB_SQLSTATE_INVALID_DATETIME_FORMAT) ||
                mb_error_is(err, MB_SQLSTATE_DATETIME_FIELD_OVERFLOW)))
        name_bad_time(out, s, columns, conn, err);
    mb_result_free(res);
    if (!ok) {
        if (mb_error_is_failed_check(err))
            mb_fail(err, MB_ERR_POLICY, "%s was replaced while moonbird read it", out->table);
        if (mb_error_is(err, MB_SQLSTATE_INSUFFICIENT_PRIVILEGE))
            mb_fail_hint(err, "Grant your role SELECT on %s, and USAGE on its schema.", out->table);
        mb_tool_history_free(out);
        return false;
    }
    read_rows(out, s, rows);
    mb_result_free(rows);
    return true;
}
