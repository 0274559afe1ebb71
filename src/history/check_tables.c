/*
 * check_tables.c -- do the history's tables have the definitions that table_layouts.c gives them?
 *
 * The owner of a table can make code run with the privileges of the roles that read or write it:
 * through a trigger, a rule, a policy, a default, a check, an index, or a view in the table's
 * place. A role with the privilege TRIGGER or REFERENCES can do it, too. So the definitions are
 * read from the catalog as text, one line for each object, and any line that is not in `lines` is
 * refused. A change of table_layouts.c needs a change of `lines`;
 * tests/server/test_history_tables.c compares the two.
 */
#include "check_tables.h"

#include "moonbird/base/sqlstate.h"
#include "moonbird/history/history_sql.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/sql/quote.h"

#include <stdlib.h>
#include <string.h>

/*
 * Sorted by their bytes. `since`: the first version of the tables that has the line; `part`: it is
 * of a table of steps or backfills.
 */
static const struct {
    int since;
    bool part;
    const char *text;
} lines[] = {
    {2, true, "check backfills (direction = ANY (ARRAY['up'::text, 'down'::text]))"},
    {2, true, "check backfills (state = ANY (ARRAY['running'::text, 'done'::text, 'failed'::text, "
        "'cancelled'::text]))"},
    {1, false, "check migrations (direction = ANY (ARRAY['up'::text, 'down'::text]))"},
    {1, false, "check migrations (state = ANY (ARRAY['running'::text, 'applied'::text,"
               " 'failed'::text]))"},
    {1, false, "check migrations (stream = ANY (ARRAY['auto'::text, 'manual'::text]))"},
    {2, true, "check steps (direction = ANY (ARRAY['up'::text, 'down'::text]))"},
    {2, true, "check steps (state = ANY (ARRAY['running'::text, 'done'::text]))"},
    {3, true, "column backfills.args_checksum text"},
    {2, true, "column backfills.checksum text not null"},
    {2, true, "column backfills.direction text not null"},
    {2, true, "column backfills.ended_at timestamp with time zone"},
    {2, true, "column backfills.error text"},
    {2, true, "column backfills.id bigint not null identity"},
    {2, true, "column backfills.key text[] not null"},
    {2, true, "column backfills.migration text not null"},
    {2, true, "column backfills.name text not null"},
    {2, true, "column backfills.paused boolean not null default false"},
    {2, true, "column backfills.remaining bigint"},
    {2, true, "column backfills.rows_estimated bigint not null"},
    {2, true, "column backfills.started_at timestamp with time zone not null default"
              " clock_timestamp()"},
    {2, true, "column backfills.state text not null"},
    {2, true, "column backfills.stream text not null"},
    {4, true, "column backfills.table_id text"},
    {2, true, "column backfills.table_name text not null"},
    {2, true, "column chunks.backfill bigint not null"},
    {2, true, "column chunks.done boolean not null default false"},
    {2, true, "column chunks.high text[] not null"},
    {2, true, "column chunks.low text[]"},
    {2, true, "column chunks.number integer not null"},
    {2, true, "column chunks.reached text[]"},
    {2, true, "column chunks.rows bigint not null default 0"},
    {1, false, "column events.at timestamp with time zone not null default clock_timestamp()"},
    {1, false, "column events.command text"},
    {1, false, "column events.detail text"},
    {1, false, "column events.environment text"},
    {1, false, "column events.id bigint not null identity"},
    {1, false, "column events.name text"},
    {1, false, "column events.outcome text not null"},
    {1, false, "column events.runner_host text"},
    {1, false, "column events.runner_pid integer"},
    {1, false, "column events.stream text"},
    {1, false, "column events.what text not null"},
    {1, false, "column events.who text not null default SESSION_USER"},
    {1, false, "column migrations.\"position\" bigint not null identity"},
    {1, false, "column migrations.applied_at timestamp with time zone"},
    {1, false, "column migrations.applied_by text not null default SESSION_USER"},
    {5, false, "column migrations.args text"},
    {4, false, "column migrations.args_checksum text"},
    {1, false, "column migrations.backup_path text"},
    {1, false, "column migrations.checksum text"},
    {1, false, "column migrations.direction text not null default 'up'::text"},
    {1, false, "column migrations.done_checksum text"},
    {1, false, "column migrations.duration_us bigint"},
    {1, false, "column migrations.environment text"},
    {1, false, "column migrations.error text"},
    {1, false, "column migrations.git_commit text"},
    {1, false, "column migrations.name text not null"},
    {1, false, "column migrations.raw_checksum text"},
    {1, false, "column migrations.runner_host text"},
    {1, false, "column migrations.runner_pid integer"},
    {1, false, "column migrations.runner_version text"},
    {1, false, "column migrations.started_at timestamp with time zone not null default"
               " clock_timestamp()"},
    {1, false, "column migrations.state text not null"},
    {1, false, "column migrations.statements integer not null default 0"},
    {1, false, "column migrations.statements_done integer not null default 0"},
    {1, false, "column migrations.stream text not null"},
    {2, true, "column rejects.accepted boolean not null default false"},
    {2, true, "column rejects.at timestamp with time zone not null default clock_timestamp()"},
    {2, true, "column rejects.backfill bigint not null"},
    {2, true, "column rejects.error text not null"},
    {2, true, "column rejects.key text[] not null"},
    {2, true, "column steps.\"position\" integer not null"},
    {2, true, "column steps.direction text not null"},
    {2, true, "column steps.done_at timestamp with time zone"},
    {2, true, "column steps.migration text not null"},
    {2, true, "column steps.name text not null"},
    {2, true, "column steps.result json"},
    {2, true, "column steps.started_at timestamp with time zone not null default"
              " clock_timestamp()"},
    {2, true, "column steps.state text not null"},
    {2, true, "column steps.stream text not null"},
    {2, true, "foreign key backfills (stream, migration) to migrations (stream, name), on delete"
              " c"},
    {2, true, "foreign key chunks (backfill) to backfills (id), on delete c"},
    {2, true, "foreign key rejects (backfill) to backfills (id), on delete c"},
    {2, true, "foreign key steps (stream, migration) to migrations (stream, name), on delete c"},
    {2, true, "primary key backfills (stream, migration, direction, name)"},
    {2, true, "primary key chunks (backfill, number)"},
    {1, false, "primary key events (id)"},
    {1, false, "primary key migrations (stream, name)"},
    {2, true, "primary key rejects (backfill, key)"},
    {2, true, "primary key steps (stream, migration, direction, name)"},
    {2, true, "table backfills"},
    {2, true, "table chunks"},
    {1, false, "table events"},
    {1, false, "table migrations"},
    {2, true, "table rejects"},
    {2, true, "table steps"},
    {2, true, "unique backfills (id)"},
    {1, false, "unique migrations (\"position\")"},
};

