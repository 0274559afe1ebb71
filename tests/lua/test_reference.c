/*
 * The reference in the program names all existing functions and no others; each function has an
 * example.
 */
#include "binding/binding.h"
#include "binding/script/function.h"

#include "moonbird/os/file.h"
#include "moonbird/os/log.h"
#include "test.h"

#include "moonbird/project/plan.h"
#include "moonbird/project/source.h"

static const mb_script_env world = {
    .root = ".", .lib = "tests/lua/lib", .openers = &mb_lua_openers};
static const mb_plan plan = {0};
static const mb_error failure = {.code = MB_ERR_SQL, .message = "why"};
static const mb_call_batch batch = {.backfill = "name", .chunk = 1, .rows = 1};
static const mb_stmt stmt = {.sql = ""};
static const mb_call_statement statement = {.stmt = &stmt};
static const mb_call_generated generated = {"", ""};
static const char *const names[] = {"name"};
static const mb_source source = {0};
static const mb_call call = {.name = "name",
                             .stream = "auto",
                             .direction = "up",
                             .command = "up",
                             .environment = "test",
                             .database = "name",
                             .attempt = 1,
                             .dry_run = true,
                             .plan = &plan,
                             .error = &failure,
                             .duration_us = 1,
                             .batch = &batch,
                             .statement = &statement,
                             .generated = &generated,
                             .names = names,
                             .n_names = 1,
                             .source = &source};

/* Push the result of a built-in file, called with the values above `base`. */
static void call_builtin(lua_State *L, const char *file, int nresults)
{
    int base = lua_gettop(L);

    if (!mb_lua_load_builtin(L, file))
        luaL_error(L, "there is no %s", file);
    lua_replace(L, base + 1);
    lua_settop(L, base + 1);
    lua_call(L, 0, nresults);
}

static void push_text(lua_State *L, const char *path)
{
    mb_buf *text = mb_lua_new_buf(L);

    if (!mb_file_read(text, path, mb_lua_scratch(L)))
        mb_lua_raise(L, mb_lua_scratch(L));
    lua_pushlstring(L, mb_buf_str(text), text->len);
    lua_remove(L, -2);
}

/* Editors read it as Lua: the text at the top of the stack is that. */
static void check_syntax(lua_State *L)
{
    if (luaL_loadbuffer(L, lua_tostring(L, -1), lua_rawlen(L, -1), "=stubs") != LUA_OK)
        lua_error(L);
    lua_pop(L, 1);
}

/* built_in_text(file) -> its text, for stubs.lua */
static int built_in_text(lua_State *L)
{
    push_text(L, lua_pushfstring(L, "src/lua/%s", luaL_checkstring(L, 1)));
    return 1;
}

static void push_stubs(lua_State *L)
{
    static const luaL_Reg core[] = {{"built_in_text", built_in_text}, {NULL, NULL}};
    int base = lua_gettop(L);

    if (!mb_lua_load_builtin(L, "reference/stubs.lua"))
        luaL_error(L, "there is no reference/stubs.lua");
    luaL_newlib(L, core);
    lua_call(L, 1, 1);
    lua_replace(L, base + 1);
    lua_settop(L, base + 1);
}

static int require_part(lua_State *L)
{
    call_builtin(L, lua_pushfstring(L, "%s.lua", luaL_gsub(L, luaL_checkstring(L, 1), ".", "/")), 1);
    return 1;
}

static int no_place(lua_State *L)
{
    (void)L;
    return 0;
}

/* Push the test library outside a test, for the names of its functions. */
static void push_library(lua_State *L)
{
    static const luaL_Reg stage[] = {{"require", require_part}, {"place", no_place}, {NULL, NULL}};

    push_text(L, "src/lua/test/library.lua");
    if (luaL_loadbuffer(L, lua_tostring(L, -1), lua_rawlen(L, -1), "=library") != LUA_OK)
        lua_error(L);
    luaL_newlib(L, stage);
    lua_call(L, 1, 1);
}

/* seen[to] = the keys of the metatable `class`. */
static void see_class(lua_State *L, const char *to, const char *class)
{
    luaL_getmetatable(L, class);
    lua_setfield(L, -2, to);
}

/* seen.db: its methods and facts, which are upvalues. */
static void see_db(lua_State *L)
{
    lua_newtable(L);
    luaL_getmetatable(L, "moonbird.db");
    lua_getfield(L, -1, "__index"); /* -- seen names mt index */
    for (int i = 1; i <= 2; i++) {
        if (!lua_getupvalue(L, -1, i))
            luaL_error(L, "db has no such names");
        for (lua_pushnil(L); lua_next(L, -2);
             lua_pop(L, 1)) { /* … names mt index from name value */
            lua_pushvalue(L, -2);
            lua_pushboolean(L, 1);
            lua_settable(L, -8);
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 2);
    lua_setfield(L, -2, "db");
}

static int compare_protected(lua_State *L)
{
    mb_call_scope lent;

    push_text(L, "tests/lua/reference.lua");
    if (luaL_loadbuffer(L, lua_tostring(L, -1), lua_rawlen(L, -1), "@tests/lua/reference.lua"))
        lua_error(L);
    call_builtin(L, "reference/parse.lua", 1);
    push_stubs(L);
    check_syntax(L);
    lua_call(L, 1, 1); /* -- compare topics */
    push_library(L);
    lua_remove(L, -2); /* its text */
    lua_newtable(L);   /* -- compare topics library seen */
    see_db(L);
    see_class(L, "batch", "moonbird.batch");
    see_class(L, "progress", "moonbird.progress");
    see_class(L, "project", "moonbird.project");
    see_class(L, "decimal", "moonbird.decimal");
    see_class(L, "rows", "moonbird.rows");
    see_class(L, "csv", "moonbird.csv");
    mb_call_scope_begin(L, &lent, NULL, &call); /* -- … nil ctx */
    mb_schema_methods_add(L);
    lua_setfield(L, -3, "ctx");
    lua_pop(L, 1);
    lua_call(L, 3, 0);
    mb_call_scope_end(&lent, true);
    return 0;
}

static void test_reference__names_what_is_there_with_examples(void **state)
{
    mb_lua *lua = NULL;
    mb_error err = {0};
    bool ok = mb_lua_open(&lua, MB_LUA_COMMANDS, &world, &err) &&
              mb_lua_enter(lua, compare_protected, NULL, &err);

    (void)state;
    if (!ok)
        mb_log_error(MB_LOG_ERROR, &err);
    mb_lua_close(lua);
    assert_true(ok);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference__names_what_is_there_with_examples),
    };

    return cmocka_run_group_tests(tests, NULL, report_case);
}
