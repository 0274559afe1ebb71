/* query.h -- private header of the folder: how its statements are sent. */
#ifndef MOONBIRD_BACKFILL_RECORDS_QUERY_H
#define MOONBIRD_BACKFILL_RECORDS_QUERY_H

#include "backfill/worker.h"

#include "moonbird/history/history_sql.h"

/*
 * Sends a complete statement; $1 is the backfill's id, and `own` has the parameters from $2 on, at
 * most 9.  `out` may be NULL, else the caller frees *out.
 */
MB_MUST_CHECK bool mb_backfill_send(mb_result **out, mb_worker *worker, const char *text, size_t n,
                                    const mb_param *own, mb_error *err);

/* The same for a template.  It must not contain names of the table: one could look like "$S". */
MB_MUST_CHECK bool mb_backfill_query(mb_result **out, mb_worker *worker, const char *sql, size_t n,
                                     const mb_param *own, mb_error *err);

/* A value of the first row, NULL for NULL: borrowed from the result; and a copy to be freed. */
const char *mb_backfill_value(const mb_result *res, size_t column);
char *mb_backfill_text(const mb_result *res, size_t column);

#endif
