/* env.h -- a project's .env file, as variables of this process. */
#ifndef MOONBIRD_ENV_H
#define MOONBIRD_ENV_H

#include "moonbird/base/error.h"

/*
 * Set what the file says and the environment does not have yet, as dotenv and docker compose read
 * it.  Lines are `NAME=VALUE`, `NAME: VALUE` or `export NAME=VALUE`, a name is of letters, digits,
 * "_", "." and "-"; of two lines for one name the last counts.  Blank lines and those that begin
 * with # are passed over, other ones with a note.  A value is bare (up to white space and #, or
 * the line's end), '...' or `...` as it stands, or "..." with \n, \r, \t, \" and \\; quoted ones
 * may span lines.  Nothing is expanded.  In a variable of ours (DATABASE_*, PG*, MOONBIRD_*) ${...}
 * and a # inside a bare value, which others read otherwise, are errors; so are an open quote, text
 * after a quote, and a NUL byte; nothing is set then.
 * An absent file is no error.
 */
MB_MUST_CHECK bool mb_env_read(const char *path, mb_error *err);

/* Was the variable set by such a file? */
bool mb_env_is_from_file(const char *name);

#endif
