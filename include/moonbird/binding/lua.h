/* lua.h -- the only function of the binding that main calls. */
#ifndef MOONBIRD_BINDING_LUA_H
#define MOONBIRD_BINDING_LUA_H

#include "moonbird/base/error.h"

/*
 * Runs the command line.  *status: the exit status that the command asks for.  false: the command
 * line itself failed, and *status is not set.
 */
MB_MUST_CHECK bool mb_lua_main(int argc, char **argv, int *status, mb_error *err);

#endif
