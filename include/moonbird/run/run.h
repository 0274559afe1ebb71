/* run.h -- the execution of a plan: declarations for the files of src/run and for backfills. */
#ifndef MOONBIRD_RUN_RUN_H
#define MOONBIRD_RUN_RUN_H

#include "moonbird/project/project.h"
#include "moonbird/project/settings.h"
#include "moonbird/project/source.h"
#include "moonbird/base/buf.h"
#include "moonbird/foreign/mirror.h"
#include "moonbird/history/lock.h"
#include "moonbird/pg/observer.h"
#include "moonbird/policy/policies.h"
#include "moonbird/project/args.h"
#include "moonbird/project/kept_args.h"
#include "moonbird/project/loaded.h"
#include "moonbird/project/reporter.h"
#include "moonbird/run/exec.h"

/* ---- the state of a run ---- */

/* What a step that failed left in the database. */
typedef struct mb_left {
    bool unknown; /* the connection was lost, and the history does not say how far the step came */
    bool begun;   /* not atomic: the history has the migration as half done */
    size_t done;  /* number of statements, in a Lua file of steps, that are done */
    bool batches; /* batches of a backfill are committed, or may be */
    bool more;    /* the statement that failed outside a transaction may have committed a part */
} mb_left;

/* The state of one run. Pointers are borrowed unless said otherwise. */
typedef struct mb_run {
    mb_conn *conn;
    const mb_settings *settings;
    const mb_host *host;
    const mb_reporter *reporter;
    mb_given given;  /* arguments as SQL files get them: settings */
    mb_own_args *own; /* for each step of the plan; NULL: each gets the values above */
    size_t n_own;     /* owned by the function that sets them, as `own` */
    mb_args scripts; /* the arguments with secrets, for scripts that declare them; owned */
    struct mb_policies *policies;         /* checked again before each migration; or NULL */
    const struct mb_operation *operation; /* the operation to check them for; or NULL */
    int64_t window_asked; /* when the policies were last checked (mb_now_us) */
    mb_lock *lock;                        /* the run lock, owned; NULL if nothing is recorded */
    mb_observer *observer; /* finds out which sessions block a statement, owned; or NULL */
    mb_writer by;          /* the writer of the history */
    mb_mirror *mirror;     /* another tool's history, which follows; owned; NULL: none */
    mb_tool_lock *tool_lock; /* the lock of that tool, owned; NULL: none */
    bool single_transaction; /* several steps share one transaction */
    bool recorded;         /* false for `run FILE`: no history */
    bool checks_client;    /* the server checks its client: set this again after a reset */
    unsigned own_settings; /* the file's settings, which ours must not override: mb_tx_follow */
    char *before_commit;   /* the message of the next COMMIT begins with these statements; owned */
    bool committing;       /* a COMMIT was sent, and its answer has not been read */
    int attempt;              /* number of the current try of the current step, from 1 */
    const struct mb_step_text *step; /* the statement that a step is now; or NULL */
    bool may_be_partial;   /* a CALL or DO may have committed part of its work: do not retry it */
    bool left_traces;      /* a statement that failed outside a transaction may have had an effect */
    mb_left left;          /* of the current step, as far as it has come */
    /*
     * The row of the current step before the step began, if a failure that did nothing is to put it
     * back; owned. NULL: an earlier run had begun the step, or --restart gave up what that run did.
     */
    char *row_before;
    bool put_back; /* the failed step did nothing, and its row is as it was */
    const mb_hooks *hooks; /* NULL: none */
    const mb_plan *plan;   /* NULL for `run FILE` */
    bool dry_run;          /* hooks are only asked, and everything is rolled back */
    int64_t since;         /* when the command or the current step began (mb_now_us) */
    char waited[512]; /* which session a statement waited for, until the hooks are told; else "" */
    bool complained;  /* an after_commit hook failed; its migration stays applied */
    mb_error complaint;         /* the error of the last such hook */
    struct mb_durable *durable; /* the current migration of steps; else NULL */
} mb_run;

