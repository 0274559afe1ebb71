/* server.c -- ctx.server: the project's own PostgreSQL server. */
#include "binding/value/field.h"
#include "session.h"

#include "moonbird/pg/child_env.h"
#include "moonbird/server/embedded.h"
#include "moonbird/server/find_programs.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static const char *root(lua_State *L)
{
    return mb_lua_env(L)->root;
}

static void push_started(lua_State *L)
{
    mb_buf *conninfo = mb_lua_new_buf(L);
    mb_error err;

    if (!mb_embedded_start(&conninfo->data, root(L), &err))
        mb_lua_raise(L, &err);
}

/* server.start(): creates the server if it does not exist, and starts it if it does not run */
static int server_start(lua_State *L)
{
    push_started(L);
    return 0;
}

/* server.stop() -> was it running? */
static int server_stop(lua_State *L)
{
    bool was_running = false;
    mb_error err;

    if (!mb_embedded_stop(root(L), &was_running, &err))
        return mb_lua_raise(L, &err);
    lua_pushboolean(L, was_running);
    return 1;
}

/* server.status() -> { made, running, pid, version, data, url } */
static int server_status(lua_State *L)
{
    mb_embedded status;
    mb_error err;

    if (!mb_embedded_status(&status, root(L), &err))
        return mb_lua_raise(L, &err);
    lua_createtable(L, 0, 6);
    mb_field_flag(L, "made", status.made);
    mb_field_flag(L, "running", status.running);
    if (status.running)
        mb_field_count(L, "pid", (size_t)status.pid);
    else
        mb_field_text(L, "pid", NULL);
    mb_field_text(L, "version", status.made ? status.version : NULL);
    mb_field_text(L, "data", status.made ? status.data : NULL);
    mb_field_text(L, "url", status.made ? status.url : NULL);
    return 1;
}

/* server.address() -> its connection string, also when it does not run; nil if it was never made */
static int server_address(lua_State *L)
{
    mb_buf *conninfo = mb_lua_new_buf(L);
    mb_error err;

    if (!mb_embedded_find(&conninfo->data, root(L), &err))
        return mb_lua_raise(L, &err);
    lua_pushstring(L, conninfo->data);
    return 1;
}

/* server.reset(): stops the server and deletes it with its data */
static int server_reset(lua_State *L)
{
    mb_error err;

    if (!mb_embedded_reset(root(L), &err))
        return mb_lua_raise(L, &err);
    return 0;
}

/* server.psql(words [, folder]): replaces this process by psql with these arguments, in a folder */
static int server_psql(lua_State *L)
{
    const char *folder = luaL_optstring(L, 2, ".");
    lua_Integer n = (luaL_checktype(L, 1, LUA_TTABLE), luaL_len(L, 1));
    mb_buf *program = mb_lua_new_buf(L);
    const char *conninfo;
    const char **argv;
    mb_error err;

    if (!mb_server_program(&program->data, "psql", &err))
        return mb_lua_raise(L, &err);
    push_started(L);
    conninfo = ((mb_buf *)lua_touserdata(L, -1))->data;
    argv = lua_newuserdatauv(L, ((size_t)n + 4) * sizeof *argv, 0);
    argv[0] = "psql";
    argv[1] = "-d";
    argv[2] = conninfo;
    for (lua_Integer i = 1; i <= n; i++) {
        lua_geti(L, 1, i);
        argv[i + 2] = luaL_checkstring(L, -1); /* the table keeps it alive */
        lua_pop(L, 1);
    }
    argv[n + 3] = NULL;
    if (chdir(folder) != 0) {
        mb_fail_errno(&err, folder, "cannot enter the folder");
        return mb_lua_raise(L, &err);
    }
    for (const char *const *name = mb_newer_pg_variables; *name; name++)
        unsetenv(*name);      /* conninfo has values for the others */
    unsetenv("PGSERVICE");    /* psql would look for the service, which may not exist */
    signal(SIGPIPE, SIG_DFL); /* exec would keep an ignored signal ignored */
    execv(program->data, (char *const *)argv);
    mb_fail_errno(&err, program->data, "cannot run the program");
    return mb_lua_raise(L, &err);
}

int mb_open_server(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"start", server_start}, {"stop", server_stop}, {"status", server_status},
        {"address", server_address}, {"reset", server_reset}, {"psql", server_psql}, {NULL, NULL},
    };

    luaL_newlib(L, functions);
    return 1;
}
