/* file_mark.h -- was a file changed since it was read? */
#ifndef MOONBIRD_OS_FILE_MARK_H
#define MOONBIRD_OS_FILE_MARK_H

#include <stdbool.h>
#include <stdint.h>

/* The file that a path leads to, with its size and its times.  { 0 } is the mark of no file. */
typedef struct mb_file_mark {
    uint64_t device, inode;
    int64_t size;
    int64_t modified_ns, changed_ns; /* the contents; contents, links or mode */
} mb_file_mark;

/*
 * Take the mark before you read the file, so that it shows each later change.  { 0 } if there is no
 * file.
 */
mb_file_mark mb_file_mark_of(const char *path);

/*
 * Are both marks those of one unchanged file?  "No" proves nothing: the file may have been copied
 * or touched.  "Yes" is not a proof: two changes within the file system's clock tick have one mark.
 * So the answer may save a comparison of the contents only where an unnoticed change could do no
 * harm.
 */
bool mb_file_mark_same(const mb_file_mark *a, const mb_file_mark *b);

#endif
