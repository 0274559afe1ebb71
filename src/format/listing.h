/* listing.h -- the files of a folder of migrations: their names, texts and places. */
#ifndef MOONBIRD_FORMAT_LISTING_H
#define MOONBIRD_FORMAT_LISTING_H

#include "moonbird/format/format.h"

#include "moonbird/base/buf.h"

/* Sets the place of an error in a file of the folder; returns false. */
bool mb_fail_in(mb_error *err, const mb_listing *l, const char *file, int line);

/* The index of the folder's first file whose name is not before `name` in the order of strcmp. */
size_t mb_listed_from(const mb_listing *l, const char *name);

/* Appends the text of a file of the folder.  MB_ERR_FILE. */
MB_MUST_CHECK bool mb_listed_read(mb_buf *out, const mb_listing *l, const char *file,
                                  mb_error *err);

/*
 * Adds the paths of the folder's files and of those in its subfolders, except repeatable/ and the
 * other folder of migrations.  The caller frees *out, also after false (MB_ERR_FILE).
 */
MB_MUST_CHECK bool mb_listed_below(mb_names *out, const mb_listing *l, mb_error *err);

/* Adds the paths of the files in a subfolder and below it.  The same holds for *out. */
MB_MUST_CHECK bool mb_listed_in(mb_names *out, const mb_listing *l, const char *folder,
                                mb_error *err);

#endif
