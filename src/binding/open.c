/* open.c -- the libraries of a state, and the entry to the command line. */
#include "binding/binding.h"
#include "binding/parse/parse.h"

#include "moonbird/binding/lua.h"

/* The openers make the metatables first, so that each one exists before an object needs it. */
static const lua_CFunction modules[] = {
    mb_open_error, mb_open_handle, mb_open_null, mb_open_typed, mb_open_decimal, mb_open_db,
    mb_open_rows,  mb_open_batch,  mb_open_csv,         mb_open_interaction,
    mb_open_grant, mb_open_moonbird, mb_open_statement, mb_open_schema_methods,
    mb_open_sandbox,
    NULL,
};

static int open_command_line(lua_State *L)
{
    mb_open_core(L);                                /* -- core */
    lua_pushvalue(L, -1);
    lua_newtable(L);
    lua_pushcclosure(L, mb_lua_require_builtin, 2); /* -- core require */
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "require");
    mb_lua_keep_require(L);
    return 0;
}

const mb_openers mb_lua_openers = {.modules = modules, .command_line = open_command_line};

struct command_line {
    int argc;
    char **argv;
    int status;
};

static int run_cli(lua_State *L)
{
    struct command_line *line = lua_touserdata(L, 1);

    mb_lua_push_module(L, "cli"); /* -- cli */
    lua_createtable(L, line->argc, 0); /* -- cli args */
    for (int i = 1; i < line->argc; i++) {
        lua_pushstring(L, line->argv[i]);
        lua_rawseti(L, -2, i);
    }
    lua_call(L, 1, 1); /* -- status */
    line->status = (int)lua_tointeger(L, -1);
    return 0;
}

bool mb_lua_main(int argc, char **argv, int *status, mb_error *err)
{
    static const mb_script_env here = {
        .root = ".", .lib = "scripts/lib", .openers = &mb_lua_openers};
    struct command_line line = {argc, argv, 0};
    mb_lua *lua = NULL;
    bool ok =
        mb_lua_open(&lua, MB_LUA_COMMANDS, &here, err) && mb_lua_enter(lua, run_cli, &line, err);

    mb_lua_close(lua);
    if (ok)
        *status = line.status;
    return ok;
}
