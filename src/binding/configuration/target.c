/* target.c -- decides to which database a command connects, and which environment that is. */
#include "moonbird/policy/environment.h"
#include "binding/command/session.h"

#include "moonbird/server/embedded.h"
#include "moonbird/os/env.h"
#include "moonbird/base/suggest.h"

#include <stdlib.h>
#include <string.h>

/* Pushes "DATABASE_<NAME>_URL". */
static const char *push_variable(lua_State *L, const char *name)
{
    mb_buf *text = mb_lua_new_buf(L);
    char *variable = mb_environment_variable(name);

    mb_buf_puts(text, variable);
    free(variable);
    lua_pushstring(L, mb_buf_str(text));
    lua_remove(L, -2);
    return lua_tostring(L, -1);
}

static bool is_blank(const char *url)
{
    return url[strspn(url, " \t\r\n")] == '\0';
}

/* The value of this variable; NULL when it is unset or blank. */
static const char *env_url(lua_State *L, const char *name)
{
    const char *url = getenv(push_variable(L, name));

    lua_pop(L, 1);
    return url && !is_blank(url) ? url : NULL;
}

/* Pushes environments[name], or nil; true: it is configured. */
static bool push_environment(lua_State *L, int session, const char *name)
{
    bool found;

    lua_getiuservalue(L, session, SESSION_CONFIG);  /* -- config */
    if (lua_getfield(L, -1, "environments") == LUA_TTABLE) {
        lua_getfield(L, -1, name);                  /* -- config environments environment */
        lua_remove(L, -2);
    }
    lua_remove(L, -2);                              /* -- environment */
    found = lua_istable(L, -1);
    return found;
}

/*
 * Pushes the URL of the variable, or "embedded:" for dev; NULL: there is none, nothing is pushed.
 */
static const char *push_default_url(lua_State *L, const char *name)
{
    if (env_url(L, name))
        return lua_pushstring(L, env_url(L, name));
    return strcmp(name, "dev") == 0 ? lua_pushliteral(L, "embedded:") : NULL;
}

/* Pushes the environment's URL, or "embedded:" for dev; NULL: there is none, nothing is pushed. */
static const char *push_url(lua_State *L, int session, const char *name)
{
    if (push_environment(L, session, name)) {
        lua_getfield(L, -1, "url");                 /* -- environment url */
        lua_remove(L, -2);
        if (lua_isstring(L, -1))
            return lua_tostring(L, -1);
    }
    lua_pop(L, 1);
    return push_default_url(L, name);
}

const char *mb_target_keep_url(lua_State *L, int session, const char *name)
{
    return push_default_url(L, name) ? mb_session_keep(L, session) : NULL;
}

/* The nearest configured name, borrowed from the configuration; NULL: none is near. */
static const char *nearest_environment(lua_State *L, int session, const char *name)
{
    const char *near = NULL, *dev = "dev";

    lua_getiuservalue(L, session, SESSION_CONFIG);
    if (lua_getfield(L, -1, "environments") == LUA_TTABLE) {
        lua_pushnil(L);
        while (!near && lua_next(L, -2)) {  /* -- config environments name environment */
            const char *word = lua_tostring(L, -2);

            near = mb_nearest(name, &word, 1);
            lua_pop(L, near ? 2 : 1);
        }
    }
    lua_pop(L, 2);
    return near ? near : mb_nearest(name, &dev, 1);
}

static int refuse_environment(lua_State *L, int session, const char *name)
{
    bool known = push_environment(L, session, name);
    const char *near = known ? NULL : nearest_environment(L, session, name);
    mb_error err;

    mb_fail(&err, MB_ERR_USAGE, known ? "environment \"%s\" has no database"
                                      : "unknown environment \"%s\"", name);
    if (near)
        mb_fail_hint(&err, "Did you mean \"%s\"?", near);
    else
        mb_fail_hint(&err, "Set its url in moonbird.lua or in the variable %s.",
                     push_variable(L, name));
    return mb_lua_raise(L, &err);
}

static int refuse_none(lua_State *L)
{
    mb_error err;

    mb_fail(&err, MB_ERR_USAGE, "no database given");
    mb_fail_hint(&err, "Use -d URL, -e NAME, DATABASE_URL or the PG* variables; \"-e dev\" starts"
                       " a "
                       "private server of this project.");
    return mb_lua_raise(L, &err);
}

/* Refuses `-d "$URL"` with an unset variable, since libpq would connect to its own default. */
static int refuse_empty(lua_State *L)
{
    mb_error err;

    mb_fail(&err, MB_ERR_USAGE, "the database given with -d is empty");
    mb_fail_hint(&err, "Check that the variable is set, or omit -d to use DATABASE_URL or the "
                       "PG* variables.");
    return mb_lua_raise(L, &err);
}

