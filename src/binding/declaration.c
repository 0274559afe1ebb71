/*
 * declaration.c -- a backfill as a script writes it: read, and its functions
 * called by the core.
 *
 * The core calls back in the middle of a C function of Lua's: nothing there may
 * raise but what runs inside mb_lua_call.
 */
#include "declaration.h"

#include "moonbird/directive.h"
#include "moonbird/mem.h"

#include <limits.h>
#include <string.h>

/* ---- reading ---- */

enum { TARGET_MS = 500, ROWS = 1000, WORKERS_MOST = 64 };

typedef struct reader {
    mb_backfill *out;
    const char *key; /* being read; its value is on top */
} reader;

static const char *named(const reader *r)
{
    return r->out->name ? r->out->name : "?";
}

static int fail_value(lua_State *L, const reader *r, const char *wanted)
{
    return mb_lua_fail(L, MB_ERR_USAGE, "backfill \"%s\": \"%s\" must be %s, not %s", named(r),
                       r->key, wanted, luaL_typename(L, -1));
}

static const char *check_text(lua_State *L, const reader *r)
{
    if (lua_type(L, -1) != LUA_TSTRING || !*lua_tostring(L, -1))
        fail_value(L, r, "a text");
    return lua_tostring(L, -1);
}

/* A name, or a list of names: an array that is put below the value. */
static const char *const *read_names(lua_State *L, const reader *r, size_t *n)
{
    bool one = lua_type(L, -1) == LUA_TSTRING;
    const char **names;

    if (!one && !lua_istable(L, -1))
        fail_value(L, r, "a column or a list of columns");
    *n = one ? 1 : (size_t)luaL_len(L, -1);
    if (*n == 0)
        fail_value(L, r, "a list that is not empty");
    names = lua_newuserdatauv(L, *n * sizeof *names, 0);
    for (size_t i = 0; i < *n; i++) {
        if (one)
            lua_pushvalue(L, -2);
        else
            lua_geti(L, -2, (lua_Integer)i + 1);
        names[i] = check_text(L, r); /* the table keeps it */
        lua_pop(L, 1);
    }
    lua_insert(L, -2);
    return names;
}

static void read_table(lua_State *L, reader *r) { r->out->table = check_text(L, r); }
static void read_where(lua_State *L, reader *r) { r->out->where = check_text(L, r); }
static void read_set(lua_State *L, reader *r) { r->out->set = check_text(L, r); }

static void read_key(lua_State *L, reader *r)
{
    r->out->key = read_names(L, r, &r->out->n_key);
}

static void read_columns(lua_State *L, reader *r)
{
    r->out->columns = read_names(L, r, &r->out->n_columns);
}

static void read_name(lua_State *L, reader *r)
{
    (void)check_text(L, r);
}

static void read_function(lua_State *L, reader *r)
{
    if (!lua_isfunction(L, -1))
        fail_value(L, r, "a function");
}

static lua_Integer check_count(lua_State *L, const reader *r, lua_Integer most)
{
    lua_Integer n = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : 0;

    if (n < 1 || n > most)
        fail_value(L, r, "a whole number above 0, and not too large");
    return n;
}

static void read_rows(lua_State *L, reader *r)
{
    r->out->rows = (size_t)check_count(L, r, INT_MAX);
}

static void read_workers(lua_State *L, reader *r)
{
    r->out->workers = (int)check_count(L, r, WORKERS_MOST);
}

static void read_target(lua_State *L, reader *r)
{
    mb_error err;

    if (lua_isinteger(L, -1))
        r->out->target_ms = (int)check_count(L, r, INT_MAX);
    else if (!mb_duration_parse(&r->out->target_ms, check_text(L, r), &err))
        mb_lua_raise(L, &err);
}

static bool read_word(lua_State *L, const reader *r, const char *word, const char *wanted)
{
    if (lua_type(L, -1) != LUA_TSTRING || strcmp(lua_tostring(L, -1), word) != 0)
        fail_value(L, r, wanted);
    return true;
}

static void read_on_error(lua_State *L, reader *r)
{
    r->out->record_errors = read_word(L, r, "record", "\"record\"");
}

static void read_remaining(lua_State *L, reader *r)
{
    r->out->remaining_ok = read_word(L, r, "ok", "\"ok\"");
}

static const struct {
    const char *name;
    void (*read)(lua_State *L, reader *r);
} keys[] = {
    {"name", read_name},       {"table", read_table},       {"key", read_key},
    {"where", read_where},     {"set", read_set},           {"columns", read_columns},
    {"each", read_function},   {"batch", read_function},    {"pause", read_function},
    {"target", read_target},   {"rows", read_rows},         {"workers", read_workers},
    {"on_error", read_on_error}, {"remaining", read_remaining},
};

enum { KEYS = sizeof keys / sizeof keys[0] };

