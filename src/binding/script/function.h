/*
 * function.h -- scripts that return a function(db, ctx): hooks and checks.
 *
 * Each script has a separate state, and stays loaded in it.
 */
#ifndef MOONBIRD_BINDING_SCRIPT_FUNCTION_H
#define MOONBIRD_BINDING_SCRIPT_FUNCTION_H

#include "binding/binding.h"

/*
 * Loads the file `path`, relative to the project, into a new state, which the caller closes with
 * mb_lua_close.  false also when the file does not return a function (MB_ERR_FILE).
 */
MB_MUST_CHECK bool mb_function_load(mb_lua **out, const mb_script_env *env, const char *path,
                                    mb_error *err);

/* In the state of such a script: pushes the function. */
void mb_function_push(lua_State *L);

/*
 * The two values on top are the verdict and the reason that a function returned: a hook, a check,
 * up, down or verify of a migration. Raises the reason, or that `who` returned false, when the first
 * one is false, or nil with a reason.
 */
void mb_function_check_verdict(lua_State *L, const char *who);

/*
 * The same for a function whose result is not a verdict: a step, a row or a batch. Raises
 * only a reason, a string, after false or nil.
 */
void mb_function_check_refusal(lua_State *L);

/*
 * scratch/schema_methods.c: adds ctx.project to the ctx on top: the methods of a command's ctx.project that
 * work with schemas.
 */
void mb_schema_methods_add(lua_State *L);

/*
 * Calls the function with db (nil when `conn` is NULL) and ctx, and checks the verdict that it
 * returns.  false: an error that it raises gets a code with exit status 1, except an interrupt.
 */
MB_MUST_CHECK bool mb_function_call(mb_lua *lua, mb_conn *conn, const mb_call *call,
                                    mb_error *err);

#endif
