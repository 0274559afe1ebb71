/* together.c -- several steps in one transaction: --single-transaction, and redo. */
#include "migrate.h"

#include "moonbird/log.h"
#include "moonbird/mem.h"

#include <stdlib.h>

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
                     mb_error *err)
{
    size_t statement;

    if (!mb_skip_what_waits(run, units, at, out, err) || out[at].skipped)
        return out[at].skipped != NULL;
    run->since = mb_now_us();
    if (!set_savepoint(run, &units[at], err))
        return false;
    return mb_run_body(run, &units[at], &out[at], &statement, err) ||
           (err->code == MB_ERR_SKIPPED && skip_part(run, &units[at], &out[at], err));
}

/* The last one that was done tells of all. */
static bool recover_all(mb_run *run, const mb_unit *units, size_t n, mb_result_of_step *out,
                        mb_error *err)
{
    while (n > 0 && out[n - 1].skipped)
        n--;
    return n > 0 && mb_recover(run, &units[n - 1], &out[n - 1], err);
}

static bool try_once(mb_run *run, const mb_unit *units, size_t n, mb_result_of_step *out,
                     size_t *failed, mb_error *err)
{
    bool ok = mb_tx_begin(run, NULL, err);

    *failed = 0;
    for (size_t i = 0; ok && i < n; i++) {
        *failed = i;
        ok = run_part(run, units, i, out, err);
    }
    ok = ok && mb_tx_commit(run, err);
    if (!ok)
        mb_conn_rollback(run->conn);
    return ok;
}

static bool begin_again(mb_run *run, mb_unit *units, size_t n, mb_result_of_step *out,
                        mb_error *err)
{
    bool ok = true;

    for (size_t i = 0; ok && i < n; i++) {
        free(out[i].skipped);
        out[i] = (mb_result_of_step){0};
        ok = mb_unit_reload(&units[i], run->settings, run->host, err);
    }
    return ok;
}

bool mb_run_together(mb_run *run, mb_unit *units, size_t n, mb_result_of_step *out,
                     size_t *failed, mb_error *err)
{
    bool ok;

    mb_run_look_early(run, &units[0]);
    run->attempt = 1;
    while (!(ok = try_once(run, units, n, out, failed, err)) &&
           mb_run_may_retry(run, &units[*failed], err) && begin_again(run, units, n, out, err))
        ;
    ok = ok || recover_all(run, units, n, out, err);
    mb_hook_tell_waited(run, &units[*failed], ok ? NULL : err);
    if (!ok) {
        for (size_t i = 0; i < *failed; i++)
            mb_hook_tell(run, MB_AFTER_ROLLBACK, &units[i], err);
        return mb_run_failed(run, &units[*failed], err);
    }
    for (size_t i = 0; i < n; i++)
        if (!out[i].skipped)
            mb_hook_tell(run, MB_AFTER_COMMIT, &units[i], NULL);
    return true;
}