static void check_keys(lua_State *L, int index)
{
    const char *words[KEYS + 1] = {0};

    for (size_t i = 0; i < KEYS; i++)
        words[i] = keys[i].name;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "[a number]";
        size_t i = 0;

        while (i < KEYS && strcmp(words[i], key) != 0)
            i++;
        if (i == KEYS)
            mb_lua_unknown(L, "key of a backfill", key, words);
    }
}

static bool has(lua_State *L, int index, const char *key)
{
    bool there = lua_getfield(L, index, key) != LUA_TNIL;

    lua_pop(L, 1);
    return there;
}

static void check_whole(lua_State *L, int index, const mb_backfill *b)
{
    bool each = has(L, index, "each"), batch = has(L, index, "batch");

    if (!b->table)
        mb_lua_fail(L, MB_ERR_USAGE, "backfill \"%s\" has no table", b->name);
    if ((b->set != NULL) + each + batch != 1)
        mb_lua_fail(L, MB_ERR_USAGE, "backfill \"%s\" has one of \"set\", \"each\" and \"batch\"",
                    b->name);
    if ((b->record_errors || b->columns) && !each)
        mb_lua_fail(L, MB_ERR_USAGE, "backfill \"%s\": \"%s\" goes with \"each\"", b->name,
                    b->columns ? "columns" : "on_error");
}

static void take_name(lua_State *L, int index, reader *r, const char *name)
{
    r->out->name = name;
    if (name)
        return;
    r->key = "name";
    lua_getfield(L, index, "name");
    r->out->name = check_text(L, r);
    lua_pop(L, 1);
}

void mb_declaration_read(lua_State *L, int index, const char *name, mb_backfill *out)
{
    reader r = {.out = out};

    *out = (mb_backfill){.target_ms = TARGET_MS, .rows = ROWS, .workers = 1};
    take_name(L, index, &r, name);
    check_keys(L, index);
    luaL_checkstack(L, 8, "a backfill");
    for (size_t i = 0; i < KEYS; i++) {
        r.key = keys[i].name;
        if (lua_getfield(L, index, r.key) != LUA_TNIL)
            keys[i].read(L, &r);
        lua_pop(L, 1);
    }
    check_whole(L, index, out);
}

/* ---- each ---- */

typedef struct page_call {
    const mb_result *page;
    size_t first, n;
    mb_changes *changes;
    int64_t *rows;
    bool *wait;
} page_call;

/* Protected functions get: 1 the call, 2 the function, 3 db, 4 ctx. */
enum { CALL = 1, FUNCTION, DB, CTX };

static void push_names(lua_State *L, const mb_result *page)
{
    int n = (int)mb_result_columns(page);

    lua_createtable(L, n, 0);
    for (int i = 1; i < n; i++) {
        lua_pushstring(L, mb_result_name(page, (size_t)i));
        lua_rawseti(L, -2, i);
    }
}

static void push_value(lua_State *L, const mb_result *page, size_t row, size_t column,
                       const mb_column *columns)
{
    mb_lua_push_value(L, &columns[column], mb_result_value(page, row, column),
                      mb_result_length(page, row, column));
}

static void push_row(lua_State *L, const mb_result *page, size_t row, const mb_column *columns,
                     int names)
{
    size_t n = mb_result_columns(page);

    lua_createtable(L, 0, (int)n);
    for (size_t i = 1; i < n; i++) {
        if (mb_result_null(page, row, i))
            continue;
        lua_rawgeti(L, names, (lua_Integer)i);
        push_value(L, page, row, i, columns);
        lua_rawset(L, -3);
    }
}

/* The value on top for the column whose name is below it. */
static void put(lua_State *L, const page_call *call, size_t row, mb_buf *text)
{
    mb_error *err = mb_lua_scratch(L);
    const char *column;
    mb_type type;
    uint32_t oid;

    if (lua_type(L, -2) != LUA_TSTRING)
        mb_lua_fail(L, MB_ERR_USAGE, "what \"each\" returns has names of columns, not %s",
                    luaL_typename(L, -2));
    column = lua_tostring(L, -2);
    if (!mb_changes_type(call->changes, column, &oid, err))
        mb_lua_raise(L, err);
    if (mb_lua_is_null(L, -1)) {
        mb_changes_put(call->changes, row, column, NULL, 0);
        return;
    }
    mb_lua_type(L, DB, oid, &type);
    mb_buf_clear(text);
    mb_lua_add_value(L, text, DB, lua_gettop(L), &type, column);
    mb_changes_put(call->changes, row, column, mb_buf_str(text), text->len);
}

static void take_changes(lua_State *L, const page_call *call, size_t row, mb_buf *text)
{
    int changes = lua_gettop(L);

    if (lua_isnil(L, changes))
        return;
    if (!lua_istable(L, changes))
        mb_lua_fail(L, MB_ERR_USAGE, "\"each\" returns a table of columns, or nothing, not %s",
                    luaL_typename(L, changes));
    for (lua_pushnil(L); lua_next(L, changes); lua_pop(L, 1))
        put(L, call, row, text);
}

