/*
 * inspect.c -- whether a schema holds the history, in which version, and who owns it.
 *
 * The comment on the table "migrations" marks a history. The inspection is one cheap query: it
 * finds signs of objects that moonbird did not make, among them triggers and foreign keys, which
 * roles other than the owner can add, and of the privileges for that. If there are any, the full
 * comparison of the definitions (check_tables.c) decides. If another role owns the schema or a
 * table, that role could make any code run; so the definitions are then compared in every
 * transaction that reads, and nothing is written unless the owner is trusted.
 */
#include "check_tables.h"
#include "coordinator.h"
#include "moonbird/history/history_sql.h"
#include "moonbird/history/search_path.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/pg/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The layout that the table's comment names (mb_history_add_mark); version 0 for any other comment.
 */
static mb_layout layout_of(const char *comment)
{
    mb_layout out = {0};

    if (sscanf(comment, "moonbird ledger %d", &out.version) != 1)
        return (mb_layout){0};
    out.parts = out.version > 1 && !strstr(comment, ", without steps"); /* version 1 had none */
    return out;
}

/*
 * The query of the inspection. It gives one row for each table, or one row without a table. It
 * reads table and comment in one snapshot: to_regclass would find a table that was committed a
 * moment ago, and not yet its comment.
 *
 * A new session plans it, which costs more than running it. So the schema's oid and the comment are
 * subqueries, which leave fewer orders of joins to compare, and "=" has the same type on both
 * sides: for two types the server reads all operators of that name.
 */
#define OID_OF_SCHEMA "(SELECT s.oid FROM pg_catalog.pg_namespace s WHERE s.nspname" MB_EQ "$N)"
#define COMMENT_OF_TABLE                                                                           \
    "(SELECT d.description FROM pg_catalog.pg_description d WHERE d.objoid" MB_EQ "k.oid"          \
    " AND d.classoid" MB_EQ "'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid"           \
    " AND d.objsubid" MB_EQ "0)"
/* Signs of objects on table k that moonbird did not make; its triggers are counted apart. */
#define SIGNS_ON_TABLE                                                                             \
    "k.relkind" MB_NE "'r' OR k.relispartition OR k.relhassubclass OR k.relhasrules"               \
    " OR k.relrowsecurity OR k.relforcerowsecurity OR EXISTS (SELECT FROM"                         \
    " pg_catalog.aclexplode(k.relacl) a WHERE a.privilege_type" MB_EQ                              \
    "ANY ('{" MB_CODE_PRIVILEGES "}') AND a.grantee" MB_NE "k.relowner)"                           \
    " OR EXISTS (SELECT FROM pg_catalog.pg_attribute t WHERE t.attrelid" MB_EQ                     \
    "k.oid AND t.attacl IS NOT NULL)"
#define INSPECT(triggers)                                                                          \
    "SELECT pg_catalog.pg_backend_pid(), n.oid IS NOT NULL,"                                       \
    " pg_catalog.pg_get_userbyid(n.nspowner), session_user, current_user, k.relname,"              \
    " " COMMENT_OF_TABLE ", pg_catalog.pg_get_userbyid(k.relowner), " SIGNS_ON_TABLE               \
    ", " triggers ","                                                                              \
    " pg_catalog.to_regclass('pg_catalog.pg_dist_local_group') IS NOT NULL,"                       \
    " pg_catalog.current_schema(), pg_catalog.current_setting('search_path')"                      \
    " FROM (SELECT) one LEFT JOIN pg_catalog.pg_namespace n ON n.nspname" MB_EQ "$N"               \
    " LEFT JOIN pg_catalog.pg_class k ON k.relnamespace" MB_EQ OID_OF_SCHEMA                       \
    " AND k.relname" MB_EQ "ANY ('{" MB_HISTORY_TABLES "}')"

const char mb_history_inspect_sql[] = INSPECT(
    "(SELECT pg_catalog.count(*) FROM pg_catalog.pg_trigger g WHERE g.tgrelid" MB_EQ "k.oid)");

