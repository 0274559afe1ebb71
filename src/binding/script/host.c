/*
 * host.c -- loads, inspects, calls and frees scripts for the core.
 *
 * A chunk is a userdata in a separate state, and is freed with the state.
 */
#include "backfill_declaration.h"
#include "migration_table.h"
#include "function.h"

#include "moonbird/pg/version.h"
#include "moonbird/project/args.h"
#include "moonbird/os/file.h"
#include "moonbird/base/mem.h"

#include <stdio.h>
#include <stdlib.h>

#define CHUNK "moonbird.chunk"

struct mb_chunk {
    mb_lua *lua;
    mb_chunk_info info;
};

/* The registry key of the chunk, whose user value is the value that the file returned. */
static const char chunk_key;

static int chunk_gc(lua_State *L)
{
    mb_chunk *chunk = luaL_checkudata(L, 1, CHUNK);

    mb_migration_table_free(&chunk->info);
    return 0;
}

typedef struct loading {
    const char *path, *text;
    size_t len;
    bool function_too; /* the file may return a function(db, ctx) too, for `moonbird run` */
    mb_chunk *chunk;
} loading;

static mb_chunk *new_chunk(lua_State *L)
{
    static const luaL_Reg methods[] = {{"__gc", chunk_gc}, {NULL, NULL}};
    mb_chunk *chunk;

    mb_lua_new_class(L, CHUNK, methods);
    chunk = lua_newuserdatauv(L, sizeof *chunk, 1);
    *chunk = (mb_chunk){.lua = mb_lua_of(L)};
    mb_directives_init(&chunk->info.directives);
    luaL_setmetatable(L, CHUNK);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &chunk_key);
    return chunk;
}

static int load_protected(lua_State *L)
{
    loading *what = lua_touserdata(L, 1);

    what->chunk = new_chunk(L); /* -- what chunk */
    what->chunk->info.path = mb_strdup(what->path);
    mb_lua_load(L, what->path, what->text, what->len);
    mb_lua_set_loading(L, true);
    lua_call(L, 0, 1); /* -- what chunk value */
    mb_lua_set_loading(L, false);
    what->chunk->info.takes_any = what->function_too && lua_isfunction(L, -1);
    if (what->chunk->info.takes_any)
        what->chunk->info.has[MB_ENTRY_UP] = true;
    else
        mb_migration_table_read(L, 3, what->path, what->text, &what->chunk->info);
    lua_setiuservalue(L, 2, 1);
    return 0;
}

static bool load_any(mb_chunk **out, const mb_script_env *env, loading *what, mb_error *err)
{
    mb_lua *lua;

    if (!mb_lua_open(&lua, MB_LUA_SCRIPT, env, err))
        return false;
    if (!mb_lua_enter(lua, load_protected, what, err)) {
        mb_fail_at(err, what->path, 0, 0);
        mb_lua_close(lua);
        return false;
    }
    *out = what->chunk;
    return true;
}

static bool load(void *self, mb_chunk **out, const char *path, const char *text, size_t len,
                 mb_error *err)
{
    loading what = {.path = path, .text = text, .len = len};

    return load_any(out, self, &what, err);
}

static const mb_chunk_info *info(const mb_chunk *chunk)
{
    return &chunk->info;
}

static const char *loaded(const mb_chunk *chunk)
{
    return mb_lua_loaded(chunk->lua);
}

static void free_chunk(mb_chunk *chunk)
{
    if (chunk)
        mb_lua_close(chunk->lua);
}

/* ---- calling ---- */

/*
 * Calls a function of a migration, after its file was loaded. An error in it is the script's, also
 * if the script uses moonbird's functions wrongly or reads a file that does not exist: the command
 * line, the configuration and the migration's file were right.
 */
static bool enter(mb_lua *lua, lua_CFunction fn, void *payload, mb_error *err)
{
    if (mb_lua_enter(lua, fn, payload, err))
        return true;
    if (err->code == MB_ERR_USAGE || err->code == MB_ERR_FILE)
        err->code = MB_ERR_SCRIPT;
    return false;
}

typedef struct calling {
    mb_entry entry;
    mb_conn *conn;
    const mb_call *call;
    mb_call_scope scope;
} calling;

