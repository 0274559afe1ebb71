#include "session.h"
#include "binding/project/methods.h"
#include "binding/project/run_output.h"
#include "binding/studio/studio.h"
#include "moonbird/run/exec.h"
#include "moonbird/server/embedded.h"
#include "moonbird/policy/allow.h"
#include "moonbird/project/project.h"

#include "moonbird/os/git.h"
#include "moonbird/os/event_stream.h"
#include "moonbird/os/live.h"
#include "moonbird/base/mem.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SESSION MB_META_SESSION

/* Keeps the string at `index` with the session and returns it; NULL when there is none. */
static const char *keep_text(lua_State *L, int session, int index)
{
    if (!lua_isstring(L, index))
        return NULL;
    lua_pushvalue(L, index);
    return mb_session_keep(L, session);
}

/* Runs the before_connect hooks for a login to our database, or to that of another environment. */
static bool before_login(char **conninfo, const char *environment, void *self, mb_error *err)
{
    mb_session *s = self;
    const char *env = environment ? environment : s->settings.named;
    const mb_call call = {.command = s->command, .environment = env ? env : "", .attempt = 1};

    return mb_hook_scripts_connect(s->hook_scripts, conninfo, &call, err);
}

/* For moonbird.connect. */
static bool before_connect(char **conninfo, const char *database, void *self, mb_error *err)
{
    mb_session *s = self;
    const char *env = s->settings.named;
    const mb_call call = {.command = s->command,
                          .environment = env ? env : "",
                          .database = database,
                          .attempt = 1};

    return mb_hook_scripts_connect(s->hook_scripts, conninfo, &call, err);
}

/* For db:file of a command, and of a script of `run`. */
static bool check_file(void *self, const char *path, mb_error *err)
{
    const mb_session *s = self;

    return !s->project || mb_project_check_file(s->project, path, err);
}

/*
 * The confirmations that the user gave to the runner that started this process: "PID", and a line
 * for each name. The variable of another process does not count.  False: there is none.
 */
static bool read_confirmed(mb_names *out)
{
    const char *line = getenv(MB_CONFIRMED_VARIABLE);
    char *end;

    if (!line || strtol(line, &end, 10) != (long)getppid())
        return false;
    for (line = end; *line == '\n'; line += 1 + strcspn(line + 1, "\n"))
        mb_names_add(out, mb_strndup(line + 1, strcspn(line + 1, "\n")));
    return true;
}

/* Finds the scripts that describe formats, one of which the configuration can name. */
static void open_formats(lua_State *L, mb_session *s)
{
    mb_names *names;
    mb_error err;

    mb_scripts_push(L, MB_SCRIPT_FORMATS);
    if (lua_rawlen(L, -1) > 0) {
        names = mb_lua_new_names(L); /* -- scripts names */
        for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, -2); i++) {
            lua_rawgeti(L, -2, i);
            mb_names_add(names, mb_strdup(lua_tostring(L, -1)));
            lua_pop(L, 1);
        }
        if (!mb_format_scripts_open(&s->format_scripts, &s->env, names, &err))
            mb_lua_raise_plain(L, &err);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/*
 * session(file or nil, seconds to wait or nil, yes, reason to be outside a window or nil) ->
 * session
 */
static int new_session(lua_State *L)
{
    const char *file = luaL_optstring(L, 1, NULL);
    lua_Number wait = luaL_optnumber(L, 2, -1);
    mb_session *s = lua_newuserdatauv(L, sizeof *s, SESSION_DB);
    char commit[MB_GIT_HEX];

    *s = (mb_session){0};
    luaL_setmetatable(L, SESSION);
    lua_newtable(L);
    lua_setiuservalue(L, -2, SESSION_TEXT);
    s->env = *mb_lua_env(L);
    s->env.settings = &s->settings;
    s->env.before_connect = before_connect;
    s->env.check_file = check_file;
    s->env.session = s;
    open_formats(L, s);
    mb_config_read(L, lua_gettop(L), file);
    if (wait >= 0)
        s->settings.wait_ms = wait < INT_MAX / 1000 ? (int)(wait * 1000) : INT_MAX;
    s->settings.yes = lua_toboolean(L, 3);
    s->settings.by_name = read_confirmed(&s->confirmed);
    s->settings.confirmed = &s->confirmed;
    s->settings.config = keep_text(L, lua_gettop(L), 1);
    s->settings.outside_window = keep_text(L, lua_gettop(L), 4);
    mb_git_commit(commit, s->env.root);
    lua_pushstring(L, commit);
    s->settings.commit = mb_session_keep(L, lua_gettop(L) - 1);
    mb_lua_host(&s->host, &s->env);
    mb_lint_set(&s->host, L);
    s->outer = mb_lua_env(L);
    mb_lua_set_env(L, &s->env);
    mb_hook_scripts_open(&s->hook_scripts, &s->env);
    mb_hook_scripts_hooks(&s->hooks, s->hook_scripts);
    return 1;
}

