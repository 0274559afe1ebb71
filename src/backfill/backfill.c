/*
 * backfill.c -- a backfill as its migration runs it: begin or resume, work
 * together with child processes, and decide at the end whether it succeeded.
 */
#include "moonbird/backfill/backfill.h"
#include "moonbird/project/reporter.h"
#include "moonbird/run/run.h"

#include "backfill/records/records.h"
#include "worker.h"
#include "moonbird/run/durable.h"

#include "moonbird/os/clock.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/secret.h"
#include "moonbird/server/child.h"
#include "moonbird/sql/quote.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- child processes ---- */

enum { RESTART_US = 1000000, FAILURES_MOST = 3 };

typedef struct pool_worker {
    mb_child *child; /* NULL: none was started */
    int64_t started;
    int failures; /* how often it ended with an error status; signals do not count */
    bool given_up;
} pool_worker;

typedef struct mb_worker_pool {
    pool_worker *workers;
    int n;
    char *name;         /* STREAM/MIGRATION/NAME */
    const char **words; /* the command line of each child */
    char **settings;    /* "NAME=VALUE": the texts that `words` borrows */
    char **secrets;     /* environment variables for each child, with the user's confirmations */
} pool;

/* The children get the arguments of --set on their command lines, as this process did. */
static void write_words(pool *p, const mb_run *run, mb_given given)
{
    const char *config = run->settings->config, *reason = run->settings->outside_window;
    const char *const first[] = {"-q", "backfill", "run", p->name};
    size_t n = sizeof first / sizeof first[0];

    p->words = mb_alloc((n + 2 * given.n + 6) * sizeof *p->words);
    p->settings = mb_alloc((given.n + 1) * sizeof *p->settings);
    memcpy(p->words, first, sizeof first);
    for (size_t i = 0; i < given.n; i++) {
        p->settings[i] = mb_format("%s=%s", given.args[i].name, given.args[i].value);
        p->words[n++] = "--set";
        p->words[n++] = p->settings[i];
    }
    if (run->settings->yes)
        p->words[n++] = "--yes"; /* the script may connect to further protected databases */
    if (reason) {
        p->words[n++] = "--outside-window"; /* or one whose window is closed */
        p->words[n++] = reason;
    }
    if (config) {
        p->words[n++] = "-c";
        p->words[n] = config;
    }
}

/* The children get what the user confirmed here: their scripts may open that database too. */
static void add_confirmed(pool *p, const mb_settings *settings)
{
    const mb_names *names = settings->confirmed;
    mb_buf variable = {0};
    size_t n = 0;

    if (!names || (names->n == 0 && !settings->by_name))
        return;
    mb_buf_printf(&variable, "%s=%ld", MB_CONFIRMED_VARIABLE, (long)getpid());
    for (size_t i = 0; i < names->n; i++)
        mb_buf_printf(&variable, "\n%s", names->items[i]);
    while (p->secrets[n])
        n++;
    p->secrets = mb_realloc(p->secrets, (n + 2) * sizeof *p->secrets);
    p->secrets[n] = mb_strdup(variable.data);
    p->secrets[n + 1] = NULL;
    mb_buf_free(&variable);
}

static bool start(const mb_worker *worker, pool_worker *w, mb_error *err)
{
    mb_child_stop(w->child);
    w->child = NULL;
    w->started = mb_now_us();
    return mb_child_start(&w->child, worker->run->conn, worker->pool->words, worker->pool->secrets,
                          err);
}

/* Restarts a child that was killed, always, and one that failed, FAILURES_MOST times at most. */
static bool watch_worker(const mb_worker *worker, pool_worker *w, int number, mb_error *err)
{
    int status;

    if (w->given_up || !w->child || !mb_child_ended(w->child, &status) || status == 0 ||
        mb_now_us() - w->started < RESTART_US)
        return true;
    w->failures += status > 0;
    w->given_up = w->failures == FAILURES_MOST;
    mb_report_note(worker->run->reporter, "backfill \"%s\": worker %d ended with %s %d%s",
                   worker->b->name, number, status < 0 ? "signal" : "status", abs(status),
                   w->given_up ? "; moonbird does not start it again"
                               : "; moonbird starts it again");
    return w->given_up || start(worker, w, err);
}

