/*
 * place.h -- where in a script an error happened.
 *
 * All but mb_lua_read_earlier_place look at the stack of the error, so they are for a message
 * handler or for the function that raises.
 */
#ifndef MOONBIRD_BINDING_PLACE_H
#define MOONBIRD_BINDING_PLACE_H

#include "moonbird/base/error.h"

#include <lua.h>
#include <stdbool.h>

/* The innermost script that runs, in ar->source and ar->currentline; false: there is none. */
bool mb_lua_find_script(lua_State *L, lua_Debug *ar);

/* Moves the place, with which luaL_where begins a message, into the fields of the error. */
void mb_lua_read_place(lua_State *L, mb_error *err);

/* The same for a message, FILE.lua:N: TEXT, of a call that has ended. */
void mb_lua_read_earlier_place(mb_error *err);

/* Sets the file, and perhaps the line, of the innermost script, unless the error has a place. */
void mb_lua_add_place(lua_State *L, mb_error *err, bool with_line);

/*
 * Appends the frames of scripts to the server's context.  A single frame that equals the place of
 * the error is left out, since it adds nothing.
 */
void mb_lua_add_traceback(lua_State *L, mb_error *err);

#endif
