/* run.c -- one step, in a transaction or in segments, tried again where that helps. */
#include "migrate.h"

#include "moonbird/file.h"
#include "moonbird/interrupt.h"
#include "moonbird/log.h"
#include "moonbird/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void mb_run_note(const mb_run *run, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    if (!run->reporter || !run->reporter->note)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    run->reporter->note(run->reporter->self, text);
}

/* ---- what is inside a transaction ---- */

static bool changed_meanwhile(const mb_unit *unit, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "the file was changed while it ran");
    mb_fail_at(err, unit->path, 0, 0);
    return mb_fail_hint(err, "Run it again.");
}

static bool is_wrapping(const mb_unit *unit, const mb_stmt *stmt)
{
    return unit->shape == MB_SHAPE_WRAPPED &&
           (stmt->kind == MB_STMT_BEGIN || stmt->kind == MB_STMT_COMMIT);
}

static bool send_statements(const mb_run *run, const mb_unit *unit, mb_script *script, size_t *at,
                            mb_error *err)
{
    mb_sums sums;
    mb_stmt stmt;
    bool found;

    while (mb_script_next(script, &stmt, &found, err)) {
        if (!found) {
            mb_script_sums(script, &sums);
            return strcmp(sums.raw, unit->sums.raw) == 0 || changed_meanwhile(unit, err);
        }
        *at = stmt.number;
        if (!is_wrapping(unit, &stmt) &&
            (!mb_exec_statement(run->conn, script, &stmt, run->reporter->rows, &(int64_t){0},
                                err) ||
             (!mb_tx_still_open(run, err) && !mb_stmt_fail(err, script, &stmt))))
            return false;
    }
    return false;
}

static bool run_sql(const mb_run *run, const mb_unit *unit, size_t *at, mb_error *err)
{
    mb_script *script = NULL;
    bool ok = mb_script_open(&script, unit->full, unit->section, err) &&
              send_statements(run, unit, script, at, err);

    mb_script_close(script);
    return ok;
}

mb_call mb_run_call(const mb_run *run, const mb_unit *unit)
{
    return (mb_call){
        .name = unit ? unit->file->name : NULL,
        .stream = unit ? mb_stream_name(unit->file->stream) : NULL,
        .direction = unit ? mb_direction_name(unit->direction) : NULL,
        .command = run->by.command,
        .environment = run->settings->environment,
        .attempt = unit ? run->attempt : 1,
        .args = run->args,
        .n_args = run->n_args,
        .plan = run->plan,
        .durable = run->durable,
    };
}

/* With the arguments that it declares. */
static bool call_lua(const mb_run *run, const mb_unit *unit, mb_entry entry, mb_error *err)
{
    mb_call call = mb_run_call(run, unit);
    mb_setting *args = mb_args_of(&run->scripts, run->host->info(unit->chunk), &call.n_args);
    bool ok;

    call.args = args;
    ok = run->host->call(unit->chunk, entry, run->conn, &call, err);
    if (!ok)
        mb_args_mask(&run->scripts, err);
    free(args);
    return ok;
}

/* A rollback file of its own may call its function `up` or `down`. */
bool mb_run_lua(const mb_run *run, const mb_unit *unit, mb_error *err)
{
    bool down = unit->direction == MB_DOWN && run->host->info(unit->chunk)->has[MB_ENTRY_DOWN];

    return call_lua(run, unit, down ? MB_ENTRY_DOWN : MB_ENTRY_UP, err);
}

bool mb_run_verify(const mb_run *run, const mb_unit *unit, mb_error *err)
{
    return unit->direction == MB_DOWN || !run->host->info(unit->chunk)->has[MB_ENTRY_VERIFY] ||
           call_lua(run, unit, MB_ENTRY_VERIFY, err);
}

/* The ledger's row as running: the second line of the lock, before the file's first statement. */
static bool take_row(const mb_run *run, const mb_unit *unit, bool *taken, mb_error *err)
{
    const mb_migration *m = unit->file;
    const mb_row *row = unit->step ? unit->step->item->row : NULL;

    if (!run->recorded)
        return true;
    if (unit->fresh || !row)
        return mb_ledger_begin(run->conn, &run->by, m, row ? row->position : 0, unit->statements,
                               taken, err);
    return mb_ledger_resume(run->conn, &run->by, m->stream, m->name, unit->direction,
                            unit->step->resume, unit->statements, err) &&
           (!unit->step->restart || mb_ledger_event(run->conn, &run->by, m->stream, m->name,
                                                    "restart", "done", "", err));
}

