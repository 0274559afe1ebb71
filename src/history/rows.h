/* rows.h -- the columns of the table `migrations`, and how a row of them is read. */
#ifndef MOONBIRD_HISTORY_ROWS_H
#define MOONBIRD_HISTORY_ROWS_H

#include "moonbird/history/history.h"

/* The query for all rows of such tables: a template with one result. */
const char *mb_rows_sql(const mb_history *history, mb_detail detail);

/*
 * Append the rows of a result of that query. The first row with a value that moonbird never writes
 * is described in history->bad_row.
 */
void mb_rows_read(mb_history *history, const mb_result *res);

#endif
