/*
 * backfill.c -- a backfill as its migration runs it: begin or resume, work
 * together with child processes, and decide at the end whether it succeeded.
 */
#include "moonbird/backfill/backfill.h"
#include "moonbird/project/reporter.h"
#include "moonbird/run/run.h"

#include "worker.h"
#include "moonbird/run/durable.h"

#include "moonbird/os/log.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/secret.h"
#include "moonbird/server/child.h"

#include <stdlib.h>
#include <string.h>

/* ---- child processes ---- */

enum { RESTART_US = 1000000, FAILURES_MOST = 3 };

typedef struct hand {
    mb_child *worker; /* NULL: none was started */
    int64_t started;
    int failures;      /* how often it ended with an error status; signals do not count */
    bool given_up;
} hand;

typedef struct mb_crew {
    hand *hands;
    int n;
    char *name;         /* STREAM/MIGRATION/NAME */
    const char **words; /* the command line of each child */
    char **settings;    /* "NAME=VALUE": the texts that `words` borrows */
    char **secrets;     /* environment variables for each child */
} crew;

/* The children get the arguments of --set on their command lines, as this process did. */
static void write_words(crew *c, const mb_run *run)
{
    const char *config = run->settings->config;
    const char *const first[] = {"-q", "backfill", "run", c->name};
    size_t n = sizeof first / sizeof first[0];

    c->words = mb_alloc((n + 2 * run->given.n + 4) * sizeof *c->words);
    c->settings = mb_alloc((run->given.n + 1) * sizeof *c->settings);
    memcpy(c->words, first, sizeof first);
    for (size_t i = 0; i < run->given.n; i++) {
        c->settings[i] = mb_format("%s=%s", run->given.args[i].name, run->given.args[i].value);
        c->words[n++] = "--set";
        c->words[n++] = c->settings[i];
    }
    if (run->settings->yes)
        c->words[n++] = "--yes"; /* the script may connect to further protected databases */
    if (config) {
        c->words[n++] = "-c";
        c->words[n] = config;
    }
}

static bool start(const mb_worker *worker, hand *h, mb_error *err)
{
    mb_child_stop(h->worker);
    h->worker = NULL;
    h->started = mb_now_us();
    return mb_child_start(&h->worker, worker->run->conn, worker->crew->words, worker->crew->secrets,
                          err);
}

/* Restarts a child that was killed, always, and one that failed, FAILURES_MOST times at most. */
static bool look_after(const mb_worker *worker, hand *h, int number, mb_error *err)
{
    int status;

    if (h->given_up || !h->worker || !mb_child_ended(h->worker, &status) || status == 0 ||
        mb_now_us() - h->started < RESTART_US)
        return true;
    h->failures += status > 0;
    h->given_up = h->failures == FAILURES_MOST;
    mb_report_note(worker->run->reporter, "backfill \"%s\": worker %d ended with %s %d%s",
                   worker->b->name, number, status < 0 ? "signal" : "status", abs(status),
                   h->given_up ? "; it is not started again" : "; it is started again");
    return h->given_up || start(worker, h, err);
}

static bool look_after_all(mb_worker *worker, mb_error *err)
{
    bool ok = true;

    for (int i = 0; ok && i < worker->crew->n; i++)
        ok = look_after(worker, &worker->crew->hands[i], i + 2, err);
    return ok;
}

static void dismiss(crew *c)
{
    for (int i = 0; i < c->n; i++)
        mb_child_stop(c->hands[i].worker);
    free(c->hands);
    for (size_t i = 0; c->settings && c->settings[i]; i++)
        free(c->settings[i]);
    free(c->settings);
    free(c->words);
    mb_args_variables_free(c->secrets);
    free(c->name);
}

static bool hire(mb_worker *worker, crew *c, mb_error *err)
{
    bool ok = true;

    c->n = worker->b->workers - 1;
    c->name = mb_format("%s/%s/%s", mb_stream_name(worker->source->file->stream),
                        worker->source->file->name, worker->b->name);
    write_words(c, worker->run);
    c->secrets =
        mb_args_variables(&worker->run->scripts, worker->run->host->info(worker->source->chunk));
    c->hands = mb_alloc((size_t)c->n * sizeof *c->hands);
    worker->crew = c;
    worker->tick = c->n > 0 ? look_after_all : NULL;
    for (int i = 0; ok && i < c->n; i++)
        ok = start(worker, &c->hands[i], err);
    return ok;
}

