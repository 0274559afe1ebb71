/* check_tables.h -- whether the history's tables have the definitions that moonbird gave them. */
#ifndef MOONBIRD_HISTORY_FORM_H
#define MOONBIRD_HISTORY_FORM_H

#include "moonbird/history/history.h"

/* All tables that table_layouts.c makes, as the elements of an array. */
#define MB_HISTORY_TABLES "migrations, events, steps, backfills, chunks, rejects"

/*
 * Privileges with which a role can add a trigger or another object that runs code when another role
 * writes to the table.
 */
#define MB_CODE_PRIVILEGES "TRIGGER, REFERENCES"

/*
 * Statements that must precede those that read `tables` ("$S.migrations, ..."), in the same
 * transaction. They lock the tables against changes until its end, and make the transaction fail
 * where a definition differs (mb_tables_are_refused), before any code of the tables' owner can run.
 * The result is a template for mb_history_sql, with three results, for the simple protocol; the
 * caller frees it. It sets search_path for the transaction.
 */
char *mb_tables_guard(mb_layout layout, const char *tables);

/*
 * The guard of `tables`, where another role owns the history that was seen; else "". It is in the
 * message that reads them, so that the owner cannot change anything in between.
 */
char *mb_tables_guard_for(const mb_history *seen, const char *tables);

/*
 * For a transaction that makes tables: default privileges can give another role one of
 * MB_CODE_PRIVILEGES on them. The guard is cheap, and makes the transaction fail
 * (mb_tables_are_refused) if there are default privileges on tables at all. The query returns a
 * description of the privileges that they gave, or NULL, and then the tables' owner as an
 * identifier. Both are templates without `;` that need MB_HISTORY_SEARCH_PATH.
 */
extern const char mb_tables_privileges_guard[], mb_tables_privileges[];
/* Did a guard raise this error? */
bool mb_tables_are_refused(const mb_error *err);

/*
 * Fail with MB_ERR_POLICY, saying what differs, unless the tables are those of `layout`. Reads the
 * catalog only.
 */
MB_MUST_CHECK bool mb_tables_check(mb_store in, mb_layout layout, mb_error *err);

/*
 * Set *out to the newest layout whose definitions the tables have; version 0 if they match none.
 */
MB_MUST_CHECK bool mb_tables_layout(mb_layout *out, mb_store in, mb_error *err);

#endif