static bool finish_row(const mb_run *run, const mb_unit *unit, mb_result_of_step *out,
                       mb_error *err)
{
    const mb_migration *m = unit->file;

    out->statements = unit->statements;
    if (!run->recorded)
        return true;
    if (unit->direction == MB_UP)
        return mb_ledger_applied(run->conn, &run->by, m, &unit->sums, unit->statements,
                                 &out->duration_us, err);
    return mb_ledger_remove(run->conn, &run->by, m->stream, m->name, &out->duration_us, err);
}

static bool before_each(const mb_run *run, const mb_unit *unit, mb_error *err)
{
    return mb_tx_limits(run, unit, err) && mb_hook_each(run, MB_BEFORE_EACH, unit, err);
}

/* What the file set was reset: the hook has our own settings, and leaves none behind. */
static bool after_each(const mb_run *run, const mb_unit *unit, mb_error *err)
{
    return !mb_hook_is_there(run, MB_AFTER_EACH) ||
           (mb_tx_limits(run, unit, err) && mb_hook_each(run, MB_AFTER_EACH, unit, err) &&
            mb_tx_reset(run, err));
}

/* The file ran: an error from here on is of no statement of it. */
static bool end_body(const mb_run *run, const mb_unit *unit, mb_result_of_step *out, size_t *at,
                     mb_error *err)
{
    *at = 0;
    return mb_tx_reset(run, err) && after_each(run, unit, err) && finish_row(run, unit, out, err);
}

static bool body(const mb_run *run, const mb_unit *unit, mb_result_of_step *out, size_t *at,
                 mb_error *err)
{
    *at = 0;
    return take_row(run, unit, &out->taken, err) && before_each(run, unit, err) &&
           (unit->lua ? mb_run_lua(run, unit, err) && mb_run_verify(run, unit, err)
                      : run_sql(run, unit, at, err)) &&
           end_body(run, unit, out, at, err);
}

/* ---- one transaction ---- */

/* The file's own BEGIN, with its isolation level, stands for ours. */
static bool begin_wrapped(const mb_run *run, const mb_unit *unit, mb_error *err)
{
    mb_script *script = NULL;
    mb_stmt stmt;
    bool found, ok = mb_script_open(&script, unit->full, unit->section, err) &&
                     mb_script_next(script, &stmt, &found, err);

    ok = ok && mb_tx_begin(run, found ? stmt.sql : NULL, err);
    mb_script_close(script);
    return ok;
}

static bool run_atomic(const mb_run *run, const mb_unit *unit, mb_result_of_step *out, size_t *at,
                       mb_error *err)
{
    if ((unit->shape == MB_SHAPE_WRAPPED ? begin_wrapped(run, unit, err)
                                         : mb_tx_begin(run, NULL, err)) &&
        body(run, unit, out, at, err) && mb_tx_commit(run, err))
        return true;
    mb_conn_rollback(run->conn);
    return out->taken;
}

/* ---- segments ---- */

/* A hook has a transaction of its own before the segments: that of the intent. */
static bool before_segments(const mb_run *run, const mb_unit *unit, mb_error *err)
{
    return !mb_hook_is_there(run, MB_BEFORE_EACH) ||
           (before_each(run, unit, err) && mb_tx_reset(run, err));
}

/* The intent, committed before the first segment: who looks sees that something is under way. */
static bool commit_intent(const mb_run *run, const mb_unit *unit, mb_result_of_step *out,
                          mb_error *err)
{
    if (!run->recorded || (mb_tx_begin(run, NULL, err) && take_row(run, unit, &out->taken, err) &&
                           before_segments(run, unit, err) && mb_tx_commit(run, err)))
        return true;
    mb_conn_rollback(run->conn);
    return false;
}

static bool commit_finish(const mb_run *run, const mb_unit *unit, mb_result_of_step *out,
                          size_t *at, mb_error *err)
{
    return mb_tx_begin(run, NULL, err) && end_body(run, unit, out, at, err) &&
           mb_tx_commit(run, err);
}

/* ---- trying again ---- */

typedef struct attempt {
    mb_run *run;
    mb_unit *unit;
    mb_result_of_step *out;
    mb_forced forced;
    bool intended;  /* SEGMENTS: the intent stands in the ledger */
    bool again;     /* SEGMENTS: the first statement to come may have run before */
    size_t done;    /* SEGMENTS: statements done */
    size_t at;      /* the statement that failed */
    int retries;
} attempt;

