/* migrate.h -- migrates a scratch database: no policies, no questions, no earlier history. */
#ifndef MOONBIRD_SCRATCH_MIGRATE_H
#define MOONBIRD_SCRATCH_MIGRATE_H

#include "version.h"

#include "moonbird/project/kept_args.h"
#include "moonbird/project/project.h"

/* What mb_migrate_one has done. */
typedef struct mb_migrated {
    bool anything;
    char *skipped; /* why the migration was skipped, owned; NULL: it was not */
} mb_migrated;

/*
 * Applies or rolls back one migration; of the auto stream, `up` also applies those before it. *out
 * may be NULL.
 */
MB_MUST_CHECK bool mb_migrate_one(mb_migrated *out, mb_project *project, mb_request_kind what,
                                  const mb_item *item, mb_given given, mb_error *err);

/* Applies the manual migrations of a version, in its order. */
MB_MUST_CHECK bool mb_migrate_manual(mb_project *project, const mb_version *v, mb_given given,
                                     mb_error *err);

/*
 * Applies the auto stream from the migration after number `done` to number `wanted`.  Manual
 * migrations that one of them requires are applied before it.
 */
MB_MUST_CHECK bool mb_migrate_autos(mb_project *project, const mb_version_source *source,
                                    size_t done, size_t wanted, mb_given given, mb_error *err);

/*
 * Applies these migrations in this order, as a history lists them, each with the values that were
 * given or that the history keeps.  Repeatable migrations come last: they stay applied while what
 * they need is rolled back and applied again.  While it runs, the other auto migrations are
 * recorded as applied; at the end they are pending.
 */
MB_MUST_CHECK bool mb_migrate_applied(mb_project *project, const mb_status *status,
                                      const mb_replay *replay, mb_given given, mb_error *err);

#endif
