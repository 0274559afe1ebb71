/* server.c -- the process of the studio, which serves and starts runs; see web/server.h. */
#include "studio.h"

#include "binding/value/field.h"

#include "moonbird/os/interrupt.h"
#include "moonbird/web/browser.h"
#include "moonbird/web/server.h"

#include <stdlib.h>
#include <string.h>

#define STUDIO "moonbird.studio"
#define FOLDER ".moonbird" /* for the page that leads a browser to the studio */

enum { STUDIO_SETTINGS = 1 }; /* the user value that keeps all borrowed texts alive */

typedef struct studio {
    mb_web *web;
    bool opened; /* FOLDER has the page for the browser */
    mb_web_settings settings;
} studio;

static studio *check_studio(lua_State *L)
{
    studio *s = mb_lua_check_class(L, 1, STUDIO);

    luaL_argcheck(L, s->web, 1, "it is closed");
    return s;
}

static int close_studio(lua_State *L)
{
    studio *s = luaL_checkudata(L, 1, STUDIO);

    if (s->web && s->opened)
        mb_browser_forget(FOLDER);
    mb_web_close(s->web);
    s->web = NULL;
    return 0;
}

/* A string that the operating system takes whole: it would end at a NUL. */
static const char *check_word(lua_State *L, int index)
{
    size_t len;
    const char *text = luaL_checklstring(L, index, &len);

    if (strlen(text) != len)
        mb_lua_fail(L, MB_ERR_USAGE, "a word contains a NUL");
    return text;
}

/* The text of a field of the table at `index`, which the table keeps alive; NULL when it is nil. */
static const char *field_text(lua_State *L, int index, const char *key)
{
    const char *text;

    lua_getfield(L, index, key);
    text = lua_isnil(L, -1) ? NULL : check_word(L, -1);
    lua_pop(L, 1);
    return text;
}

/* Pushes a userdata with the strings of the list at `index`, which keeps them alive. */
static const char *const *push_words(lua_State *L, int index)
{
    lua_Integer n = (luaL_checktype(L, index, LUA_TTABLE), luaL_len(L, index));
    const char **words = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *words, 0);

    for (lua_Integer i = 0; i < n; i++) {
        lua_geti(L, index, i + 1);
        words[i] = check_word(L, -1);
        lua_pop(L, 1);
    }
    words[n] = NULL;
    return words;
}

/* Pushes a userdata with the files of the list at `index`: { path, type, text } each. */
static const mb_web_file *push_files(lua_State *L, int index)
{
    lua_Integer n = (luaL_checktype(L, index, LUA_TTABLE), luaL_len(L, index));
    mb_web_file *files = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *files, 0);

    for (lua_Integer i = 0; i < n; i++) {
        int file = lua_gettop(L) + 1;

        lua_geti(L, index, i + 1);
        files[i].path = field_text(L, file, "path");
        files[i].type = field_text(L, file, "type");
        lua_getfield(L, file, "text");
        files[i].data = luaL_checklstring(L, -1, &files[i].len);
        lua_pop(L, 2);
    }
    files[n] = (mb_web_file){0};
    return files;
}

/*
 * open{ database, port, socket, environment, worker = words, files = { { path, type, text } } } -> studio; the
 * first four may be nil.  Children get the database's address in their environment, where other users
 * cannot read it.
 */
int mb_studio_open(lua_State *L)
{
    studio *s;
    mb_error err;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    s = lua_newuserdatauv(L, sizeof *s, STUDIO_SETTINGS);
    *s = (studio){0};
    luaL_setmetatable(L, STUDIO);
    lua_getfield(L, 1, "port");
    s->settings.port = (int)luaL_optinteger(L, -1, 0);
    s->settings.socket = field_text(L, 1, "socket");
    s->settings.environment = field_text(L, 1, "environment");
    if (field_text(L, 1, "database"))
        setenv("DATABASE_URL", field_text(L, 1, "database"), 1);
    lua_getfield(L, 1, "worker");
    s->settings.worker = push_words(L, lua_gettop(L));
    lua_setfield(L, 1, "worker words"); /* keeps the userdata alive */
    lua_getfield(L, 1, "files");
    s->settings.files = push_files(L, lua_gettop(L));
    lua_setfield(L, 1, "file list");
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, 2, STUDIO_SETTINGS);
    if (!mb_web_open(&s->web, &s->settings, &err))
        return mb_lua_raise_plain(L, &err);
    lua_settop(L, 2);
    return 1;
}