enum { LINES = sizeof lines / sizeof lines[0] };

static bool has(mb_layout layout, size_t i)
{
    return lines[i].since <= layout.version && (layout.parts || !lines[i].part);
}

static char *expected(mb_layout layout)
{
    mb_buf out = {0};

    for (size_t i = 0; i < LINES; i++)
        if (has(layout, i))
            mb_buf_printf(&out, "%s%s", out.len ? "\n" : "", lines[i].text);
    return out.data;
}

/* ---- what the catalog says ---- */

#define NAMES_OF(relation, numbers)                                                                \
    "(SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY u.n)"                                \
    " FROM unnest(" numbers ") WITH ORDINALITY u (k, n)"                                           \
    " JOIN pg_attribute a ON a.attrelid = " relation " AND a.attnum = u.k)"

/*
 * The SQL below runs with search_path = pg_catalog, pg_temp. The names of objects in other schemas
 * are then printed with their schema, so that they differ from pg_catalog's.
 */
#define WITH_TABLES                                                                                \
    "WITH t AS (SELECT c.*, quote_ident(relname) AS name FROM pg_class c"                          \
    " WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $N)"                      \
    " AND relname = ANY ('{" MB_HISTORY_TABLES "}')) "

/*
 * A privilege is of no use to a role that cannot name the table: without USAGE on the schema, which
 * default privileges seldom give.
 */
#define PRIVILEGES                                                                                 \
    "SELECT format('privilege %s of %s on %s', string_agg(DISTINCT a.privilege_type, ', '),"       \
    " CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,"                      \
    " string_agg(DISTINCT name, ', ')) FROM t, LATERAL (SELECT * FROM aclexplode(relacl)"          \
    " UNION ALL SELECT c.* FROM pg_attribute, aclexplode(attacl) c WHERE attrelid = t.oid) a"      \
    " WHERE a.grantee <> relowner AND a.privilege_type = ANY ('{" MB_CODE_PRIVILEGES "}')"         \
    " AND pg_get_userbyid(a.grantee) <> ALL (ARRAY[session_user, current_user])"                   \
    " AND NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = a.grantee AND rolsuper)"                \
    " AND EXISTS (SELECT FROM pg_namespace n, aclexplode(nspacl) u WHERE n.oid = relnamespace"     \
    " AND u.privilege_type = 'USAGE' AND u.grantee NOT IN (nspowner, relowner)) GROUP BY a.grantee"