/* The result of a step. The functions below fill it in. */
typedef struct mb_step_result {
    int64_t duration_us; /* by the server's clock; of a script by ours */
    size_t statements;   /* in the file */
    int64_t started_us;  /* started_at of the running row, in microseconds; 0: no row was written */
    bool owned_by_other; /* another runner has the row, so nothing was done */
    char *skipped; /* why it was skipped, owned; NULL: it was not */
    mb_left left;  /* of a step that failed */
} mb_step_result;

/* ---- start.c ---- */

/* A run on the project's session. Everything is borrowed; `reporter` may be NULL. */
mb_run mb_run_of(const mb_project *project, mb_given given, const mb_reporter *reporter);

/*
 * Watch which sessions block the statements of the run. The run must not move in memory. End it
 * with mb_observer_free.
 */
mb_observer *mb_run_observe(mb_run *run);

/* ---- mirror.c ---- */

/*
 * Compare the history of the tool that follows moonbird's, if there is one, and check that the plan
 * fits it. Free *out, which may be NULL, with mb_mirror_free.
 */
MB_MUST_CHECK bool mb_run_open_mirror(mb_mirror **out, mb_project *project, mb_error *err);

/*
 * Take the lock of the other tool, if it has one, and set run->mirror. Call mb_run_end_follow after
 * the run, also after an error.
 */
MB_MUST_CHECK bool mb_run_follow(mb_run *run, mb_project *project, mb_error *err);
void mb_run_end_follow(mb_run *run);

/* ---- window.c ---- */

/* Do the policies still allow run->operation? */
MB_MUST_CHECK bool mb_run_check_policies(mb_run *run, mb_error *err);

/*
 * Call between two transactions of a migration, where a later run can continue: fails with
 * MB_ERR_POLICY if a window has closed. Asks at most once a second, and not at all where
 * run->operation is NULL: for `run FILE`, which no later run continues, and for the processes that
 * the runner of a backfill started, which it stops itself.
 */
MB_MUST_CHECK bool mb_run_check_window(mb_run *run, mb_error *err);

/* ---- run.c: the contents of a step's transactions ---- */

/* The parts of a run that mb_policies_begin needs; points into the run. */
mb_recording mb_run_recording(mb_run *run);

/*
 * Run a step inside a transaction: set its row to running, run the hooks and the file, then finish
 * the row. `begin` opens the transaction, or is a savepoint in an open one, in the message of the
 * row; or NULL. *at is the number of the statement that failed; 0 if none did.
 */
MB_MUST_CHECK bool mb_run_body(mb_run *run, const mb_source *source, const char *begin,
                               mb_step_result *out, size_t *at, mb_error *err);

/*
 * mb_run_body with its BEGIN and COMMIT; rolls back on failure. Returns true with
 * out->owned_by_other set, after a rollback, if another runner has the row.
 */
MB_MUST_CHECK bool mb_run_atomic(mb_run *run, const mb_source *source, mb_step_result *out,
                                 size_t *at, mb_error *err);

/*
 * For a step that is not atomic: mb_run_start_row commits its running row before the first segment
 * or step, mb_run_finish_row finishes the row after the last one. mb_run_start_row fails with
 * out->owned_by_other set if another runner has the row. mb_run_finish_row sets *at to 0: its
 * errors belong to no statement.
 */
MB_MUST_CHECK bool mb_run_start_row(mb_run *run, const mb_source *source, mb_step_result *out,
                                    mb_error *err);
MB_MUST_CHECK bool mb_run_finish_row(mb_run *run, const mb_source *source,
                                     mb_step_result *out, size_t *at, mb_error *err);

/*
 * Record the list of files that the script loaded, in the open transaction, if the list is longer
 * than `*recorded` bytes; sets *recorded to its length. Promotions compare these files as well as
 * the migration's own. Fails with MB_ERR_POLICY if one of them was not loaded in the environment
 * that promote_from names.
 */
MB_MUST_CHECK bool mb_run_record_loaded(const mb_run *run, const mb_source *source,
                                        size_t *recorded, mb_error *err);

/* ---- retry.c: one step, retried if that helps ---- */

/*
 * Run one step: in a transaction of its own, in segments, or as a migration of steps. Retries,
 * recovers from a lost connection, records a failure and calls the hooks. On success
 * out->owned_by_other and out->skipped say whether it did run; otherwise out->left says what stays.
 */
