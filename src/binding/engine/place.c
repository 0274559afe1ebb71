/* place.c -- where in a script an error happened. */
#include "place.h"
#include "binding/binding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FRAMES = 8 };

static bool is_script(const lua_Debug *ar)
{
    return ar->source[0] == '@' && ar->currentline > 0 &&
           strncmp(ar->source, MB_BUILTIN, strlen(MB_BUILTIN)) != 0;
}

void mb_lua_read_earlier_place(mb_error *err)
{
    char *file = err->message, *end = strstr(file, ".lua:"), *rest;
    int line;

    if (!end || strcspn(file, " :\"\n") < (size_t)(end + 4 - file))
        return;
    line = (int)strtol(end + 5, &rest, 10);
    if (line <= 0 || strncmp(rest, ": ", 2) != 0)
        return;
    end[4] = '\0';
    mb_fail_at(err, file, line, 0);
    memmove(file, rest + 2, strlen(rest + 2) + 1);
}

void mb_lua_read_place(lua_State *L, mb_error *err)
{
    char where[LUA_IDSIZE + 16];
    lua_Debug ar;

    for (int level = 0; lua_getstack(L, level, &ar); level++) {
        size_t len;

        lua_getinfo(L, "Sl", &ar);
        if (ar.currentline <= 0)
            continue;
        len = (size_t)snprintf(where, sizeof where, "%s:%d: ", ar.short_src, ar.currentline);
        if (strncmp(err->message, where, len) != 0)
            continue;
        memmove(err->message, err->message + len, strlen(err->message + len) + 1);
        if (is_script(&ar))
            mb_fail_at(err, ar.source + 1, ar.currentline, 0);
        return;
    }
    mb_lua_read_earlier_place(err);
}

bool mb_lua_find_script(lua_State *L, lua_Debug *ar)
{
    for (int level = 0; lua_getstack(L, level, ar); level++) {
        lua_getinfo(L, "Sl", ar);
        if (is_script(ar))
            return true;
    }
    return false;
}

void mb_lua_add_place(lua_State *L, mb_error *err, bool with_line)
{
    lua_Debug ar;

    if (mb_lua_find_script(L, &ar))
        mb_fail_at(err, ar.source + 1, with_line ? ar.currentline : 0, 0);
}

static void add_frame(lua_State *L, lua_Debug *ar, mb_buf *out)
{
    lua_getinfo(L, "n", ar);
    mb_buf_printf(out, "%s%s:%d: in ", out->len ? "\n" : "", ar->source + 1, ar->currentline);
    if (*ar->namewhat)
        mb_buf_printf(out, "%s \"%s\"", ar->namewhat, ar->name);
    else
        mb_buf_puts(out, *ar->what == 'm' ? "the file" : "a function");
}

void mb_lua_add_traceback(lua_State *L, mb_error *err)
{
    mb_buf *out = mb_lua_new_buf(L);
    bool news = false;
    lua_Debug ar;
    int frames = 0;

    mb_buf_puts(out, err->context);
    for (int level = 0; lua_getstack(L, level, &ar) && frames < MOST_FRAMES; level++) {
        lua_getinfo(L, "Sl", &ar);
        if (!is_script(&ar))
            continue;
        news = news || frames > 0 || err->line != ar.currentline ||
               strcmp(err->file, ar.source + 1) != 0;
        add_frame(L, &ar, out);
        frames++;
    }
    if (news)
        mb_format_into(err->context, sizeof err->context, "%s", mb_buf_str(out));
    mb_buf_free(out);
    lua_pop(L, 1);
}
