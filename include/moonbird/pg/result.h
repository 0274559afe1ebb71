/*
 * result.h -- the rows of an answer.
 *
 * A cell that the answer does not have reads as NULL, and the next statement of any session fails
 * (MB_ERR_FAILED), so that nothing is committed that was made from half an answer.  A caller that
 * reads and sends nothing afterwards calls mb_result_expect first.
 */
#ifndef MOONBIRD_PG_RESULT_H
#define MOONBIRD_PG_RESULT_H

#include "moonbird/base/error.h"

#include <stdint.h>

typedef struct mb_result mb_result; /* the caller that got it as an output frees it */

/* Has the answer so many rows and columns?  MB_ERR_FAILED: no. */
MB_MUST_CHECK bool mb_result_expect(const mb_result *res, size_t rows, size_t columns,
                                    mb_error *err);

/* Was a cell read that is not there?  True once, with the error. */
bool mb_result_missed(mb_error *err);

/* The error "the server answered HOW" (MB_ERR_FAILED).  Returns false. */
bool mb_result_refuse(mb_error *err, const char *how);

/* The number of rows, and of columns. */
size_t mb_result_rows(const mb_result *res);
size_t mb_result_columns(const mb_result *res);
/* A column's name (borrowed) and type (pg_type.oid); "" and 0 when there is no such column. */
const char *mb_result_name(const mb_result *res, size_t column);
uint32_t mb_result_type(const mb_result *res, size_t column);

/*
 * Cells; rows and columns count from 0.  Values are in text format, borrowed until mb_result_free.
 */
bool mb_result_null(const mb_result *res, size_t row, size_t column);
/* The value, and its length in *length, at once: for loops over many cells.  NULL for NULL. */
const char *mb_result_cell(const mb_result *res, size_t row, size_t column, size_t *length);
const char *mb_result_value(const mb_result *res, size_t row, size_t column); /* "" for NULL */
/* A copy of the value, which the caller frees; NULL for NULL. */
char *mb_result_copy(const mb_result *res, size_t row, size_t column);
size_t mb_result_length(const mb_result *res, size_t row, size_t column);     /* in bytes */
int64_t mb_result_int(const mb_result *res, size_t row, size_t column);       /* 0 for NULL */
bool mb_result_bool(const mb_result *res, size_t row, size_t column);         /* false for NULL */

/* The row count of the command tag; 0 for a command without one. */
int64_t mb_result_affected(const mb_result *res);

void mb_result_free(mb_result *res); /* NULL is fine */

#endif
