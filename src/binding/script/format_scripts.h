/*
 * format_scripts.h -- the scripts in scripts/formats, which describe formats of the folder of
 * migrations.
 *
 * Each script returns { recognise = function(folder), list = function(folder) }.  It is loaded when
 * it is first asked, into a state of its own.
 */
#ifndef MOONBIRD_BINDING_SCRIPT_FORMAT_SCRIPTS_H
#define MOONBIRD_BINDING_SCRIPT_FORMAT_SCRIPTS_H

#include "binding/engine/engine.h"

#include "moonbird/format/script_format.h"

typedef struct mb_format_scripts mb_format_scripts;

/*
 * Makes the formats of the scripts with these names; takes over `names`, borrows `env`.  *out has
 * to be closed, also after false (MB_ERR_FILE).
 */
MB_MUST_CHECK bool mb_format_scripts_open(mb_format_scripts **out, const mb_script_env *env,
                                          mb_names *names, mb_error *err);
void mb_format_scripts_close(mb_format_scripts *scripts); /* NULL is allowed */

/* Borrowed until mb_format_scripts_close. */
const mb_script_formats *mb_format_scripts_formats(const mb_format_scripts *scripts);

#endif
