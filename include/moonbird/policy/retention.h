/* retention.h -- which backups are kept: "7d, 4w" is one a day for 7 days, one a week for 4 weeks. */
#ifndef MOONBIRD_POLICY_RETENTION_H
#define MOONBIRD_POLICY_RETENTION_H

#include "moonbird/base/error.h"

#include <stdint.h>

typedef struct mb_retention {
    int days, weeks;
} mb_retention;

/*
 * Reads "7d", "4w", or both with a comma.  MB_ERR_USAGE: an item is neither, or the rule keeps
 * nothing.
 */
MB_MUST_CHECK bool mb_retention_read(mb_retention *out, const char *text, mb_error *err);

/*
 * Sets kept[i] for the moments that are kept, of `n` in seconds since 1970, the newest first: the
 * newest of each of the last `days` days that have one, and of each of the last `weeks` weeks that
 * have one.  Days and weeks are in UTC; a week begins on Monday.
 */
void mb_retention_choose(bool *kept, const int64_t *moments, size_t n, const mb_retention *keep);

#endif