static const char form_sql[] =
    "(" WITH_TABLES
    "SELECT string_agg(line, chr(10) ORDER BY line COLLATE \"C\") FROM ("

    "SELECT concat(CASE relkind WHEN 'r' THEN 'table ' WHEN 'v' THEN 'view ' WHEN 'm' THEN"
    " 'materialized view ' WHEN 'f' THEN 'foreign table ' ELSE 'relation ' END, name,"
    " CASE WHEN relpersistence <> 'p' THEN ', unlogged' END,"
    /* row-level security does not apply to the table's owner */
    " CASE WHEN relforcerowsecurity OR relrowsecurity"
    " AND pg_get_userbyid(relowner) <> ALL (ARRAY[session_user, current_user])"
    " THEN ', row-level security' END) AS line FROM t"

    " UNION ALL SELECT concat_ws(' ', format('column %s.%I', name, attname),"
    " format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'not null' END,"
    " CASE attidentity WHEN 'a' THEN 'identity' WHEN 'd' THEN 'identity by default' END,"
    " CASE WHEN attgenerated <> '' THEN 'generated' END,"
    " CASE WHEN attcollation NOT IN (0, 100) THEN 'collate ' || attcollation END, 'default ' || "
    "pg_get_expr(adbin, adrelid))"
    " FROM t JOIN pg_attribute ON attrelid = t.oid AND attnum > 0 AND NOT attisdropped"
    " LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum"

    " UNION ALL SELECT concat(CASE contype WHEN 'c' THEN 'check' WHEN 'f' THEN 'foreign key'"
    " WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' ELSE 'constraint ' || "
    "quote_ident(conname) END,"
    " ' ', name, ' ', CASE contype WHEN 'c' THEN pg_get_expr(conbin, conrelid)"
    " ELSE '(' || " NAMES_OF(
        "conrelid",
        "conkey") " || ')' END,"
                  " ' to ' || CASE WHEN confrelid <> 0 THEN coalesce((SELECT o.name FROM t o WHERE "
                  "o.oid = confrelid),"
                  " confrelid::regclass::text) || ' (' || " NAMES_OF(
                      "confrelid",
                      "confkey") " || '), on delete '"
                                 " || confdeltype::text || CASE confupdtype WHEN 'a' THEN '' ELSE "
                                 "', on update ' || confupdtype::text END END,"
                                 " CASE WHEN condeferrable THEN ', deferrable' END, CASE WHEN NOT "
                                 "convalidated THEN ', not valid' END)"
                                 " FROM t JOIN pg_constraint ON conrelid = t.oid AND contype NOT "
                                 "IN ('n', 't')"

                                 " UNION ALL SELECT format('foreign key %I of %s to %s', conname, "
                                 "conrelid::regclass, name)"
                                 " FROM t JOIN pg_constraint ON confrelid = t.oid AND NOT EXISTS "
                                 "(SELECT FROM t o WHERE o.oid = conrelid)"

                                 " UNION ALL SELECT format('trigger %I on %s', tgname, name)"
                                 " FROM t JOIN pg_trigger ON tgrelid = t.oid AND NOT tgisinternal"

                                 " UNION ALL SELECT format('rule %I on %s', rulename, name) FROM t "
                                 "JOIN pg_rewrite ON ev_class = t.oid"

                                 " UNION ALL SELECT format('policy %I on %s', polname, name) FROM "
                                 "t JOIN pg_policy ON polrelid = t.oid"

                                 " UNION ALL SELECT format('index %s on %s', indexrelid::regclass, "
                                 "name)"
                                 " FROM t JOIN pg_index ON indrelid = t.oid"
                                 " WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = "
                                 "t.oid AND conindid = indexrelid)"

                                 " UNION ALL SELECT format('table %s inherits from %s', "
                                 "inhrelid::regclass, inhparent::regclass)"
                                 " FROM t JOIN pg_inherits ON t.oid IN (inhrelid, inhparent)"

                                 " UNION ALL SELECT format('statistics %I on %s', stxname, name)"
                                 " FROM t JOIN pg_statistic_ext ON stxrelid = t.oid"

                                 " UNION ALL " PRIVILEGES ") form (line))";

char *mb_tables_guard(mb_layout layout, const char *tables)
{
    char *form = expected(layout);
    mb_buf sql = {0};

    mb_buf_printf(&sql,
                  MB_HISTORY_SEARCH_PATH "LOCK TABLE %s IN ACCESS SHARE MODE; SELECT 1 / (%s = ",
                  tables, form_sql);
    mb_quote_literal(&sql, form);
    mb_buf_puts(&sql, ")::int; ");
    free(form);
    return sql.data;
}

