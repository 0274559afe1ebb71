/*
 * backfill_callbacks.c -- the functions of a backfill, which the core calls.
 *
 * The core calls them while a C function that Lua has called is running, so nothing may raise
 * outside of mb_lua_call.
 */
#include "backfill_declaration.h"
#include "function.h"

#include <string.h>

/* ---- each ---- */

typedef struct page_call {
    const mb_result *page;
    const mb_column *columns; /* of the page, while a function runs */
    size_t first, n;
    size_t row; /* the row of the page that `each` has; NO_ROW: none */
    mb_changes *changes;
    int64_t *rows;
    bool *wait;
} page_call;

static const size_t NO_ROW = (size_t)-1;

/* The stack of a protected function: the call, the script's function, db, ctx. */
enum { CALL = 1, FUNCTION, DB, CTX };

/* Pushes the names of the page's columns without the first, which is the key, and the row class. */
static void push_names(lua_State *L, const mb_result *page)
{
    int n = (int)mb_result_columns(page);

    lua_createtable(L, n, 0);
    for (int i = 1; i < n; i++) {
        lua_pushstring(L, mb_result_name(page, (size_t)i));
        lua_rawseti(L, -2, i);
    }
    mb_lua_push_row_class(L, lua_gettop(L)); /* -- names class */
}

static void push_value(lua_State *L, const mb_result *page, size_t row, size_t column,
                       const mb_column *columns)
{
    mb_lua_push_value(L, &columns[column], mb_result_value(page, row, column),
                      mb_result_length(page, row, column));
}

/* Raises, since a row whose key changes could be processed twice, or not at all. */
static void fail_key(lua_State *L, const char *column)
{
    mb_error *err = mb_lua_scratch(L);

    mb_fail(err, MB_ERR_USAGE, "\"each\" changes \"%s\", a column of the backfill's key",
            column);
    mb_fail_hint(err, "Use the columns of another unique index as the key.");
    mb_lua_raise(L, err);
}

static void fail_generated(lua_State *L, const char *column)
{
    mb_error *err = mb_lua_scratch(L);

    mb_fail(err, MB_ERR_USAGE, "\"each\" changes \"%s\", whose value PostgreSQL generates",
            column);
    mb_fail_hint(err, "Return the row without a change to this column, or only the columns that "
                      "change.");
    mb_lua_raise(L, err);
}

/* Writes the value on top to `text`, in the form for the column; false: it is NULL. */
static bool read_value(lua_State *L, mb_buf *text, uint32_t oid, const char *column)
{
    mb_type type;

    mb_buf_clear(text);
    mb_lua_type(L, DB, oid, &type);
    return mb_lua_add_value(L, text, DB, -1, &type, column);
}

static bool has_text(const mb_buf *text, const char *s, size_t len)
{
    return text->len == len && memcmp(mb_buf_str(text), s, len) == 0;
}

/*
 * True when the page has this value, as read_value wrote it; NULL is SQL NULL.  The page can have
 * another text for it, as 10000000000 is 1e+10 in Lua, so its value is then written as well.
 */
static bool is_same(lua_State *L, const page_call *call, size_t row, const char *column,
                    uint32_t oid, const mb_buf *text)
{
    const mb_result *page = call->page;
    size_t i = 1;
    mb_buf *was;
    bool same;

    row += call->first;
    while (i < mb_result_columns(page) && strcmp(mb_result_name(page, i), column) != 0)
        i++;
    if (i == mb_result_columns(page))
        return false;
    if (!text || mb_result_null(page, row, i))
        return !text && mb_result_null(page, row, i);
    if (has_text(text, mb_result_value(page, row, i), mb_result_length(page, row, i)))
        return true;
    was = mb_lua_new_buf(L);
    push_value(L, page, row, i, call->columns); /* -- was value */
    same = read_value(L, was, oid, column) && has_text(text, mb_buf_str(was), was->len);
    lua_pop(L, 1);
    mb_lua_free_buf(L, was);
    return same;
}

/* Sets the column whose name is below the top to the value on top. */
static void set_value(lua_State *L, const page_call *call, size_t row, mb_buf *text)
{
    mb_changed_column facts = {0};
    const char *column;
    bool set;

    if (lua_type(L, -2) != LUA_TSTRING)
        mb_lua_fail(L, MB_ERR_USAGE, "the keys of the table that \"each\" returns must be column "
                                     "names, not %s",
                    luaL_typename(L, -2));
    column = lua_tostring(L, -2);
    if (!mb_changes_column(&facts, call->changes, column, mb_lua_scratch(L)))
        mb_lua_raise(L, mb_lua_scratch(L));
    set = read_value(L, text, facts.type, column);
    if (!facts.key && !facts.generated)
        mb_changes_put(call->changes, row, column, set ? mb_buf_str(text) : NULL, text->len);
    else if (!is_same(L, call, row, column, facts.type, set ? text : NULL))
        facts.key ? fail_key(L, column) : fail_generated(L, column);
}