/* The variables of libpq that name a server or a database; any of them counts as an address. */
static const char *const libpq_variables[] = {"PGHOST",     "PGHOSTADDR", "PGPORT",
                                              "PGDATABASE", "PGSERVICE",  "PGUSER"};

enum { N_LIBPQ_VARIABLES = sizeof libpq_variables / sizeof libpq_variables[0] };

static bool is_set(const char *name)
{
    return getenv(name) && *getenv(name);
}

static bool libpq_knows_a_server(void)
{
    for (size_t i = 0; i < N_LIBPQ_VARIABLES; i++)
        if (is_set(libpq_variables[i]))
            return true;
    return false;
}

static const char *push_embedded(lua_State *L, const char *root)
{
    mb_buf *conninfo = mb_lua_new_buf(L);
    mb_error err;

    if (!mb_embedded_start(&conninfo->data, root, &err))
        mb_lua_raise(L, &err);
    lua_pushstring(L, conninfo->data);
    lua_remove(L, -2);
    return lua_tostring(L, -1);
}

const char *mb_target_push(lua_State *L, int session, const char *database, const char *env)
{
    const mb_session *s = lua_touserdata(L, session);
    const char *url = getenv("DATABASE_URL");

    if (database && env)
        mb_lua_fail(L, MB_ERR_USAGE, "give a database (-d) or an environment (-e), not both");
    if (database && is_blank(database))
        refuse_empty(L);
    else if (database)
        url = lua_pushstring(L, database);
    else if (env && !(url = push_url(L, session, env)))
        refuse_environment(L, session, env);
    else if (!env && (!url || is_blank(url)) && !libpq_knows_a_server())
        refuse_none(L);
    else if (!env)
        url = lua_pushstring(L, url && !is_blank(url) ? url : "");
    if (strcmp(url, "embedded:") != 0)
        return url;
    lua_pop(L, 1);
    return push_embedded(L, s->settings.root);
}

static void add_variable(mb_buf *out, const char *name)
{
    mb_buf_printf(out, "%s%s", name, mb_env_is_from_file(name) ? " in .env" : "");
}

static void add_libpq_variables(mb_buf *out)
{
    bool first = true;

    for (size_t i = 0; i < N_LIBPQ_VARIABLES; i++) {
        if (!is_set(libpq_variables[i]))
            continue;
        mb_buf_puts(out, first ? "" : ", ");
        add_variable(out, libpq_variables[i]);
        first = false;
    }
}

static void add_environment(lua_State *L, mb_buf *out, int session, const char *env)
{
    int top = lua_gettop(L);

    if (push_environment(L, session, env) && lua_getfield(L, -1, "url") == LUA_TSTRING)
        mb_buf_printf(out, "the url of environment \"%s\" in the configuration", env);
    else if (env_url(L, env))
        add_variable(out, push_variable(L, env));
    else
        mb_buf_puts(out, "the project's private server");
    lua_settop(L, top);
}

void mb_target_add_origin(lua_State *L, int session, const char *database, const char *env,
                          bool changed, mb_error *err)
{
    mb_buf *text;

    if (database && !changed)
        return; /* the address was just typed */
    text = mb_lua_new_buf(L);
    mb_buf_puts(text, "The address comes from ");
    if (changed)
        mb_buf_puts(text, "a before_connect hook, which changed the one from ");
    if (database)
        mb_buf_puts(text, "-d");
    else if (env)
        add_environment(L, text, session, env);
    else if (is_set("DATABASE_URL"))
        add_variable(text, "DATABASE_URL");
    else
        add_libpq_variables(text);
    mb_fail_more(err, "%s.", text->data);
    mb_buf_free(text);
    lua_pop(L, 1);
}

/* True when the project's own server is `dev`, because no other address of `dev` is configured. */
static bool is_dev(lua_State *L, int session)
{
    const mb_session *s = lua_touserdata(L, session);
    const char *url = push_url(L, session, "dev");
    mb_error ignored;
    bool is = false;

    return strcmp(url, "embedded:") == 0 &&
           mb_conn_is_embedded(&is, s->conn, s->settings.root, &ignored) && is;
}

void mb_target_push_environment(lua_State *L, int session, const char *env)
{
    const mb_session *s = lua_touserdata(L, session);
    const mb_environment *is = mb_environment_of(s->settings.environments,
                                                 s->settings.n_environments, s->conn, env);
    int top = lua_gettop(L);

    if (is)
        env = is->name;
    else if (!env && is_dev(L, session))
        env = "dev";
    lua_settop(L, top);
    lua_pushstring(L, env);
}