static bool watch_pool(mb_worker *worker, mb_error *err)
{
    bool ok = true;

    for (int i = 0; ok && i < worker->pool->n; i++)
        ok = watch_worker(worker, &worker->pool->workers[i], i + 2, err);
    return ok;
}

static void stop_pool(pool *p)
{
    for (int i = 0; i < p->n; i++)
        mb_child_stop(p->workers[i].child);
    free(p->workers);
    for (size_t i = 0; p->settings && p->settings[i]; i++)
        free(p->settings[i]);
    free(p->settings);
    free(p->words);
    mb_args_variables_free(p->secrets);
    free(p->name);
}

static bool start_pool(mb_worker *worker, pool *p, mb_error *err)
{
    bool ok = true;

    p->n = worker->b->workers - 1;
    p->name = mb_format("%s/%s/%s", mb_stream_name(worker->source->file->stream),
                        worker->source->file->name, worker->b->name);
    write_words(p, worker->run, mb_run_given(worker->run, worker->source));
    p->secrets = mb_args_variables(mb_run_args(worker->run, worker->source),
                                   worker->run->host->info(worker->source->chunk));
    add_confirmed(p, worker->run->settings);
    p->workers = mb_alloc((size_t)p->n * sizeof *p->workers);
    worker->pool = p;
    worker->tick = p->n > 0 ? watch_pool : NULL;
    for (int i = 0; ok && i < p->n; i++)
        ok = start(worker, &p->workers[i], err);
    return ok;
}

/* ---- begin or resume ---- */

/* The history knows a backfill by its name, so a second one of that name would count as done. */
static bool check_once(const mb_durable *d, const mb_backfill *b, mb_error *err)
{
    for (size_t i = 0; i < d->finished.n; i++)
        if (strcmp(d->finished.items[i], b->name) == 0) {
            mb_fail(err, MB_ERR_USAGE, "backfill \"%s\" has already run in this migration",
                    b->name);
            return mb_fail_hint(err, "A later run recognizes a finished backfill by its name. Give "
                                     "each backfill its own name, and run it once.");
        }
    return true;
}

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
        return mb_fail_hint(err,
                            "Its workers need a declaration in the migration's table: "
                            "backfills = { [\"%s\"] = { ... } }.",
                            b->name);
    }
    return true;
}

static bool refuse_other(const mb_worker *worker, const mb_backfill_row *row, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "backfill \"%s\" was started on table %s by key %s",
            worker->b->name, row->table, row->key);
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
        !mb_backfill_row_finish(worker, MB_PART_FAILED, -1, why->message, &ignored) ||
        !event(worker, "failed", why->message, &ignored) || !mb_tx_commit(worker->run, &ignored))
        mb_conn_rollback(worker->run->conn);
}

/* Records that the table was refused, so that `backfill resume` can accept it. */
static bool check_table(mb_worker *worker, const mb_backfill_row *row, mb_error *err)
{
    if (mb_identity_check_table(worker, row->table_id, worker->target.id, err))
        return true;
    record_failure(worker, err);
    return false;
}

/* Rows that a policy hides cannot even be counted. */
static void note_hidden(const mb_worker *worker)
{
    if (worker->target.may_hide)
        mb_report_note(worker->run->reporter,
                       "backfill \"%s\": row-level security policies of %s apply to this role; the "
                       "backfill does not change rows that they hide",
                       worker->b->name, worker->target.relation);
}

