/* named_hint.h -- hints with a command for one migration. */
#ifndef MOONBIRD_BASE_NAMED_HINT_H
#define MOONBIRD_BASE_NAMED_HINT_H

#include "moonbird/base/error.h"

/*
 * A path or a name as a word of a command for a shell: in quotes, if the shell would read more in
 * it than a name.  The caller frees it.
 */
char *mb_shell_word(const char *name);

/*
 * Sets err->hint, with the name in place of each word NAME; NULL leaves the word, because there are
 * several or none.  Returns false.
 */
bool mb_named_hint(mb_error *err, const char *hint, const char *name);

#endif
