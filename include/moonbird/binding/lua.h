/* lua.h -- the script engine as main sees it. */
#ifndef MOONBIRD_LUA_H
#define MOONBIRD_LUA_H

#include "moonbird/base/error.h"

/* Run the command line; *status is the exit status it asked for. */
MB_MUST_CHECK bool mb_lua_main(int argc, char **argv, int *status, mb_error *err);

#endif
