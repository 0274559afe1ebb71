#include "server.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/log.h"
#include "moonbird/pg/qualified.h"
#include "moonbird/server/database.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool exec(mb_scratch_server *server, char *sql, mb_error *err)
{
    bool ok = mb_conn_exec_alone(server->conn, sql, err);

    free(sql);
    return ok;
}

/* CREATE DATABASE fails while its template has a session, which ends a little after its client. */
static bool wait_unused(mb_scratch_server *server, const char *database, mb_error *err)
{
    static const struct timespec moment = {.tv_nsec = 1000000};
    const mb_param params[] = {{.data = database}};

    for (int i = 0; i < 1000; i++) {
        mb_result *res = NULL;
        bool unused;

        if (!mb_conn_query(&res, server->conn,
                           "SELECT FROM pg_catalog.pg_stat_activity WHERE datname" MB_EQ "$1", 1,
                           params, err))
            return false;
        unused = mb_result_rows(res) == 0;
        mb_result_free(res);
        if (unused)
            break;
        nanosleep(&moment, NULL);
    }
    return true;
}

bool mb_scratch_server_create(char **name, mb_scratch_server *server, const char *from,
                              mb_error *err)
{
    *name = mb_format("%s_%u", server->run, ++server->databases);
    if ((!from || wait_unused(server, from, err)) &&
        exec(server,
             mb_format("CREATE DATABASE %s%s%s", *name, from ? " TEMPLATE " : "", from ? from : ""),
             err))
        return true;
    free(*name);
    *name = NULL;
    return false;
}

static bool try_drop(mb_scratch_server *server, const char *name, mb_error *err)
{
    return wait_unused(server, name, err) &&
           exec(server, mb_format("DROP DATABASE IF EXISTS %s", name), err);
}

void mb_scratch_server_drop(mb_scratch_server *server, char *name)
{
    mb_error why;
    bool ok;

    if (!name)
        return;
    mb_conn_shield(server->conn, true);
    ok = try_drop(server, name, &why) ||
         (why.code == MB_ERR_CONNECT && mb_conn_reconnect(server->conn, &why) &&
          try_drop(server, name, &why));
    mb_conn_shield(server->conn, false);
    if (!ok)
        mb_log(MB_LOG_WARN, "could not drop the test's database \"%s\": %s", name, why.message);
    free(name);
}

void mb_scratch_server_drop_last(mb_scratch_server *server, char *name)
{
    if (server->throw_away)
        free(name);
    else
        mb_scratch_server_drop(server, name);
}

bool mb_scratch_server_conninfo(char **out, const mb_scratch_server *server, const char *database,
                                const char *user, mb_error *err)
{
    *out = mb_strdup(server->conninfo);
    if (mb_conninfo_add(out, "dbname", database, err) &&
        (!user || mb_conninfo_add(out, "user", user, err)))
        return true;
    free(*out);
    *out = NULL;
    return false;
}

bool mb_scratch_server_connect(mb_conn **out, const mb_scratch_server *server, const char *database,
                               mb_error *err)
{
    char *conninfo;
    bool ok = mb_scratch_server_conninfo(&conninfo, server, database, NULL, err) &&
              mb_conn_open(out, conninfo, err);

    if (ok)
        mb_conn_set_limits(*out, server->limits);
    free(conninfo);
    return ok;
}

/* Reads the roles and tablespaces of the server as one text, which the caller frees. */
static bool read_shared(char **out, const mb_scratch_server *server, mb_error *err)
{
    static const char sql[] =
        "SELECT pg_catalog.string_agg(x.line, ' ' ORDER BY x.line COLLATE pg_catalog.\"C\") FROM ("
        "SELECT a::pg_catalog.text FROM pg_catalog.pg_authid a"
        " UNION ALL SELECT m::pg_catalog.text FROM pg_catalog.pg_auth_members m"
        " UNION ALL SELECT t::pg_catalog.text FROM pg_catalog.pg_tablespace t"
        " UNION ALL SELECT s::pg_catalog.text FROM pg_catalog.pg_db_role_setting s"
        " WHERE s.setdatabase" MB_EQ "0) x (line)";
    mb_result *res = NULL;

    if (!mb_conn_exec_limited(&res, server->conn, sql, err))
        return false;
    *out = mb_strdup(mb_result_value(res, 0, 0));
    mb_result_free(res);
    return true;
}

bool mb_scratch_server_start(mb_scratch_server *server, mb_error *err)
{
    if (!mb_throw_away_start(&server->throw_away, err))
        return false;
    server->conninfo = mb_strdup(mb_throw_away_conninfo(server->throw_away));
    if (mb_scratch_server_connect(&server->conn, server, "postgres", err) &&
        read_shared(&server->shared, server, err))
        return true;
    mb_scratch_server_stop(server);
    return false;
}

/* The name tells other runs that the databases are in use, also after a new login. */
static bool open_named(mb_scratch_server *server, mb_error *err)
{
    char *named = mb_strdup(server->conninfo);
    bool ok = mb_conninfo_add(&named, "application_name", server->run, err) &&
              mb_conn_open(&server->conn, named, err);

    if (ok)
        mb_conn_set_limits(server->conn, server->limits);
    free(named);
    return ok;
}

bool mb_scratch_server_open(mb_scratch_server *server, const char *given, mb_error *err)
{
    if (!mb_database_temporary_name(&server->run, "test", err))
        return false;
    if (!given)
        return mb_scratch_server_start(server, err);
    server->conninfo = mb_strdup(given);
    return open_named(server, err);
}

bool mb_scratch_server_check(bool *changed, mb_scratch_server *server, mb_error *err)
{
    char *now = NULL;

    *changed = false;
    if (!mb_conn_is_there(server->conn) && !mb_conn_reconnect(server->conn, err))
        return false;
    if (!server->throw_away)
        return true;
    if (!read_shared(&now, server, err))
        return false;
    *changed = strcmp(now, server->shared) != 0;
    free(now);
    return true;
}

void mb_scratch_server_stop(mb_scratch_server *server)
{
    mb_conn_close(server->conn);
    mb_throw_away_stop(server->throw_away);
    free(server->conninfo);
    free(server->shared);
    server->conn = NULL;
    server->throw_away = NULL;
    server->conninfo = server->shared = NULL;
}

void mb_scratch_server_close(mb_scratch_server *server)
{
    mb_scratch_server_stop(server);
    free(server->run);
    server->run = NULL;
}
