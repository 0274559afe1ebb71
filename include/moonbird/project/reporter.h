/*
 * reporter.h -- reports the progress of a run: to callbacks, and to the stream of --events.
 *
 * Code that has something to tell calls one function, mb_report_WHAT. Where `reporter` is NULL, or
 * has neither a callback nor `events`, these functions do nothing.
 */
#ifndef MOONBIRD_PROJECT_REPORTER_H
#define MOONBIRD_PROJECT_REPORTER_H

#include "moonbird/project/host.h"
#include "moonbird/project/plan.h"

struct mb_source;

/* A migration that was run. */
typedef struct mb_finished {
    char *name; /* owned */
    mb_stream stream;
    mb_direction direction;
    int64_t duration_us; /* by the server's clock */
    size_t statements;   /* in the file */
} mb_finished;

/* Called as things happen. Any member may be NULL; arguments are valid during the call. */
typedef struct mb_reporter {
    void *self;
    void (*planned)(void *self, const mb_plan *plan);
    void (*started)(void *self, const mb_step *step);
    void (*finished)(void *self, const mb_finished *done);
    void (*failed)(void *self, const mb_step *step);
    void (*skipped)(void *self, const mb_step *step, const char *why);
    /* something to know: not atomic, resumed, retried, waiting */
    void (*note)(void *self, const char *text);
    /* progress of a long statement, or the session that blocks it */
    void (*observed)(void *self, const char *text);
    /* a statement of an SQL file has run */
    void (*statement)(void *self, const struct mb_source *source, const mb_call_statement *done);
    const mb_sink *rows; /* receives the rows that statements return; NULL: they are dropped */
    bool events;         /* what happens is an event of --events too */
} mb_reporter;

/* Must the statements of migrations be reported? */
bool mb_report_wants_statements(const mb_reporter *reporter);

/* The run has its plan; it begins with the first migration. */
void mb_report_planned(const mb_reporter *reporter, const mb_plan *plan);

/* `together`: the number of migrations, from this one on, that are sent together. */
void mb_report_started(const mb_reporter *reporter, const struct mb_source *source,
                       size_t together);
void mb_report_finished(const mb_reporter *reporter, const mb_finished *done);
void mb_report_failed(const mb_reporter *reporter, const mb_step *step, const mb_error *why);
void mb_report_skipped(const mb_reporter *reporter, const mb_step *step, const char *why);

/* The progress of a long statement; `blocked`: the session that it waits for. */
void mb_report_observed(const mb_reporter *reporter, const char *text, bool blocked);

/* A statement of a file or a script has run. */
void mb_report_statement(const mb_reporter *reporter, const struct mb_source *source,
                         const mb_call_statement *done);

/* A migration or a part of it failed, and is tried again. */
typedef struct mb_retry {
    const struct mb_source *source;
    const mb_error *why;
    const char *blockers; /* the sessions that blocked it; "" for none */
    int number, of;
    long wait_ms; /* until it is tried again */
} mb_retry;

/* Reports it before the wait. */
void mb_report_retry(const mb_reporter *reporter, const mb_retry *retry);

/* The first `done` statements of a file that runs in segments are committed. */
void mb_report_segment(const mb_reporter *reporter, const struct mb_source *source, size_t done);

/*
 * A step or a backfill of a migration: `state` is "begun", "done", "earlier" (done by an earlier
 * run) or "failed", then with its error `why`; else NULL.
 */
void mb_report_step(const mb_reporter *reporter, const struct mb_source *source, const char *step,
                    const char *state, const mb_error *why);

/* A batch of a backfill is committed. */
void mb_report_batch(const mb_reporter *reporter, const struct mb_source *source,
                     const mb_call_batch *batch, int64_t duration_us);

/* How far a backfill is, in all its processes. */
typedef struct mb_backfill_state {
    const char *backfill;
    int64_t rows; /* processed so far */
    double fraction, rows_per_second;
    double seconds_left; /* below 0: unknown */
    const char *waits;   /* why it waits now; or NULL */
} mb_backfill_state;

void mb_report_backfill(const mb_reporter *reporter, const mb_backfill_state *state);

/* The hooks of an event have run; `why`: the error with which they ended, or NULL. */
void mb_report_hook(const mb_reporter *reporter, const char *hook, const mb_call *call,
                    int64_t duration_us, const mb_error *why);

/* The run waits for a lock: `text` says which one, and who holds it. */
void mb_report_lock_wait(const mb_reporter *reporter, const char *text);
void mb_report_locked(const mb_reporter *reporter, int64_t waited_us); /* the run lock */

/* The connection is lost, or is there again; moonbird goes on with another session. */
void mb_report_disconnected(const mb_reporter *reporter, const mb_conn *conn);
void mb_report_reconnected(const mb_reporter *reporter, const mb_conn *conn);

/* Reports the size of a backup so far; `complete`: the backup is done. */
void mb_report_backup(const mb_reporter *reporter, const char *path, int64_t bytes,
                      int64_t duration_us, bool complete);

/* The history was changed without running the migration: mark, forget, repair, rename, baseline. */
void mb_report_changed(const mb_reporter *reporter, const char *what, const mb_item *item);

/*
 * Call reporter->note with one line, cut to 1023 bytes; does nothing without a reporter or without
 * `note`.
 */
void mb_report_note(const mb_reporter *reporter, const char *fmt, ...) MB_PRINTF(2, 3);

#endif
