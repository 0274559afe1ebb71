#include "moonbird/pg/lent_session.h"

#include "pg/pg.h"

#include "moonbird/base/buf.h"
#include "moonbird/pg/qualified.h"
#include "moonbird/sql/quote.h"

#include <stdlib.h>

/* Excludes the settings that belong to the transaction. */
#define SESSION_SETTING                                                                            \
    "s.name" MB_NE "ALL ('{transaction_isolation,transaction_read_only,transaction_deferrable}'"   \
    "::pg_catalog.text[])"

#define UNLOCK(function, key)                                                                      \
    "pg_catalog.format('WITH RECURSIVE u AS (SELECT pg_catalog.%1$s(%2$s) AS held UNION ALL"       \
    " SELECT pg_catalog.%1$s(%2$s) FROM u WHERE held) SELECT FROM u', " function ", " key ")"

#define UNLOCK_FUNCTION                                                                            \
    "CASE WHEN l.mode" MB_EQ "'ExclusiveLock' THEN 'pg_advisory_unlock'"                           \
    " ELSE 'pg_advisory_unlock_shared' END"

#define HALF(column) "l." column "::pg_catalog.int8::pg_catalog.bit(32)::pg_catalog.int4"

/* Each thing in the session: a key, and the statement that removes it. */
#define THINGS                                                                                     \
    "(SELECT 'p ' " MB_CAT " name AS key, pg_catalog.format('DEALLOCATE %I', name) AS sql"         \
    " FROM pg_catalog.pg_prepared_statements"                                                      \
    " UNION ALL SELECT 'c ' " MB_CAT " name, pg_catalog.format('CLOSE %I', name)"                  \
    " FROM pg_catalog.pg_cursors WHERE is_holdable"                                                \
    " UNION ALL SELECT 'l ' " MB_CAT " c, pg_catalog.format('UNLISTEN %I', c)"                     \
    " FROM pg_catalog.pg_listening_channels() AS c"                                                \
    " UNION ALL SELECT 't ' " MB_CAT " r.oid::pg_catalog.text,"                                    \
    " pg_catalog.format('DROP %s IF EXISTS pg_temp.%I CASCADE', CASE WHEN r.relkind" MB_EQ         \
    "'v' THEN 'VIEW' WHEN r.relkind" MB_EQ "'S' THEN 'SEQUENCE' WHEN r.relkind" MB_EQ              \
    "'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, r.relname) FROM pg_catalog.pg_class r"             \
    " WHERE r.relnamespace" MB_EQ "pg_catalog.pg_my_temp_schema()"                                 \
    " AND r.relkind" MB_EQ "ANY ('{r,p,v,S,f}'::pg_catalog.\"char\"[])"                            \
    " UNION ALL SELECT 'f ' " MB_CAT " f.oid::pg_catalog.text,"                                    \
    " pg_catalog.format('DROP ROUTINE IF EXISTS pg_temp.%I(%s) CASCADE', f.proname,"               \
    " pg_catalog.pg_get_function_identity_arguments(f.oid)) FROM pg_catalog.pg_proc f"             \
    " WHERE f.pronamespace" MB_EQ "pg_catalog.pg_my_temp_schema()"                                 \
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend g WHERE g.objid" MB_EQ "f.oid AND"          \
    " g.classid" MB_EQ "'pg_catalog.pg_proc'::pg_catalog.regclass AND g.deptype" MB_EQ "'i')"      \
    " UNION ALL SELECT 'y ' " MB_CAT " y.oid::pg_catalog.text,"                                    \
    " pg_catalog.format('DROP TYPE IF EXISTS pg_temp.%I CASCADE', y.typname)"                      \
    " FROM pg_catalog.pg_type y LEFT JOIN pg_catalog.pg_class w ON w.oid" MB_EQ "y.typrelid"       \
    " WHERE y.typnamespace" MB_EQ "pg_catalog.pg_my_temp_schema()"                                 \
    " AND y.typtype" MB_EQ "ANY ('{c,d,e,r}'::pg_catalog.\"char\"[])"                              \
    " AND (y.typrelid" MB_EQ "'0'::pg_catalog.oid OR w.relkind" MB_EQ "'c')"                       \
    " UNION ALL SELECT pg_catalog.concat('a ', l.mode, l.classid, ',', l.objid, ',', l.objsubid)," \
    " CASE WHEN l.objsubid" MB_EQ "1 THEN " UNLOCK(                                                \
        UNLOCK_FUNCTION, "((l.classid::pg_catalog.int8" MB_OP("<<") "32)" MB_OP(                   \
                             "|") "l.objid::pg_catalog.int8)::pg_catalog.text")                    \
    " ELSE " UNLOCK(UNLOCK_FUNCTION,                                                               \
                    "pg_catalog.concat(" HALF("classid") ", ', ', " HALF("objid") ")") " END"      \
    " FROM pg_catalog.pg_locks l WHERE l.locktype" MB_EQ "'advisory' AND l.granted"                \
    " AND l.pid" MB_EQ "pg_catalog.pg_backend_pid()) AS things"

#define STATE                                                                                      \
    "pg_catalog.json_build_object("                                                                \
    "'role', pg_catalog.current_setting('role'), 'user', session_user,"                            \
    " 'settings', (SELECT pg_catalog.json_object_agg(s.name, s.setting ORDER BY s.name) FROM"      \
    " pg_catalog.pg_settings s"                                                                    \
    " WHERE s.source" MB_EQ "'session' AND " SESSION_SETTING "),"                                  \
    " 'things', (SELECT pg_catalog.json_agg(key ORDER BY key) FROM " THINGS "))::pg_catalog.text"

static const char save_sql[] =
    "SELECT pg_catalog.set_config('moonbird.lent', " STATE ", true) AS " MB_LENT "; ";

#define LENT "pg_catalog.current_setting('moonbird.lent')::pg_catalog.json"
#define LENT_TEXT(key) "pg_catalog.json_extract_path_text(" LENT ", '" key "')"
#define LENT_PART(key, otherwise)                                                                  \
    "coalesce(CASE WHEN pg_catalog.json_typeof(pg_catalog.json_extract_path(" LENT ", '" key "'))" \
    MB_NE "'null' THEN pg_catalog.json_extract_path(" LENT ", '" key "') END, '" otherwise "')"

/* The role comes after the session authorization, which changes it. */
static const char restore_sql[] =
    "RESET SESSION AUTHORIZATION; RESET ROLE;"
    " SELECT pg_catalog.set_config('session_authorization', " LENT_TEXT("user") ", false)"
    " WHERE session_user" MB_NE LENT_TEXT("user") ";"
    " SELECT pg_catalog.set_config('role', " LENT_TEXT("role") ", false)"
    " WHERE pg_catalog.current_setting('role')" MB_NE LENT_TEXT("role") ";"
    " SELECT pg_catalog.set_config(s.name, k.value, false) FROM pg_catalog.pg_settings s"
    " LEFT JOIN pg_catalog.json_each_text(" LENT_PART("settings", "{}") ") k ON k.key" MB_EQ
    "s.name"
    " WHERE (s.source" MB_EQ "'session' OR k.key IS NOT NULL) AND " SESSION_SETTING "; ";

#define BEFORE "pg_catalog.json_array_elements_text(" LENT_PART("things", "[]") ") AS before"

/* UNLISTEN *, since a LISTEN of the present transaction is not in the catalog yet. */
static const char leftover_sql[] =
    "DISCARD SEQUENCES; SELECT pg_catalog.string_agg(sql, '; '),"
    " pg_catalog.current_setting('client_min_messages') FROM (SELECT sql FROM " THINGS
    " WHERE NOT EXISTS (SELECT FROM " BEFORE " WHERE before" MB_EQ "key)"
    " UNION ALL SELECT 'UNLISTEN *'"
    " WHERE NOT EXISTS (SELECT FROM " BEFORE " WHERE pg_catalog.starts_with(before, 'l '))) AS"
    " away";

const char *mb_pooled_state(void)
{
    return STATE;
}

const char *mb_pooled_save(const mb_conn *conn)
{
    return mb_conn_pooled(conn) ? save_sql : "";
}

const char *mb_pooled_restore(const mb_conn *conn)
{
    return mb_conn_pooled(conn) ? restore_sql : "";
}

/* Sends `before`, removes the traces of the transaction, and sends `after`. */
static bool clean(mb_conn *conn, const char *before, const char *after, mb_error *err)
{
    char *sql = mb_format("%s%s", before, leftover_sql);
    mb_result *res;
    bool ok = mb_conn_exec(&res, conn, sql, err);

    free(sql);
    if (!ok)
        return false;
    if (mb_result_value(res, 0, 0)) {
        /*
         * Locks that belong to the transaction cannot be released: this hides the warning. Another
         * file can follow in the transaction, whose messages are not hidden.
         */
        sql = mb_format("SET LOCAL client_min_messages = error; %s;"
                        " SET LOCAL client_min_messages = %s; %s",
                        mb_result_value(res, 0, 0), mb_result_value(res, 0, 1), after);
        ok = mb_conn_exec(NULL, conn, sql, err);
        free(sql);
    } else if (*after) {
        ok = mb_conn_exec(NULL, conn, after, err);
    }
    mb_result_free(res);
    return ok;
}

bool mb_pooled_clean(mb_conn *conn, mb_error *err)
{
    return !mb_conn_pooled(conn) || clean(conn, "", "", err);
}

bool mb_pooled_end(mb_conn *conn, mb_error *err)
{
    char *sql = mb_format("SET CONSTRAINTS ALL IMMEDIATE; %s", mb_pooled_restore(conn));
    bool ok = !mb_conn_pooled(conn) ||
              (mb_conn_exec(NULL, conn, sql, err) && mb_pooled_clean(conn, err));

    free(sql);
    return ok;
}

/* The pooler gives the session away when a message ends outside of a transaction. */
bool mb_pooled_roll_back(mb_conn *conn, mb_error *err)
{
    mb_buf sql = {0};
    bool ok;

    if (!conn->lent)
        return mb_conn_exec(NULL, conn, "ROLLBACK", err);
    mb_buf_puts(&sql, "ROLLBACK; BEGIN; SELECT pg_catalog.set_config('moonbird.lent', ");
    mb_quote_literal(&sql, conn->lent);
    mb_buf_puts(&sql, ", true); ");
    ok = clean(conn, mb_buf_str(&sql), "COMMIT", err);
    mb_buf_free(&sql);
    return ok;
}