MB_MUST_CHECK bool mb_run_source(mb_run *run, mb_source *source, mb_step_result *out,
                                 mb_error *err);

/*
 * Is *err a conflict that may pass (lock timeout, deadlock, serialization failure), and is a retry
 * left? If so, reports it, waits, and returns true: the caller runs again everything that was
 * rolled back. Else returns false; *err is then the error, or that of an interrupt or a window.
 */
MB_MUST_CHECK bool mb_run_may_retry(mb_run *run, const mb_source *source, mb_error *err);

/*
 * Can the file run in segments instead, given that its statement `at` failed with this error in a
 * transaction?
 */
bool mb_run_wants_segments(const mb_source *source, size_t at, const mb_error *err);

/* Make the observer look for blockers before lock_timeout ends a wait. */
void mb_run_observe_early(const mb_run *run, const mb_source *source);

/*
 * Call after the rollback of a failed step: adds blockers and the file to *err, records the
 * failure, and calls the hooks. Returns false.
 */
bool mb_run_failed(mb_run *run, const mb_source *source, mb_error *err);

/*
 * mb_run_failed without touching the history or adding blockers: for a row that another runner
 * owns. Returns false.
 */
bool mb_run_refused(mb_run *run, const mb_source *source, mb_error *err);

/* ---- batch.c: small migrations in one pipeline ---- */

/* How many sources from sources[0] on can be in one batch; fewer than two are not a batch. */
size_t mb_batch_length(const mb_run *run, const mb_source *sources, size_t n);

/*
 * Run `n` sources, each in a transaction of its own, in one pipeline. The pipeline also creates the
 * history if necessary and, if these are the `last` sources of the run, releases the lock after all
 * of them.
 *
 * *done is the number of sources that were committed. The next one, if any, failed and was rolled
 * back without a report: run it alone. Then the commits before it are not durable until the next
 * commit.
 */
void mb_batch_run(mb_run *run, const mb_source *sources, size_t n, bool last, mb_step_result *out,
                  size_t *done);

/* ---- single_transaction.c: several steps in one transaction ---- */

/*
 * Make the BEGIN of one transaction for all sources, with the transaction modes that their files
 * set. Fails with MB_ERR_POLICY if these differ. The caller frees *out, which is NULL after an
 * error.
 */
MB_MUST_CHECK bool mb_single_transaction_begin(char **out, const mb_source *sources, size_t n,
                                               mb_error *err);

/* Several steps in one transaction, and their results. */
typedef struct mb_single_transaction {
    mb_source *sources;
    size_t n;
    mb_step_result *out;    /* one for each source */
    bool may_split;         /* the caller can also run them in separate transactions */
    size_t failed;          /* index of the source that ended the transaction */
    size_t statement;       /* number of the statement that failed there; 0 for none */
    bool apart; /* result: they must run in separate transactions, and everything is rolled back */
} mb_single_transaction;

/*
 * Run all steps in one transaction: --single-transaction, and redo, whose two halves must both be
 * done or neither. If all->apart is set, it returns false without a report, and the caller runs the
 * steps separately.
 */
MB_MUST_CHECK bool mb_run_single_transaction(mb_run *run, mb_single_transaction *all,
                                             mb_error *err);

/* ---- lost_connection.c: after a lost connection ---- */

/*
 * Call after a failed step. If the connection was lost, reconnects, takes the run lock again and
 * asks the history. Returns true if this try of the step was committed. Else returns false, and if
 * the history was asked, adds its answer to *err, which is the error of the step.
 */
MB_MUST_CHECK bool mb_recover(mb_run *run, const mb_source *source, mb_step_result *out,
                              mb_error *err);

/* The author and the session of a change of the history that runs nothing. Borrowed. */
typedef struct mb_change {
    mb_lock *lock;
    struct mb_policies *policies;
    const mb_writer *by; /* its `command` is the name of the event */
    const mb_reporter *reporter;
} mb_change;

/*
 * mb_recover for such a change whose COMMIT got no answer: looks at the last event of the
 * migration. Adds the history's answer to *err, which is the error of the change.
 */
