/* variables.h -- variables of the environment in the text of a migration. */
#ifndef MOONBIRD_FORMAT_SETTINGS_VARIABLES_H
#define MOONBIRD_FORMAT_SETTINGS_VARIABLES_H

#include "moonbird/base/buf.h"

typedef struct mb_variable_error {
    bool replaced; /* a variable was replaced */
    char message[200], hint[200];
} mb_variable_error;

/*
 * Appends the text with $V, ${V}, ${V:-default}, ${V-default} and ${V?message} replaced, as goose
 * does between ENVSUB ON and ENVSUB OFF.  A default has variables, too; "\\$" is "$".  An unset
 * variable is "".  false: the text has another form with "$", a "$$", which goose would change, or
 * an unset variable with "?".
 */
MB_MUST_CHECK bool mb_replace_variables(mb_buf *out, mb_variable_error *why, const char *text,
                                        size_t len);

#endif
