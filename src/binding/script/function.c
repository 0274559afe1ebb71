#include "function.h"

#include "moonbird/os/file.h"

#include <stdlib.h>

static const char function_key; /* the registry key of the function */

typedef struct loading {
    const char *path;
    const mb_buf *text;
} loading;

static int load_protected(lua_State *L)
{
    const loading *what = lua_touserdata(L, 1);
    mb_error *err = mb_lua_scratch(L);

    mb_lua_load(L, what->path, mb_buf_str(what->text), what->text->len);
    mb_lua_set_loading(L, true);
    lua_call(L, 0, 1); /* -- what value */
    mb_lua_set_loading(L, false);
    if (!lua_isfunction(L, -1)) {
        mb_fail(err, MB_ERR_FILE, "the file returns %s%s, not a function",
                lua_isnil(L, -1) ? "" : "a ", lua_isnil(L, -1) ? "nothing" : luaL_typename(L, -1));
        mb_fail_hint(err, "The file must end with: return function(db, ctx) ... end");
        mb_fail_at(err, what->path, 0, 0);
        mb_lua_raise(L, err);
    }
    lua_rawsetp(L, LUA_REGISTRYINDEX, &function_key);
    return 0;
}

static bool load_text(mb_lua **out, const mb_script_env *env, loading *what, mb_error *err)
{
    if (!mb_lua_open(out, MB_LUA_SCRIPT, env, err))
        return false;
    if (mb_lua_enter(*out, load_protected, what, err))
        return true;
    mb_lua_close(*out);
    *out = NULL;
    if (err->code == MB_ERR_SCRIPT)
        err->code = MB_ERR_FILE;
    return mb_fail_at(err, what->path, 0, 0);
}

bool mb_function_load(mb_lua **out, const mb_script_env *env, const char *path, mb_error *err)
{
    char *full = mb_path_join(env->root, path);
    mb_buf text = {0};
    loading what = {.path = path, .text = &text};
    bool ok = mb_file_read(&text, full, err) && load_text(out, env, &what, err);

    mb_buf_free(&text);
    free(full);
    return ok;
}

void mb_function_push(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &function_key);
}

void mb_function_check_verdict(lua_State *L, const char *who)
{
    bool reason = !lua_isnil(L, -1);

    if (lua_toboolean(L, -2) || (lua_isnil(L, -2) && !reason))
        return;
    if (!reason)
        mb_lua_fail(L, MB_ERR_FAILED, "%s returned false", who);
    if (!lua_isstring(L, -1))
        lua_error(L); /* an error that db:try or pcall caught */
    mb_lua_fail(L, MB_ERR_FAILED, "%s", mb_lua_text(L, -1));
}

void mb_function_check_refusal(lua_State *L)
{
    if (!lua_toboolean(L, -2) && lua_type(L, -1) == LUA_TSTRING)
        mb_function_check_verdict(L, "it");
}

typedef struct calling {
    mb_conn *conn;
    const mb_call *call;
    mb_call_scope scope;
} calling;

static int call_protected(lua_State *L)
{
    calling *what = lua_touserdata(L, 1);

    mb_function_push(L);
    mb_call_scope_begin(L, &what->scope, what->conn, what->call); /* -- what function db ctx */
    mb_schema_methods_add(L);
    lua_call(L, 2, 2); /* -- what verdict why */
    mb_function_check_verdict(L, "it");
    return 0;
}

bool mb_function_call(mb_lua *lua, mb_conn *conn, const mb_call *call, mb_error *err)
{
    calling what = {.conn = conn, .call = call};
    bool ok = mb_lua_enter(lua, call_protected, &what, err) &&
              mb_call_scope_not_skipped(&what.scope, err);
    const mb_db *db = what.scope.db;

    mb_call_scope_end(&what.scope, ok);
    if (ok)
        return !conn || mb_conn_tx(conn) != MB_TX_FAILED || mb_lua_fail_ignored(db, err);
    if (mb_code_exit(err->code) != 1 && err->code != MB_ERR_INTERRUPTED)
        err->code = MB_ERR_SCRIPT;
    return false;
}
