/* reporter.c -- the events of a run, for people and for the stream of --events. */
#include "moonbird/project/reporter.h"
#include "moonbird/project/source.h"

#include "moonbird/base/number.h"
#include "moonbird/os/event_stream.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- events ---- */

static bool wants_events(const mb_reporter *reporter)
{
    return reporter && reporter->events && mb_events_wanted();
}

static bool begin(mb_event_line *event, const mb_reporter *reporter, const char *name)
{
    return wants_events(reporter) && mb_event_begin(event, name);
}

static void add_migration(mb_event_line *event, mb_stream stream, const char *name,
                          mb_direction direction)
{
    mb_event_text(event, "stream", mb_stream_name(stream));
    mb_event_text(event, "name", name);
    mb_event_text(event, "direction", direction == MB_UP ? "up" : "down");
}

static void add_step(mb_event_line *event, const mb_step *step)
{
    add_migration(event, step->item->stream, step->item->name, step->direction);
}

/* The file of `run FILE` is not a migration. */
static void add_source(mb_event_line *event, const mb_source *source)
{
    mb_event_text(event, "stream", source->file ? mb_stream_name(source->file->stream) : NULL);
    mb_event_text(event, "name", source->file ? source->file->name : NULL);
    mb_event_text(event, "direction", source->direction == MB_UP ? "up" : "down");
    mb_event_text(event, "path", source->path);
}

/* ---- a plan ---- */

void mb_report_planned(const mb_reporter *reporter, const mb_plan *plan)
{
    mb_event_line event;

    if (begin(&event, reporter, "plan")) {
        mb_event_number(&event, "migrations", (int64_t)plan->n);
        mb_event_end(&event);
    }
    for (size_t i = 0; i < plan->n && begin(&event, reporter, "planned"); i++) {
        add_step(&event, &plan->steps[i]);
        mb_event_flag(&event, "resume", plan->steps[i].resume);
        mb_event_end(&event);
    }
    if (reporter && reporter->planned)
        reporter->planned(reporter->self, plan);
}

/* ---- one migration ---- */

void mb_report_started(const mb_reporter *reporter, const mb_source *source, size_t together)
{
    mb_event_line event;

    if (begin(&event, reporter, "started")) {
        add_source(&event, source);
        mb_event_flag(&event, "atomic", mb_source_is_atomic(source));
        mb_event_flag(&event, "resume", source->step->resume);
        if (source->lua)
            mb_event_text(&event, "statements", NULL);
        else
            mb_event_number(&event, "statements", (int64_t)source->statements);
        mb_event_number(&event, "together", (int64_t)together);
        mb_event_end(&event);
    }
    if (reporter && reporter->started)
        reporter->started(reporter->self, source->step);
}

void mb_report_finished(const mb_reporter *reporter, const mb_finished *done)
{
    mb_event_line event;

    if (begin(&event, reporter, done->direction == MB_UP ? "finished" : "rolled_back")) {
        add_migration(&event, done->stream, done->name, done->direction);
        mb_event_ms(&event, "duration_ms", done->duration_us);
        mb_event_number(&event, "statements", (int64_t)done->statements);
        mb_event_end(&event);
    }
    if (reporter && reporter->finished)
        reporter->finished(reporter->self, done);
}

void mb_report_failed(const mb_reporter *reporter, const mb_step *step, const mb_error *why)
{
    mb_event_line event;

    if (begin(&event, reporter, "failed")) {
        add_step(&event, step);
        mb_event_error(&event, why);
        mb_event_end(&event);
    }
    if (reporter && reporter->failed)
        reporter->failed(reporter->self, step);
}

void mb_report_skipped(const mb_reporter *reporter, const mb_step *step, const char *why)
{
    mb_event_line event;

    if (begin(&event, reporter, "skipped")) {
        add_step(&event, step);
        mb_event_text(&event, "why", why);
        mb_event_end(&event);
    }
    if (reporter && reporter->skipped)
        reporter->skipped(reporter->self, step, why);
}

/* ---- inside of a migration ---- */