const char mb_history_events_guard[] =
    "SELECT 1" MB_OP("/") "(SELECT pg_catalog.count(*) FROM pg_catalog.pg_class k"
    " WHERE k.relnamespace" MB_EQ OID_OF_SCHEMA " AND k.relname" MB_EQ
    "'events' AND NOT (" SIGNS_ON_TABLE ") AND NOT EXISTS (SELECT FROM"
    " pg_catalog.pg_trigger g WHERE g.tgrelid" MB_EQ "k.oid)"
    " AND pg_catalog.pg_get_userbyid(k.relowner)" MB_EQ
    "ANY (ARRAY[session_user, current_user])); ";

/* The quick inspection does not open pg_trigger, which costs a new session as much as the rest of
 * the query. */
static const char quick_sql[] = INSPECT("NULL");

enum {
    PID,
    SCHEMA,
    SCHEMA_OWNER,
    SESSION_USER,
    CURRENT_USER,
    NAME,
    COMMENT,
    OWNER,
    SIGNS,
    TRIGGERS,
    CITUS,
    CURRENT_SCHEMA,
    SEARCH_PATH
};

/* The tables beside "migrations". `part`: it is of steps or backfills. */
static const struct {
    const char *name;
    bool part;
} history_tables[] = {
    {"events", false}, {"steps", true}, {"backfills", true}, {"chunks", true}, {"rejects", true},
};

enum { TABLES = sizeof history_tables / sizeof history_tables[0] };

/* The rows of that query, summed up. */
typedef struct findings {
    bool table;        /* "migrations" exists */
    mb_layout layout;  /* by the comment on "migrations" */
    unsigned tables;   /* a bit for each of history_tables */
    bool signs;        /* there are signs of objects that moonbird did not make */
    bool counted;      /* `triggers` was counted; the quick inspection does not */
    uint64_t triggers; /* unsigned 64 bits, so that no answer of a server can overflow the sum */
    const char *foreign_owner; /* an owner other than the session's role; or NULL */
} findings;

static void note_owner(findings *out, const mb_result *res, size_t column, size_t row)
{
    const char *owner = mb_result_value(res, row, column);

    if (!mb_result_null(res, row, column) &&
        strcmp(owner, mb_result_value(res, 0, SESSION_USER)) != 0 &&
        strcmp(owner, mb_result_value(res, 0, CURRENT_USER)) != 0)
        out->foreign_owner = owner;
}

static findings sum_up(const mb_result *res)
{
    findings out = {0};

    note_owner(&out, res, SCHEMA_OWNER, 0);
    for (size_t i = 0; i < mb_result_rows(res); i++) {
        if (strcmp(mb_result_value(res, i, NAME), "migrations") == 0) {
            out.table = true;
            out.layout = layout_of(mb_result_value(res, i, COMMENT));
        }
        for (size_t t = 0; t < TABLES; t++)
            if (strcmp(mb_result_value(res, i, NAME), history_tables[t].name) == 0)
                out.tables |= 1U << t;
        note_owner(&out, res, OWNER, i);
        out.signs |= mb_result_bool(res, i, SIGNS);
        out.counted |= !mb_result_null(res, i, TRIGGERS);
        out.triggers += (uint64_t)mb_result_int(res, i, TRIGGERS);
    }
    return out;
}

/* The triggers of the foreign keys between the tables: four for each key. */
static int own_triggers(mb_layout layout)
{
    return layout.parts ? 4 * 4 : 0;
}

/* ---- refused ---- */

/* Append the definition of "events", which version 1 makes together with "migrations". */
static void add_events(mb_buf *sql)
{
    const char *create = strstr(mb_history_ddl[0].rows, "CREATE TABLE $S.events");

    mb_buf_printf(sql, "%.*s;", (int)strcspn(create, ";"), create);
}

