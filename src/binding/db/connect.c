/*
 * connect.c -- moonbird.connect: connects to another database of the configuration.
 *
 * A database is read-only (read_only.c) unless it is declared writable.  A writable one may be the
 * database of an environment, and then the policies of that environment apply.
 */
#include "moonbird/project/settings.h"
#include "moonbird/policy/allow.h"
#include "binding/value/field.h"

#include "moonbird/pg/lent_session.h"
#include "moonbird/project/project.h"

#include <stdlib.h>
#include <string.h>

/* Pushes databases[name]; raises when it is not declared. */
static void push_declared(lua_State *L, const char *name)
{
    mb_error err;

    mb_lua_push_config(L, "databases"); /* -- databases */
    if (lua_istable(L, -1) && lua_getfield(L, -1, name) == LUA_TTABLE) {
        lua_remove(L, -2);
        return;
    }
    mb_fail(&err, MB_ERR_USAGE, "database \"%s\" is not declared", name);
    mb_fail_hint(&err, "Declare it in moonbird.lua: databases = { %s = { url = env \"...\" } }.",
                 name);
    mb_lua_raise(L, &err);
}

/* Pushes the connection string of the declared database on top, with the dbname of the options. */
static const char *push_conninfo(lua_State *L, const char *name, int options)
{
    mb_buf *conninfo;
    mb_error err;

    if (lua_getfield(L, -1, "url") != LUA_TSTRING) {
        mb_fail(&err, MB_ERR_USAGE, "database \"%s\" has no url", name);
        mb_fail_hint(&err, "Check that the variable from which moonbird.lua reads it is set.");
        mb_lua_raise(L, &err);
    }
    if (!lua_istable(L, options) || mb_field_get(L, options, "dbname") == LUA_TNIL)
        return lua_tostring(L, lua_istable(L, options) ? -2 : -1);
    conninfo = mb_lua_new_buf(L); /* -- url dbname conninfo */
    mb_buf_puts(conninfo, lua_tostring(L, -3));
    if (!mb_conninfo_add(&conninfo->data, "dbname", mb_lua_check_name(L, -2), &err))
        mb_lua_raise(L, &err);
    return conninfo->data;
}

/* Runs the before_connect hooks, which may change the connection string; pushes the result. */
static const char *push_changed(lua_State *L, const char *conninfo, const char *name)
{
    const mb_script_env *env = mb_lua_env(L);
    mb_buf *changed;
    mb_error err;

    if (!env->before_connect)
        return conninfo;
    changed = mb_lua_new_buf(L);
    mb_buf_puts(changed, conninfo);
    if (!env->before_connect(&changed->data, name, env->session, &err))
        mb_lua_raise(L, &err);
    return changed->data;
}

/* Sets the limits of the configuration, as for the first connection. */
static void set_limits(lua_State *L, mb_conn *conn)
{
    const mb_settings *settings = mb_lua_env(L)->settings;

    if (settings)
        mb_conn_set_limits(conn, mb_settings_limits(settings));
}

static bool allow_writes(lua_State *L, mb_conn *conn, const char *name, mb_error *err)
{
    const mb_settings *settings = mb_lua_env(L)->settings;

    return !settings || mb_project_allow_other(settings, conn, name, err);
}

static void check_options(lua_State *L, int options)
{
    static const char *const names[] = {"dbname", NULL};

    if (lua_isnoneornil(L, options))
        return;
    luaL_checktype(L, options, LUA_TTABLE);
    mb_field_check_names(L, options, "option of connect", names);
}

/* Where the address came from, as for the first connection; `changed`: from a hook. */
static void add_origin(const char *name, bool changed, mb_error *err)
{
    mb_fail_more(err, "The address comes from %sthe url of database \"%s\" in the configuration.",
                 changed ? "a before_connect hook, which changed the one from " : "", name);
}

/* Opens the connection of the db on top of the stack. */
static bool open_conn(lua_State *L, mb_db *db, const char *conninfo, mb_error *err)
{
    db->own = true;
    if (!mb_conn_open(&db->conn, conninfo, err))
        return false;
    set_limits(L, db->conn);
    return true;
}

void mb_lua_push_own(lua_State *L, const char *conninfo, bool reads)
{
    mb_db *db = mb_lua_push_db(L, NULL);
    mb_error err;

    db->reads = reads;
    if (!open_conn(L, db, conninfo, &err) || !mb_lua_pin(db->conn, &err))
        mb_lua_raise_plain(L, &err);
}

/* connect(name [, { dbname = ... }]) -> db */
int mb_lua_connect(lua_State *L)
{
    const char *name = mb_lua_check_name(L, 1), *given, *conninfo;
    const char *only_reads = mb_lua_env(L)->only_reads;
    bool declared, writable;
    mb_error err;
    mb_db *db;

    mb_lua_check_loaded(L, "moonbird.connect");
    check_options(L, 2);
    lua_settop(L, 2);
    push_declared(L, name); /* -- name options declared */
    lua_getfield(L, 3, "writable");
    declared = lua_toboolean(L, -1);
    writable = declared && !only_reads;
    lua_pop(L, 1);
    given = push_conninfo(L, name, 2);
    conninfo = push_changed(L, given, name);
    db = mb_lua_push_db(L, NULL);
    db->reads = !writable;
    db->held = declared ? only_reads : NULL;
    if (!open_conn(L, db, conninfo, &err)) {
        if (err.code != MB_ERR_INTERRUPTED)
            add_origin(name, strcmp(given, conninfo) != 0, &err);
        return mb_lua_raise(L, &err);
    }
    if ((writable && !allow_writes(L, db->conn, name, &err)) || !mb_lua_pin(db->conn, &err))
        return mb_lua_raise(L, &err);
    return 1;
}