/* studio:address() -> the address, with a token that is valid once */
static int studio_address(lua_State *L)
{
    studio *s = check_studio(L);
    mb_buf *text = mb_lua_new_buf(L);
    mb_error err;

    if (!mb_web_address(s->web, text, &err))
        return mb_lua_raise_plain(L, &err);
    lua_pushlstring(L, mb_buf_str(text), text->len);
    return 1;
}

/* studio:open(address): opens it in the user's browser */
static int studio_open(lua_State *L)
{
    studio *s = check_studio(L);
    const char *address = luaL_checkstring(L, 2);
    mb_error err;

    s->opened = true;
    return mb_browser_open(".", FOLDER, address, &err) ? 0 : mb_lua_raise_plain(L, &err);
}

/*
 * studio:wait() -> the number, the name and the body of an order; 0 when a browser needs a new
 * address; nil after a signal
 */
static int studio_wait(lua_State *L)
{
    studio *s = check_studio(L);
    mb_web_order order;
    mb_error err;

    if (!mb_web_wait(s->web, &order, &err)) {
        mb_interrupt_clear();
        mb_lua_stay(L);
        return 0;
    }
    lua_pushinteger(L, order.number);
    if (!order.number) {
        (void)mb_web_wants_address(s->web);
        return 1;
    }
    lua_pushstring(L, order.name);
    mb_lua_push_json(L, order.body, order.len);
    return 3;
}

/* studio:answer(number, status, value): answers an order with the value as JSON */
static int studio_answer(lua_State *L)
{
    studio *s = check_studio(L);
    int number = (int)luaL_checkinteger(L, 2), status = (int)luaL_checkinteger(L, 3);
    mb_buf *text = (luaL_checkany(L, 4), mb_lua_new_buf(L));

    mb_lua_add_json(L, text, 4, "studio:answer");
    mb_web_answer(s->web, number, status, mb_buf_str(text), text->len);
    mb_buf_free(text);
    return 0;
}

/* studio:run{ argv, command, environment, confirmed } -> its number; the last two may be nil */
static int studio_run(lua_State *L)
{
    studio *s = check_studio(L);
    mb_run_order order;
    mb_error err;
    int number = 0;

    luaL_checktype(L, 2, LUA_TTABLE);
    lua_getfield(L, 2, "argv");
    order.argv = push_words(L, lua_gettop(L));
    order.command = (luaL_argcheck(L, field_text(L, 2, "command"), 2, "it has no command"),
                     field_text(L, 2, "command"));
    order.environment = field_text(L, 2, "environment");
    order.confirmed = field_text(L, 2, "confirmed");
    if (!mb_web_run(s->web, &order, &number, &err))
        return mb_lua_raise_plain(L, &err);
    lua_pushinteger(L, number);
    return 1;
}

/* studio:cancel(number) -> was it under way? */
static int studio_cancel(lua_State *L)
{
    studio *s = check_studio(L);

    lua_pushboolean(L, mb_web_cancel_run(s->web, (int)luaL_checkinteger(L, 2)));
    return 1;
}

/* studio:runs() -> how many runs are under way */
static int studio_runs(lua_State *L)
{
    lua_pushinteger(L, mb_web_runs(check_studio(L)->web));
    return 1;
}

void mb_open_studio_server(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"address", studio_address}, {"open", studio_open},     {"wait", studio_wait},     
        {"answer", studio_answer},        {"run", studio_run},         {"cancel", studio_cancel}, {"runs", studio_runs},
        {"__gc", close_studio},      {"__close", close_studio}, {NULL, NULL},
    };

    mb_lua_new_class(L, STUDIO, methods);
}