/* Append SQL that drops the tables of steps and backfills, so that they are made when next used. */
static void add_drop_parts(mb_buf *sql, int version)
{
    mb_buf_puts(sql, "DROP TABLE IF EXISTS $S.steps, $S.rejects, $S.chunks, $S.backfills; ");
    mb_history_add_mark(sql, (mb_layout){version, false});
    mb_buf_putc(sql, ';');
}

static bool refuse_missing(const char *schema, const char *table, int version, bool events,
                           mb_error *err)
{
    mb_buf again = {0};
    char *sql;

    if (events)
        add_events(&again);
    else
        add_drop_parts(&again, version);
    sql = mb_history_sql(again.data, schema);

    mb_fail(err, MB_ERR_POLICY, "the history in schema \"%s\" is missing its table \"%s\"", schema,
            table);
    mb_fail_detail(err, "%s",
                   events ? "The table records the events of the history. No "
                            "migration depends on it."
                          : "The table records how far half-done migrations have got. "
                            "Without it, their finished steps and backfills would run "
                            "again.");
    mb_fail_hint(err,
                 events ? "Restore the table from a backup. If you have none, ask the owner of the "
                          "history to create the table again, empty: %s"
                        : "Restore the table from a backup. If you have none and no migration is "
                          "half done, ask the owner of the history to remove what is left: %s The "
                          "next migration with steps then creates the tables again.",
                 sql);
    free(sql);
    mb_buf_free(&again);
    return false;
}

static bool is_suspect(const findings *seen)
{
    return seen->signs ||
           (seen->counted && seen->triggers != (uint64_t)own_triggers(seen->layout));
}

static bool check_tables(const findings *seen, const char *schema, mb_error *err)
{
    for (size_t t = 0; seen->layout.version > 0 && t < TABLES; t++)
        if ((seen->layout.parts || !history_tables[t].part) && !(seen->tables & 1U << t))
            return refuse_missing(schema, history_tables[t].name, seen->layout.version,
                                  !history_tables[t].part, err);
    return true;
}

/* The tables exist without the mark: pg_restore --no-comments drops comments. */
static bool refuse_unmarked(mb_store in, mb_error *err)
{
    mb_buf mark = {0};
    mb_layout layout;
    char *sql;

    if (!mb_tables_layout(&layout, in, err))
        return false;
    if (!layout.version) {
        mb_fail(err, MB_ERR_POLICY,
                "schema \"%s\" has a table \"migrations\" that is not moonbird's history",
                in.schema);
        return mb_fail_hint(err, "Set history_schema to another name.");
    }
    mb_history_add_mark(&mark, layout);
    sql = mb_history_sql(mark.data, in.schema);
    mb_fail(err, MB_ERR_POLICY,
            "the history in schema \"%s\" is missing the table comment that "
            "identifies it",
            in.schema);
    mb_fail_detail(err, "The tables are moonbird's. A restore with --no-comments loses the "
                        "comment.");
    mb_fail_hint(err, "Restore the comment: %s;", sql);
    free(sql);
    mb_buf_free(&mark);
    return false;
}

/* The search_path, if it leads to the history's schema; the caller frees it. */
static char *caught_by(const char *schema, const mb_result *res)
{
    const mb_name_place place = {
        .path = mb_result_value(res, 0, SEARCH_PATH),
        .current = mb_result_null(res, 0, CURRENT_SCHEMA) ? NULL
                                                          : mb_result_value(res, 0, CURRENT_SCHEMA),
        .user = mb_result_value(res, 0, CURRENT_USER),
        .exists = mb_result_bool(res, 0, SCHEMA),
    };

    return mb_path_leads_to(&place, schema) ? mb_strdup(place.path) : NULL;
}

