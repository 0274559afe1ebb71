/* handle.c -- access to the session for the methods of ctx.project. */
#include "session.h"

#include "moonbird/policy/allow.h"
#include "moonbird/run/exec.h"

mb_session *mb_session_check(lua_State *L, int index)
{
    mb_session *s = mb_lua_check_class(L, index, MB_META_SESSION);

    luaL_argcheck(L, !s->closed, index, "the command has ended");
    if (s->db)
        mb_lua_end_reading(s->db);
    return s;
}

const char *mb_session_keep(lua_State *L, int session)
{
    const char *text = lua_tostring(L, -1);

    lua_getiuservalue(L, session, SESSION_TEXT);  /* -- text kept */
    lua_insert(L, -2);                            /* -- kept text */
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    lua_pop(L, 1);
    return text;
}

void mb_session_call(lua_State *L)
{
    mb_error err;
    bool ok;

    mb_lua_set_loading(L, true);
    ok = mb_lua_call(L, 0, 1, &err);
    mb_lua_set_loading(L, false);
    if (ok)
        return;
    if (err.code == MB_ERR_SCRIPT)
        err.code = MB_ERR_FILE;
    mb_lua_raise(L, &err);
}

mb_project *mb_session_project(lua_State *L, int index)
{
    mb_session *s = mb_session_check(L, index);

    if (!s->project) {
        mb_project_open(&s->project, &s->settings, s->conn, &s->host);
        mb_project_hook(s->project, &s->hooks);
    }
    if (s->db)
        s->db->unpinned = true; /* the method may end with RESET ALL */
    return s->project;
}

void mb_session_check_idle(lua_State *L, int index)
{
    const mb_session *s = mb_session_check(L, index);
    mb_tx tx = s->conn ? mb_conn_tx(s->conn) : MB_TX_IDLE;
    mb_error err;

    if (tx == MB_TX_IDLE || tx == MB_TX_LOST)
        return;
    mb_fail(&err, MB_ERR_USAGE, "this call begins its own transaction, but one is already open");
    mb_fail_hint(&err, "Call it outside db:transaction, db:try, db:batch and loops over db:rows.");
    mb_lua_raise(L, &err);
}

void mb_session_check_may_change(lua_State *L, int index)
{
    mb_error err;

    if (!mb_session_check(L, index)->browses)
        return;
    mb_fail(&err, MB_ERR_USAGE, "a page of the studio cannot change anything");
    mb_fail_hint(&err, "Give the page a part \"form\", which runs a command.");
    mb_lua_raise(L, &err);
}

mb_project *mb_session_reset_project(lua_State *L, int index)
{
    mb_project *project = mb_session_project(L, index);
    mb_db *db = ((mb_session *)lua_touserdata(L, index))->db;
    mb_error err;

    mb_session_check_idle(L, index);
    if (!db || !db->used)
        return project;
    if (!mb_project_clean_session(project, &err))
        mb_lua_raise_plain(L, &err);
    db->used = false;
    return project;
}

mb_project *mb_session_clean_project(lua_State *L, int index)
{
    mb_session_check_may_change(L, index);
    return mb_session_reset_project(L, index);
}
