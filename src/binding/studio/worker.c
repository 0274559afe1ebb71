/* worker.c -- a worker of the studio: reads requests, answers them, and may change nothing. */
#include "studio.h"

#include "binding/command/session.h"
#include "binding/value/field.h"

#include "moonbird/os/path.h"
#include "moonbird/policy/allow.h"
#include "moonbird/web/server.h"

#include <unistd.h>

enum { STATEMENT_MS = 30000 }; /* a page that takes longer is of no use to a person */

/* next() -> the request, a table; nil at the end of the studio */
static int next_request(lua_State *L)
{
    mb_buf *text = mb_lua_new_buf(L);
    bool more = false;
    mb_error err;

    if (!mb_web_next(text, &more, &err))
        return mb_lua_raise_plain(L, &err);
    if (!more)
        return 0;
    mb_lua_push_json(L, mb_buf_str(text), text->len);
    mb_buf_free(text);
    return 1;
}

/* folder() -> the name of the folder of the project */
static int folder(lua_State *L)
{
    mb_buf *path = mb_lua_new_buf(L);

    path->data = getcwd(NULL, 0);
    lua_pushstring(L, path->data ? mb_path_base(path->data) : "");
    mb_buf_free(path);
    return 1;
}

/* reply(status, type, text) */
static int reply(lua_State *L)
{
    int status = (int)luaL_checkinteger(L, 1);
    const char *type = luaL_checkstring(L, 2);
    size_t len;
    const char *text = luaL_checklstring(L, 3, &len);
    mb_error err;

    return mb_web_reply(status, type, text, len, &err) ? 0 : mb_lua_raise_plain(L, &err);
}

/*
 * project:settle(): ends what a page has left open, and undoes its settings.  A worker does so before
 * it answers: while it waits for the next request, its session must hold no lock and no snapshot.
 */
static int project_settle(lua_State *L)
{
    mb_session *s = mb_session_check(L, 1);

    luaL_argcheck(L, s->db, 1, "not connected");
    mb_rows_close_all(s->db, false);
    s->db->depth = 0;
    mb_lua_end_reading(s->db);
    if (mb_conn_tx(s->conn) != MB_TX_IDLE)
        mb_conn_rollback(s->conn);
    mb_session_reset_project(L, 1);
    return 0;
}

/*
 * project:browse(): from now on, the methods of the project that change something raise, and
 * ctx.db, if there is one, is read-only whatever SQL it runs, with a limit for its statements.
 */
static int project_browse(lua_State *L)
{
    mb_session *s = mb_session_check(L, 1);

    s->browses = true;
    s->env.only_reads = "A page of the studio only reads.";
    if (!s->db)
        return 0;
    if (s->settings.statement_timeout_ms == 0 || s->settings.statement_timeout_ms > STATEMENT_MS)
        s->settings.statement_timeout_ms = STATEMENT_MS;
    mb_conn_set_limits(s->conn, mb_settings_limits(&s->settings));
    s->db->reads = true;
    return 0;
}

/*
 * allow_edits(project, write, posted): does the studio have --write, and is the request a POST?  Here
 * and not in a method of the project, so that a script cannot allow it to itself.
 */
static int allow_edits(lua_State *L)
{
    mb_session *s = mb_session_check(L, 1);

    s->edits = !lua_toboolean(L, 2) ? MB_EDITS_NEVER : lua_toboolean(L, 3) ? MB_EDITS_NOW : MB_EDITS_LATER;
    return 0;
}

static bool may_edit(lua_State *L, mb_error *err)
{
    mb_session *s = mb_session_check(L, 1);

    if (!s->db || s->edits == MB_EDITS_NEVER) {
        mb_fail(err, MB_ERR_USAGE, "the pages of this studio only read");
        return mb_fail_hint(err, "Start it with moonbird studio --write.");
    }
    mb_lua_end_reading(s->db);
    mb_session_check_idle(L, 1);
    return mb_project_allow_edit(mb_session_project(L, 1), err);
}

/* project:edit_refusal() -> why project:edit would refuse a POST; nil if it would not */
static int project_edit_refusal(lua_State *L)
{
    mb_error err;

    if (may_edit(L, &err))
        return 0;
    lua_pushstring(L, err.message);
    return 1;
}

static int refuse_get(lua_State *L)
{
    mb_error err;

    mb_fail(&err, MB_ERR_USAGE, "a page can edit rows only in its function \"post\"");
    return mb_lua_raise_plain(L, &err);
}

/*
 * project:edit(fn, ...) -> results of fn(...), which runs in a transaction that may write: only in a
 * POST to a studio with --write, and only where no policy restricts changes.
 */
static int project_edit(lua_State *L)
{
    mb_session *s = mb_session_check(L, 1);
    int n = lua_gettop(L) - 2, status;
    mb_error err;

    luaL_checktype(L, 2, LUA_TFUNCTION);
    if (!may_edit(L, &err))
        return mb_lua_raise_plain(L, &err);
    if (s->edits != MB_EDITS_NOW)
        return refuse_get(L);
    lua_pushcfunction(L, mb_lua_transaction);
    lua_insert(L, 2);
    lua_getiuservalue(L, 1, SESSION_DB);
    lua_insert(L, 3); /* -- session transaction db fn ... */
    s->db->reads = false;
    status = lua_pcall(L, n + 2, LUA_MULTRET, 0);
    s->db->reads = true;
    return status == LUA_OK ? lua_gettop(L) - 1 : lua_error(L);
}

const luaL_Reg mb_studio_methods[] = {{"browse", project_browse},
                                      {"edit", project_edit},
                                      {"edit_refusal", project_edit_refusal},
                                      {"settle", project_settle},
                                      {NULL, NULL}};

int mb_open_studio(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"open", mb_studio_open}, {"next", next_request}, {"reply", reply}, {"query", mb_studio_query},
        {"folder", folder}, {"allow_edits", allow_edits},
        {NULL, NULL},
    };

    mb_open_studio_server(L);
    luaL_newlib(L, functions);
    return 1;
}
