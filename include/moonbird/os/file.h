/* file.h -- files and folders: reading, writing, listing. */
#ifndef MOONBIRD_FILE_H
#define MOONBIRD_FILE_H

#include "moonbird/base/buf.h"
#include "moonbird/os/path.h"

/* Append the whole file to *out. */
MB_MUST_CHECK bool mb_file_read(mb_buf *out, const char *path, mb_error *err);

/* Append its first `most` bytes, or fewer. */
MB_MUST_CHECK bool mb_file_read_head(mb_buf *out, const char *path, size_t most, mb_error *err);

/*
 * Write a new file; an existing one is an error unless `replace`, which is atomic (rename).
 * What cannot be written whole is not there.  No link is followed: one at `path` is replaced.
 */
MB_MUST_CHECK bool mb_file_write(const char *path, const char *data, size_t len, bool replace,
                                 mb_error *err);

/* mkdir -p with mode 0777 less the umask. */
MB_MUST_CHECK bool mb_folder_make(const char *path, mb_error *err);

typedef struct mb_names {
    char **items; /* sorted bytewise */
    size_t n;
} mb_names;

/* The names of the files and of the folders in a folder, without hidden ones, each as by mb_file_check. */
MB_MUST_CHECK bool mb_folder_read(mb_names *files, mb_names *folders, const char *path,
                                  mb_error *err);
MB_MUST_CHECK bool mb_folder_list(mb_names *files, const char *path, mb_error *err);
void mb_names_add(mb_names *names, char *name); /* takes the name; the order is the caller's */
void mb_names_free(mb_names *names);

int mb_compare_text(const void *a, const void *b); /* of two `char *`, bytewise; for qsort */

/* Is the file, behind all links and .., in the folder `root`?  MB_ERR_FILE when it is not, or not there. */
MB_MUST_CHECK bool mb_path_inside(const char *root, const char *path, mb_error *err);

/* The same for a folder, which may be `root` itself. */
MB_MUST_CHECK bool mb_path_within(const char *root, const char *path, mb_error *err);

/* The same for a file to be written: it may be absent, and its folder is made. */
MB_MUST_CHECK bool mb_path_make_inside(const char *root, const char *path, mb_error *err);

/* The SHA-256 of a file's bytes, in hex (65 bytes with the NUL); read block by block. */
MB_MUST_CHECK bool mb_file_sum(char *hex, const char *path, mb_error *err);

#endif