static bool run_parts(attempt *a, mb_error *err)
{
    if (a->unit->shape == MB_SHAPE_STEPS)
        return mb_durable_run(a->run, a->unit, err);
    return mb_segments_run(a->run, a->unit, &a->forced, a->again, &a->done, &a->at, err);
}

static bool try_once(attempt *a, mb_error *err)
{
    if (mb_unit_is_atomic(a->unit))
        return run_atomic(a->run, a->unit, a->out, &a->at, err);
    if (!a->intended) {
        if (!commit_intent(a->run, a->unit, a->out, err))
            return a->out->taken;
        a->intended = true;
    }
    if (run_parts(a, err) && commit_finish(a->run, a->unit, a->out, &a->at, err))
        return true;
    mb_conn_rollback(a->run->conn);
    return false;
}

static bool state_is(const mb_error *err, const char *sqlstate)
{
    return strcmp(err->sqlstate, sqlstate) == 0;
}

static bool was_forced(const attempt *a)
{
    for (size_t i = 0; i < a->forced.n; i++)
        if (a->forced.alone[i] == a->at)
            return true;
    return false;
}

/*
 * What the splitter cannot know, the server says: 25001 and 2D000 for what
 * commits by itself (CALL, DO), 55P04 for a new enum value used in the
 * transaction that adds it.  All of it was rolled back, so that it can be run
 * as segments instead.
 */
static bool change_shape(attempt *a, const mb_error *err)
{
    mb_unit *unit = a->unit;

    if (unit->lua || a->at == 0)
        return false;
    if ((state_is(err, "25001") || state_is(err, "2D000")) && !was_forced(a)) {
        a->forced.alone = mb_grow(a->forced.alone, a->forced.n, sizeof *a->forced.alone);
        a->forced.alone[a->forced.n++] = a->at;
        mb_run_note(a->run, "%s: statement %zu cannot run in a transaction; the file is run in "
                            "segments", unit->path, a->at);
    } else if (state_is(err, "55P04") && unit->adds_enum_value &&
               unit->shape != MB_SHAPE_SEGMENTS) {
        mb_run_note(a->run, "%s: a new enum value is used in the transaction that adds it; the "
                            "file is run in segments, with a commit after ADD VALUE", unit->path);
    } else {
        return false;
    }
    unit->shape = MB_SHAPE_SEGMENTS;
    return true;
}

static bool pause_ms(long ms, mb_error *err)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&t, NULL);
    mb_live_tick();
    return mb_interrupt_check(err);
}

/* Exponential, with jitter, so that several runners do not meet again. */
static long back_off(int attempt_number)
{
    long ms = 100L << (attempt_number < 6 ? attempt_number - 1 : 5);

    return ms / 2 + (long)(mb_now_us() % (ms + 1));
}

static bool reload(attempt *a, mb_error *err)
{
    const mb_step *step = a->unit->step;
    mb_shape shape = a->unit->shape;
    bool fresh = a->unit->fresh;

    if (!a->unit->lua)
        return true;
    mb_unit_close(a->unit, a->run->host);
    if (!mb_unit_open(a->unit, a->run->settings, a->run->host, step, err))
        return false;
    a->unit->shape = shape;
    a->unit->fresh = fresh;
    return true;
}

/* Who stood in the way, as the observer saw it while the statement waited. */
static void add_blockers(const mb_run *run, mb_error *err)
{
    const char *blockers = mb_observer_blockers(run->observer);
    size_t used = strlen(err->detail);

    if (*blockers && (state_is(err, "55P03") || state_is(err, "40P01")))
        snprintf(err->detail + used, sizeof err->detail - used, "%sBlocked by %s",
                 used ? "\n" : "", blockers);
}

static void tell_of_retry(const attempt *a, const mb_error *err)
{
    mb_error why = *err;

    add_blockers(a->run, &why);
    mb_hook_tell_waited(a->run, a->unit, err);
    mb_hook_tell(a->run, MB_ON_RETRY, a->unit, &why);
}

static bool wait_to_retry(attempt *a, mb_error *err)
{
    const char *blockers = mb_observer_blockers(a->run->observer);
    long ms = back_off(a->run->attempt);

    if (!(state_is(err, "55P03") || state_is(err, "40P01") || state_is(err, "40001")) ||
        a->run->attempt > a->retries || mb_conn_tx(a->run->conn) == MB_TX_LOST)
        return false;
    mb_run_note(a->run, "%s: %s; retry %d of %d in %.1f s%s%s", a->unit->path, err->message,
                a->run->attempt, a->retries, (double)ms / 1000, *blockers ? "; blocked by " : "",
                blockers);
    tell_of_retry(a, err);
    a->run->attempt++;
    return pause_ms(ms, err) && reload(a, err);
}

