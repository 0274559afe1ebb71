/* skip.c -- skipped migrations, and those that depend on them. */
#include "moonbird/project/source.h"
#include "moonbird/run/run.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

bool mb_skip_record(const mb_run *run, const mb_source *source, const char *why,
                    mb_step_result *out, mb_error *err)
{
    char *kept = mb_strdup(why); /* `why` may point into *err */

    if (!mb_history_event(&run->by, mb_key_of(source->file), "skip", "done", kept, err)) {
        free(kept);
        return false;
    }
    out->skipped = kept;
    return true;
}

static bool requires(const mb_directives *directives, const mb_migration *m)
{
    for (size_t i = 0; i < directives->n_requires; i++)
        if (mb_is_named(directives->requires[i], m->stream, m->name))
            return true;
    return false;
}

/*
 * Does `source` depend on the skipped `other`? Going up, if it requires it; going down, if it is
 * required by it.
 */
static bool depends_on(bool *waits, const mb_run *run, const mb_source *source,
                       const mb_source *other, mb_error *err)
{
    mb_directives own;

    *waits = false;
    if (source->direction != other->direction)
        return true;
    if (source->direction == MB_UP) {
        *waits = requires(&source->directives, other->file);
        return true;
    }
    if (!mb_source_directives(&own, run->settings, run->host, other->file, err))
        return false;
    *waits = requires(&own, source->file);
    mb_directives_free(&own);
    return true;
}

bool mb_skip_dependents(const mb_run *run, const mb_source *sources, size_t at,
                        mb_step_result *results, mb_error *err)
{
    const mb_source *source = &sources[at];

    for (size_t i = 0; i < at; i++) {
        bool waits, ok;
        char *why;

        if (!results[i].skipped)
            continue;
        if (source->reinsert_row && i + 1 == at) { /* the other half of a redo: reported already */
            results[at].skipped = mb_strdup(results[i].skipped);
            return true;
        }
        if (!depends_on(&waits, run, source, &sources[i], err))
            return false;
        if (!waits)
            continue;
        why = mb_format(source->direction == MB_UP ? "it requires %s, which was skipped"
                                                   : "%s requires it, and was skipped",
                        sources[i].file->name);
        ok = mb_skip_record(run, source, why, &results[at], err);
        free(why);
        return ok;
    }
    return true;
}
