/*
 * hook_files.h -- scripts/hooks: EVENT.lua, then EVENT/NAME.lua in the order of names.
 */
#ifndef MOONBIRD_BINDING_SCRIPT_HOOK_FILES_H
#define MOONBIRD_BINDING_SCRIPT_HOOK_FILES_H

#include "binding/binding.h"

#include "moonbird/project/hook_events.h"

typedef struct mb_hook_scripts mb_hook_scripts; /* the hooks of one project */

/* Makes an object for the hooks, without reading any file; `env` is borrowed until it is closed. */
void mb_hook_scripts_open(mb_hook_scripts **out, const mb_script_env *env);
void mb_hook_scripts_close(mb_hook_scripts *hook_scripts); /* NULL is allowed */

/* Fills in the functions with which the core calls the hooks; `hook_scripts` is borrowed. */
void mb_hook_scripts_hooks(mb_hooks *out, mb_hook_scripts *hook_scripts);

/* Calls a hook, whose function mb_function_push pushes in this state. */
typedef bool (*mb_hook_function)(mb_lua *lua, void *arg, mb_error *err);

/* Loads the hooks of one event, and calls fn for each in order until it returns false. */
MB_MUST_CHECK bool mb_hook_scripts_each(mb_hook_scripts *hook_scripts, mb_hook_event event,
                                        mb_hook_function fn, void *arg, mb_error *err);

/*
 * Runs the after_generate hooks on the text of a migration and on that of its rollback.  Each script
 * can change them in ctx.generated; what the last one left replaces *up and *down, whose old texts
 * are freed.
 */
MB_MUST_CHECK bool mb_hook_scripts_generated(mb_hook_scripts *hook_scripts, char **up, char **down,
                                             mb_error *err);

/*
 * Runs the before_connect hooks, unless one of them runs already and connects itself.  ctx.conn has
 * the connection string; a script may replace it by another string, or by a table of parameters
 * that are added to it.  The result replaces *conninfo, whose old text is freed.
 */
MB_MUST_CHECK bool mb_hook_scripts_connect(mb_hook_scripts *hook_scripts, char **conninfo,
                                           const mb_call *call, mb_error *err);

#endif
