/* classify.h -- the kind of a statement, by its first words. */
#ifndef MOONBIRD_SQL_CLASSIFY_H
#define MOONBIRD_SQL_CLASSIFY_H

#include "moonbird/sql/statement.h"

/*
 * The kind of a statement.  *concurrently: see mb_stmt.  COPY ... FROM STDIN is MB_STMT_OTHER here:
 * the splitter finds it.
 */
mb_stmt_kind mb_classify(const char *sql, size_t len, bool *concurrently);

/*
 * Is it a SET, RESET or SELECT set_config() of standard_conforming_strings?  *on is the new value;
 * `initial` is the value that DEFAULT and RESET mean.
 */
bool mb_sets_standard_strings(const char *sql, size_t len, bool initial, bool *on);

#endif
