/* single_transaction.c -- several steps in one transaction: --single-transaction, and redo. */
#include "moonbird/project/reporter.h"
#include "moonbird/project/source.h"
#include "moonbird/run/run.h"

#include "moonbird/base/buf.h"
#include "moonbird/os/log.h"
#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- the BEGIN ---- */

static bool refuse_modes(const mb_unit *unit, const char *modes, const mb_unit *first,
                         const char *others, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "this transaction is \"%s\", but that of %s is \"%s\"", modes,
            first->path, others);
    mb_fail_at(err, unit->path, unit->opening_line, 0);
    return mb_fail_hint(err, "One transaction has one isolation level. Make the files agree, or "
                             "run them without --single-transaction.");
}

bool mb_together_begin(char **out, const mb_unit *units, size_t n, mb_error *err)
{
    const mb_unit *first = NULL;
    bool ok = true;

    *out = NULL;
    for (size_t i = 0; ok && i < n; i++) {
        const char *modes = units[i].modes ? units[i].modes : "";

        if (*modes && !first)
            first = &units[i];
        else if (*modes && strcmp(modes, first->modes) != 0)
            ok = refuse_modes(&units[i], modes, first, first->modes, err);
    }
    *out = ok ? mb_format("BEGIN %s", first ? first->modes : "") : NULL;
    return ok;
}

/* ---- one after the other ---- */

static bool set_savepoint(const mb_run *run, const mb_unit *unit, mb_error *err)
{
    return unit->fresh || !mb_hook_is_there(run, MB_BEFORE_EACH) ||
           mb_conn_exec(NULL, run->conn, "SAVEPOINT moonbird_each", err);
}

/* Undo what is passed over, and that alone. */
static bool skip_part(const mb_run *run, const mb_unit *unit, mb_result_of_step *out, mb_error *err)
{
    char *why = mb_strdup(err->message);
    bool ok = mb_conn_exec(NULL, run->conn, "ROLLBACK TO SAVEPOINT moonbird_each", err) &&
              mb_skip_record(run, unit, why, out, err);

    free(why);
    if (ok && unit->fresh)
        out[-1].skipped = mb_strdup(out->skipped);
    return ok;
}

static bool run_part(mb_run *run, const mb_unit *units, size_t at, mb_result_of_step *out,
                     size_t *statement, mb_error *err)
{
    *statement = 0;
    if (!mb_skip_what_waits(run, units, at, out, err) || out[at].skipped)
        return out[at].skipped != NULL;
    run->since = mb_now_us();
    if (!set_savepoint(run, &units[at], err))
        return false;
    return mb_run_body(run, &units[at], &out[at], statement, err) ||
           (err->code == MB_ERR_SKIPPED && skip_part(run, &units[at], &out[at], err));
}

/* The last one that was done tells of all. */
static bool recover_all(mb_run *run, const mb_unit *units, size_t n, mb_result_of_step *out,
                        size_t *failed, mb_error *err)
{
    while (n > 0 && out[n - 1].skipped)
        n--;
    if (n == 0 || !mb_recover(run, &units[n - 1], &out[n - 1], err))
        return false;
    *failed = n - 1;
    return !out[n - 1].taken;
}

static bool try_once(mb_run *run, const mb_unit *units, size_t n, mb_result_of_step *out,
                     size_t *failed, size_t *statement, mb_error *err)
{
    char *begin = NULL;
    bool ok = mb_together_begin(&begin, units, n, err) && mb_tx_begin(run, begin, err);

    free(begin);
    *failed = *statement = 0;
    for (size_t i = 0; ok && i < n; i++) {
        *failed = i;
        ok = run_part(run, units, i, out, statement, err);
    }
    ok = ok && mb_tx_commit(run, err);
    if (!ok)
        mb_conn_rollback(run->conn);
    return ok;
}

static bool begin_again(mb_run *run, mb_unit *units, size_t n, mb_result_of_step *out,
                        mb_error *err)
{
    bool ok = mb_tx_clean_session(run, err);

    for (size_t i = 0; ok && i < n; i++) {
        free(out[i].skipped);
        memset(&out[i], 0, sizeof out[i]);
        ok = mb_unit_reload(&units[i], run->settings, run->host, err);
    }
    return ok;
}

static bool refuse_taken(mb_run *run, const mb_unit *unit, mb_result_of_step *out, mb_error *err)
{
    if (mb_recover_taken(run, unit, out, err)) {
        mb_fail(err, MB_ERR_FAILED, "%s was applied by another runner", unit->file->name);
        mb_fail_hint(err, "Everything was rolled back. Run the command again for the rest.");
    }
    return mb_run_refused(run, unit, err);
}

/* Would it run alone?  55006: triggers of the other half, deferred to COMMIT, are in its way. */
static bool needs_own_transaction(const mb_unit *unit, size_t at, const mb_error *err)
{
    return strcmp(err->sqlstate, "55006") == 0 || mb_run_wants_segments(unit, at, err);
}

static bool begin_apart(mb_run *run, mb_unit *units, size_t n, mb_result_of_step *out, size_t failed,
                        mb_error *err)
{
    mb_report_note(run->reporter, "%s: %s; down and up run in separate transactions",
                   units[failed].path,
                err->message);
    return begin_again(run, units, n, out, err);
}

/* *err is the last failure, also of a try that another one has made good. */
static bool run_tries(mb_run *run, mb_unit *units, size_t n, mb_result_of_step *out,
                      size_t *failed, bool *apart, mb_error *err)
{
    bool ok, split = false;
    size_t statement;

    mb_run_look_early(run, &units[0]);
    run->attempt = 1;
    run->together = true;
    while (!(ok = try_once(run, units, n, out, failed, &statement, err)) &&
           !(split = apart && needs_own_transaction(&units[*failed], statement, err)) &&
           mb_run_may_retry(run, &units[*failed], err) && begin_again(run, units, n, out, err))
        ;
    run->together = false;
    if (split && begin_apart(run, units, n, out, *failed, err)) {
        *apart = true;
        return false;
    }
    ok = ok || recover_all(run, units, n, out, failed, err);
    mb_hook_tell_waited(run, &units[*failed], ok ? NULL : err);
    if (!ok) {
        for (size_t i = 0; i < *failed; i++)
            mb_hook_tell(run, MB_AFTER_ROLLBACK, &units[i], err);
        return out[*failed].taken ? refuse_taken(run, &units[*failed], &out[*failed], err)
                                  : mb_run_failed(run, &units[*failed], err);
    }
    for (size_t i = 0; i < n; i++)
        if (!out[i].skipped)
            mb_hook_tell(run, MB_AFTER_COMMIT, &units[i], NULL);
    return true;
}

bool mb_run_together(mb_run *run, mb_unit *units, size_t n, mb_result_of_step *out,
                     size_t *failed, bool *apart, mb_error *err)
{
    mb_error why;
    bool ok = run_tries(run, units, n, out, failed, apart, &why);

    if (!ok)
        *err = why;
    return ok;
}
