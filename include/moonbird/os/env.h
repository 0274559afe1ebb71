/* env.h -- a project's .env file, as variables of this process. */
#ifndef MOONBIRD_OS_ENV_H
#define MOONBIRD_OS_ENV_H

#include "moonbird/base/error.h"

/*
 * Sets the variables of the file that the environment does not have yet, as dotenv and docker
 * compose do it.  An absent file is fine.
 *
 * Lines are `NAME=VALUE`, `NAME: VALUE` or `export NAME=VALUE`.  A name consists of letters,
 * digits, "_", "." and "-"; if two lines have the same name, the last one counts.  Blank lines and
 * lines that begin with # are skipped, other lines are skipped with a note.  A value is bare (up to
 * a # after white space, or the end of the line), '...' or `...` taken literally, or "..." with the
 * escapes \n, \r, \t, \" and \\; quoted values may span lines.  Variables in values are not
 * expanded.
 *
 * MB_ERR_FILE, with the line, and no variable is set: an open quote, text after a quote, a NUL
 * byte; and, in a variable of ours (DATABASE_*, PG*, MOONBIRD_*), ${...} or a # inside a bare
 * value, which other programs read differently.
 */
MB_MUST_CHECK bool mb_env_read(const char *path, mb_error *err);

/* Was the variable set by mb_env_read? */
bool mb_env_is_from_file(const char *name);

#endif
