/* path.h -- paths as strings: nothing here looks at the disk. */
#ifndef MOONBIRD_OS_PATH_H
#define MOONBIRD_OS_PATH_H

#include <stdbool.h>

/* `dir`/`name`; `name` alone when it is absolute or `dir` is ".".  The caller frees it. */
char *mb_path_join(const char *dir, const char *name);

/*
 * A path without its last part: "." when it has no "/", "/" for a file in the root.  The caller
 * frees it.
 */
char *mb_path_dir(const char *path);

/*
 * Convert a path relative to `folder` to one relative to the root, below which `folder` is
 * ("src/deep"); and the reverse.  Absolute paths stay as they are.  The caller frees the result.
 */
char *mb_path_from_below(const char *folder, const char *path);
char *mb_path_to_below(const char *folder, const char *path);

/* The last part of a path, "" after a trailing "/".  Points into `path`. */
const char *mb_path_base(const char *path);

/* Does the path end in `ending`, in upper or lower case, with at least one character before it? */
bool mb_path_ends(const char *path, const char *ending);

#endif
