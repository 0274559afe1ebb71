/*
 * batch.c -- db:batch: statements through a pipeline.
 *
 * The object that the function gets is valid until the function returns.  Other statements on the
 * db wait for the batch, so all statements run in the order of the script.
 */
#include "binding/binding.h"

#include "moonbird/pg/queue.h"

#include <string.h>

#define BATCH "moonbird.batch"

typedef struct batch {
    mb_db *db; /* NULL: the function has ended */
    size_t n;
} batch;

/* The place of the line that runs; the file's name is borrowed from the running function. */
static mb_origin origin(lua_State *L, size_t number)
{
    mb_origin from = {.number = number, .file = mb_lua_script(L)};
    lua_Debug ar;

    for (int level = 0; *from.file && lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.source[0] == '@' && strcmp(ar.source + 1, from.file) == 0) {
            from.line = ar.currentline;
            break;
        }
    }
    return from;
}

/* Raises the error of a queued statement, with that statement's place, not the present line. */
static int raise_failed(lua_State *L, int db, mb_error *err)
{
    const char *sql = mb_queue_failed(mb_lua_check_db(L, db)->conn);
    const char *file = lua_pushstring(L, err->file);
    int line = err->line;

    if (sql && *file) {
        err->file[0] = '\0';
        mb_lua_show_sql(sql, err);
        mb_fail_at(err, file, line, 0);
    }
    return mb_lua_raise_sql(L, db, "", err);
}

/* A hook that comes after the statement needs its result, so it cannot wait for the others. */
static void finish_told(lua_State *L, int db, const mb_db *of, const char *sql, int64_t since)
{
    mb_error *err = mb_lua_scratch(L);

    if (!of->watch)
        return;
    if (!mb_conn_settle(of->conn, err))
        raise_failed(L, db, err);
    mb_lua_tell_after(L, of, sql, since, MB_UNSET);
}

/* b:exec(sql, ...): queues one statement, which is sent with the others. */
static int batch_exec(lua_State *L)
{
    batch *b = mb_lua_check_class(L, 1, BATCH);
    int n = lua_gettop(L) - 2, db;
    const mb_param *params;
    const char *sql;
    mb_origin from;
    int64_t since;
    mb_error err;

    if (!b->db)
        return mb_lua_fail(L, MB_ERR_USAGE, "the batch has ended");
    lua_getiuservalue(L, 1, 1);
    lua_insert(L, 2); /* -- batch db sql ... */
    db = 2;
    sql = mb_lua_check_batched(L, 3, b->db->conn);
    mb_lua_ready(L, db);
    params = mb_lua_push_params(L, db, sql, 4, n);
    from = origin(L, ++b->n);
    since = mb_lua_tell_before(L, b->db, sql);
    if (!mb_queue_add(b->db->conn, sql, (size_t)n, params, &from, &err))
        return raise_failed(L, db, &err);
    mb_lua_sent(b->db, sql, strlen(sql));
    finish_told(L, db, b->db, sql, since);
    return 0;
}

/* db:batch(fn) -> number of statements; without an open transaction, the batch is one. */
static int db_batch(lua_State *L)
{
    mb_db *db = mb_lua_check_db(L, 1);
    mb_error *err = mb_lua_scratch(L);
    batch *b;
    int status;

    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    if (mb_conn_tx(mb_lua_ready(L, 1)) == MB_TX_IDLE) {
        lua_pushcfunction(L, mb_lua_transaction);
        lua_pushvalue(L, 1);
        lua_pushcfunction(L, db_batch);
        lua_pushvalue(L, 1);
        lua_pushvalue(L, 2);
        lua_call(L, 4, 1);
        return 1;
    }
    b = lua_newuserdatauv(L, sizeof *b, 1); /* -- db fn batch */
    *b = (batch){.db = db};
    luaL_setmetatable(L, BATCH);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, 3, 1);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, 3);
    status = mb_lua_call_inside(L, db, 1, 0);
    b->db = NULL;
    if (!mb_conn_settle(db->conn, err) && status == LUA_OK)
        return raise_failed(L, 1, err);
    if (status != LUA_OK)
        return lua_error(L);
    lua_pushinteger(L, (lua_Integer)b->n);
    return 1;
}

const luaL_Reg mb_db_batch[] = {{"batch", db_batch}, {NULL, NULL}};

int mb_open_batch(lua_State *L)
{
    static const luaL_Reg methods[] = {{"exec", batch_exec}, {NULL, NULL}};

    mb_lua_new_class(L, BATCH, methods);
    return 0;
}