/* ---- begin or resume ---- */

static bool check_place(const mb_durable *d, const mb_backfill *b, bool declared, mb_error *err)
{
    if (mb_secret_in(b->name, strlen(b->name)) || mb_secret_in(b->table, strlen(b->table))) {
        mb_fail(err, MB_ERR_USAGE, "the name of a backfill or of its table contains a secret");
        return mb_fail_hint(err, "The history would record it. Use another name.");
    }
    if (d->running) {
        mb_fail(err, MB_ERR_USAGE, "backfill \"%s\" is inside step \"%s\"", b->name, d->running);
        return mb_fail_hint(err, "A step is one transaction, but a backfill is many. Run the "
                                 "backfill outside the step.");
    }
    if (b->workers > 1 && !declared) {
        mb_fail(err, MB_ERR_USAGE, "backfill \"%s\" has workers but is not declared", b->name);
        return mb_fail_hint(err, "Its workers need a declaration in the migration's table: "
                                 "backfills = { [\"%s\"] = { ... } }.", b->name);
    }
    return true;
}

static bool refuse_other(const mb_worker *worker, const mb_backfill_row *kept, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "backfill \"%s\" was started on table %s by key %s",
            worker->b->name, kept->table, kept->key);
    if (worker->source->file->stream == MB_MANUAL)
        return mb_fail_hint(err,
                            "Restore the table and the key, or start over: moonbird manual "
                            "apply %s --restart %s.",
                            worker->source->file->name, worker->source->file->name);
    return mb_fail_hint(err,
                        "Restore the table and the key, or start over: moonbird up "
                        "--restart %s.",
                        worker->source->file->name);
}

static bool event(const mb_worker *worker, const char *outcome, const char *why, mb_error *err)
{
    char *detail = mb_format("%s%s%s", worker->b->name, *why ? ": " : "", why);
    bool ok = mb_history_event(&worker->run->by, mb_key_of(worker->source->file), "backfill",
                               outcome, detail, err);

    free(detail);
    return ok;
}

static bool begin(mb_worker *worker, mb_backfill_row *kept, mb_error *err)
{
    bool same, new_chunks = kept->complete && kept->result.remaining > 0;

    if (!mb_target_read(&worker->target, worker->run->conn, worker->b, err))
        return false;
    if (!kept->exists)
        return mb_kept_create(worker, err) && event(worker, "begun", "", err);
    return mb_kept_resume(worker, new_chunks, &same, err) &&
           (same ? event(worker, "resumed", "", err) : refuse_other(worker, kept, err));
}

/* Reads the row, and begins or resumes, in one transaction; a finished backfill is left unchanged. */
static bool open_job(mb_worker *worker, mb_backfill_row *kept, mb_error *err)
{
    if (mb_owner_begin(worker->run, worker->source, NULL, err) && mb_kept_read(kept, worker, err) &&
        (kept->state == MB_PART_DONE || begin(worker, kept, err)) && mb_tx_commit(worker->run, err))
        return true;
    mb_conn_rollback(worker->run->conn);
    return false;
}

/* ---- the end ---- */

/* Counts the rows that still match `where`, without those set aside, which are reported separately. */
static bool count_remaining(int64_t *out, const mb_worker *worker, mb_error *err)
{
    mb_buf sql = {0};
    mb_result *res;
    bool ok;

    *out = 0;
    if (!worker->b->where)
        return true;
    mb_buf_printf(&sql, "SELECT pg_catalog.count(*) FROM %s WHERE (%s\n) AND ",
                  worker->target.relation, worker->b->where);
    mb_add_not_rejected(&sql, worker);
    ok = mb_conn_exec(&res, worker->run->conn, sql.data, err);
    if (ok) {
        *out = mb_result_int(res, 0, 0);
        mb_result_free(res);
    }
    mb_buf_free(&sql);
    return ok;
}

