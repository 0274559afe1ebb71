#include "confinement.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/pg/conninfo.h"
#include "moonbird/pg/qualified.h"
#include "moonbird/server/throw_away.h"
#include "moonbird/sql/quote.h"

#include <stdlib.h>

/* No other role can have a name that begins with pg_. */
#define IS_OURS(alias)                                                                             \
    alias ".rolname" MB_NE "'" MB_SERVER_ROLE "' AND " alias ".rolname" MB_OP("!~") "'^pg_'"

static bool exec(mb_conn *warden, mb_buf *sql, mb_error *err)
{
    bool ok = mb_conn_exec(NULL, warden, mb_buf_str(sql), err);

    mb_buf_free(sql);
    return ok;
}

static bool open_warden(mb_conn **out, const char *conninfo, mb_error *err)
{
    char *own = mb_strdup(conninfo);
    bool ok = mb_conninfo_add(&own, "user", MB_SERVER_ROLE, err) &&
              mb_conninfo_add(&own, "dbname", "postgres", err) && mb_conn_open(out, own, err);

    free(own);
    return ok;
}

/* Predefined roles such as pg_execute_server_program can act outside of the server, too. */
static bool take_rights(mb_conn *warden, mb_error *err)
{
    mb_buf sql = {0};

    mb_buf_puts(&sql,
                "UPDATE pg_catalog.pg_authid r SET rolsuper = false, rolcreaterole = false,"
                " rolreplication = false, rolcanlogin = false WHERE " IS_OURS("r") ";"
                " DELETE FROM pg_catalog.pg_auth_members m USING pg_catalog.pg_roles r,"
                " pg_catalog.pg_roles g WHERE r.oid" MB_EQ "m.member AND " IS_OURS("r")
                " AND g.oid" MB_EQ "m.roleid AND NOT (" IS_OURS("g") ")");
    return exec(warden, &sql, err);
}

static bool ensure_role(mb_conn *warden, const char *user, mb_error *err)
{
    const mb_param params[] = {{.data = user}};
    mb_result *res;
    mb_buf sql = {0};

    if (!mb_conn_query(&res, warden,
                       "SELECT FROM pg_catalog.pg_roles r WHERE r.rolname" MB_EQ "$1", 1, params,
                       err))
        return false;
    mb_buf_puts(&sql, mb_result_rows(res) ? "ALTER ROLE " : "CREATE ROLE ");
    mb_result_free(res);
    mb_quote_identifier(&sql, user);
    mb_buf_puts(&sql, " LOGIN INHERIT");
    return exec(warden, &sql, err);
}

/* A role that is a member of `user` cannot have it as a member. */
static bool join_roles(mb_conn *warden, const char *user, mb_error *err)
{
    static const char roles[] =
        "SELECT r.rolname FROM pg_catalog.pg_roles r WHERE " IS_OURS("r") " AND r.rolname" MB_NE
        "$1 AND NOT pg_catalog.pg_has_role(r.rolname, $1, 'MEMBER')";
    const mb_param params[] = {{.data = user}};
    mb_result *res;
    bool ok;

    if (!mb_conn_query(&res, warden, roles, 1, params, err))
        return false;
    ok = true;
    for (size_t i = 0; ok && i < mb_result_rows(res); i++) {
        mb_buf sql = {0};

        mb_buf_puts(&sql, "GRANT ");
        mb_quote_identifier(&sql, mb_result_value(res, i, 0));
        mb_buf_puts(&sql, " TO ");
        mb_quote_identifier(&sql, user);
        ok = exec(warden, &sql, err);
    }
    mb_result_free(res);
    return ok;
}

bool mb_confinement_start(mb_conn **out, const char *conninfo, const char *user, mb_error *err)
{
    if (!open_warden(out, conninfo, err))
        return false;
    if (take_rights(*out, err) && ensure_role(*out, user, err) && join_roles(*out, user, err))
        return true;
    mb_conn_close(*out);
    *out = NULL;
    return false;
}

bool mb_confinement_seal(mb_conn *warden, mb_error *err)
{
    mb_buf sql = {0};

    mb_buf_puts(&sql, "UPDATE pg_catalog.pg_authid SET rolcanlogin = false");
    return exec(warden, &sql, err);
}

bool mb_confinement_lift(mb_conn *warden, bool lifted, mb_error *err)
{
    mb_buf sql = {0};

    mb_buf_printf(&sql, "UPDATE pg_catalog.pg_authid r SET rolsuper = %s WHERE " IS_OURS("r"),
                  lifted ? "true" : "false");
    return exec(warden, &sql, err);
}

bool mb_confinement_check(mb_conn *conn, mb_error *err)
{
    /* Before PostgreSQL 16, a role that may create roles can grant itself the predefined ones. */
    static const char sql[] =
        "SELECT r.rolname, r.rolsuper"
        " OR r.rolcreaterole AND pg_catalog.current_setting('server_version_num')::pg_catalog.int4"
        MB_OP("<") "160000"
        " OR pg_catalog.pg_has_role(r.oid, 'pg_execute_server_program', 'MEMBER')"
        " OR pg_catalog.pg_has_role(r.oid, 'pg_write_server_files', 'MEMBER')"
        " FROM pg_catalog.pg_roles r WHERE r.rolname" MB_EQ "session_user";
    mb_result *res;
    bool ok;

    if (!mb_conn_exec_limited(&res, conn, sql, err))
        return false;
    ok = !mb_result_bool(res, 0, 1);
    if (!ok) {
        mb_fail(err, MB_ERR_POLICY,
                "functions of the other database would run as role \"%s\" of the scratch server, "
                "which can run programs there",
                mb_result_value(res, 0, 0));
        mb_fail_hint(err, "In the key scratch, name a role that may create databases and is not a "
                          "superuser. Or remove the key, so that moonbird starts a server.");
    }
    mb_result_free(res);
    return ok;
}
