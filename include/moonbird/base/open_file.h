/* open_file.h -- opens a file that is read to its end. */
#ifndef MOONBIRD_BASE_OPEN_FILE_H
#define MOONBIRD_BASE_OPEN_FILE_H

#include "moonbird/base/error.h"

/*
 * Opens a file, a pipe or a terminal.  MB_ERR_FILE, with the path, also for a device, since some
 * have no end: /dev/zero would fill the memory.
 */
MB_MUST_CHECK bool mb_open_to_read(int *fd, const char *path, mb_error *err);

#endif