/* Errors name the file as the project shows it. */
static void show_path(const mb_unit *unit, mb_error *err)
{
    if (!err->file[0] || (unit->full && strcmp(err->file, unit->full) == 0))
        snprintf(err->file, sizeof err->file, "%s", unit->path);
}

static void record_failure(const mb_run *run, const mb_unit *unit, const mb_error *why)
{
    mb_error ignored;

    if (!run->recorded || mb_conn_tx(run->conn) != MB_TX_IDLE)
        return;
    mb_conn_shield(run->conn, true);
    if (!mb_tx_reset_session(run, &ignored) ||
        !mb_ledger_failed(run->conn, &run->by, unit->file->stream, unit->file->name,
                          unit->direction, why, &ignored))
        mb_log(MB_LOG_DEBUG, "the failure could not be written down: %s", ignored.message);
    mb_conn_shield(run->conn, false);
}

/* The observer must look before lock_timeout ends the wait. */
static void look_early(const mb_run *run, const mb_unit *unit)
{
    int half = mb_lock_timeout(run, unit) / 2;

    mb_observer_after(run->observer, half > 0 && half < 1000 ? half : 1000);
}

static bool fail_unit(mb_run *run, const mb_unit *unit, mb_error *err)
{
    add_blockers(run, err);
    show_path(unit, err);
    record_failure(run, unit, err);
    mb_hook_tell(run, MB_AFTER_ROLLBACK, unit, err);
    mb_hook_tell(run, MB_ON_ERROR, unit, err);
    return false;
}

static bool end_unit(attempt *a, bool ok, mb_error *err)
{
    if (ok && !a->out->taken)
        mb_hook_tell(a->run, MB_AFTER_COMMIT, a->unit, NULL);
    if (ok)
        return true;
    return err->code == MB_ERR_SKIPPED ? mb_skip_record(a->run, a->unit, err->message, a->out, err)
                                       : fail_unit(a->run, a->unit, err);
}

bool mb_run_unit(mb_run *run, mb_unit *unit, mb_result_of_step *out, mb_error *err)
{
    const mb_row *row = unit->step ? unit->step->item->row : NULL;
    attempt a = {
        .run = run,
        .unit = unit,
        .out = out,
        .again = unit->step && unit->step->resume,
        .done = unit->step && unit->step->resume && row ? row->done : 0,
        .retries = unit->directives.retries == MB_UNSET ? run->settings->retries
                                                        : unit->directives.retries,
    };
    bool ok;

    *out = (mb_result_of_step){0};
    run->attempt = 1;
    run->since = mb_now_us();
    look_early(run, unit);
    if (a.again && !unit->lua)
        unit->shape = MB_SHAPE_SEGMENTS; /* also where only the server knew that it must be */
    while (!(ok = try_once(&a, err)) && (change_shape(&a, err) || wait_to_retry(&a, err)))
        ;
    ok = ok || mb_recover(run, unit, out, err);
    mb_hook_tell_waited(run, unit, ok ? NULL : err);
    ok = end_unit(&a, ok, err);
    if (!run->recorded)
        out->duration_us = mb_now_us() - run->since;
    free(a.forced.alone);
    return ok;
}

/* ---- several in one transaction ---- */

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
    return body(run, &units[at], &out[at], &statement, err) ||
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

bool mb_run_together(mb_run *run, mb_unit *units, size_t n, mb_result_of_step *out,
                     size_t *failed, mb_error *err)
{
    bool ok = mb_tx_begin(run, NULL, err);

    look_early(run, &units[0]);
    run->attempt = 1;
    *failed = 0;
    for (size_t i = 0; ok && i < n; i++) {
        *failed = i;
        ok = run_part(run, units, i, out, err);
    }
    ok = ok && mb_tx_commit(run, err);
    if (!ok)
        mb_conn_rollback(run->conn);
    ok = ok || recover_all(run, units, n, out, err);
    mb_hook_tell_waited(run, &units[*failed], ok ? NULL : err);
    if (!ok) {
        for (size_t i = 0; i < *failed; i++)
            mb_hook_tell(run, MB_AFTER_ROLLBACK, &units[i], err);
        return fail_unit(run, &units[*failed], err);
    }
    for (size_t i = 0; i < n; i++)
        if (!out[i].skipped)
            mb_hook_tell(run, MB_AFTER_COMMIT, &units[i], NULL);
    return true;
}