static bool begin(mb_worker *worker, mb_backfill_row *row, mb_error *err)
{
    bool same, new_chunks = row->complete && row->result.remaining > 0;

    if (!mb_target_read(&worker->target, worker->run->conn, worker->b, err))
        return false;
    note_hidden(worker);
    if (!row->exists)
        return mb_identity_check_name(worker, err) && mb_backfill_row_create(worker, err) &&
               event(worker, "begun", "", err);
    return (new_chunks || check_table(worker, row, err)) &&
           mb_backfill_row_resume(worker, new_chunks, &same, err) &&
           (same ? event(worker, "resumed", "", err) : refuse_other(worker, row, err));
}

/* Only its name is compared: a later step may have renamed or dropped the table. */
static bool check_finished(const mb_worker *worker, const mb_backfill_row *row, mb_error *err)
{
    mb_buf table = {0};
    bool same;

    mb_quote_relation(&table, worker->b->table);
    same = strcmp(table.data, row->table) == 0;
    mb_buf_free(&table);
    return same || refuse_other(worker, row, err);
}

/*
 * Reads the row, and begins or resumes, in one transaction; a finished backfill is left unchanged.
 */
static bool open_backfill(mb_worker *worker, mb_backfill_row *row, mb_error *err)
{
    if (mb_owner_begin(worker->run, worker->source, NULL, err) &&
        mb_backfill_row_read(row, worker, err) &&
        (row->state == MB_PART_DONE ? check_finished(worker, row, err) : begin(worker, row, err)) &&
        mb_tx_commit(worker->run, err))
        return true;
    mb_conn_rollback(worker->run->conn);
    return false;
}

/* ---- the end ---- */

/* The rows that still match `where`, without those set aside, which are reported separately. */
typedef struct remaining {
    int64_t rows;
    char *key; /* of one of them, as text[]; NULL: there is none */
} remaining;

static void add_remaining(mb_buf *sql, const mb_worker *worker)
{
    mb_buf_printf(sql, " FROM %s WHERE (%s\n)", worker->target.sql_name, worker->b->where);
    mb_add_not_rejected(sql, worker);
}

static bool count_remaining(remaining *out, mb_worker *worker, mb_error *err)
{
    mb_buf sql = {0};
    mb_result *res;
    bool ok;

    mb_buf_puts(&sql, "SELECT pg_catalog.count(*)");
    add_remaining(&sql, worker);
    ok = mb_conn_exec(&res, worker->run->conn, sql.data, err);
    mb_buf_free(&sql);
    if (!ok)
        return false;
    out->rows = mb_result_int(res, 0, 0);
    mb_result_free(res);
    return true;
}

/* The row with the least key; Citus has no aggregate of arrays, which would save a query. */
static bool find_key(remaining *out, mb_worker *worker, mb_error *err)
{
    mb_buf sql = {0};
    mb_result *res;
    bool ok;

    mb_buf_puts(&sql, "SELECT ");
    mb_add_key(&sql, &worker->target);
    add_remaining(&sql, worker);
    mb_buf_puts(&sql, " ORDER BY");
    mb_add_order(&sql, &worker->target, "");
    mb_buf_puts(&sql, " LIMIT 1");
    ok = mb_conn_exec(&res, worker->run->conn, sql.data, err);
    mb_buf_free(&sql);
    if (!ok)
        return false;
    if (mb_result_rows(res) > 0)
        out->key = mb_strdup(mb_result_value(res, 0, 0));
    mb_result_free(res);
    return true;
}

static bool find_remaining(remaining *out, mb_worker *worker, mb_error *err)
{
    *out = (remaining){0};
    if (!worker->b->where)
        return true;
    return mb_worker_begin_settings(worker, err) && count_remaining(out, worker, err) &&
           (out->rows == 0 || worker->b->remaining_ok || worker->target.n_key == 0 ||
            find_key(out, worker, err)) &&
           mb_worker_end_settings(worker, err);
}

