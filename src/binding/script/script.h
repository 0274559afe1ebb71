/* script.h -- scripts as the core runs them. */
#ifndef MOONBIRD_BINDING_SCRIPT_SCRIPT_H
#define MOONBIRD_BINDING_SCRIPT_SCRIPT_H

#include "binding/engine/engine.h"

#include "moonbird/project/host.h"

/* Fills in the functions with which the core loads and calls scripts; `env` is borrowed. */
void mb_lua_host(mb_host *out, const mb_script_env *env);

/* May a script with these directives run?  Called after the file was loaded, and before it runs. */
typedef struct mb_script_check {
    void *self;
    bool (*directives)(void *self, const char *path, const mb_directives *d, mb_error *err);
} mb_script_check;

/*
 * `moonbird run FILE.lua`: runs a function(db, ctx), or the table of a migration, in a transaction
 * unless the file declares otherwise.  It records nothing in the history.  `check` may be NULL.
 */
MB_MUST_CHECK bool mb_lua_run_file(const mb_script_env *env, const char *path, mb_conn *conn,
                                   const mb_call *call, const mb_script_check *check,
                                   mb_error *err);

#endif
