/*
 * ctx_conn.h -- ctx.conn in before_connect hooks.
 */
#ifndef MOONBIRD_BINDING_SCRIPT_CTX_CONN_H
#define MOONBIRD_BINDING_SCRIPT_CTX_CONN_H

#include "binding/binding.h"

/*
 * Gives the ctx on top of the stack the field "conn".  The passwords of the connection string, and
 * of each string or table that a script assigns to the field, are secrets from then on.
 */
void mb_ctx_conn_add(lua_State *L, const char *conninfo);

#endif
