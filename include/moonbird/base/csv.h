/*
 * csv.h -- records of a CSV file (RFC 4180), one at a time.
 *
 * Quotes, newlines in quotes, CR LF, LF or CR, a BOM at the start.  UTF-16, NUL bytes and what is
 * not UTF-8 are refused.  Memory holds one record, of 64 MiB at most: a quote that is never closed
 * ends there.
 */
#ifndef MOONBIRD_CSV_H
#define MOONBIRD_CSV_H

#include "moonbird/base/error.h"

typedef struct mb_csv mb_csv;

typedef struct mb_csv_field {
    const char *text; /* NUL-terminated; borrowed until the next record */
    size_t len;
    bool quoted;
} mb_csv_field;

MB_MUST_CHECK bool mb_csv_open(mb_csv **out, const char *path, char delimiter, mb_error *err);
void mb_csv_close(mb_csv *csv); /* NULL is fine */

/* *n is 0 at the end; an empty line is one empty field.  Errors have file and line. */
MB_MUST_CHECK bool mb_csv_next(mb_csv *csv, const mb_csv_field **fields, size_t *n, mb_error *err);

int mb_csv_line(const mb_csv *csv); /* where the last record began, from 1 */

#endif