char *mb_tables_guard_for(const mb_history *seen, const char *tables)
{
    return seen->exists && seen->foreign_owner ? mb_tables_guard(seen->layout, tables)
                                               : mb_strdup("");
}

const char mb_tables_privileges_guard[] =
    "SELECT 1 / (NOT EXISTS (SELECT FROM pg_default_acl WHERE defaclobjtype = 'r'))::int";

const char mb_tables_privileges[] =
    WITH_TABLES "SELECT string_agg(line, '; ' ORDER BY line COLLATE \"C\"),"
                " (SELECT min(quote_ident(pg_get_userbyid(relowner))) FROM t) FROM (" PRIVILEGES
                ") p (line)";

bool mb_tables_are_refused(const mb_error *err)
{
    return mb_error_is_failed_check(err);
}

/* *out is "" if there are no tables. */
static bool read_form(char **out, mb_store in, mb_error *err)
{
    char *query = mb_format(MB_HISTORY_SEARCH_PATH "SELECT %s", form_sql);
    char *sql = mb_history_sql(query, in.schema);
    mb_result *res;
    bool ok = mb_conn_exec(&res, in.conn, sql, err);

    if (ok) {
        *out = mb_strdup(mb_result_value(res, 0, 0));
        mb_result_free(res);
    }
    free(sql);
    free(query);
    return ok;
}

/* ---- what differs ---- */

static bool is_expected(const char *line, size_t len, mb_layout layout)
{
    for (size_t i = 0; i < LINES; i++)
        if (has(layout, i) && strlen(lines[i].text) == len &&
            memcmp(lines[i].text, line, len) == 0)
            return true;
    return false;
}

static bool has_line(const char *form, const char *line)
{
    size_t len = strlen(line);

    for (; *form; form += strcspn(form, "\n"), form += *form == '\n')
        if (strcspn(form, "\n") == len && memcmp(form, line, len) == 0)
            return true;
    return false;
}

static void describe(mb_buf *out, const char *form, mb_layout layout)
{
    for (const char *line = form; *line;) {
        size_t len = strcspn(line, "\n");

        if (!is_expected(line, len, layout))
            mb_buf_printf(out, "%s%.*s", out->len ? "; " : "Unexpected: ", (int)len, line);
        line += len + (line[len] == '\n');
    }
    for (size_t i = 0, missing = 0; i < LINES; i++)
        if (has(layout, i) && !has_line(form, lines[i].text))
            mb_buf_printf(out, "%s%s",
                          missing++  ? "; "
                          : out->len ? ". Missing: "
                                     : "Missing: ",
                          lines[i].text);
    mb_buf_putc(out, '.');
}

static bool refuse(const char *schema, const char *form, mb_layout layout, mb_error *err)
{
    mb_buf detail = {0};

    describe(&detail, form, layout);
    mb_fail(err, MB_ERR_POLICY, "the history tables in schema \"%s\" were altered", schema);
    mb_fail_detail(err, "%s", detail.data);
    mb_buf_free(&detail);
    if (strstr(form, ", row-level security"))
        return mb_fail_hint(err, "Row-level security can hide rows of the history, and then "
                                 "migrations run twice. Ask the owner to run ALTER TABLE ... "
                                 "DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY.");
    if (strstr(form, "\nprivilege "))
        return mb_fail_hint(err,
                            "With these privileges a role can add a trigger or a foreign key, and "
                            "so run code with your privileges. Ask the owner to run REVOKE "
                            "TRIGGER, REFERENCES ON ALL TABLES IN SCHEMA \"%s\" FROM that role.",
                            schema);
    return mb_fail_hint(err, "The role that altered the tables could run code with your "
                             "privileges. Ask the owner of the tables to undo the change, or set "
                             "history_schema to another name.");
}

bool mb_tables_check(mb_store in, mb_layout layout, mb_error *err)
{
    char *form, *same;
    bool ok;

    if (!read_form(&form, in, err))
        return false;
    same = expected(layout);
    ok = strcmp(form, same) == 0 || refuse(in.schema, form, layout, err);
    free(same);
    free(form);
    return ok;
}

bool mb_tables_layout(mb_layout *out, mb_store in, mb_error *err)
{
    char *form;

    *out = (mb_layout){0};
    if (!read_form(&form, in, err))
        return false;
    for (int i = 2 * MB_HISTORY_VERSION - 1; i >= 0 && !out->version; i--) {
        const mb_layout layout = {i / 2 + 1, i % 2 == 0};
        char *same = expected(layout);

        if (strcmp(form, same) == 0)
            *out = layout;
        free(same);
    }
    free(form);
    return true;
}
