/*
 * batch.c -- small migrations sent in one pipeline.
 *
 * Each migration is a separate transaction that includes its history row, as in run.c. The wait for
 * each answer is saved, and so are statements: the row is written once, at the end, because other
 * sessions cannot see it before the commit. All commits but the last are asynchronous. The last
 * one, or the next commit after a failure, makes them durable before anything is reported.
 */
#include "moonbird/project/source.h"
#include "moonbird/run/run.h"
#include "moonbird/policy/policies.h"

#include "moonbird/history/create_tables.h"
#include "moonbird/history/history_sql.h"

#include "moonbird/pg/lent_session.h"
#include "moonbird/pg/round_trip.h"
#include "moonbird/pg/version.h"
#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/pg/qualified.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SOURCES_MAX = 200,
    BYTES_MAX = 1 << 18, /* length of all statements of a batch */
};

/*
 * Session state that a function or a trigger can change, with which the next migration would mean
 * something else: settings, ours among them, role, and the existence of temporary tables. If a
 * migration changes it, its transaction fails, and it runs alone. There everything is reset after
 * each migration; in a batch that would discard the plans of prepared statements. Deferred triggers
 * run before the comparison. The run lock is not included: a statement of a batch could release it
 * only through a function in an expression.
 */
#define SETTING(name) "pg_catalog.current_setting('" name "')"
#define SESSION                                                                                    \
    "pg_catalog.concat_ws('/', current_user, session_user, " SETTING("search_path") ", "           \
    SETTING("timezone") ", " SETTING("datestyle") ", " SETTING("row_security") ", "                \
    SETTING("session_replication_role") ", " SETTING("default_tablespace") ", "                    \
    SETTING("standard_conforming_strings") ", " SETTING("lock_timeout") ", "                       \
    SETTING("statement_timeout") ", " SETTING("synchronous_commit") ", " SETTING("intervalstyle")  \
    ", " SETTING("bytea_output") ", " SETTING("extra_float_digits") ", " SETTING("array_nulls")    \
    ", pg_catalog.current_setting('transaction_timeout', true)"                                    \
    ", pg_catalog.pg_my_temp_schema())"

static bool has_hooks(const mb_run *run)
{
    static const mb_hook_event events[] = {MB_BEFORE_EACH, MB_AFTER_EACH, MB_AFTER_COMMIT,
                                           MB_BEFORE_STATEMENT, MB_AFTER_STATEMENT};

    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        if (mb_hook_is_there(run, events[i]))
            return true;
    return false;
}

static bool fits(const mb_source *source)
{
    return source->keeps_session && source->direction == MB_UP && source->shape == MB_SHAPE_PLAIN &&
           !source->reinsert_row && !source->step->item->row && source->expectations.n == 0;
}

size_t mb_batch_length(const mb_run *run, const mb_source *sources, size_t n)
{
    size_t length = 0, bytes = 0;

    if (!run->settings->pipeline || run->mirror || run->reporter->rows || has_hooks(run))
        return 0;
    while (length < n && length < SOURCES_MAX && fits(&sources[length]) &&
           mb_run_given(run, &sources[length]).n == 0) {
        bytes += sources[length].bytes;
        if (bytes > BYTES_MAX)
            break;
        length++;
    }
    return length;
}

/*
 * The answers of source i are those from first[i] up to first[i + 1]; the last two are those of its
 * row and its COMMIT. The answers before first[0] are those of creating the history; those after
 * the last source's belong to the session's reset and, if sent, the lock's release.
 */
typedef struct batch_state {
    mb_run *run;
    const mb_source *sources;
    mb_step_result *out;
    mb_round_trip *trip;
    mb_history_batch *rows; /* writes the history's rows */
    char *settings;   /* makes the transaction's settings, and remembers the session's state */
    bool local;       /* the settings hold for one transaction, not for the batch */
    size_t sent;      /* number of statements */
    size_t *first;    /* index of a source's first answer; SIZE_MAX: not sent completely */
    size_t n, at;     /* number of sources; index of the source whose answers arrive now */
    size_t committed; /* number of sources that were committed */
    size_t resets;    /* statements sent for the session's reset */
    char *release;    /* statement that releases the run lock; NULL: keep it */
} batch_state;