static int call_protected(lua_State *L)
{
    static const char *const names[] = {"up", "down", "verify"};
    calling *what = lua_touserdata(L, 1);

    lua_rawgetp(L, LUA_REGISTRYINDEX, &chunk_key);  /* -- what chunk */
    if (lua_getiuservalue(L, 2, 1) == LUA_TTABLE) { /* -- what chunk table */
        lua_getfield(L, 3, names[what->entry]);
    }
    mb_call_scope_begin(L, &what->scope, what->conn, what->call); /* -- … function db ctx */
    lua_call(L, 2, 2);                                            /* -- … verdict why */
    mb_function_check_verdict(L, names[what->entry]);
    return 0;
}

/* The message says that the check failed, not the change. */
static bool fail_verify(const mb_call *how, mb_error *err)
{
    char message[sizeof err->message];

    if (err->code == MB_ERR_INTERRUPTED || err->code == MB_ERR_CONNECT)
        return false;
    mb_format_into(message, sizeof message, "%s", err->message);
    mb_format_into(err->message, sizeof err->message, "verify of %s failed: %s", how->name,
                   message);
    return false;
}

static bool call(mb_chunk *chunk, mb_entry entry, mb_conn *conn, const mb_call *how, mb_error *err)
{
    calling what = {.entry = entry, .conn = conn, .call = how};
    bool ok = enter(chunk->lua, call_protected, &what, err) &&
              mb_call_scope_not_skipped(&what.scope, err);
    const mb_db *db = what.scope.db;

    mb_call_scope_end(&what.scope, ok);
    ok = ok && (mb_conn_tx(conn) != MB_TX_FAILED || mb_lua_fail_ignored(db, err));
    return ok || (entry == MB_ENTRY_VERIFY && fail_verify(how, err));
}

/* ---- backfills ---- */

void mb_backfill_declaration_push(lua_State *L, const char *name)
{
    int top = lua_gettop(L);

    lua_rawgetp(L, LUA_REGISTRYINDEX, &chunk_key);           /* -- chunk */
    lua_getiuservalue(L, -1, 1);                             /* -- chunk table */
    if (lua_getfield(L, -1, "backfills") != LUA_TTABLE)      /* -- chunk table backfills */
        mb_lua_fail(L, MB_ERR_USAGE, "the migration declares no backfills");
    if (lua_getfield(L, -1, name) != LUA_TTABLE) {
        lua_pop(L, 1);
        mb_lua_unknown_key(L, "backfill", name);
    }
    lua_replace(L, top + 1);
    lua_settop(L, top + 1);
}

typedef struct backfilling {
    const char *name;
    calling call;
    mb_backfill_work work;
    void *arg;
} backfilling;

static int backfill_protected(lua_State *L)
{
    backfilling *what = lua_touserdata(L, 1);
    mb_backfill backfill;
    mb_backfill_callbacks callbacks;

    mb_backfill_declaration_push(L, what->name); /* -- what table */
    mb_call_scope_begin(L, &what->call.scope, what->call.conn,
                        what->call.call); /* -- what table db ctx */
    mb_backfill_declaration_read(L, 2, what->name, &backfill);
    mb_backfill_declaration_bind(&callbacks, L, 2, 3, &backfill);
    if (!what->work(what->arg, &backfill, mb_lua_scratch(L)))
        return mb_lua_raise(L, mb_lua_scratch(L));
    return 0;
}

static bool backfill(mb_chunk *chunk, const char *name, mb_conn *conn, const mb_call *how,
                     mb_backfill_work work, void *arg, mb_error *err)
{
    backfilling what = {
        .name = name, .call = {.conn = conn, .call = how}, .work = work, .arg = arg};
    bool ok = enter(chunk->lua, backfill_protected, &what, err);

    mb_call_scope_end(&what.call.scope, ok);
    return ok;
}

void mb_lua_host(mb_host *out, const mb_script_env *env)
{
    *out = (mb_host){.self = (void *)env,
                     .load = load,
                     .info = info,
                     .call = call,
                     .free = free_chunk,
                     .loaded = loaded,
                     .backfill = backfill};
}

/* ---- moonbird run FILE.lua ---- */

static bool set_config(mb_conn *conn, const char *name, const char *value, bool local,
                       mb_error *err)
{
    const mb_param params[] = {{.data = name}, {.data = value}, {.data = local ? "true" : "false"}};
    mb_result *res = NULL;
    bool ok = mb_conn_query(&res, conn, "SELECT pg_catalog.set_config($1, $2, $3)", 3, params, err);

    mb_result_free(res);
    return ok;
}

/*
 * Sets the timeout of the file, if it has one; otherwise the configuration's is in effect already.
 */