MB_MUST_CHECK bool mb_recover_change(const mb_change *change, mb_key key, mb_error *err);

/*
 * Call if out->owned_by_other: find out who owns the row. If this process does, because it
 * committed before its connection was lost, clears out->owned_by_other. Fails with MB_ERR_LOCKED if
 * the row is not applied yet.
 */
MB_MUST_CHECK bool mb_recover_owned_by_other(const mb_run *run, const mb_source *source,
                                             mb_step_result *out, mb_error *err);

/* notes.c: report a note for each thing in the files that is allowed but may be a mistake. */
void mb_note_files(const mb_run *run, const mb_source *sources, size_t n);

/*
 * context.c: the call that a script gets for this run and source; `source` may be NULL. Everything
 * points into its arguments.
 */
mb_call mb_run_call(const mb_run *run, const mb_source *source);

/* context.c: the values of the parameters for a source; with the secrets of its script. */
mb_given mb_run_given(const mb_run *run, const mb_source *source);
const mb_args *mb_run_args(const mb_run *run, const mb_source *source);
/*
 * context.c: fail with MB_ERR_USAGE if the session has a value for a parameter of the source that
 * has none: the database, the role or PGOPTIONS sets it, and the source would take it.
 */
MB_MUST_CHECK bool mb_run_check_unset(const mb_run *run, const mb_source *source, mb_error *err);
const mb_own_args *mb_run_own_args(const mb_run *run, const mb_source *source); /* or NULL */

/* ---- hook.c: the team's own scripts ---- */

/* Load all hooks to find their errors; NULL: there are none. */
MB_MUST_CHECK bool mb_hook_load(const mb_hooks *hooks, mb_error *err);

/* Does the run have a hook for that event? */
bool mb_hook_is_there(const mb_run *run, mb_hook_event event);

/* Run the hooks of an event that belongs to no migration, outside a transaction. */
MB_MUST_CHECK bool mb_hook_all(const mb_run *run, mb_hook_event event, mb_error *err);

/*
 * Run the hooks of an event in the migration's open transaction, under the migration's own limits.
 */
MB_MUST_CHECK bool mb_hook_each(const mb_run *run, mb_hook_event event, const mb_source *source,
                                mb_error *err);

/* mb_hook_each before or after a batch of a backfill, which began at `since` (mb_now_us). */
MB_MUST_CHECK bool mb_hook_batch(const mb_run *run, mb_hook_event event, const mb_source *source,
                                 const mb_call_batch *batch, int64_t since, mb_error *err);

/* The hooks of a migration's statements, and their events, as a watch. */
typedef struct mb_hook_watch {
    mb_watch watch;
    const mb_run *run;
    const mb_source *source;
    bool failed; /* result: a hook failed, not the statement */
    mb_error why; /* its error, which a script may have caught */
} mb_hook_watch;

/*
 * Fill in *out, which must not move in memory, and return its watch; NULL if there are no such
 * hooks and no --events.
 */
const mb_watch *mb_hook_watch_of(mb_hook_watch *out, const mb_run *run, const mb_source *source);

/*
 * Run a statement of the migration's file in the open transaction, with its hooks. If one of these
 * fails, *at, the number of the statement that failed, becomes 0.
 */
MB_MUST_CHECK bool mb_hook_exec(const mb_run *run, const mb_source *source, mb_script *script,
                                const mb_stmt *stmt, size_t *at, mb_error *err);

/*
 * Run the hooks of a statement that cannot run in a transaction, in a separate transaction.
 * `duration_us` is MB_UNSET before the statement.
 */
MB_MUST_CHECK bool mb_hook_alone(mb_run *run, const mb_source *source, const mb_stmt *stmt,
                                 int64_t duration_us, mb_error *err);

/*
 * Tell the hooks of an event that has happened, outside a transaction; `why` is its error, or NULL.
 * An error of a hook is only reported, except after a commit: then the run fails at its end. Does
 * nothing after an interrupt.
 */
void mb_hook_notify(mb_run *run, mb_hook_event event, const mb_source *source, const mb_error *why);

/*
 * Tell the hooks if a statement waited for other sessions. `end` is the statement's error, or NULL.
 */
