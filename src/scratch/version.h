/*
 * version.h -- what is applied in a trial's database: how far the auto stream is, and which
 * manual migrations, told from the files alone.
 */
#ifndef MOONBIRD_MIGRATE_VERSION_H
#define MOONBIRD_MIGRATE_VERSION_H

#include "moonbird/project/settings.h"
#include "moonbird/run/run.h"

/* The first `autos` items of the auto stream, then those of the manual one, in that order. */
typedef struct mb_version {
    size_t autos;
    const mb_item **manual; /* borrowed from the status */
    size_t n;
} mb_version;

/* All of it borrowed; in the status everything is pending. */
typedef struct mb_version_source {
    const mb_status *status;
    const mb_settings *settings;
    const mb_host *host;
} mb_version_source;

/* An item's place among those of the auto stream that run; of any other, how many those are. */
size_t mb_autos_before(const mb_status *status, const mb_item *item);

/* The n-th of them, from 1; NULL for none. */
const mb_item *mb_auto_at(const mb_status *status, size_t n);

/* Before `subject` (NULL: all of auto), or with the auto stream up to and with `at`; *out is to be freed. */
MB_MUST_CHECK bool mb_version_find(mb_version *out, const mb_version_source *from,
                                   const mb_item *subject, const char *at, mb_error *err);

/* Add what the item requires of the manual stream, and what that requires, in an order that works. */
MB_MUST_CHECK bool mb_version_require(mb_version *v, const mb_version_source *from,
                                      const mb_item *item, mb_error *err);

bool mb_version_is(const mb_version *a, const mb_version *b); /* the same? */
void mb_version_free(mb_version *v);

#endif