/* session:config() -> the table of moonbird.lua, empty without the file */
static int session_config(lua_State *L)
{
    mb_session_check(L, 1);
    lua_getiuservalue(L, 1, SESSION_CONFIG);
    return 1;
}

static void on_wait(void *arg)
{
    (void)arg;
    mb_live_tick();
    mb_events_flush();
}

static void report_connected(const mb_session *s)
{
    const mb_conn *conn = s->conn;
    mb_event_line event;

    if (!mb_event_begin(&event, "connected"))
        return;
    mb_event_text(&event, "environment", *s->settings.environment ? s->settings.environment : NULL);
    mb_event_text(&event, "database", mb_conn_database(conn));
    mb_event_text(&event, "user", mb_conn_user(conn));
    mb_event_text(&event, "host", mb_conn_host(conn));
    mb_event_text(&event, "port", mb_conn_port(conn));
    mb_event_number(&event, "server_version", mb_conn_version(conn));
    mb_event_number(&event, "backend_pid", mb_conn_backend_pid(conn));
    mb_event_end(&event);
}

/* Runs the before_connect hooks on the connection string on top of the stack. */
static void run_before_connect(lua_State *L, mb_session *s)
{
    mb_buf *conninfo = mb_lua_new_buf(L); /* -- conninfo buf */
    mb_error err;

    conninfo->data = mb_strdup(lua_tostring(L, -2));
    if (!before_login(&conninfo->data, NULL, s, &err))
        mb_lua_raise(L, &err);
    lua_pushstring(L, conninfo->data);
    mb_buf_free(conninfo);
    lua_replace(L, -3);
    lua_pop(L, 1);
}

/*
 * Pushes the connection string that follows from the arguments of connect and target: as it was,
 * and as the before_connect hooks have changed it.
 */
static void push_target(lua_State *L, mb_session *s, mb_before_login *before)
{
    s->command = (luaL_checkstring(L, 4), keep_text(L, 1, 4));
    s->settings.named = keep_text(L, 1, 3);
    mb_target_push(L, 1, luaL_optstring(L, 2, NULL), luaL_optstring(L, 3, NULL)); /* -- conninfo */
    before->first = keep_text(L, 1, lua_gettop(L));
    lua_pushvalue(L, -1);
    run_before_connect(L, s); /* -- conninfo changed */
    s->conninfo = keep_text(L, 1, lua_gettop(L));
}

/* session:target(url, environment, command): as connect, but without a connection */
static int session_target(lua_State *L)
{
    mb_session *s = mb_session_check(L, 1);
    mb_before_login before = {0};

    if (!s->conninfo)
        push_target(L, s, &before);
    return 0;
}

/* libpq cannot know that the socket is that of a server which moonbird starts. */
static void hint_stopped(const mb_session *s, const char *conninfo, mb_error *err)
{
    mb_error ignored;
    bool is;

    if (mb_embedded_is_stopped(&is, s->settings.root, conninfo, &ignored) && is)
        mb_fail_hint(err, "It is the project's own server, which does not run. Start it: moonbird "
                          "dev start.");
}

/*
 * session:connect(url, environment, command) -> db, the environment's name or nil; the first two
 * may be nil
 */
static int session_connect(lua_State *L)
{
    mb_session *s = mb_session_check(L, 1);
    const char *database = luaL_optstring(L, 2, NULL), *env = luaL_optstring(L, 3, NULL);
    mb_before_login before = {.change = before_login, .self = s};
    mb_error err;

    luaL_argcheck(L, !s->conn, 1, "already connected");
    push_target(L, s, &before);
    mb_project_close(s->project); /* it was opened without a connection */
    s->project = NULL;
    if (!mb_conn_open(&s->conn, lua_tostring(L, -1), &err)) {
        if (err.code != MB_ERR_INTERRUPTED) {
            hint_stopped(s, lua_tostring(L, -1), &err);
            mb_target_add_origin(L, 1, database, env, !lua_rawequal(L, -1, -2), &err);
        }
        return mb_lua_raise(L, &err);
    }
    mb_conn_before_login(s->conn, &before);
    mb_conn_on_wait(s->conn, on_wait, NULL);
    mb_conn_set_limits(s->conn, mb_settings_limits(&s->settings));
    s->db = mb_lua_push_db(L, s->conn);
    s->db->unpinned = true;
    s->db->unrecorded = true;
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 1, SESSION_DB);
    mb_target_push_environment(L, 1, env);  /* -- db environment */
    if (lua_isstring(L, -1))
        s->settings.environment = keep_text(L, 1, lua_gettop(L));
    report_connected(s);
    return 2;
}

