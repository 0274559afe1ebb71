/* studio.h -- the studio's server and its workers, for the built-in Lua. */
#ifndef MOONBIRD_BINDING_STUDIO_STUDIO_H
#define MOONBIRD_BINDING_STUDIO_STUDIO_H

#include "binding/binding.h"

/* Pushes the table core.studio: open, next, reply. Returns 1. */
int mb_open_studio(lua_State *L);

/* server.c: the function open of that table, and the opener of the class that it returns. */
int mb_studio_open(lua_State *L);
void mb_open_studio_server(lua_State *L);

int mb_studio_query(lua_State *L); /* query.c: the function query of that table */

/* ctx.project:browse; ends with { NULL, NULL } */
extern const luaL_Reg mb_studio_methods[];

#endif
