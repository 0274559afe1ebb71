#include "server.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/server/throw_away.h"
#include "moonbird/os/log.h"

#include <stdlib.h>

static mb_throw_away *cluster;
static char schema[32];
static int schemas;

int start_server(void **state)
{
    mb_error err;

    (void)state;
    if (mb_throw_away_start(&cluster, &err))
        return 0;
    mb_log_error(MB_LOG_ERROR, &err);
    return -1;
}

int stop_server(void **state)
{
    (void)state;
    mb_throw_away_stop(cluster);
    cluster = NULL;
    return 0;
}

const char *server_conninfo(void)
{
    return mb_throw_away_conninfo(cluster);
}

const char *test_schema(void)
{
    return schema;
}

void sql(mb_conn *conn, const char *text)
{
    mb_error err;

    if (!mb_conn_exec(NULL, conn, text, &err))
        fail_msg("%s: %s", text, err.message);
}

int64_t sql_int(mb_conn *conn, const char *query)
{
    mb_result *res;
    mb_error err;
    int64_t value;

    if (!mb_conn_exec(&res, conn, query, &err))
        fail_msg("%s: %s", query, err.message);
    value = mb_result_int(res, 0, 0);
    mb_result_free(res);
    return value;
}

mb_conn *open_session(void)
{
    char *path = mb_format("set search_path = %s, public", schema);
    mb_conn *conn;
    mb_error err;

    if (!mb_conn_open(&conn, server_conninfo(), &err))
        fail_msg("%s", err.message);
    sql(conn, path);
    free(path);
    return conn;
}

void use_programs(const char *folder)
{
    static char *own;
    const char *now = getenv("MOONBIRD_PG_BIN");

    if (!own)
        own = mb_strdup(now ? now : "");
    if (!folder && *own == '\0')
        unsetenv("MOONBIRD_PG_BIN");
    else
        setenv("MOONBIRD_PG_BIN", folder ? folder : own, 1);
}

int open_schema(void **state)
{
    char *create = mb_format("create schema t%d", ++schemas);
    mb_conn *conn;

    snprintf(schema, sizeof schema, "t%d", schemas);
    conn = open_session();
    sql(conn, create);
    free(create);
    *state = conn;
    return 0;
}

int close_schema(void **state)
{
    char *drop = mb_format("drop schema if exists %s cascade", schema);
    mb_conn *conn;

    mb_conn_close(*state);
    conn = open_session();
    sql(conn, "set client_min_messages = warning");
    sql(conn, drop);
    mb_conn_close(conn);
    free(drop);
    return 0;
}
