/*
 * foreign_tables.h -- the tables that a database has before moonbird's first migration.
 *
 * mb_history_foreign asks for them; a reload under the run lock asks in a separate message.
 */
#ifndef MOONBIRD_HISTORY_FOREIGN_TABLES_H
#define MOONBIRD_HISTORY_FOREIGN_TABLES_H

#include "moonbird/history/history.h"

/* The query, as a template with one result; the caller frees it. */
char *mb_foreign_sql(const mb_history *history);

/* Sets history->foreign to the result of the query. */
void mb_foreign_read(mb_history *history, const mb_result *res);

#endif
