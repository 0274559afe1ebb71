/*
 * function.h -- a script that returns function(db, ctx): hooks and checks.
 *
 * Each has a state of its own, in which it stays loaded.
 */
#ifndef MOONBIRD_BINDING_FUNCTION_H
#define MOONBIRD_BINDING_FUNCTION_H

#include "binding/binding.h"

/* Load the file `path`, below the project's folder; MB_ERR_FILE when it is no such script. */
MB_MUST_CHECK bool mb_function_load(mb_lua **out, const mb_script_env *env, const char *path,
                                    mb_error *err);

/* Inside its state: push the function. */
void mb_function_push(lua_State *L);

/*
 * Call it.  `judges`: false and a reason, returned, are an error too.  Whatever it
 * raises ends a run with 1, but for an interrupt.
 */
MB_MUST_CHECK bool mb_function_call(mb_lua *lua, mb_conn *conn, const mb_call *call, bool judges,
                                    mb_error *err);

#endif