/* The text of a statement may hold a secret, so only its place and its command are shown. */
static void add_statement(const mb_reporter *reporter, const mb_source *source,
                          const mb_call_statement *done)
{
    char command[MB_COMMAND_SIZE];
    mb_event_line event;

    if (!begin(&event, reporter, "statement"))
        return;
    mb_stmt_command(done->stmt, command);
    add_source(&event, source);
    if (source->lua)
        mb_event_text(&event, "line", NULL);
    else
        mb_event_number(&event, "line", done->stmt->line);
    mb_event_text(&event, "command", command);
    mb_event_ms(&event, "duration_ms", done->duration_us);
    if (done->rows == MB_UNSET)
        mb_event_text(&event, "rows", NULL);
    else
        mb_event_number(&event, "rows", done->rows);
    mb_event_end(&event);
}

bool mb_report_wants_statements(const mb_reporter *reporter)
{
    return wants_events(reporter) || (reporter && reporter->statement);
}

void mb_report_statement(const mb_reporter *reporter, const mb_source *source,
                         const mb_call_statement *done)
{
    add_statement(reporter, source, done);
    if (reporter && reporter->statement)
        reporter->statement(reporter->self, source, done);
}

void mb_report_retry(const mb_reporter *reporter, const mb_retry *retry)
{
    mb_event_line event;

    if (begin(&event, reporter, "retry")) {
        add_source(&event, retry->source);
        mb_event_number(&event, "retry", retry->number);
        mb_event_number(&event, "retries", retry->of);
        mb_event_number(&event, "wait_ms", retry->wait_ms);
        mb_event_text(&event, "blockers", *retry->blockers ? retry->blockers : NULL);
        mb_event_error(&event, retry->why);
        mb_event_end(&event);
    }
    mb_report_note(reporter, "%s: %s; retry %d of %d in %.1f s%s%s", retry->source->path,
                   retry->why->message, retry->number, retry->of, (double)retry->wait_ms / 1000,
                   *retry->blockers ? "; blocked by " : "", retry->blockers);
}

void mb_report_segment(const mb_reporter *reporter, const mb_source *source, size_t done)
{
    mb_event_line event;

    if (!begin(&event, reporter, "segment"))
        return;
    add_source(&event, source);
    mb_event_number(&event, "statements_done", (int64_t)done);
    mb_event_number(&event, "statements", (int64_t)source->statements);
    mb_event_end(&event);
}

void mb_report_step(const mb_reporter *reporter, const mb_source *source, const char *step,
                    const char *state, const mb_error *why)
{
    mb_event_line event;

    if (!begin(&event, reporter, "step"))
        return;
    add_source(&event, source);
    mb_event_text(&event, "step", step);
    mb_event_text(&event, "state", state);
    mb_event_text(&event, "message", why ? why->message : NULL);
    mb_event_end(&event);
}

void mb_report_hook(const mb_reporter *reporter, const char *hook, const mb_call *call,
                    int64_t duration_us, const mb_error *why)
{
    mb_event_line event;

    if (!begin(&event, reporter, "hook"))
        return;
    mb_event_text(&event, "hook", hook);
    mb_event_text(&event, "stream", call->stream);
    mb_event_text(&event, "name", call->name);
    mb_event_ms(&event, "duration_ms", duration_us);
    mb_event_flag(&event, "ok", !why);
    mb_event_text(&event, "message", why ? why->message : NULL);
    mb_event_end(&event);
}

/* ---- backfills ---- */

void mb_report_batch(const mb_reporter *reporter, const mb_source *source,
                     const mb_call_batch *batch, int64_t duration_us)
{
    mb_event_line event;

    if (!begin(&event, reporter, "batch"))
        return;
    add_source(&event, source);
    mb_event_text(&event, "backfill", batch->backfill);
    mb_event_number(&event, "chunk", batch->chunk);
    mb_event_number(&event, "rows", batch->rows);
    mb_event_ms(&event, "duration_ms", duration_us);
    mb_event_end(&event);
}

