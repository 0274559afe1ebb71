/* single_transaction.c -- several steps in one transaction: --single-transaction, and redo. */
#include "moonbird/project/reporter.h"
#include "moonbird/base/sqlstate.h"
#include "moonbird/project/source.h"
#include "moonbird/run/run.h"

#include "moonbird/base/buf.h"
#include "moonbird/os/clock.h"
#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- the BEGIN ---- */

static bool refuse_modes(const mb_source *source, const char *modes, const mb_source *first,
                         const char *others, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "the transaction modes differ: \"%s\" here, \"%s\" in"
                                " %s", modes, others,
            first->path);
    mb_fail_at(err, source->path, source->opening_line, 0);
    return mb_fail_hint(err, "One transaction has one isolation level. Make the files agree, or "
                             "run them without --single-transaction.");
}

bool mb_single_transaction_begin(char **out, const mb_source *sources, size_t n, mb_error *err)
{
    const mb_source *first = NULL;
    bool ok = true;

    *out = NULL;
    for (size_t i = 0; ok && i < n; i++) {
        const char *modes = sources[i].modes ? sources[i].modes : "";

        if (*modes && !first)
            first = &sources[i];
        else if (*modes && strcmp(modes, first->modes) != 0)
            ok = refuse_modes(&sources[i], modes, first, first->modes, err);
    }
    *out = ok ? mb_format("BEGIN %s", first ? first->modes : "") : NULL;
    return ok;
}

/* ---- the steps ---- */

/*
 * A savepoint for a step that can be skipped: by a hook, or by its script. The second half of a redo
 * returns to that of the first.
 */
static const char *savepoint_for(const mb_run *run, const mb_single_transaction *all, size_t at)
{
    const mb_source *source = &all->sources[at], *next = source + 1;
    bool redo = at + 1 < all->n && next->reinsert_row;

    if (source->reinsert_row)
        return NULL;
    return source->lua || (redo && next->lua) || mb_hook_is_there(run, MB_BEFORE_EACH)
               ? "SAVEPOINT moonbird_each"
               : NULL;
}

/* Undo the skipped step, and only that. */
static bool skip_part(const mb_run *run, const mb_source *source, mb_step_result *out,
                      mb_error *err)
{
    char *why = mb_strdup(err->message);
    bool ok = mb_conn_exec(NULL, run->conn, "ROLLBACK TO SAVEPOINT moonbird_each", err) &&
              mb_skip_record(run, source, why, out, err);

    free(why);
    if (ok && source->reinsert_row)
        out[-1].skipped = mb_strdup(out->skipped);
    return ok;
}

static bool run_part(mb_run *run, mb_single_transaction *all, size_t at, mb_error *err)
{
    const mb_source *source = &all->sources[at];
    mb_step_result *out = &all->out[at];

    all->failed = at;
    all->statement = 0;
    if (!mb_skip_dependents(run, all->sources, at, all->out, err) || out->skipped)
        return out->skipped != NULL;
    run->since = mb_now_us();
    return mb_run_body(run, source, savepoint_for(run, all, at), out, &all->statement, err) ||
           (err->code == MB_ERR_SKIPPED && skip_part(run, source, out, err));
}

/* The last step that was not skipped decides whether the transaction committed. */
static bool recover_all(mb_run *run, mb_single_transaction *all, mb_error *err)
{
    size_t n = all->n;

    while (n > 0 && all->out[n - 1].skipped)
        n--;
    if (n == 0 || !mb_recover(run, &all->sources[n - 1], &all->out[n - 1], err))
        return false;
    all->failed = n - 1;
    return !all->out[n - 1].owned_by_other;
}

static bool try_once(mb_run *run, mb_single_transaction *all, mb_error *err)
{
    char *begin = NULL;
    bool ok = mb_single_transaction_begin(&begin, all->sources, all->n, err) &&
              mb_tx_begin(run, begin, err);

    free(begin);
    all->failed = all->statement = 0;
    for (size_t i = 0; ok && i < all->n; i++)
        ok = run_part(run, all, i, err);
    ok = ok && mb_tx_commit(run, err);
    if (!ok)
        mb_conn_rollback(run->conn);
    return ok;
}

static bool begin_again(mb_run *run, const mb_single_transaction *all, mb_error *err)
{
    bool ok = mb_tx_clean_session(run, err);

    for (size_t i = 0; ok && i < all->n; i++) {
        free(all->out[i].skipped);
        memset(&all->out[i], 0, sizeof all->out[i]);
        ok = mb_source_reload(&all->sources[i], run->settings, run->host, err);
    }
    return ok;
}

static bool refuse_owned_by_other(mb_run *run, const mb_source *source, mb_step_result *out,
                                  mb_error *err)
{
    if (mb_recover_owned_by_other(run, source, out, err)) {
        mb_fail(err, MB_ERR_FAILED, "%s was applied by another moonbird process",
                source->file->name);
        mb_fail_hint(err, "Everything was rolled back. Run the command again for the rest.");
    }
    return mb_run_refused(run, source, err);
}

/*
 * Would the step run in its own transaction? 55006: deferred triggers of the other half block it
 * until COMMIT.
 */
static bool needs_own_transaction(const mb_source *source, size_t at, const mb_error *err)
{
    return mb_error_is(err, MB_SQLSTATE_OBJECT_IN_USE) || mb_run_wants_segments(source, at, err);
}

static bool begin_apart(mb_run *run, const mb_single_transaction *all, mb_error *err)
{
    mb_report_note(run->reporter, "%s: %s; down and up run in separate transactions",
                   all->sources[all->failed].path, err->message);
    return begin_again(run, all, err);
}

/* Report the error of the last try. */
static bool report_failed(mb_run *run, mb_single_transaction *all, mb_error *err)
{
    const mb_source *source = &all->sources[all->failed];

    for (size_t i = 0; i < all->failed; i++)
        mb_hook_notify(run, MB_AFTER_ROLLBACK, &all->sources[i], err);
    return all->out[all->failed].owned_by_other
               ? refuse_owned_by_other(run, source, &all->out[all->failed], err)
               : mb_run_failed(run, source, err);
}

/*
 * Run all steps until a try succeeds or no retry is left. *err is the last failure, even if a later
 * try succeeded.
 */
static bool run_tries(mb_run *run, mb_single_transaction *all, mb_error *err)
{
    bool ok, split = false;

    mb_run_observe_early(run, &all->sources[0]);
    run->attempt = 1;
    run->single_transaction = true;
    while (!(ok = try_once(run, all, err)) &&
           !(split = all->may_split &&
                     needs_own_transaction(&all->sources[all->failed], all->statement, err)) &&
           mb_run_may_retry(run, &all->sources[all->failed], err) && begin_again(run, all, err))
        ;
    run->single_transaction = false;
    if (split && begin_apart(run, all, err)) {
        all->apart = true;
        return false;
    }
    ok = ok || recover_all(run, all, err);
    all->out[all->failed].left.unknown = run->committing;
    mb_hook_notify_waited(run, &all->sources[all->failed], ok ? NULL : err);
    if (!ok)
        return report_failed(run, all, err);
    for (size_t i = 0; i < all->n; i++)
        if (!all->out[i].skipped)
            mb_hook_notify(run, MB_AFTER_COMMIT, &all->sources[i], NULL);
    return true;
}

bool mb_run_single_transaction(mb_run *run, mb_single_transaction *all, mb_error *err)
{
    mb_error why;
    bool ok = run_tries(run, all, &why);

    if (!ok)
        *err = why;
    return ok;
}