static void read_answer(void *self, size_t number, const mb_result *res, const mb_error *err)
{
    batch_state *j = self;
    size_t last;

    (void)err;
    if (res && number + 1 == j->first[0])
        mb_history_created(j->run->by.history, false);
    if (number < j->first[0] || number >= j->first[j->n]) {
        if (res && number == j->first[j->n] + j->resets)
            mb_lock_lost(j->run->lock);
        return;
    }
    while (number >= j->first[j->at + 1])
        j->at++;
    last = j->first[j->at + 1] - 1;
    if (!res)
        return;
    if (number + 1 == last)
        j->out[j->at].duration_us = mb_result_int(res, 0, 0);
    if (number == last) {
        j->out[j->at].statements = j->sources[j->at].statements;
        j->committed = j->at + 1;
    }
}

static bool send(batch_state *j, const char *sql, mb_error *err)
{
    j->sent++;
    return mb_round_trip_send(j->trip, sql, 0, NULL, false, err);
}

/* moonbird's own statements, which are repeated for the next source or in the next batch. */
static bool send_own(batch_state *j, const char *sql, size_t n, const mb_param *params,
                     mb_error *err)
{
    j->sent++;
    return mb_round_trip_send(j->trip, sql, n, params, true, err);
}

static bool send_file(batch_state *j, const mb_source *source, mb_error *err)
{
    mb_script *script = NULL;
    mb_stmt stmt;
    bool found = true, ok = mb_source_script(&script, source, err);

    while (ok && found) {
        ok = mb_script_next(script, &stmt, &found, err);
        if (ok && found)
            ok = send(j, stmt.sql, err);
    }
    ok = ok && mb_source_check_ran(source, script, err);
    mb_script_close(script);
    return ok;
}

/*
 * Send the statements of mb_tx_reset_session, and discard sequence values, the only other thing
 * that a quiet statement can leave.
 */
static bool send_reset(batch_state *j, mb_error *err)
{
    static const char *const sql[] = {"DISCARD SEQUENCES", "RESET SESSION AUTHORIZATION",
                                      "RESET ROLE", "RESET ALL", MB_WATCH_CLIENT};
    size_t n = mb_conn_pooled(j->run->conn) ? 1 : j->run->checks_client ? 5 : 4;

    while (j->resets < n) {
        if (!send(j, sql[j->resets], err))
            return false;
        j->resets++;
    }
    return true;
}

/* Do the settings of the source before this one hold, of a batch that sets them for the session? */
static bool has_settings(const batch_state *j, size_t i)
{
    const mb_source *source = &j->sources[i];

    return !j->local && i > 0 && i + 1 < j->n &&
           mb_lock_timeout(j->run, source) == mb_lock_timeout(j->run, source - 1) &&
           mb_statement_timeout(j->run, source) == mb_statement_timeout(j->run, source - 1) &&
           mb_transaction_timeout(j->run, source) == mb_transaction_timeout(j->run, source - 1);
}

/* The last commit is synchronous, if the session's commits are. */
static bool send_settings(batch_state *j, size_t i, mb_error *err)
{
    char lock_timeout[MB_NUMBER_SIZE], statement_timeout[MB_NUMBER_SIZE],
        transaction_timeout[MB_NUMBER_SIZE];
    const mb_source *source = &j->sources[i];
    const size_t n = mb_conn_has(j->run->conn, MB_FEATURE_TRANSACTION_TIMEOUT) ? 4 : 3;
    const bool last = i + 1 == j->n;
    const mb_param params[] = {
        mb_history_text(mb_number_text(lock_timeout, mb_lock_timeout(j->run, source))),
        mb_history_text(mb_number_text(statement_timeout, mb_statement_timeout(j->run, source))),
        mb_history_text(last ? NULL : "off"),
        mb_history_text(
            mb_number_text(transaction_timeout, mb_transaction_timeout(j->run, source))),
    };

    if (has_settings(j, i))
        return true;
    return (!last || j->local || send(j, "RESET synchronous_commit", err)) &&
           send_own(j, j->settings, n, params, err);
}

static bool send_begin(batch_state *j, mb_error *err)
{
    const char *save = mb_pooled_save(j->run->conn);

    return send(j, "BEGIN", err) && (!*save || send(j, save, err));
}

static bool send_source(batch_state *j, size_t i, mb_error *err)
{
    const mb_source *source = &j->sources[i];

    if ((i == 0 && !send_begin(j, err)) || !send_settings(j, i, err) ||
        !send_file(j, source, err) ||
        !send_own(j, "SET CONSTRAINTS ALL IMMEDIATE", 0, NULL, err) ||
        !mb_history_batch_record(j->rows, j->trip, mb_key_of(source->file), &source->sums,
                                 source->statements, err))
        return false;
    j->sent++;
    return i + 1 < j->n ? send_own(j, "COMMIT AND CHAIN", 0, NULL, err) : send(j, "COMMIT", err);
}

