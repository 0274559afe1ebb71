/* run.h -- a plan while it is executed: what the files of this room share, and what backfills use. */
#ifndef MOONBIRD_RUN_RUN_H
#define MOONBIRD_RUN_RUN_H

#include "moonbird/project/project.h"
#include "moonbird/project/settings.h"
#include "moonbird/project/source.h"
#include "moonbird/base/buf.h"
#include "moonbird/history/lock.h"
#include "moonbird/pg/observer.h"
#include "moonbird/policy/policies.h"
#include "moonbird/project/args.h"
#include "moonbird/project/loaded.h"
#include "moonbird/project/reporter.h"
#include "moonbird/run/exec.h"

/* ---- what one run carries from step to step ---- */

typedef struct mb_run {
    mb_conn *conn;
    const mb_settings *settings;
    const mb_host *host;
    const mb_reporter *reporter;
    mb_given given;        /* settings of SQL */
    mb_args scripts;       /* the same and secrets, for scripts that declare them */
    struct mb_policies
        *policies; /* the policies, which are asked again before each migration; or NULL */
    const struct mb_operation *operation; /* for what they are asked */
    mb_lock *lock;         /* the run lock; NULL where nothing is recorded */
    mb_observer *observer; /* names who blocks; NULL without a session */
    mb_writer by;
    bool together;         /* several steps share one transaction */
    bool recorded;         /* false for `run FILE`: no history */
    bool checks_client;    /* client_connection_check_interval can be set */
    const mb_history *unmade; /* the history, for as long as it has to be made; else NULL */
    int attempt;           /* from 1, of the step now running */
    bool may_be_partial;   /* a CALL or DO that commits inside is not recorded: never tried again */
    const mb_hooks *hooks; /* NULL: none */
    const mb_plan *plan;   /* NULL for `run FILE` */
    int64_t since;         /* of the command, or of the step now running */
    char waited[512];      /* for whom a statement waited, until the hooks know; else "" */
    bool complained;       /* a hook failed when its migration was final: */
    mb_error complaint;    /* the last of those errors */
    struct mb_durable *durable; /* an MB_SHAPE_STEPS that runs; else NULL */
} mb_run;

/* What happened to the step: filled by the functions below. */
typedef struct mb_result_of_step {
    int64_t duration_us;
    size_t statements;
    int64_t started_us; /* of the row as running, by the history; 0: it was not written */
    bool taken;    /* another runner has it: nothing was done */
    char *skipped; /* a hook's reason to pass it over, owned; NULL: it was not */
} mb_result_of_step;

/* ---- start.c ---- */

/* A run on the project's session; `reporter` may be NULL.  All are borrowed. */
mb_run mb_run_of(const mb_project *project, mb_given given, const mb_reporter *reporter);

/* Watch whom the statements of the run wait for; the run must not move.  mb_observer_free ends it. */
mb_observer *mb_run_observe(mb_run *run);

/* ---- run.c: what is inside the transactions of one step ---- */

/* What the policies need of a run; it points into the run. */
mb_entrance mb_run_entrance(mb_run *run);

/* Row, hooks, file, row: in an open transaction.  *at is the statement that failed; 0 for none. */
MB_MUST_CHECK bool mb_run_body(mb_run *run, const mb_source *source, mb_result_of_step *out,
                               size_t *at, mb_error *err);

/* The same with its BEGIN and COMMIT; rolled back where it fails. */
MB_MUST_CHECK bool mb_run_atomic(mb_run *run, const mb_source *source, mb_result_of_step *out,
                                 size_t *at, mb_error *err);

/* What is not atomic: a transaction before it with the intent, and one after it with the end. */
MB_MUST_CHECK bool mb_run_intent(mb_run *run, const mb_source *source, mb_result_of_step *out,
                                 mb_error *err);
MB_MUST_CHECK bool mb_run_finish(const mb_run *run, const mb_source *source, mb_result_of_step *out,
                                 size_t *at, mb_error *err);