void mb_hook_notify_waited(mb_run *run, const mb_source *source, const mb_error *end);

/* ---- skip.c: skipped migrations ---- */

/* Record that a migration was skipped, and set out->skipped to the reason. */
MB_MUST_CHECK bool mb_skip_record(const mb_run *run, const mb_source *source, const char *why,
                                  mb_step_result *out, mb_error *err);

/*
 * Set *why to the reason for which the source at `at` is skipped too: it depends on one that
 * `results` says is skipped, or is the other half of a skipped redo; else NULL. The caller frees
 * it.
 */
MB_MUST_CHECK bool mb_skip_reason(char **why, const mb_run *run, const mb_source *sources,
                                  size_t at, const mb_step_result *results, mb_error *err);

/*
 * Skip the source at `at` too if it depends on a skipped one, or is the other half of a skipped
 * redo.
 */
MB_MUST_CHECK bool mb_skip_dependents(const mb_run *run, const mb_source *sources, size_t at,
                                      mb_step_result *results, mb_error *err);

/* run.c: call the script's `up` or `down`; and its `verify`, if it has one and goes up. */
MB_MUST_CHECK bool mb_run_lua(const mb_run *run, const mb_source *source, mb_error *err);
MB_MUST_CHECK bool mb_run_verify(const mb_run *run, const mb_source *source, mb_error *err);

/* ---- transaction.c: BEGIN, COMMIT, limits and resets around a migration's statements ---- */

/*
 * Send BEGIN (or `begin`, the file's own text; NULL: BEGIN) and the settings of our transactions.
 * mb_tx_add_begin appends the same statements to `sql`.
 */
MB_MUST_CHECK bool mb_tx_begin(const mb_run *run, const char *begin, mb_error *err);
void mb_tx_add_begin(mb_buf *sql, const mb_run *run, const char *begin); /* `begin` is not NULL */

/*
 * The timeout of the file, else of the settings, in milliseconds; 0: no limit. `source` may be
 * NULL: the settings.
 */
int mb_lock_timeout(const mb_run *run, const mb_source *source);
int mb_statement_timeout(const mb_run *run, const mb_source *source);
int mb_transaction_timeout(const mb_run *run, const mb_source *source);

/*
 * Set the three timeouts and the arguments of --set for the file's statements, until the end of the
 * transaction. The time of transaction_timeout counts from here.
 */
MB_MUST_CHECK bool mb_tx_limits(const mb_run *run, const mb_source *source, mb_error *err);

/*
 * mb_tx_limits before the file's first statement. Also discards sequence values: lastval() must not
 * return the position of our own row.
 */
MB_MUST_CHECK bool mb_tx_enter(const mb_run *run, const mb_source *source, mb_error *err);
void mb_tx_add_enter(mb_buf *sql, const mb_run *run, const mb_source *source); /* to a message */

/*
 * Run the file's deferred triggers, then undo its changes of the session: role, authorization,
 * settings. The file's limits stay until COMMIT.
 */
MB_MUST_CHECK bool mb_tx_reset(const mb_run *run, const mb_source *source, mb_error *err);

/* mb_tx_reset at the end of a step; also drops temporary tables. */
MB_MUST_CHECK bool mb_tx_reset_step(const mb_run *run, const mb_source *source, mb_error *err);

/*
 * mb_tx_reset after the file's last statement. Also removes all else that the file can have left,
 * so that the next migration does not see it: temporary tables, prepared statements, cursors,
 * LISTEN, advisory locks except the run lock, sequence values. (Segments of one file share these;
 * steps of one file share all but temporary tables.)
 */
MB_MUST_CHECK bool mb_tx_clean(const mb_run *run, const mb_source *source, mb_error *err);

/*
 * The statements of mb_tx_clean, for the message of another statement; not behind a pooler, where
 * they are not enough. mb_tx_fail_clean says what the message's error means, and returns false.
 */
void mb_tx_add_clean(mb_buf *sql, const mb_run *run, const mb_source *source);
bool mb_tx_fail_clean(const mb_run *run, mb_error *err);