/* After the window has closed, this divides by zero, so that the batch ends before that source. */
static void add_deadline(mb_buf *settings, int64_t closes)
{
    if (closes)
        mb_buf_printf(settings,
                      ", 1" MB_OP("/") "((extract(epoch FROM pg_catalog.clock_timestamp())::bigint"
                      MB_OP("<") "%lld::bigint)::int)", (long long)closes);
}

static void add_setting(mb_buf *sql, const char *name, const char *value, bool local)
{
    mb_buf_printf(sql, "pg_catalog.set_config('%s', %s, %s), ", name, value,
                  local ? "true" : "false");
}

/*
 * The settings of mb_tx_begin and mb_tx_limits. Behind a pooler they hold for one transaction.
 * Before each source, the message checks whether a window has closed.
 */
static void prepare(batch_state *j)
{
    const mb_run *run = j->run;
    const bool pooled = mb_conn_pooled(run->conn);
    /* A pooled session is used by another client next, so nothing at all may stay. */
    const char *session = pooled ? mb_pooled_state() : SESSION;
    int64_t closes = mb_policies_closes(run->policies);
    mb_buf sql = {0};
    char *same = mb_format(SETTING("moonbird.session") MB_EQ "%s", session);

    j->local = pooled || closes;
    mb_buf_puts(&sql, "SELECT pg_catalog.concat(");
    add_setting(&sql, "lock_timeout", "$1", j->local);
    add_setting(&sql, "statement_timeout", "$2", j->local);
    add_setting(&sql, "synchronous_commit", "coalesce($3, " SETTING("synchronous_commit") ")",
                j->local);
    add_setting(&sql, "intervalstyle", "'postgres'", j->local);
    add_setting(&sql, "bytea_output", "'hex'", j->local);
    add_setting(&sql, "extra_float_digits", "'3'", j->local);
    add_setting(&sql, "array_nulls", "'on'", j->local);
    if (mb_conn_has(run->conn, MB_FEATURE_TRANSACTION_TIMEOUT))
        add_setting(&sql, "transaction_timeout", "$4", j->local);
    if (run->checks_client)
        add_setting(&sql, "client_connection_check_interval", "'2000'", j->local);
    if (pooled) {
        add_setting(&sql, "timezone", "'UTC'", true);
        add_setting(&sql, "datestyle", "'ISO, MDY'", true);
    }
    mb_buf_printf(&sql, "pg_catalog.set_config('moonbird.session', %s, %s)", session,
                  j->local ? "true" : "false");
    add_deadline(&sql, closes);
    mb_buf_puts(&sql, ") IS NULL"); /* one column, which is not read */
    j->settings = sql.data;
    j->rows = mb_history_batch_new(&run->by, same);
    free(same);
}

/* The number of sources that were sent completely. */
static size_t send_all(batch_state *j)
{
    mb_error ignored; /* the source that fails here is run alone, and then reports its error */
    size_t i = 0;

    if (!mb_history_create_in(j->trip, &j->run->by, &j->sent, &ignored))
        return 0;
    j->first[0] = j->sent;
    while (i < j->n && send_source(j, i, &ignored))
        j->first[++i] = j->sent;
    if (i == j->n && send_reset(j, &ignored) && j->release)
        (void)!send(j, j->release, &ignored);
    return i;
}

void mb_batch_run(mb_run *run, const mb_source *sources, size_t n, bool last, mb_step_result *out,
                  size_t *done)
{
    batch_state j = {
        .run = run,
        .sources = sources,
        .out = out,
        .n = n,
        .release = last ? mb_lock_release_sql(run->lock) : NULL,
    };
    mb_error ignored;

    *done = 0;
    mb_run_observe_early(run, &sources[0]);
    prepare(&j);
    j.first = mb_alloc((n + 2) * sizeof *j.first);
    for (size_t i = 1; i < n + 2; i++)
        j.first[i] = SIZE_MAX;
    run->committing = true;
    if (mb_round_trip_begin(&j.trip, run->conn, &ignored)) {
        size_t sent = send_all(&j);

        if (mb_round_trip_end(j.trip, read_answer, &j, &ignored))
            *done = j.committed < sent ? j.committed : sent;
    }
    mb_conn_rollback(run->conn);
    run->committing = mb_conn_tx(run->conn) == MB_TX_LOST;
    if (*done < n && mb_conn_tx(run->conn) == MB_TX_IDLE)
        (void)!mb_tx_clean_session(run, &ignored); /* the pipeline ended before its reset */
    mb_history_batch_free(j.rows);
    free(j.settings);
    free(j.release);
    free(j.first);
}
