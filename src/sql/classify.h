/* classify.h -- what a statement is, by its first words. */
#ifndef MOONBIRD_SQL_CLASSIFY_H
#define MOONBIRD_SQL_CLASSIFY_H

#include "moonbird/sql/script.h"

/* COPY ... FROM STDIN is the splitter's to see: here it is MB_STMT_OTHER. */
mb_stmt_kind mb_classify(const char *sql, size_t len, bool *concurrently);

/* Is it SET, RESET or a SELECT set_config() of standard_conforming_strings?  `initial` is what DEFAULT means. */
bool mb_sets_standard_strings(const char *sql, size_t len, bool initial, bool *on);

#endif