bool mb_history_read_inspection(mb_history *out, mb_store in, const mb_result *res, mb_error *err)
{
    findings seen = sum_up(res);

    if (mb_result_rows(res) == 0)
        return mb_result_refuse(err, "with no row");
    if (mb_result_missed(err))
        return false;
    mb_conn_note_server_pid(in.conn, mb_result_int(res, 0, PID));
    mb_conn_note_role(in.conn, mb_result_value(res, 0, CURRENT_USER));
    if (mb_result_bool(res, 0, CITUS) && !mb_coordinator_check(in.conn, err))
        return false;
    *out = (mb_history){
        .schema = mb_result_bool(res, 0, SCHEMA),
        .layout = seen.layout,
        .exists = seen.layout.version > 0,
    };
    if (seen.table && !out->exists)
        return refuse_unmarked(in, err);
    if (out->layout.version > MB_HISTORY_VERSION) {
        mb_fail(err, MB_ERR_POLICY,
                "the history in schema \"%s\" was created by a newer "
                "moonbird (version %d)",
                in.schema, out->layout.version);
        return mb_fail_hint(err, "Update moonbird.");
    }
    if (!check_tables(&seen, in.schema, err))
        return false;
    if (out->exists && is_suspect(&seen) && !mb_tables_check(in, out->layout, err))
        return false;
    out->foreign_owner = seen.foreign_owner ? mb_strdup(seen.foreign_owner) : NULL;
    out->recorded = out->exists ? mb_alloc(sizeof *out->recorded) : NULL;
    out->caught_by = caught_by(in.schema, res);
    if (!mb_result_null(res, 0, CURRENT_SCHEMA))
        out->current_schema = mb_strdup(mb_result_value(res, 0, CURRENT_SCHEMA));
    return true;
}

/* Do these rows lead mb_history_read_inspection to further queries? */
static bool needs_queries(const mb_result *res)
{
    findings seen = sum_up(res);

    return mb_result_bool(res, 0, CITUS) || (seen.table && !seen.layout.version) ||
           is_suspect(&seen);
}

static char *inspection(mb_store in, mb_detail detail)
{
    size_t n;
    char *limits = mb_conn_limits_sql(in.conn, &n);
    char *text =
        mb_format("%s%s", limits, detail == MB_DETAIL_QUICK ? quick_sql : mb_history_inspect_sql);
    char *sql = mb_history_sql(text, in.schema);

    free(limits);
    free(text);
    return sql;
}

bool mb_history_inspect(mb_history *out, mb_store in, mb_detail detail, mb_error *err)
{
    char *sql = inspection(in, detail);
    mb_result *res;
    bool ok =
        mb_conn_check_engine(in.conn, err) && mb_conn_exec_identified(&res, in.conn, sql, err);

    *out = (mb_history){0};
    free(sql);
    if (!ok) {
        mb_history_add_hint(err, in);
        return false;
    }
    ok = mb_history_read_inspection(out, in, res, err);
    mb_result_free(res);
    return ok;
}

bool mb_history_inspect_then(mb_history *out, mb_store in, const char *begin, mb_error *err)
{
    char *sql = inspection(in, MB_DETAIL_ALL);
    mb_result *res;
    bool ok = mb_conn_check_engine(in.conn, err) &&
              mb_conn_exec_identified_then(&res, in.conn, sql, begin, err);

    *out = (mb_history){0};
    free(sql);
    if (!ok) {
        mb_history_add_hint(err, in);
        return false;
    }
    if (needs_queries(res))
        mb_conn_rollback(in.conn); /* they would change the settings of the transaction */
    ok = mb_history_read_inspection(out, in, res, err);
    mb_result_free(res);
    if (!ok)
        mb_conn_rollback(in.conn);
    return ok;
}

void mb_history_explain(mb_store in, const mb_history *history, mb_error *err)
{
    if (!mb_tables_are_refused(err))
        return;
    mb_conn_rollback(in.conn);
    /* if the change was undone in the meantime, *err stays */
    (void)!mb_tables_check(in, history->layout, err);
}

/* ---- the owner ---- */

/* The owner of schema n. pg_database_owner, which owns "public", means the database's owner. */
#define OWNER_OF_SCHEMA                                                                            \
    "CASE WHEN pg_catalog.pg_get_userbyid(n.nspowner)" MB_EQ "'pg_database_owner' THEN (SELECT"    \
    " datdba FROM pg_catalog.pg_database WHERE datname" MB_EQ "pg_catalog.current_database())"     \
    " ELSE n.nspowner END"