/*
 * The list of files that the script loaded, which a promotion compares beside the file itself,
 * where more than `*recorded` bytes of it are to be recorded: in the transaction that is open.
 */
MB_MUST_CHECK bool mb_run_record_loaded(const mb_run *run, const mb_source *source,
                                        size_t *recorded, mb_error *err);

/* ---- attempt.c: one step, tried again where that helps ---- */

/* In a transaction of its own, in segments or in steps. */
MB_MUST_CHECK bool mb_run_source(mb_run *run, mb_source *source, mb_result_of_step *out,
                                 mb_error *err);

/*
 * Is it an error that passes (a lock, a deadlock, a serialization failure), and is a try left?
 * Then it was said, and some time has passed: run all that was rolled back once more.
 */
MB_MUST_CHECK bool mb_run_may_retry(mb_run *run, const mb_source *source, mb_error *err);

/* Can the file run in segments, after this error of that statement in a transaction? */
bool mb_run_wants_segments(const mb_source *source, size_t at, const mb_error *err);

/* The observer must look before lock_timeout ends the wait. */
void mb_run_look_early(const mb_run *run, const mb_source *source);

/* It is rolled back: blockers and place are added, the history and the hooks told; returns false.
 */
bool mb_run_failed(mb_run *run, const mb_source *source, mb_error *err);

/* The same of a row that is another runner's: what becomes of it is not ours to write. */
bool mb_run_refused(mb_run *run, const mb_source *source, mb_error *err);

/* ---- batch.c: small migrations that travel together ---- */

/* How many sources from sources[0] on can; fewer than two are no batch. */
size_t mb_batch_length(const mb_run *run, const mb_source *sources, size_t n);

/*
 * Run `n` sources, each in a transaction of its own, in one pipeline, which also makes the
 * history if it has to be and, if they are the `last` of the run, gives the lock back once
 * all was done.  *done of them were committed; a failed one was rolled back, and nothing
 * is said of it: run it alone.  Nothing of those before it is durable until the next commit.
 */
void mb_batch_run(mb_run *run, const mb_source *sources, size_t n, bool last,
                  mb_result_of_step *out, size_t *done);

/* ---- single_transaction.c: several steps in one transaction ---- */

/*
 * The BEGIN of one transaction for all of them (the caller frees it): with the isolation level,
 * and what else their own BEGINs say, which is the same wherever one says anything.
 */
MB_MUST_CHECK bool mb_together_begin(char **out, const mb_source *sources, size_t n, mb_error *err);

/* Several steps that one transaction holds, and what became of them. */
typedef struct mb_together {
    mb_source *sources;
    size_t n;
    mb_result_of_step *out; /* one a source */
    bool may_split;         /* they may also run in transactions of their own */
    size_t failed;          /* the source at which it ended */
    size_t statement;       /* of that source; 0 for none */
    bool apart;             /* they must run in transactions of their own; everything is rolled back */
} mb_together;

/*
 * --single-transaction, and redo, of which both halves are done or none.  Where all->apart is set
 * it returns false and nothing is reported: the caller runs the steps apart.
 */
MB_MUST_CHECK bool mb_run_together(mb_run *run, mb_together *all, mb_error *err);

/* ---- lost_connection.c: after a lost connection ---- */

/*
 * Connect again and ask the history: true when it says that this try of the step
 * was committed, with the run lock taken anew.  Otherwise *err, which is the error
 * so far, says what the history said; nothing happens where the session was not lost.
 */
MB_MUST_CHECK bool mb_recover(mb_run *run, const mb_source *source, mb_result_of_step *out,
                              mb_error *err);

/* A change of the history alone: who makes it, and over which session. */
typedef struct mb_change {
    mb_lock *lock;
    struct mb_policies *policies;
    const mb_writer *by; /* its command is the event's name */
    const mb_reporter *reporter;
} mb_change;

