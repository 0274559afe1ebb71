/*
 * batch.c -- small migrations sent in one pipeline.
 *
 * Each migration is a transaction of its own that includes its history row, as in run.c; only the
 * wait for each answer is saved. All commits but the last are asynchronous. The last one, or the
 * next commit after a failure, makes them durable before anything is reported.
 */
#include "moonbird/project/source.h"
#include "moonbird/run/run.h"
#include "moonbird/policy/policies.h"

#include "moonbird/history/history_sql.h"

#include "moonbird/pg/round_trip.h"
#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/pg/qualified.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SOURCES_MAX = 200,
    BYTES_MAX = 1 << 18, /* length of all statements of a batch */
    ROUND = 5,           /* our statements around those of a migration */
};

/*
 * Session state that a function or a trigger can change, with which the next migration would mean
 * something else: settings, role, and the existence of temporary tables. If a migration changes it,
 * its transaction fails, and it runs alone. There everything is reset after each migration; in a
 * batch that would discard the plans of prepared statements. Deferred triggers run before the
 * comparison. The run lock is not included: a quiet statement would have to call a function in an
 * expression to release it.
 */
#define SESSION                                                                                    \
    "pg_catalog.concat_ws('/', current_user, session_user, pg_catalog.current_setting('search_path'),"                   \
    " pg_catalog.current_setting('timezone'), pg_catalog.current_setting('datestyle'), pg_catalog.current_setting('row_security')," \
    " pg_catalog.current_setting('session_replication_role'), pg_catalog.current_setting('default_tablespace'),"         \
    " pg_catalog.current_setting('standard_conforming_strings'), pg_catalog.pg_my_temp_schema())"

/* A pooled session is used by another client next, so no setting at all may stay. */
#define POOLED_SESSION                                                                             \
    "pg_catalog.concat_ws('/', " SESSION ", (SELECT pg_catalog.string_agg("                        \
    "pg_catalog.concat(s.name, s.setting), '/' ORDER BY s.name) FROM pg_catalog.pg_settings s"     \
    " WHERE s.source" MB_EQ "'session'))"

static bool has_hooks(const mb_run *run)
{
    static const mb_hook_event events[] = {MB_BEFORE_EACH, MB_AFTER_EACH, MB_AFTER_COMMIT};

    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        if (mb_hook_is_there(run, events[i]))
            return true;
    return false;
}

static bool fits(const mb_source *source)
{
    return source->keeps_session && source->direction == MB_UP && source->shape == MB_SHAPE_PLAIN &&
           !source->reinsert_row && !source->step->item->row;
}

size_t mb_batch_length(const mb_run *run, const mb_source *sources, size_t n)
{
    size_t length = 0, bytes = 0;

    if (!run->settings->pipeline || run->reporter->rows || run->given.n || has_hooks(run))
        return 0;
    while (length < n && length < SOURCES_MAX && fits(&sources[length])) {
        bytes += sources[length].bytes;
        if (bytes > BYTES_MAX)
            break;
        length++;
    }
    return length;
}

/*
 * The answers of source i are those from first[i] up to first[i + 1]. The answers before
 * first[0] are those of creating the history; those after the last source's belong to the session's
 * reset and, if sent, the lock's release.
 */
typedef struct batch_state {
    mb_run *run;
    const mb_source *sources;
    mb_step_result *out;
    size_t *first;    /* index of a source's first answer; SIZE_MAX: not sent completely */
    size_t n, at;     /* number of sources; index of the source whose answers arrive now */
    size_t committed; /* number of sources that were committed */
    size_t resets;    /* statements sent for the session's reset */
    char *release;    /* statement that releases the run lock; NULL: keep it */
} batch_state;

static void take_answer(void *self, size_t number, const mb_result *res, const mb_error *err)
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
    if (number + 1 == last) /* the answer of the history row's update */
        j->out[j->at].duration_us = mb_result_int(res, 0, 0);
    if (number == last) {
        j->out[j->at].statements = j->sources[j->at].statements;
        j->committed = j->at + 1;
    }
}

static bool send_statements(mb_round_trip *batch, const mb_source *source, mb_error *err)
{
    mb_script *script = NULL;
    mb_stmt stmt;
    bool found = true, ok = mb_source_script(&script, source, err);

    while (ok && found) {
        ok = mb_script_next(script, &stmt, &found, err);
        if (ok && found)
            ok = mb_round_trip_send(batch, stmt.sql, 0, NULL, false, err);
    }
    ok = ok && mb_source_check_ran(source, script, err);
    mb_script_close(script);
    return ok;
}

/*
 * Send the statements of mb_tx_reset_session, and discard sequence values, the only other thing
 * that a quiet statement can leave.
 */
static bool send_reset(batch_state *j, mb_round_trip *batch, mb_error *err)
{
    static const char *const sql[] = {"DISCARD SEQUENCES", "RESET SESSION AUTHORIZATION",
                                      "RESET ROLE", "RESET ALL", MB_WATCH_CLIENT};
    size_t n = mb_conn_pooled(j->run->conn) ? 1 : j->run->checks_client ? 5 : 4;

    while (j->resets < n) {
        if (!mb_round_trip_send(batch, sql[j->resets], 0, NULL, false, err))
            return false;
        j->resets++;
    }
    return true;
}

