/* probe.h -- does a file or folder exist, and may it be used? */
#ifndef MOONBIRD_OS_PROBE_H
#define MOONBIRD_OS_PROBE_H

#include "moonbird/base/error.h"

/*
 * Is there a file (a folder) at `path`?  For a link, its target counts.
 *
 * A path is absent only when its folder does not list the name.  A path that exists and cannot be
 * used is an error (MB_ERR_FILE, with the path): a link that leads nowhere, a folder in place of a
 * file, a pipe, a folder on the way that may not be entered.  An absent path is an error too when
 * it exists with other capitals, also those of a folder on the way: some file systems would open
 * it, and this one does not.
 */
MB_MUST_CHECK bool mb_file_find(bool *found, const char *path, mb_error *err);
MB_MUST_CHECK bool mb_folder_find(bool *found, const char *path, mb_error *err);

/* mb_file_find for a path that may be a file or a folder, or absent. */
MB_MUST_CHECK bool mb_file_check(const char *path, bool *folder, mb_error *err);

/* Refuses a name that ends in `suffix` with other capitals: to skip the file would hide it. */
MB_MUST_CHECK bool mb_suffix_check(const char *path, const char *suffix, mb_error *err);

/* Does its folder list the name, also for a link that leads nowhere?  For names of new files. */
bool mb_path_taken(const char *path);

/* ---- moonbird's own files ---- */

/*
 * Is the path absent, or a file with one name?  MB_ERR_FILE: it is a link, or somebody else's file.
 */
MB_MUST_CHECK bool mb_file_check_own(const char *path, mb_error *err);

/*
 * Makes a folder for such files in the project at `root`, unless it exists.  It must be a folder,
 * not a link; belong to this user, to root or to the owner of `root`; and not be writable by
 * everybody.
 */
MB_MUST_CHECK bool mb_folder_make_own(const char *path, const char *root, mb_error *err);

/* Refuses a folder in which everybody can replace the files of others. */
MB_MUST_CHECK bool mb_folder_check_closed(const char *path, mb_error *err);

/* ---- without errors ---- */

/*
 * Is it a regular file, a folder, or a link to one?  For a search through several places, where a
 * place that cannot be used is skipped; other callers use mb_file_find.
 */
bool mb_file_exists(const char *path);
bool mb_folder_exists(const char *path);

/* Do both paths lead to the same file or folder, by any links or spelling?  False when one is absent. */
bool mb_path_same(const char *a, const char *b);

#endif
