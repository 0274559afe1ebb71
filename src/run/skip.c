/* skip.c -- skipped migrations, and the migrations that depend on them. */
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
        *waits = requires(source->directives, other->file);
        return true;
    }
    if (!mb_source_directives(&own, run->settings, run->host, other->file, err))
        return false;
    *waits = requires(&own, source->file);
    mb_directives_free(&own);
    return true;
}

/* Is it the second half of a redo, and the first half was skipped? */
static bool is_other_half(const mb_source *source, size_t at, const mb_step_result *results)
{
    return source->reinsert_row && at > 0 && results[at - 1].skipped;
}

bool mb_skip_reason(char **why, const mb_run *run, const mb_source *sources, size_t at,
                    const mb_step_result *results, mb_error *err)
{
    const mb_source *source = &sources[at];
    bool waits;

    *why = NULL;
    if (is_other_half(source, at, results))
        *why = mb_strdup(results[at - 1].skipped);
    for (size_t i = 0; !*why && i < at; i++) {
        if (!results[i].skipped)
            continue;
        if (!depends_on(&waits, run, source, &sources[i], err))
            return false;
        if (waits)
            *why = mb_format(source->direction == MB_UP ? "it requires %s, which was skipped"
                                                        : "%s requires it, and was skipped",
                             sources[i].file->name);
    }
    return true;
}

bool mb_skip_dependents(const mb_run *run, const mb_source *sources, size_t at,
                        mb_step_result *results, mb_error *err)
{
    char *why;
    bool ok;

    if (!mb_skip_reason(&why, run, sources, at, results, err))
        return false;
    if (!why)
        return true;
    if (is_other_half(&sources[at], at, results)) { /* recorded already */
        results[at].skipped = why;
        return true;
    }
    ok = mb_skip_record(run, &sources[at], why, &results[at], err);
    free(why);
    return ok;
}