static bool send_source(const batch_state *j, size_t i, mb_history_batch *texts,
                        mb_round_trip *batch, mb_error *err)
{
    const mb_run *run = j->run;
    const mb_source *source = &j->sources[i];
    const mb_key key = mb_key_of(source->file);
    char lock_timeout[MB_NUMBER_SIZE], statement_timeout[MB_NUMBER_SIZE];
    const char *settings[3];

    settings[0] = mb_number_text(lock_timeout, mb_lock_timeout(run, source));
    settings[1] = mb_number_text(statement_timeout, mb_statement_timeout(run, source));
    settings[2] = i + 1 < j->n ? "off" : NULL;
    return mb_round_trip_send(batch, "BEGIN", 0, NULL, false, err) &&
           mb_history_batch_begin(texts, batch, key, source->statements, settings, err) &&
           send_statements(batch, source, err) &&
           mb_round_trip_send(batch, "SET CONSTRAINTS ALL IMMEDIATE", 0, NULL, false, err) &&
           mb_history_batch_applied(texts, batch, key, &source->sums, source->statements, err) &&
           mb_round_trip_send(batch, "COMMIT", 0, NULL, false, err);
}

/* After the window has closed, this divides by zero, so that the batch ends before that source. */
static void add_deadline(mb_buf *settings, const mb_run *run)
{
    int64_t closes = mb_policies_closes(run->policies);

    if (closes)
        mb_buf_printf(settings,
                      ", 1" MB_OP("/") "((extract(epoch FROM pg_catalog.clock_timestamp())::bigint"
                      MB_OP("<") "%lld::bigint)::int)", (long long)closes);
}

/* The settings of mb_tx_begin and mb_tx_limits, in one statement with the history's row. */
static mb_history_batch *make_texts(const mb_run *run)
{
    const char *session = mb_conn_pooled(run->conn) ? POOLED_SESSION : SESSION;
    mb_buf settings = {0};
    mb_history_batch *texts;
    char *same;

    mb_buf_puts(&settings,
                "pg_catalog.set_config('lock_timeout', $11, true),"
                " pg_catalog.set_config('statement_timeout', $12, true), pg_catalog.set_config('synchronous_commit',"
                " coalesce($13, pg_catalog.current_setting('synchronous_commit')), true),"
                " pg_catalog.set_config('intervalstyle', 'postgres', true),"
                " pg_catalog.set_config('bytea_output', 'hex', true), pg_catalog.set_config('extra_float_digits', '3', true),"
                " pg_catalog.set_config('array_nulls', 'on', true)");
    if (run->checks_client)
        mb_buf_puts(&settings, ", pg_catalog.set_config('client_connection_check_interval', '2000', true)");
    if (mb_conn_pooled(run->conn))
        mb_buf_puts(&settings, ", pg_catalog.set_config('timezone', 'UTC', true),"
                               " pg_catalog.set_config('datestyle', 'ISO, MDY', true)");
    mb_buf_printf(&settings, ", pg_catalog.set_config('moonbird.session', %s, true)", session);
    add_deadline(&settings, run);
    same = mb_format("pg_catalog.current_setting('moonbird.session')" MB_EQ "%s", session);
    texts = mb_history_batch_new(&run->by, settings.data, same);
    free(same);
    mb_buf_free(&settings);
    return texts;
}

/* The number of sources that were sent completely. */
static size_t send_all(batch_state *j, mb_history_batch *texts, mb_round_trip *batch)
{
    mb_error ignored; /* the source that fails here is run alone, and then reports its error */
    size_t i = 0;

    if (!mb_history_create_in(batch, &j->run->by, &j->first[0], &ignored))
        return 0;
    while (i < j->n && send_source(j, i, texts, batch, &ignored)) {
        j->first[i + 1] = j->first[i] + j->sources[i].statements + ROUND;
        i++;
    }
    if (i == j->n && send_reset(j, batch, &ignored) && j->release)
        (void)!mb_round_trip_send(batch, j->release, 0, NULL, false, &ignored);
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
    mb_history_batch *texts = make_texts(run);
    mb_round_trip *batch = NULL;
    mb_error ignored;

    *done = 0;
    mb_run_look_early(run, &sources[0]);
    j.first = mb_alloc((n + 2) * sizeof *j.first);
    for (size_t i = 1; i < n + 2; i++)
        j.first[i] = SIZE_MAX;
    if (mb_round_trip_begin(&batch, run->conn, &ignored)) {
        size_t sent = send_all(&j, texts, batch);

        if (mb_round_trip_end(batch, take_answer, &j, &ignored))
            *done = j.committed < sent ? j.committed : sent;
    }
    mb_conn_rollback(run->conn);
    if (*done < n && mb_conn_tx(run->conn) == MB_TX_IDLE)
        (void)!mb_tx_clean_session(run, &ignored); /* the pipeline ended before its reset */
    mb_history_batch_free(texts);
    free(j.release);
    free(j.first);
}
