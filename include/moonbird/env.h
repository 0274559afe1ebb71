/* env.h -- a project's .env file, as variables of this process. */
#ifndef MOONBIRD_ENV_H
#define MOONBIRD_ENV_H

#include "moonbird/error.h"

/*
 * Set what the file says and the environment does not have yet.  Lines are
 * `KEY=VALUE` or `export KEY=VALUE`; blank ones and those that begin with # are
 * passed over.  A value is bare (up to white space and #, or the line's end),
 * '...' as it stands, or "..." with \n, \t, \" and \\; quoted ones may span
 * lines.  Nothing is expanded.  An absent file is no error.
 */
MB_MUST_CHECK bool mb_env_read(const char *path, mb_error *err);

#endif
