/*
 * binding.h -- private header of the layer that knows both lua.h and moonbird.
 *
 * It includes the header of each folder, from the lowest to the highest.
 *
 * A function that scripts call has three parts.  It checks: it reads every argument, and may raise.
 * It calls one function of the core, which never raises and does not know Lua.  It pushes the
 * result, and may raise.  A resource that the core returns is put into a userdata before anything
 * can raise, so a raise leaks nothing.
 *
 * In the comments of these headers, "pushes" means that the value is on top of the stack
 * afterwards, and a function that does not say so leaves the stack as it was.  "Raises" means a Lua
 * error, which carries an mb_error.  A function that returns bool and takes an mb_error does not
 * raise.  An `index` may be negative only where the function does not push before it uses it; pass
 * absolute ones.  Every function can raise when the script's memory limit is reached, unless it
 * says that it does not allocate.
 */
#ifndef MOONBIRD_BINDING_BINDING_H
#define MOONBIRD_BINDING_BINDING_H

#include "binding/engine/engine.h"
#include "binding/value/value.h"
#include "binding/db/db.h"
#include "binding/library/library.h"
#include "binding/script/script.h"

int mb_open_schema_methods(lua_State *L); /* scratch/schema_methods.c: makes a class, returns 0 */
int mb_open_core(
    lua_State *L); /* command/core.c: pushes the command line's own module, returns 1 */

#endif
