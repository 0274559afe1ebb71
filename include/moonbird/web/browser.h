/* browser.h -- opens the studio's address in the user's browser. */
#ifndef MOONBIRD_WEB_BROWSER_H
#define MOONBIRD_WEB_BROWSER_H

#include "moonbird/base/error.h"

/*
 * Starts xdg-open and does not wait for it. The address does not go into its arguments, where other
 * users could read the token: xdg-open gets a file of this user that leads there, `folder`/studio.html.
 * `folder` is one of moonbird's own, in the project at `root`. MB_ERR_FILE: the file cannot be
 * written. MB_ERR_FAILED: there is no desktop.
 */
MB_MUST_CHECK bool mb_browser_open(const char *root, const char *folder, const char *address,
                                   mb_error *err);

void mb_browser_forget(const char *folder); /* removes that file */

#endif