static bool fail_remaining(const mb_worker *worker, const remaining *left, mb_error *why)
{
    mb_fail(why, MB_ERR_FAILED,
            "backfill \"%s\" has finished, but %lld row%s still match%s its condition",
            worker->b->name, (long long)left->rows, left->rows == 1 ? "" : "s",
            left->rows == 1 ? "es" : "");
    if (left->key)
        mb_fail_detail(why, "%s the key %s.", left->rows == 1 ? "It has" : "One of them has",
                       left->key);
    return mb_fail_hint(why, "If they were written while it ran, handle new rows with a "
                             "trigger or a default. If the change leaves rows that match, "
                             "correct it. Then run the command again, or set remaining = "
                             "\"ok\".");
}

static bool check_result(const mb_worker *worker, int64_t open, const remaining *left,
                         mb_error *why)
{
    if (open > 0) {
        mb_fail(why, MB_ERR_FAILED, "backfill \"%s\" set %lld row%s aside", worker->b->name,
                (long long)open, open == 1 ? "" : "s");
        return mb_fail_hint(why,
                            "moonbird backfill list %s shows them. Correct them and run moonbird "
                            "backfill retry %s, or leave them as they are with moonbird backfill "
                            "retry %s --accept. Then run the command again.",
                            worker->b->name, worker->b->name, worker->b->name);
    }
    if (left->rows > 0 && !worker->b->remaining_ok)
        return fail_remaining(worker, left, why);
    return true;
}

static bool conclude(mb_worker *worker, mb_backfill_result *out, bool *good, mb_error *why,
                     mb_error *err)
{
    mb_backfill_progress progress;
    remaining left;
    int64_t open;
    bool ok = find_remaining(&left, worker, err) &&
              mb_rejects_count(&open, &out->set_aside, worker, err) &&
              mb_worker_progress(&progress, worker, err);

    if (ok) {
        out->remaining = left.rows;
        out->rows = progress.rows;
        *good = check_result(worker, open, &left, why);
    }
    free(left.key);
    return ok &&
           mb_backfill_row_finish(worker, *good ? MB_PART_DONE : MB_PART_FAILED, out->remaining,
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

static bool work(mb_worker *worker, mb_error *err)
{
    pool p = {0};
    bool ok;

    worker->run->left.batches |= worker->b->workers > 1; /* the other processes commit theirs */
    ok = start_pool(worker, &p, err) && mb_worker_work(worker, err);

    stop_pool(&p);
    worker->pool = NULL;
    worker->tick = NULL;
    return ok;
}

static bool run_backfill(mb_worker *worker, mb_backfill_result *out, mb_error *err)
{
    mb_backfill_row row = {0};
    bool ok = open_backfill(worker, &row, err);

    if (ok && row.state == MB_PART_DONE) {
        *out = row.result;
    } else if (ok) {
        mb_report_step(worker->run->reporter, worker->source, worker->b->name, "begun", NULL);
        ok = work(worker, err);
        if (!ok)
            record_failure(worker, err);
        ok = ok && finish(worker, out, err);
    }
    mb_backfill_row_free(&row);
    return ok;
}

static bool run_here(mb_backfill_result *out, mb_durable *d, const mb_backfill *b, bool declared,
                     mb_error *err)
{
    mb_worker worker = {.run = d->run, .source = d->source, .b = b, .rows = b->rows};
    mb_error ignored;
    bool ok;

    *out = (mb_backfill_result){0};
    if (!check_place(d, b, declared, err) || !check_once(d, b, err))
        return false;
    mb_conn_rollback(d->run->conn);
    ok = run_backfill(&worker, out, err);
    mb_worker_free(&worker);
    if (ok) {
        mb_names_add(&d->finished, mb_strdup(b->name));
        return mb_durable_begin_reading(d, err);
    }
    (void)!mb_durable_begin_reading(d, &ignored);
    return false;
}

bool mb_backfill_run(mb_backfill_result *out, mb_durable *d, const mb_backfill *b, bool declared,
                     mb_error *err)
{
    return mb_step_note(d, b->name, run_here(out, d, b, declared, err), err);
}
