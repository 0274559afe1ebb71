/* form.h -- whether the history's tables are what moonbird made, and whose they are. */
#ifndef MOONBIRD_MIGRATE_LEDGER_FORM_H
#define MOONBIRD_MIGRATE_LEDGER_FORM_H

#include "moonbird/history/history.h"

/* All that tables.c makes, as an array's elements. */
#define MB_HISTORY_TABLES "migrations, events, steps, backfills, chunks, rejects"

/*
 * Statements that belong before those that read `tables` ("$S.migrations, ..."), in the same
 * transaction: nobody changes the tables until its end, and where they are not as moonbird makes
 * them the transaction fails, before anything of theirs is run (mb_form_is_refused).  A template
 * of mb_history_sql, with three results, for the simple protocol; the caller frees it.  They set
 * search_path for the transaction.
 */
char *mb_form_guard(int version, const char *tables);
bool mb_form_is_refused(const mb_error *err);

/* Are they what that version makes?  The error says what differs; a query of the catalog alone. */
MB_MUST_CHECK bool mb_form_check(mb_store in, int version, mb_error *err);

/* The version of which the tables are, by their form alone; 0 for none. */
MB_MUST_CHECK bool mb_form_version(int *version, mb_store in, mb_error *err);

#endif