/* Sets columns to NULL that a row which was read has as nil, as db:insert does. */
static void set_absent(lua_State *L, const page_call *call, size_t row, int changes, mb_buf *text)
{
    int columns = changes + 1;

    if (!mb_lua_push_row_columns(L, changes))
        return;
    for (lua_pushnil(L); lua_next(L, columns); lua_settop(L, columns + 1)) {
        lua_pushvalue(L, -2);
        if (lua_rawget(L, changes) != LUA_TNIL)
            continue;
        lua_copy(L, -1, -2); /* -- … column nil */
        lua_pop(L, 1);
        set_value(L, call, row, text);
    }
}

static void read_changes(lua_State *L, const page_call *call, size_t row, mb_buf *text)
{
    int changes = lua_gettop(L);

    if (lua_isnil(L, changes))
        return;
    if (!lua_istable(L, changes))
        mb_lua_fail(L, MB_ERR_USAGE, "\"each\" must return a table of columns or nothing, not %s",
                    luaL_typename(L, changes));
    for (lua_pushnil(L); lua_next(L, changes); lua_settop(L, changes + 1))
        set_value(L, call, row, text);
    set_absent(L, call, row, changes, text);
}

static void check_transaction(lua_State *L)
{
    const mb_db *db = mb_lua_check_db(L, DB);
    mb_error *err = mb_lua_scratch(L);

    if (mb_conn_tx(db->conn) == MB_TX_OPEN)
        return;
    mb_lua_fail_ignored(db, err);
    mb_lua_raise(L, err);
}

static int each_row(lua_State *L)
{
    page_call *call = lua_touserdata(L, CALL);
    mb_buf *text = mb_lua_new_buf(L); /* -- … text */
    int top;

    call->columns = mb_lua_push_columns(L, DB, call->page); /* -- … columns */
    push_names(L, call->page);                                               /* -- … names class */
    top = lua_gettop(L);
    for (size_t i = 0; i < call->n; i++) {
        call->row = call->first + i;
        lua_pushvalue(L, FUNCTION);
        mb_lua_push_row(L, call->page, call->row, 1, call->columns, top - 1);
        lua_pushvalue(L, DB);
        lua_pushvalue(L, CTX);
        lua_call(L, 3, 2);
        mb_function_check_refusal(L);
        lua_pop(L, 1);
        read_changes(L, call, i, text);
        lua_settop(L, top);
    }
    call->row = NO_ROW;
    check_transaction(L);
    return 0;
}

/* ---- batch ---- */

/* Pushes the value of the key, or an array of the values of its columns. */
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
    lua_call(L, 4, 2);
    mb_function_check_refusal(L);
    lua_pop(L, 1);
    if (lua_isinteger(L, -1) && lua_tointeger(L, -1) >= 0)
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

/* ---- the functions that the core calls ---- */

/* The functions of the declaration are above its table in the stack, in this order. */
enum { EACH = 1, BATCH, PAUSE };

/* Nothing here allocates in Lua: mb_backfill_declaration_bind has reserved the stack. */
static bool enter(const mb_backfill_callbacks *h, lua_CFunction fn, int function, page_call *call,
                  mb_error *err)
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
    db->inside++;
    ok = mb_lua_call(L, 4, 0, err);
    db->inside--;
    mb_rows_lose(db, db->depth);
    db->depth--;
    db->failed[0] = '\0';
    return ok;
}

/* Adds the key of the row for which `each` failed; returns false. */
static bool add_row_context(const page_call *call, mb_error *err)
{
    char context[sizeof err->context];

    if (call->row == NO_ROW || err->code == MB_ERR_INTERRUPTED)
        return false;
    strcpy(context, err->context);
    mb_format_into(err->context, sizeof err->context, "the row with the key %s%s%s",
                   mb_result_value(call->page, call->row, 0), *context ? "\n" : "", context);
    return false;
}

static bool on_each(void *self, const mb_result *page, size_t first, size_t n, mb_changes *changes,
                    mb_error *err)
{
    page_call call = {.page = page, .first = first, .n = n, .row = NO_ROW, .changes = changes};

    return enter(self, each_row, EACH, &call, err) || add_row_context(&call, err);
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

void mb_backfill_declaration_bind(mb_backfill_callbacks *callbacks, lua_State *L, int table, int db,
                         mb_backfill *b)
{
    static const char *const names[] = {"each", "batch", "pause"};

    lua_pushvalue(L, table);
    *callbacks = (mb_backfill_callbacks){.L = L, .table = lua_gettop(L), .db = db};
    luaL_checkstack(L, 16, "a backfill");
    for (int i = 0; i < 3; i++)
        lua_getfield(L, table, names[i]);
    mb_call_scope_push_ctx(L);
    callbacks->ctx = lua_gettop(L);
    b->script = (mb_backfill_script){
        .self = callbacks,
        .each = lua_isnil(L, callbacks->table + EACH) ? NULL : on_each,
        .batch = lua_isnil(L, callbacks->table + BATCH) ? NULL : on_batch,
        .pause = lua_isnil(L, callbacks->table + PAUSE) ? NULL : on_pause,
    };
}