static void check_transaction(lua_State *L)
{
    const mb_db *db = mb_lua_check_db(L, DB);
    mb_error *err = mb_lua_scratch(L);

    if (mb_conn_tx(db->conn) == MB_TX_OPEN)
        return;
    mb_fail(err, MB_ERR_FAILED, "a statement failed inside, and its error was swallowed");
    mb_fail_detail(err, "The error was: %s", db->failed);
    mb_lua_raise(L, err);
}

static int each_row(lua_State *L)
{
    const page_call *call = lua_touserdata(L, CALL);
    mb_buf *text = mb_lua_new_buf(L);                                        /* -- … text */
    const mb_column *columns = mb_lua_push_columns(L, DB, call->page);       /* -- … columns */
    int top;

    push_names(L, call->page);                                               /* -- … names */
    top = lua_gettop(L);
    for (size_t i = 0; i < call->n; i++) {
        lua_pushvalue(L, FUNCTION);
        push_row(L, call->page, call->first + i, columns, top);
        lua_pushvalue(L, DB);
        lua_pushvalue(L, CTX);
        lua_call(L, 3, 1);
        take_changes(L, call, i, text);
        lua_settop(L, top);
    }
    check_transaction(L);
    return 0;
}

/* ---- batch ---- */

/* The key's value, or an array of values. */
static void push_key(lua_State *L, const mb_result *page, size_t row, const mb_column *columns)
{
    size_t n = mb_result_columns(page);

    if (n == 2) {
        push_value(L, page, row, 1, columns);
        return;
    }
    lua_createtable(L, (int)n, 0);
    for (size_t i = 1; i < n; i++) {
        push_value(L, page, row, i, columns);
        lua_rawseti(L, -2, (lua_Integer)i);
    }
}

static int whole_batch(lua_State *L)
{
    const page_call *call = lua_touserdata(L, CALL);
    const mb_column *columns = mb_lua_push_columns(L, DB, call->page);

    lua_pushvalue(L, FUNCTION);
    lua_pushvalue(L, DB);
    push_key(L, call->page, 0, columns);
    push_key(L, call->page, mb_result_rows(call->page) - 1, columns);
    lua_pushvalue(L, CTX);
    lua_call(L, 4, 1);
    if (lua_isinteger(L, -1))
        *call->rows = lua_tointeger(L, -1);
    check_transaction(L);
    return 0;
}

static int ask_pause(lua_State *L)
{
    const page_call *call = lua_touserdata(L, CALL);

    lua_pushvalue(L, FUNCTION);
    lua_pushvalue(L, DB);
    lua_pushvalue(L, CTX);
    lua_call(L, 2, 1);
    *call->wait = lua_toboolean(L, -1) && !mb_lua_is_null(L, -1);
    return 0;
}

/* ---- what the core calls ---- */

/* The declaration's functions stand above its table in the stack, in this order. */
enum { EACH = 1, BATCH, PAUSE };

/* Nothing here allocates in Lua: room was made before. */
static bool enter(const mb_hands *h, lua_CFunction fn, int function, page_call *call, mb_error *err)
{
    lua_State *L = h->L;
    mb_db *db = lua_touserdata(L, h->db);
    bool ok;

    lua_pushcfunction(L, fn);
    lua_pushlightuserdata(L, call);
    lua_pushvalue(L, h->table + function);
    lua_pushvalue(L, h->db);
    lua_pushvalue(L, h->ctx);
    db->depth++;
    ok = mb_lua_call(L, 4, 0, err);
    mb_rows_lose(db, db->depth);
    db->depth--;
    db->failed[0] = '\0';
    return ok;
}

static bool on_each(void *self, const mb_result *page, size_t first, size_t n, mb_changes *changes,
                    mb_error *err)
{
    page_call call = {.page = page, .first = first, .n = n, .changes = changes};

    return enter(self, each_row, EACH, &call, err);
}

static bool on_batch(void *self, const mb_result *page, int64_t *rows, mb_error *err)
{
    page_call call = {.page = page, .rows = rows};

    return enter(self, whole_batch, BATCH, &call, err);
}

static bool on_pause(void *self, bool *wait, mb_error *err)
{
    page_call call = {.wait = wait};

    return enter(self, ask_pause, PAUSE, &call, err);
}

void mb_declaration_bind(mb_hands *hands, lua_State *L, int table, int db, mb_backfill *b)
{
    static const char *const names[] = {"each", "batch", "pause"};

    lua_pushvalue(L, table);
    *hands = (mb_hands){.L = L, .table = lua_gettop(L), .db = db};
    luaL_checkstack(L, 16, "a backfill");
    for (int i = 0; i < 3; i++)
        lua_getfield(L, table, names[i]);
    mb_lent_push_ctx(L);
    hands->ctx = lua_gettop(L);
    b->script = (mb_backfill_script){
        .self = hands,
        .each = lua_isnil(L, hands->table + EACH) ? NULL : on_each,
        .batch = lua_isnil(L, hands->table + BATCH) ? NULL : on_batch,
        .pause = lua_isnil(L, hands->table + PAUSE) ? NULL : on_pause,
    };
}