static void add_backfill(const mb_reporter *reporter, const mb_backfill_state *state)
{
    mb_event_line event;

    if (!begin(&event, reporter, "backfill"))
        return;
    mb_event_text(&event, "backfill", state->backfill);
    mb_event_number(&event, "rows", state->rows);
    mb_event_number(&event, "percent", (int64_t)(100 * state->fraction));
    mb_event_number(&event, "rows_per_second", (int64_t)state->rows_per_second);
    if (state->seconds_left < 0)
        mb_event_text(&event, "seconds_left", NULL);
    else
        mb_event_number(&event, "seconds_left", (int64_t)state->seconds_left);
    mb_event_text(&event, "waits", state->waits);
    mb_event_end(&event);
}

void mb_report_backfill(const mb_reporter *reporter, const mb_backfill_state *state)
{
    mb_buf text = {0};

    add_backfill(reporter, state);
    if (!reporter || !reporter->observed)
        return;
    mb_buf_printf(&text, "%s: %lld rows, %.0f %%", state->backfill, (long long)state->rows,
                  100 * state->fraction);
    if (state->seconds_left >= 0) {
        mb_buf_puts(&text, ", ");
        mb_number_add_time(&text, state->seconds_left);
        mb_buf_puts(&text, " left");
    }
    mb_buf_printf(&text, ", %.0f rows/s", state->rows_per_second);
    if (state->waits)
        mb_buf_printf(&text, "; %s", state->waits);
    reporter->observed(reporter->self, text.data);
    mb_buf_free(&text);
}

/* ---- around the migrations ---- */

void mb_report_lock_wait(const mb_reporter *reporter, const char *text)
{
    mb_event_line event;

    if (begin(&event, reporter, "lock_wait")) {
        mb_event_text(&event, "message", text);
        mb_event_end(&event);
    }
    mb_report_note(reporter, "%s", text);
}

void mb_report_locked(const mb_reporter *reporter, int64_t waited_us)
{
    mb_event_line event;

    if (!begin(&event, reporter, "locked"))
        return;
    mb_event_ms(&event, "duration_ms", waited_us);
    mb_event_end(&event);
}

void mb_report_disconnected(const mb_reporter *reporter, const mb_conn *conn)
{
    mb_event_line event;

    if (begin(&event, reporter, "disconnected")) {
        mb_event_text(&event, "database", mb_conn_database(conn));
        mb_event_end(&event);
    }
    mb_report_note(reporter, "the connection was lost; reconnecting");
}

void mb_report_reconnected(const mb_reporter *reporter, const mb_conn *conn)
{
    mb_event_line event;

    if (!begin(&event, reporter, "reconnected"))
        return;
    mb_event_number(&event, "backend_pid", mb_conn_backend_pid(conn));
    mb_event_end(&event);
}

void mb_report_backup(const mb_reporter *reporter, const char *path, int64_t bytes,
                      int64_t duration_us, bool complete)
{
    mb_event_line event;

    if (!begin(&event, reporter, "backup"))
        return;
    mb_event_text(&event, "path", path);
    mb_event_number(&event, "bytes", bytes);
    mb_event_ms(&event, "duration_ms", duration_us);
    mb_event_flag(&event, "complete", complete);
    mb_event_end(&event);
}

void mb_report_changed(const mb_reporter *reporter, const char *what, const mb_item *item)
{
    mb_event_line event;

    if (!begin(&event, reporter, "changed"))
        return;
    mb_event_text(&event, "what", what);
    mb_event_text(&event, "stream", mb_stream_name(item->stream));
    mb_event_text(&event, "name", item->name);
    mb_event_end(&event);
}

/* ---- text ---- */

void mb_report_observed(const mb_reporter *reporter, const char *text, bool blocked)
{
    mb_event_line event;

    if (begin(&event, reporter, "progress")) {
        mb_event_text(&event, "message", text);
        mb_event_flag(&event, "blocked", blocked);
        mb_event_end(&event);
    }
    if (reporter && reporter->observed)
        reporter->observed(reporter->self, text);
}

void mb_report_note(const mb_reporter *reporter, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    if (!reporter || !reporter->note)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    reporter->note(reporter->self, text);
}