static bool set_timeout(mb_conn *conn, const char *name, int ms, bool local, mb_error *err)
{
    char text[16];

    snprintf(text, sizeof text, "%d", ms);
    return ms == MB_UNSET || set_config(conn, name, text, local, err);
}

/* Makes the arguments available to SQL as settings, except secrets. */
static bool prepare(const mb_chunk *chunk, mb_conn *conn, const mb_args *args, mb_error *err)
{
    const mb_directives *d = &chunk->info.directives;
    bool local = !d->no_transaction, ok = true;
    size_t n;
    mb_setting *list = mb_args_settings(args, &chunk->info, &n);
    char name[80];

    for (size_t i = 0; ok && i < n; i++) {
        snprintf(name, sizeof name, "moonbird.%s", list[i].name);
        ok = set_config(conn, name, list[i].value, local, err);
    }
    free(list);
    return ok && set_timeout(conn, "lock_timeout", d->lock_timeout_ms, local, err) &&
           set_timeout(conn, "statement_timeout", d->statement_timeout_ms, local, err) &&
           (!mb_conn_has(conn, MB_FEATURE_TRANSACTION_TIMEOUT) ||
            set_timeout(conn, "transaction_timeout", d->transaction_timeout_ms, local, err));
}

static bool call_all(mb_chunk *chunk, mb_conn *conn, const mb_call *how, const mb_args *args,
                     mb_error *err)
{
    mb_call with = *how;
    mb_setting *own = mb_args_of(args, &chunk->info, &with.n_args);
    bool ok;

    with.args = own;
    ok = call(chunk, MB_ENTRY_UP, conn, &with, err) &&
         (!chunk->info.has[MB_ENTRY_VERIFY] || call(chunk, MB_ENTRY_VERIFY, conn, &with, err));
    free(own);
    return ok;
}

static bool begin(const mb_script_caller *caller, mb_conn *conn, bool transaction, mb_error *err)
{
    if (caller)
        return caller->begin(caller->self, transaction ? mb_lua_begin_sql : NULL, err);
    return !transaction || mb_lua_set_pins(conn, "BEGIN; ", err);
}

static bool commit(const mb_script_caller *caller, mb_conn *conn, mb_error *err)
{
    return caller ? caller->commit(caller->self, err) : mb_lua_commit(conn, err);
}

/* Runs what `begin` began. */
static bool run(mb_chunk *chunk, mb_conn *conn, const mb_call *how, const mb_script_caller *caller,
                const mb_args *args, mb_error *err)
{
    bool transaction = !chunk->info.directives.no_transaction;
    bool ok = prepare(chunk, conn, args, err) && call_all(chunk, conn, how, args, err) &&
              (!transaction || commit(caller, conn, err));

    if (!ok)
        mb_conn_rollback(conn);
    return ok;
}

/* Loads the file, and checks what can be checked before it begins. */
static bool load_file(mb_chunk **out, const mb_script_env *env, const char *path,
                      const mb_script_caller *caller, mb_error *err)
{
    mb_buf text = {0};
    loading what = {.path = path, .function_too = true};
    bool ok = mb_file_read(&text, path, err);

    what.text = mb_buf_str(&text);
    what.len = text.len;
    ok = ok && load_any(out, env, &what, err);
    mb_buf_free(&text);
    if (ok && !(*out)->info.has[MB_ENTRY_UP])
        return mb_fail(err, MB_ERR_FILE, "the table has no function \"up\"");
    return ok &&
           (!caller || caller->directives(caller->self, path, &(*out)->info.directives, err));
}

bool mb_lua_run_file(const mb_script_env *env, const char *path, mb_conn *conn, const mb_call *how,
                     const mb_script_caller *caller, mb_error *err)
{
    mb_chunk *chunk = NULL;
    const mb_given given = {.args = how->args, .n = how->n_args};
    const mb_chunk_info *info;
    mb_args args = {0};
    bool ok = load_file(&chunk, env, path, caller, err);

    info = chunk ? &chunk->info : NULL;
    ok = (ok && mb_args_read(&args, &info, 1, given, err)) || mb_fail_at(err, path, 0, 0);
    ok = ok && begin(caller, conn, !info->directives.no_transaction, err) &&
         (run(chunk, conn, how, caller, &args, err) || mb_fail_at(err, path, 0, 0));
    mb_args_free(&args);
    free_chunk(chunk);
    return ok;
}
