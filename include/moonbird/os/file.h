/* file.h -- files and folders: reading, writing, listing. */
#ifndef MOONBIRD_OS_FILE_H
#define MOONBIRD_OS_FILE_H

#include "moonbird/base/buf.h"
#include "moonbird/os/path.h"

/* Appends the whole file to *out.  MB_ERR_FILE, with the path. */
MB_MUST_CHECK bool mb_file_read(mb_buf *out, const char *path, mb_error *err);

/* Appends its first `most` bytes, or all when there are fewer. */
MB_MUST_CHECK bool mb_file_read_head(mb_buf *out, const char *path, size_t most, mb_error *err);

/*
 * Writes a new file.  When it exists: MB_ERR_FILE, or with `replace` it is replaced atomically
 * (rename).  At any moment the file is complete or absent.  Links are not
 * followed: with `replace` a link at `path` is replaced.
 */
MB_MUST_CHECK bool mb_file_write(const char *path, const char *data, size_t len, bool replace,
                                 mb_error *err);

/* Makes a folder and the folders above it, with mode 0777 less the umask. */
MB_MUST_CHECK bool mb_folder_make(const char *path, mb_error *err);

/* Removes a folder with everything in it.  Links are not followed; an absent folder is fine. */
MB_MUST_CHECK bool mb_folder_remove(const char *path, mb_error *err);

/* A list of strings, which it owns.  { 0 } is empty. */
typedef struct mb_names {
    char **items;
    size_t n;
} mb_names;

/*
 * The names of the files, and of the folders, in a folder, without hidden ones, in bytewise order.
 * Each was checked with mb_file_check.  The caller frees both lists; after false they are empty.
 */
MB_MUST_CHECK bool mb_folder_read(mb_names *files, mb_names *folders, const char *path,
                                  mb_error *err);
MB_MUST_CHECK bool mb_folder_list(mb_names *files, const char *path, mb_error *err);

/* The names of all entries, unchecked: also of dangling links and pipes. */
MB_MUST_CHECK bool mb_folder_names(mb_names *out, const char *path, mb_error *err);

void mb_names_add(mb_names *names, char *name); /* takes over `name`; adds it at the end */
void mb_names_free(mb_names *names);

/* Compares two `char *` bytewise, for qsort. */
int mb_compare_text(const void *a, const void *b);

/*
 * Is the file, after all links and "..", inside the folder `root`?  MB_ERR_FILE: no, or it does not
 * exist.
 */
MB_MUST_CHECK bool mb_path_inside(const char *root, const char *path, mb_error *err);

/* mb_path_inside for a folder, which may also be `root` itself. */
MB_MUST_CHECK bool mb_path_within(const char *root, const char *path, mb_error *err);

/* mb_path_inside for a file that will be written: it need not exist, and its folder is made. */
MB_MUST_CHECK bool mb_path_make_inside(const char *root, const char *path, mb_error *err);

/*
 * The path of a file inside `root`, relative to it, without "." and "..", whichever way `path`
 * names it. Links that need not be resolved stay in it, since they can differ between two copies of
 * a project. The caller frees it.
 */
char *mb_path_in_root(const char *root, const char *path);

/* SHA-256 of the file's bytes in hex, MB_HASH_HEX bytes.  The file is read block by block. */
MB_MUST_CHECK bool mb_file_sum(char *hex, const char *path, mb_error *err);

#endif
