/*
 * csv.h -- records of a CSV file (RFC 4180), one at a time.
 *
 * The reader accepts quoted fields with newlines in them, lines that end in CR LF, LF or CR, and a
 * BOM at the start.  It refuses UTF-16, NUL bytes and bytes that are not UTF-8.  It holds one
 * record in memory and refuses a record of more than 64 MiB, so that a quote that is never closed
 * cannot take all memory.
 */
#ifndef MOONBIRD_BASE_CSV_H
#define MOONBIRD_BASE_CSV_H

#include "moonbird/base/buf.h"
#include "moonbird/base/error.h"

typedef struct mb_csv mb_csv;

typedef struct mb_csv_field {
    const char *text; /* NUL-terminated; borrowed until the next record */
    size_t len;
    bool quoted; /* the field was written in quotes, so an empty one is not NULL */
} mb_csv_field;

/*
 * Opens the file and checks its beginning.  The caller closes *out with mb_csv_close.  false
 * (MB_ERR_FILE): the file cannot be opened or read, or is UTF-16; *out is not set.
 */
MB_MUST_CHECK bool mb_csv_open(mb_csv **out, const char *path, char delimiter, mb_error *err);
void mb_csv_close(mb_csv *csv); /* frees the reader; NULL is allowed */

/*
 * Reads the next record into *fields, which has *n elements and is borrowed until the next call.
 * At the end of the file *n is 0; an empty line is a record of one empty field.  false
 * (MB_ERR_FILE, with file and line): the record is malformed or the file cannot be read.
 */
MB_MUST_CHECK bool mb_csv_next(mb_csv *csv, const mb_csv_field **fields, size_t *n, mb_error *err);

/*
 * Puts the text of the last record as the file has it, without its line ending, into *text, and
 * moves past the record.  mb_csv_next may have failed for it: after a wrong quote, the record ends
 * with its line.  false: its end is not known, as after a quote that is never closed, and *err keeps
 * the error of mb_csv_next; or the file cannot be read.
 */
MB_MUST_CHECK bool mb_csv_reject(mb_csv *csv, mb_buf *text, mb_error *err);

int mb_csv_line(const mb_csv *csv); /* the line where the last record began, from 1 */

#endif
