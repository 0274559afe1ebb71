/* script.h -- scripts as the core runs them. */
#ifndef MOONBIRD_BINDING_SCRIPT_SCRIPT_H
#define MOONBIRD_BINDING_SCRIPT_SCRIPT_H

#include "binding/engine/engine.h"

#include "moonbird/project/host.h"

/* Fills in the functions with which the core loads and calls scripts; `env` is borrowed. */
void mb_lua_host(mb_host *out, const mb_script_env *env);

/*
 * `moonbird run FILE.lua`: runs a function(db, ctx), or the table of a migration, in a transaction
 * unless the file declares otherwise.  It records nothing in the history.
 */
MB_MUST_CHECK bool mb_lua_run_file(const mb_script_env *env, const char *path, mb_conn *conn,
                                   const mb_call *call, mb_error *err);

#endif
