/*
 * hook_files.h -- scripts/hooks: EVENT.lua, then EVENT/NAME.lua in the order of names.
 */
#ifndef MOONBIRD_BINDING_HOOK_FILES_H
#define MOONBIRD_BINDING_HOOK_FILES_H

#include "binding/binding.h"

#include "moonbird/project/hook.h"

typedef struct mb_scripted mb_scripted; /* the hooks of one project */

/* `env` is borrowed; nothing is read yet. */
void mb_scripted_open(mb_scripted **out, const mb_script_env *env);
void mb_scripted_close(mb_scripted *scripted); /* NULL is fine */

/* As the core knows them; borrows `scripted`. */
void mb_scripted_hooks(mb_hooks *out, mb_scripted *scripted);

/*
 * Run before_connect: each script may set ctx.conn, in which it finds the
 * connection string: another string, or a table of parameters to add to it.
 * The last word is *conninfo, whose old text is freed.
 */
MB_MUST_CHECK bool mb_scripted_connect(mb_scripted *scripted, char **conninfo, const mb_call *call,
                                       mb_error *err);

#endif