/*
 * The COMMIT of it got no answer: the same, by the last event of the migration.  Otherwise
 * *err, which is the error so far, says what the history said.
 */
MB_MUST_CHECK bool mb_recover_change(const mb_change *change, mb_key key, mb_error *err);

/*
 * out->taken: whose row was there?  One that this process committed before its
 * connection was lost is not taken but done; false for one that is not applied.
 */
MB_MUST_CHECK bool mb_recover_taken(const mb_run *run, const mb_source *source,
                                    mb_result_of_step *out, mb_error *err);

/* A note for each thing in the files that is allowed, and may be a mistake. */
void mb_note_files(const mb_run *run, const mb_source *sources, size_t n);

/* What a script is told of the run and, unless it is NULL, the source. */
mb_call mb_run_call(const mb_run *run, const mb_source *source);

/* ---- hook.c: a team's scripts at their moments ---- */

/* What is wrong in them is found; NULL: there are none. */
MB_MUST_CHECK bool mb_hook_load(const mb_hooks *hooks, mb_error *err);

bool mb_hook_is_there(const mb_run *run, mb_hook_event event);

/* In no transaction. */
MB_MUST_CHECK bool mb_hook_all(const mb_run *run, mb_hook_event event, mb_error *err);

/* In the open transaction, under the migration's own limits. */
MB_MUST_CHECK bool mb_hook_each(const mb_run *run, mb_hook_event event, const mb_source *source,
                                mb_error *err);

/* The same round a batch of a backfill, which began at `since`. */
MB_MUST_CHECK bool mb_hook_batch(const mb_run *run, mb_hook_event event, const mb_source *source,
                                 const mb_call_batch *batch, int64_t since, mb_error *err);

/*
 * Of what has happened already, in no transaction: an error of the hook is
 * reported.  After a commit it makes the run fail, once all the rest is done.
 * After an interrupt nobody is told.
 */
void mb_hook_tell(mb_run *run, mb_hook_event event, const mb_source *source, const mb_error *why);

/* The same of a statement that waited for others, if one did.  `end`: its error, or NULL. */
void mb_hook_tell_waited(mb_run *run, const mb_source *source, const mb_error *end);

/* ---- skip.c: migrations that are passed over ---- */

/* An event, and the reason as out->skipped. */
MB_MUST_CHECK bool mb_skip_record(const mb_run *run, const mb_source *source, const char *why,
                                  mb_result_of_step *out, mb_error *err);

/* The source at `at` is skipped too where it waits for one that was, or is its redo's other half.
 */
MB_MUST_CHECK bool mb_skip_what_waits(const mb_run *run, const mb_source *sources, size_t at,
                                      mb_result_of_step *results, mb_error *err);

/* The migration's up or down; and its verify, where it has one and goes up. */
MB_MUST_CHECK bool mb_run_lua(const mb_run *run, const mb_source *source, mb_error *err);
MB_MUST_CHECK bool mb_run_verify(const mb_run *run, const mb_source *source, mb_error *err);

/* ---- transaction.c: what stands round the statements ---- */

/* BEGIN (or the file's own text), and the settings of our transactions. */
MB_MUST_CHECK bool mb_tx_begin(const mb_run *run, const char *begin, mb_error *err);
void mb_tx_add_begin(mb_buf *sql, const mb_run *run, const char *begin); /* the same as text */

/* What the file says, or the settings; 0 is no limit.  Without a source: the settings. */
int mb_lock_timeout(const mb_run *run, const mb_source *source);
int mb_statement_timeout(const mb_run *run, const mb_source *source);

/* lock_timeout, statement_timeout and --set, for the file's statements. */
MB_MUST_CHECK bool mb_tx_limits(const mb_run *run, const mb_source *source, mb_error *err);

/* The same before the first of them; and lastval() is not the position of our own row. */
MB_MUST_CHECK bool mb_tx_enter(const mb_run *run, const mb_source *source, mb_error *err);

/*
 * Undo what a file set for the session: role, authorization, settings.  Its limits hold until
 * COMMIT, which runs what its statements deferred.
 */
