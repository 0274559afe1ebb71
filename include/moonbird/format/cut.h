/* cut.h -- the bytes of a section that is a part of a file. */
#ifndef MOONBIRD_FORMAT_CUT_H
#define MOONBIRD_FORMAT_CUT_H

#include "moonbird/base/buf.h"
#include "moonbird/sql/script.h"

/* Appends the section's text, at most its first `most` bytes.  MB_ERR_FILE, with the path. */
MB_MUST_CHECK bool mb_cut_read(mb_buf *out, const char *path, const mb_cut *cut, size_t most,
                               mb_error *err);

/* SHA-256 of the section's bytes in the file, MB_HASH_HEX bytes.  MB_ERR_FILE, with the path. */
MB_MUST_CHECK bool mb_cut_sum(char *hex, const char *path, const mb_cut *cut, mb_error *err);

/* Do both select the same part of the same text? */
bool mb_cut_same(const mb_cut *a, const mb_cut *b);

#endif