/*
 * session:allow(command, path, write): is called before a command of the project runs. If the
 * command writes, checks the policies; otherwise makes the db read-only if there are policies.
 */
static int session_allow(lua_State *L)
{
    mb_session *s = mb_session_check(L, 1);
    const char *command = luaL_checkstring(L, 2), *path = luaL_checkstring(L, 3);
    mb_project *project = mb_session_project(L, 1);
    bool restricts = false, recorded = false, ok;
    mb_report shown;
    mb_error err;

    luaL_argcheck(L, s->db, 1, "not connected");
    if (lua_toboolean(L, 4) && !s->allowed)
        mb_session_check_idle(L, 1);
    mb_report_begin(&shown, false);
    if (!lua_toboolean(L, 4))
        ok = mb_project_restricts(&restricts, project, &err);
    else
        ok = s->allowed || mb_project_allow_script(&recorded, project, command, path,
                                                   &shown.reporter, &err);
    mb_report_end(&shown);
    if (!ok)
        return mb_lua_raise_plain(L, &err);
    if (recorded)
        s->script = keep_text(L, 1, 3);
    s->own = true;
    s->allowed = s->allowed || lua_toboolean(L, 4);
    s->db->reads = restricts && !s->allowed;
    return 0;
}

/* Records how a command of the project ended whose beginning is recorded. */
static void record_end(lua_State *L, mb_session *s, bool ok)
{
    int status = (int)lua_tointeger(L, 3);
    mb_error why;

    if (!ok)
        mb_lua_read_error(L, 2, &why);
    else
        mb_fail(&why, MB_ERR_FAILED, "exit status %d", status);
    mb_project_script_ended(s->project, s->command, s->script, ok && status == 0 ? NULL : &why);
}

/*
 * session:close(error, status), and __gc, without these: closes everything; unless the error is
 * nil, rolls back first.  It may be called twice.
 */
static int session_close(lua_State *L)
{
    mb_session *s = luaL_checkudata(L, 1, SESSION);
    bool collected = lua_gettop(L) == 1, ok = !collected && lua_isnil(L, 2);

    if (s->db)
        mb_lua_check_closable(L, s->db);
    if (s->db && !s->closed)
        mb_lua_end_db(s->db, ok);
    if (s->script && !collected && !s->closed)
        record_end(L, s, ok);
    mb_project_close(s->project);
    mb_conn_close(s->conn);
    mb_hook_scripts_close(s->hook_scripts);
    mb_format_scripts_close(s->format_scripts);
    mb_names_free(&s->confirmed);
    if (mb_lua_env(L) == &s->env)
        mb_lua_set_env(L, s->outer);
    s->hook_scripts = NULL;
    s->format_scripts = NULL;
    s->settings.formats = NULL;
    s->project = NULL;
    s->db = NULL;
    s->conn = NULL;
    s->closed = true;
    return 0;
}

int mb_open_session(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"config", session_config}, {"connect", session_connect},
        {"target", session_target},
        {"allow", session_allow},
        {"console", mb_session_console},
        {"close", session_close},   {"__gc", session_close},
        {NULL, NULL},
    };
    static const luaL_Reg *const lists[] = {
        mb_after_generate_methods, mb_amend_methods, mb_apply_methods,     mb_backfills_methods,   mb_backups_methods,
        mb_checks_methods,  mb_databases_methods,  mb_drizzle_methods,     mb_files_methods,
        mb_history_methods, mb_journal_methods,   mb_migrations_methods, mb_other_tools_methods, mb_parameters_methods,
        mb_plan_methods,    mb_schema_methods, mb_sources_methods,    mb_specs_methods,       mb_status_methods,
        mb_studio_methods, mb_verify_methods,
    };

    mb_lua_new_class(L, SESSION, methods);
    luaL_getmetatable(L, SESSION);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        luaL_setfuncs(L, lists[i], 0);
    lua_pop(L, 1);
    mb_open_amend(L);
    mb_open_apply(L);
    mb_open_backfills(L);
    mb_open_backups(L);
    mb_open_checks(L);
    mb_open_console(L);
    mb_open_databases(L);
    mb_open_drizzle(L);
    mb_open_files(L);
    mb_open_history(L);
    mb_open_journal(L);
    mb_open_migration_files(L);
    mb_open_other_tools(L);
    mb_open_specs(L);
    mb_open_status(L);
    mb_open_verify(L);
    lua_pushcfunction(L, new_session);
    return 1;
}
