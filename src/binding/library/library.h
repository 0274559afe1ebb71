/*
 * library.h -- functions of `moonbird` that are in separate files.
 *
 * Each is a lua_CFunction: its arguments and results are in the comment above its definition, and
 * it raises for a wrong argument.
 */
#ifndef MOONBIRD_BINDING_LIBRARY_LIBRARY_H
#define MOONBIRD_BINDING_LIBRARY_LIBRARY_H

#include "binding/engine/engine.h"

int mb_lua_csv(lua_State *L);
int mb_lua_hmac(lua_State *L);
int mb_lua_encrypt(lua_State *L);
int mb_lua_decrypt(lua_State *L);
int mb_lua_progress(lua_State *L);
int mb_lua_confirm(lua_State *L);
int mb_lua_sleep(lua_State *L);

/* These raise unless moonbird.lua grants the calling file "exec", or "fs" for the other three. */
int mb_lua_exec(lua_State *L);
/* The same without a grant, for a program that the configuration names.  A C function for Lua. */
int mb_lua_run_program(lua_State *L);
int mb_lua_write(lua_State *L);
int mb_lua_list(lua_State *L);
int mb_lua_remove(lua_State *L);

/*
 * The reason of a moonbird.irreversible, borrowed from it; "" for the function itself, which was not
 * called with a reason; NULL for another value.
 */
const char *mb_lua_to_irreversible(lua_State *L, int index);

/* Openers: each makes the classes or the table of one file, and returns 0. */
int mb_open_csv(lua_State *L);
int mb_open_interaction(lua_State *L);
int mb_open_grant(lua_State *L);
int mb_open_moonbird(lua_State *L);

#endif