/*
 * The first owner of the schema or a table that is neither the session's role, nor a role that it
 * is a member of, nor a superuser, nor the role that the configuration trusts. pg_has_role does not
 * help: it is true for a superuser and any role.
 */
static const char untrusted_sql[] =
    "WITH RECURSIVE own (oid) AS (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname" MB_EQ
    "ANY (ARRAY[session_user, current_user]) UNION SELECT m.roleid FROM own"
    " JOIN pg_catalog.pg_auth_members m ON m.member" MB_EQ "own.oid),"
    " owner (oid) AS (SELECT " OWNER_OF_SCHEMA
    " FROM pg_catalog.pg_namespace n WHERE n.nspname" MB_EQ
    "$N UNION SELECT k.relowner FROM pg_catalog.pg_class k JOIN pg_catalog.pg_namespace n"
    " ON n.oid" MB_EQ "k.relnamespace WHERE n.nspname" MB_EQ "$N AND k.relname" MB_EQ
    "ANY ('{" MB_HISTORY_TABLES
    "}')) SELECT pg_catalog.min(pg_catalog.pg_get_userbyid(w.oid)::pg_catalog.text)"
    " FROM owner w WHERE NOT EXISTS (SELECT FROM own WHERE own.oid" MB_EQ "w.oid)"
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid" MB_EQ "w.oid AND (r.rolsuper"
    " OR r.rolname" MB_EQ "$1))";

static bool refuse_owner(mb_store in, const char *owner, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY,
            "the history in schema \"%s\" is owned by \"%s\", but you are "
            "connected as \"%s\"",
            in.schema, owner, mb_conn_user(in.conn));
    mb_fail_detail(err, "The owner of a table can run code with the privileges of any role that "
                        "writes to it.");
    return mb_fail_hint(err,
                        "Run moonbird as \"%s\" or as a member of that role. If you trust "
                        "that role with your privileges, set history_owner = \"%s\" in "
                        "moonbird.lua.",
                        owner, owner);
}

bool mb_history_check_owner(const mb_history *history, mb_store in, const char *trusted,
                            mb_error *err)
{
    const mb_param params[] = {mb_history_text(trusted)};
    mb_result *res;
    bool ok;

    if (!history->foreign_owner)
        return true;
    if (!mb_history_query(&res, in, (mb_query){untrusted_sql, 1, params}, err))
        return false;
    ok = mb_result_null(res, 0, 0) || refuse_owner(in, mb_result_value(res, 0, 0), err);
    mb_result_free(res);
    return ok;
}

/* ---- read ---- */

/* The message: the preceding statements, then the query with its parameters as literals. */
static char *read_sql(mb_store in, const char *guard, mb_query query)
{
    size_t n;
    char *limits = mb_conn_limits_sql(in.conn, &n), *first = mb_format("%s%s", limits, guard);
    char *before = mb_history_sql(first, in.schema);
    char *select = mb_history_literals(query, in.schema), *text = mb_format("%s%s", before, select);
    char *sent = mb_history_for_primary(text);

    free(limits);
    free(first);
    free(before);
    free(select);
    free(text);
    return sent;
}

bool mb_history_read(mb_result **out, mb_store in, const mb_history *history, const char *tables,
                     mb_query query, mb_error *err)
{
    char *check = history->foreign_owner ? mb_tables_guard(history->layout, tables) : NULL;
    char *guard = mb_format("%s%s", check ? "SET TRANSACTION READ ONLY; " : "", check ? check : "");
    char *sql = read_sql(in, guard, query);
    bool ok = mb_conn_exec(out, in.conn, sql, err);

    if (!ok) {
        mb_history_add_hint(err, in);
        mb_history_explain(in, history, err);
    }
    free(check);
    free(guard);
    free(sql);
    return ok;
}
