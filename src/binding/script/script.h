/* script.h -- scripts as the core runs them. */
#ifndef MOONBIRD_BINDING_SCRIPT_SCRIPT_H
#define MOONBIRD_BINDING_SCRIPT_SCRIPT_H

#include "binding/engine/engine.h"

#include "moonbird/project/host.h"

/* Fills in the functions with which the core loads and calls scripts; `env` is borrowed. */
void mb_lua_host(mb_host *out, const mb_script_env *env);

/* What the caller of a script does, after the file was loaded. */
typedef struct mb_script_caller {
    void *self;
    /* May a script with these directives run? */
    bool (*directives)(void *self, const char *path, const mb_directives *d, mb_error *err);
    /* May it begin?  Then begins its transaction with the statements of `begin`; NULL: it has none. */
    bool (*begin)(void *self, char *(*begin)(const mb_conn *conn), mb_error *err);
    bool (*commit)(void *self, mb_error *err); /* its transaction */
} mb_script_caller;

/*
 * `moonbird run FILE.lua`: runs a function(db, ctx), or the table of a migration, in a transaction
 * unless the file declares otherwise.  `caller` may be NULL: then the history records nothing.
 */
MB_MUST_CHECK bool mb_lua_run_file(const mb_script_env *env, const char *path, mb_conn *conn,
                                   const mb_call *call, const mb_script_caller *caller,
                                   mb_error *err);

#endif
