/* probe.h -- whether a file or folder is there. */
#ifndef MOONBIRD_PROBE_H
#define MOONBIRD_PROBE_H

#include "moonbird/base/error.h"

/*
 * Is there a file (a folder) at `path`?  A link stands for what it leads to.
 *
 * Only a name that its folder does not list is absent.  What is there and cannot be used is an
 * error with its path: a link that leads nowhere, a folder where a file belongs, a pipe, a folder
 * on the way that may not be entered.  So is a name that differs only in capitals, also that of a
 * folder on the way: some file systems would open it, and this one does not.
 */
/*
 * Is the working folder inside a project and none itself?  The path of a folder above it ("..",
 * "../..") that has a configuration where this one has none, or of its parent where this one is the
 * parent's folder of migrations; NULL for neither.  The caller frees it.
 */
char *mb_project_around(void);

MB_MUST_CHECK bool mb_file_find(bool *found, const char *path, mb_error *err);
MB_MUST_CHECK bool mb_folder_find(bool *found, const char *path, mb_error *err);

/*
 * Refuses a name that ends in `suffix` only when capitals are overlooked: to pass it over would
 * hide it.
 */
MB_MUST_CHECK bool mb_suffix_check(const char *path, const char *suffix, mb_error *err);

/* The same for what may be either; an absent one is no error. */
MB_MUST_CHECK bool mb_file_check(const char *path, bool *folder, mb_error *err);

/* Does its folder list the name, whatever it is?  For names of new files. */
bool mb_path_taken(const char *path);

/* A file of moonbird's own making is absent or a file itself: a link is somebody else's. */
MB_MUST_CHECK bool mb_file_check_own(const char *path, mb_error *err);

/*
 * A folder for such files, in the project at `root`, made where it is absent: a folder itself, that
 * belongs to this user, to root or to the owner of `root`, and that not everybody can write to.
 */
MB_MUST_CHECK bool mb_folder_make_own(const char *path, const char *root, mb_error *err);

/* Refuses a folder where everybody can replace everybody's files. */
MB_MUST_CHECK bool mb_folder_check_closed(const char *path, mb_error *err);

/*
 * For a search through several places, where one that cannot be used is passed over: a regular
 * file, a folder, or a link to one.  Everything else asks mb_file_find.
 */
bool mb_file_exists(const char *path);
bool mb_folder_exists(const char *path);

/* Do both paths lead to one folder, by whatever links or spelling? */
bool mb_folder_same(const char *a, const char *b);

#endif
