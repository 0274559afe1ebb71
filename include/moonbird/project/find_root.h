/* find_root.h -- the project that contains the working folder. */
#ifndef MOONBIRD_PROJECT_FIND_ROOT_H
#define MOONBIRD_PROJECT_FIND_ROOT_H

#include "moonbird/base/error.h"

typedef struct mb_root {
    char *path;  /* the project's folder; NULL: the working folder, or there is none */
    char *below; /* the working folder, relative to that one: "src/deep" */
} mb_root;

/*
 * Find the project that contains the working folder: the nearest folder above it with a
 * configuration, else the nearest one in whose folder of migrations it is.  The search ends with
 * the home folder or the root of the file system.  A working folder that has a configuration
 * itself, or folders of migrations while nothing above it has a configuration, is the project.
 *
 * MB_ERR_USAGE: another user could have put scripts there, which would run as this one.  The caller
 * frees *out with mb_root_free.
 */
MB_MUST_CHECK bool mb_project_find_root(mb_root *out, mb_error *err);
void mb_root_free(mb_root *root);

#endif