MB_MUST_CHECK bool mb_tx_reset(const mb_run *run, const mb_source *source, mb_error *err);

/* The same at the end of a step, and temporary tables. */
MB_MUST_CHECK bool mb_tx_reset_step(const mb_run *run, const mb_source *source, mb_error *err);

/*
 * The same, and take away what else the file can have left: temporary tables, prepared statements,
 * cursors, LISTEN, advisory locks but the run lock, values of sequences.  The next migration must
 * not see it.  After the file's last statement: its segments share these, its steps all but tables.
 */
MB_MUST_CHECK bool mb_tx_clean(const mb_run *run, const mb_source *source, mb_error *err);

/* Both where no transaction is open. */
MB_MUST_CHECK bool mb_tx_reset_session(const mb_run *run, mb_error *err);
MB_MUST_CHECK bool mb_tx_clean_session(const mb_run *run, mb_error *err);

/* A statement that ended the transaction must not be followed by one outside of it. */
MB_MUST_CHECK bool mb_tx_still_open(const mb_run *run, mb_error *err);

MB_MUST_CHECK bool mb_tx_commit(const mb_run *run, mb_error *err);

/* The same limits for a statement that runs in no transaction of ours. */
MB_MUST_CHECK bool mb_tx_limits_alone(const mb_run *run, const mb_source *source, bool concurrently,
                                      mb_error *err);

/* ---- owner.c: the row of a migration that runs belongs to one runner ---- */

/*
 * In the transaction that takes over the row of the source's step: MB_ERR_LOCKED where its
 * owner lives, an error where it is not the row that the plan was made from.
 */
MB_MUST_CHECK bool mb_owner_take(const mb_run *run, const mb_source *source, mb_error *err);

/*
 * mb_tx_begin, once the run lock and the row are found to be ours, in the same message.  A lock
 * that was lost is taken again.  MB_ERR_LOCKED: another runner took over; nothing was begun.
 */
MB_MUST_CHECK bool mb_owner_begin(const mb_run *run, const mb_source *source, const char *begin,
                                  mb_error *err);

/* The same before a statement that runs in no transaction. */
MB_MUST_CHECK bool mb_owner_check(const mb_run *run, const mb_source *source, mb_error *err);

/* ---- nontransactional.c: statements that no transaction protects ---- */

/*
 * Run one.  `again`: it may have run before, without its record; then what is
 * done already is left as it is.  A failure leaves no INVALID index of its own.
 * Who records it then clears run->may_be_partial.
 */
MB_MUST_CHECK bool mb_alone_run(mb_run *run, const mb_source *source, mb_script *script,
                                const mb_stmt *stmt, bool again, mb_error *err);

/* ---- segment.c: a file that is not one transaction ---- */

/* How far a file in segments has got, and what earlier tries of it have shown. */
typedef struct mb_segments {
    size_t *forced;     /* numbers of statements that the server wants outside a transaction */
    size_t n_forced;
    bool may_have_run;  /* the first statement to come may have run before */
    size_t done;        /* statements whose segment is committed */
    size_t at;          /* the statement that failed */
} mb_segments;

/*
 * Behind a pooler each segment may have another session, and what a statement set for it
 * reaches somebody else's work: a file that does so is refused, with its place.
 */
MB_MUST_CHECK bool mb_segments_check(const mb_source *source, const mb_conn *conn, mb_error *err);

/*
 * Runs the file from statement parts->done + 1 on, in the session that the statements before it
 * left: settings that they made for the session are sent again.
 */
MB_MUST_CHECK bool mb_segments_run(mb_run *run, mb_source *source, mb_segments *parts,
                                   mb_error *err);

/* ---- step.c: a migration that is a list of durable steps ---- */

/* All of it but its row, from where an earlier run left it. */
MB_MUST_CHECK bool mb_durable_run(mb_run *run, mb_source *source, mb_error *err);

#endif
