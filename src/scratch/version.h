/*
 * version.h -- the version of a scratch database: how far the auto stream is applied, and which
 * manual migrations are.  The files alone decide it.
 */
#ifndef MOONBIRD_SCRATCH_VERSION_H
#define MOONBIRD_SCRATCH_VERSION_H

#include "moonbird/project/settings.h"
#include "moonbird/run/run.h"

/*
 * The first `autos` items of the auto stream are applied, and the items in `manual`, in this order.
 */
typedef struct mb_version {
    size_t autos;
    const mb_item **manual; /* the array is owned; the items are borrowed from the status */
    size_t n;
} mb_version;

/* Everything is borrowed; in the status every migration is pending. */
typedef struct mb_version_source {
    const mb_status *status;
    const mb_settings *settings;
    const mb_host *host;
} mb_version_source;

/*
 * How many items of the auto stream precede `item`; all of them when it is manual or NULL.  Orphans
 * do not count, since they never run.
 */
size_t mb_autos_before(const mb_status *status, const mb_item *item);

/* The n-th of these items, from 1; NULL when there are fewer. */
const mb_item *mb_auto_at(const mb_status *status, size_t n);

/*
 * The version before `subject` (NULL: with all of the auto stream); with `at`, the auto stream ends
 * with this migration.  The caller frees *out with mb_version_free, also after false: no migration
 * is named `at`, it does not precede the subject, or a file cannot be read.
 */
MB_MUST_CHECK bool mb_version_find(mb_version *out, const mb_version_source *from,
                                   const mb_item *subject, const char *at, mb_error *err);

/*
 * Adds the manual migrations that the item requires, each after its own requirements. false: they
 * require each other in a circle, or a file cannot be read.
 */
MB_MUST_CHECK bool mb_version_require(mb_version *v, const mb_version_source *from,
                                      const mb_item *item, mb_error *err);

bool mb_version_is(const mb_version *a, const mb_version *b); /* true when both are equal */
void mb_version_free(mb_version *v); /* frees what the struct owns, and empties it */

#endif