/* mb_tx_reset and mb_tx_clean outside a transaction, without limits. Do nothing behind a pooler. */
MB_MUST_CHECK bool mb_tx_reset_session(const mb_run *run, mb_error *err);
MB_MUST_CHECK bool mb_tx_clean_session(const mb_run *run, mb_error *err);
void mb_tx_add_clean_session(mb_buf *sql, const mb_run *run); /* appends its statements */

/* Fail if a statement ended the transaction: the next statement must not run outside it. */
MB_MUST_CHECK bool mb_tx_still_open(const mb_run *run, mb_error *err);

/*
 * Follow a statement that has run, or that an earlier run completed: *own is the set of our limits
 * and other settings that the file has made itself for its session. With run->own_settings = *own
 * mb_tx_add_begin, mb_tx_limits and mb_tx_limits_alone leave these alone.
 */
void mb_tx_follow(unsigned *own, const mb_stmt *stmt);

/* Commit. If the answer is lost, *err is MB_ERR_CONNECT, and the outcome is unknown. */
MB_MUST_CHECK bool mb_tx_commit(mb_run *run, mb_error *err);

/*
 * mb_tx_limits for a statement outside a transaction; does nothing behind a pooler. `concurrently`:
 * without lock_timeout.
 */
MB_MUST_CHECK bool mb_tx_limits_alone(const mb_run *run, const mb_source *source, bool concurrently,
                                      mb_error *err);

/* ---- owner.c: each running migration's row belongs to one runner ---- */

/*
 * Check, in the transaction that will take over the half-done row of the source's step, that this
 * is safe. MB_ERR_LOCKED if its owner is alive; another error if the row is not as the plan was
 * made from.
 */
MB_MUST_CHECK bool mb_owner_claim(const mb_run *run, const mb_source *source, mb_error *err);

/*
 * mb_tx_begin after a check, in the same message, that the run lock and the row are still ours.
 * Takes a lost lock again. MB_ERR_LOCKED if another runner took over; then no transaction is open.
 */
MB_MUST_CHECK bool mb_owner_begin(const mb_run *run, const mb_source *source, const char *begin,
                                  mb_error *err);

/* The check of mb_owner_begin before a statement that runs outside a transaction. */
MB_MUST_CHECK bool mb_owner_check(const mb_run *run, const mb_source *source, mb_error *err);

/* ---- nontransactional.c: statements outside a transaction ---- */

/*
 * Run one statement. `again`: it may have run before without being recorded, so nothing is done if
 * its effect exists. A failed CREATE INDEX CONCURRENTLY or REINDEX leaves no INVALID index behind.
 * Sets run->may_be_partial and run->left.more, which the caller clears after it has recorded the
 * statement.
 */
MB_MUST_CHECK bool mb_alone_run(mb_run *run, const mb_source *source, mb_script *script,
                                const mb_stmt *stmt, bool again, mb_error *err);

/* ---- segment.c: a file that is not one transaction ---- */

/* The progress of a file in segments, and the findings of its earlier tries. */
typedef struct mb_segments {
    size_t *forced; /* numbers of statements that the server refuses in a transaction; owned */
    size_t n_forced;
    bool may_have_run; /* the next statement may have run before */
    size_t done;       /* number of statements whose segment is committed */
    size_t at;         /* number of the statement that failed */
    bool kept;         /* the session has the settings of those statements */
} mb_segments;

/*
 * Behind a pooler, fail with MB_ERR_POLICY if a file in segments sets something for its session:
 * each segment may run in another session, and the setting would reach another client's work.
 */
MB_MUST_CHECK bool mb_segments_check(const mb_source *source, const mb_conn *conn, mb_error *err);

/*
 * Run the file from statement parts->done + 1 on. Session settings of the statements before it are
 * sent again first, unless parts->kept; it is true then, until something resets the session.
 */
MB_MUST_CHECK bool mb_segments_run(mb_run *run, mb_source *source, mb_segments *parts,
                                   mb_error *err);

/* ---- step.c: a migration of durable steps ---- */

/* Run the migration from where an earlier run left it; the caller writes its row. */
MB_MUST_CHECK bool mb_durable_run(mb_run *run, mb_source *source, mb_error *err);

#endif