static bool judge(const mb_worker *worker, int64_t open, int64_t remaining, mb_error *why)
{
    if (open > 0) {
        mb_fail(why, MB_ERR_FAILED, "backfill \"%s\" set %lld row%s aside", worker->b->name,
                (long long)open, open == 1 ? "" : "s");
        return mb_fail_hint(why,
                            "moonbird backfill list %s shows them. Fix them and run "
                            "moonbird backfill retry, or leave them with moonbird backfill "
                            "retry --accept. Then run the command again.",
                            worker->b->name);
    }
    if (remaining > 0 && !worker->b->remaining_ok) {
        mb_fail(why, MB_ERR_FAILED,
                "backfill \"%s\" has finished, but %lld row%s still match%s "
                "its condition",
                worker->b->name, (long long)remaining, remaining == 1 ? "" : "s",
                remaining == 1 ? "es" : "");
        return mb_fail_hint(why, "They were written while it ran. Handle new rows with a trigger "
                                 "or a default and run the command again, or set remaining = "
                                 "\"ok\".");
    }
    return true;
}

static bool conclude(mb_worker *worker, mb_backfill_result *out, bool *good, mb_error *why,
                     mb_error *err)
{
    mb_backfill_reached progress;
    int64_t open;

    if (!count_remaining(&out->remaining, worker, err) ||
        !mb_rejects_count(&open, &out->set_aside, worker, err) ||
        !mb_worker_progress(&progress, worker, err))
        return false;
    out->rows = progress.rows;
    *good = judge(worker, open, out->remaining, why);
    return mb_kept_finish(worker, *good ? MB_PART_DONE : MB_PART_FAILED, out->remaining,
                          *good ? NULL : why->message, err) &&
           event(worker, *good ? "done" : "failed", *good ? "" : why->message, err);
}

static bool finish(mb_worker *worker, mb_backfill_result *out, mb_error *err)
{
    mb_error why;
    bool good;

    if (!mb_owner_begin(worker->run, worker->source, NULL, err) ||
        !conclude(worker, out, &good, &why, err) || !mb_tx_commit(worker->run, err)) {
        mb_conn_rollback(worker->run->conn);
        return false;
    }
    if (!good)
        *err = why;
    else if (out->remaining > 0)
        mb_report_note(worker->run->reporter,
                       "backfill \"%s\": %lld rows still match its "
                       "condition, which remaining = \"ok\" allows",
                       worker->b->name, (long long)out->remaining);
    return good;
}

/*
 * Records the failure, which makes the other processes stop too.  An interrupt is not recorded: the
 * other processes, or a later run, continue the backfill.
 */
static void record_failure(mb_worker *worker, mb_error *why)
{
    mb_error ignored;

    mb_conn_rollback(worker->run->conn);
    if (why->code == MB_ERR_INTERRUPTED || mb_conn_tx(worker->run->conn) != MB_TX_IDLE)
        return;
    if (!mb_owner_begin(worker->run, worker->source, NULL, &ignored) ||
        !mb_kept_finish(worker, MB_PART_FAILED, -1, why->message, &ignored) ||
        !event(worker, "failed", why->message, &ignored) || !mb_tx_commit(worker->run, &ignored))
        mb_conn_rollback(worker->run->conn);
}

static bool work(mb_worker *worker, mb_error *err)
{
    crew c = {0};
    bool ok = hire(worker, &c, err) && mb_worker_work(worker, err);

    dismiss(&c);
    worker->crew = NULL;
    worker->tick = NULL;
    return ok;
}

static bool run_job(mb_worker *worker, mb_backfill_result *out, mb_error *err)
{
    mb_backfill_row kept = {0};
    bool ok = open_job(worker, &kept, err);

    if (ok && kept.state == MB_PART_DONE) {
        *out = kept.result;
    } else if (ok) {
        ok = work(worker, err);
        if (!ok)
            record_failure(worker, err);
        ok = ok && finish(worker, out, err);
    }
    mb_kept_free(&kept);
    return ok;
}

bool mb_backfill_run(mb_backfill_result *out, mb_durable *d, const mb_backfill *b, bool declared,
                     mb_error *err)
{
    mb_worker worker = {.run = d->run, .source = d->source, .b = b, .rows = b->rows};
    mb_error ignored;
    bool ok;

    *out = (mb_backfill_result){0};
    if (!check_place(d, b, declared, err) || !mb_durable_leave(d, err))
        return false;
    ok = run_job(&worker, out, err);
    mb_worker_free(&worker);
    if (ok)
        return mb_durable_rest(d, err);
    (void)!mb_durable_rest(d, &ignored);
    return false;
}
