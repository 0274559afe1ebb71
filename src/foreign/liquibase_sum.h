/* liquibase_sum.h -- the checksum that Liquibase keeps of a changeset in formatted SQL. */
#ifndef MOONBIRD_FOREIGN_LIQUIBASE_SUM_H
#define MOONBIRD_FOREIGN_LIQUIBASE_SUM_H

#include "moonbird/base/buf.h"
#include "moonbird/sql/script.h"

/*
 * Is it the checksum of the changeset that `cut` selects from the text of its file?  Two versions
 * are known: 8 (Liquibase 3.5 to 4.21) and 9.  true also if that cannot be decided: for another
 * version, for a changeset with parameters `${...}`, whose values are not known here, and for one
 * with --validCheckSum, which Liquibase accepts although it has changed.
 */
bool mb_liquibase_sum_fits(const char *recorded, const mb_buf *text, const mb_cut *cut);

#endif
