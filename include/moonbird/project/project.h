/*
 * project.h -- one project and one database: status, plan, apply.
 *
 * Whatever changes the ledger goes through here: the run lock, the policies,
 * and the order of things are decided in this module and below, for every
 * command alike.
 */
#ifndef MOONBIRD_PROJECT_H
#define MOONBIRD_PROJECT_H

#include "moonbird/project/host.h"
#include "moonbird/policy/policy.h"

/* Where the configuration names a folder. */
typedef struct mb_origin {
    const char *file; /* NULL: it does not, and the default holds */
    int line;         /* 0: unknown */
} mb_origin;

/* A default folder may be absent; MB_ERR_FILE where one that the configuration names is. */
MB_MUST_CHECK bool mb_origin_check(mb_origin from, const char *root, const char *folder,
                                   mb_error *err);

/* What configuration and command line decided; all text borrowed while the project lives. */
typedef struct mb_settings {
    const char *root;        /* the project's folder */
    const char *migrations;  /* below root: "migrations" */
    const char *manual;      /* "migrations-manual" */
    mb_origin migrations_from, manual_from;
    const char *schema;      /* the ledger's: "moonbird" */
    const char *history_owner; /* a role that may own the history beside those that are safe; or NULL */
    const char *environment; /* the one that was named, or that has the session's address; "" */
    const char *named;       /* the one that was named; NULL */
    const char *outside_window; /* why it is done outside of an environment's window; NULL */
    const char *commit;      /* the project's git commit, "" when unknown */
    const char *config;      /* the configuration's file that was named; NULL: none was */
    int lock_timeout_ms;     /* 5000 */
    int statement_timeout_ms; /* 0: none */
    int retries;             /* 5 */
    bool pipeline;           /* small migrations travel together; true */
    mb_policy out_of_order;  /* MB_WARN */
    mb_policy changed;       /* MB_REFUSE */
    int wait_ms;             /* for the run lock: MB_UNSET for ever, 0 not at all */
    bool backslashes;        /* of the session: standard_conforming_strings is off */
    bool yes;                /* --yes: what is protected may be changed */
    const char *backups;     /* the folder of backups, below root: ".moonbird/backups" */
    const mb_environment *environments; /* those of moonbird.lua, by name */
    size_t n_environments;
} mb_settings;

typedef struct mb_project mb_project;

/* `conn` may be NULL (plan and files only need it where they say so); all three are borrowed. */
void mb_project_open(mb_project **out, const mb_settings *settings, mb_conn *conn,
                     const mb_host *host);
void mb_project_close(mb_project *project); /* NULL is fine */

/* Borrowed while the project lives; without this call there are none. */
void mb_project_hook(mb_project *project, const mb_hooks *hooks);

const mb_settings *mb_project_settings(const mb_project *project);

/*
 * Take away what was set or left in the session between two calls (settings, role, temporary
 * tables, advisory locks).  Behind a pooler nothing can be.
 */
MB_MUST_CHECK bool mb_project_clean_session(const mb_project *project, mb_error *err);

/* Files and ledger, read now; the answer is borrowed until the next such call. */
MB_MUST_CHECK bool mb_project_status(const mb_status **out, mb_project *project, mb_error *err);

/* One statement as `plan` shows it. */
typedef struct mb_preview {
    char *sql;  /* one line, white space folded, cut to 200 bytes */
    int line;
    mb_stmt_kind kind;
} mb_preview;

/* What a half-done migration of steps has done already. */
typedef struct mb_part {
    bool backfill; /* else a step */
    char *name;
    char *state;   /* of the ledger: "running", "done"; of a backfill "failed" and "cancelled" too */
} mb_part;

typedef struct mb_planned {
    const mb_step *step;
    bool atomic;          /* one transaction */
    char *description;    /* NULL when there is none */
    size_t statements;    /* SQL only: how many are to be run */
    mb_preview *previews; /* SQL only, when asked for */
    bool lua;
    bool steps;           /* Lua with transaction = false, and then: */
    const mb_declared *backfills;
    size_t n_backfills;
    mb_part *parts;       /* steps in their order, then backfills */
    size_t n_parts;
} mb_planned;

typedef struct mb_preparation {
    const mb_plan *plan;
    mb_planned *items; /* one a step */
    size_t n;
    size_t pending;    /* of the auto stream, now */
} mb_preparation;

/*
 * What `request` would do, with everything that can be wrong in the files
 * found (directives, text, Lua load, pairs, requires, rollbacks): nothing is
 * executed, created or locked.  Borrowed until the next call.
 */
MB_MUST_CHECK bool mb_project_plan(const mb_preparation **out, mb_project *project,
                                   const mb_request *request, bool previews, mb_error *err);

/* What happened to one migration. */
typedef struct mb_done {
    char *name;
    mb_stream stream;
    mb_direction direction;
    int64_t duration_us;
    size_t statements;
} mb_done;

/* A migration that a hook passed over, or that requires such a one. */
typedef struct mb_skipped {
    char *name;
    mb_stream stream;
    char *why;
} mb_skipped;

typedef struct mb_outcome {
    mb_done *done;
    size_t n;
    mb_skipped *skipped;
    size_t n_skipped;
    char *failed;     /* the migration at which it ended; NULL */
    size_t taken;     /* of the auto stream, applied by another runner meanwhile */
    size_t pending;   /* of the auto stream, afterwards */
    size_t applied;   /* the same */
} mb_outcome;

void mb_outcome_free(mb_outcome *outcome);

/* Told as things happen; any member may be NULL. */
typedef struct mb_reporter {
    void *self;
    void (*planned)(void *self, const mb_plan *plan);
    void (*started)(void *self, const mb_step *step);
    void (*finished)(void *self, const mb_done *done);
    void (*failed)(void *self, const mb_step *step);
    void (*skipped)(void *self, const mb_step *step, const char *why);
    void (*note)(void *self, const char *text);  /* not atomic, resumed, retried, waiting */
    /* What a statement that runs for long does, or whom it waits for. */
    void (*observed)(void *self, const char *text);
    const mb_sink *rows;                         /* what statements return; NULL: dropped */
} mb_reporter;

/*
 * Do it: run lock (only when there is something to do), files and ledger read
 * again under it, everything checked, then step by step.  *out is filled in
 * any case and is the caller's to free; on an error it tells what was done before.
 */
MB_MUST_CHECK bool mb_project_apply(mb_outcome *out, mb_project *project,
                                    const mb_request *request, const char *command,
                                    const mb_setting *args, size_t n_args,
                                    const mb_reporter *reporter, mb_error *err);

/* ---- the ledger changed without running anything ---- */

/* What became of one migration. */
typedef struct mb_amended {
    mb_stream stream;
    char *name;
    char *why;            /* nothing was to be done, and why; else NULL */
    char *to;             /* rename: the new name, with its stream; else NULL */
    mb_sums before, after; /* of mark, baseline (after) and repair (both); "" where there are none */
} mb_amended;

typedef struct mb_amendment {
    mb_amended *items;
    size_t n;
    size_t pending; /* of the auto stream, afterwards */
} mb_amendment;

void mb_amendment_free(mb_amendment *amendment);

/*
 * All under the run lock, in one transaction, with an event each; names as on
 * a command line.  *out is the caller's to free; on an error nothing was done.
 *
 * mark: applied without being run, with the sums of its file, which is looked
 * through; a half-done one was finished by hand.
 * forget: its row away without rolling back; its file may be missing.
 * repair: the sums of a changed file become those of what was applied.
 * rename: the row of `from`, whose file is missing, and all that hangs on it becomes that of `to`,
 * which has a file and no row.
 * baseline: on an empty ledger, the auto stream up to and with `name` (NULL: all) as applied;
 * what another tool's history does not list is refused unless `force`.
 */
MB_MUST_CHECK bool mb_project_mark(mb_amendment *out, mb_project *project,
                                   const char *const *names, size_t n,
                                   const mb_reporter *reporter, mb_error *err);
MB_MUST_CHECK bool mb_project_forget(mb_amendment *out, mb_project *project,
                                     const char *const *names, size_t n,
                                     const mb_reporter *reporter, mb_error *err);
MB_MUST_CHECK bool mb_project_repair(mb_amendment *out, mb_project *project,
                                     const char *const *names, size_t n,
                                     const mb_reporter *reporter, mb_error *err);
MB_MUST_CHECK bool mb_project_rename(mb_amendment *out, mb_project *project, const char *from,
                                     const char *to, const mb_reporter *reporter, mb_error *err);
MB_MUST_CHECK bool mb_project_baseline(mb_amendment *out, mb_project *project, const char *name,
                                       bool force, const mb_reporter *reporter, mb_error *err);

/* ---- what was done: the ledger's rows, and its events ---- */

typedef struct mb_history {
    const mb_row **rows; /* newest first, borrowed from the project; of the name, where one was given */
    size_t n;
    mb_events events;    /* only of a name */
    char *name;          /* the whole one; NULL where none was given */
} mb_history;

/*
 * Nothing is created or locked.  `name` (NULL: all) may also be one that only
 * events tell of.  `limit`: at most so many rows, or events of a name; 0 for all.
 */
MB_MUST_CHECK bool mb_project_history(mb_history *out, mb_project *project, const char *name,
                                      size_t limit, mb_error *err);
void mb_history_free(mb_history *history);

/* ---- files and ledger compared ---- */

typedef struct mb_finding {
    const char *kind;  /* "changed", "missing", "renamed", "half_done", "orphan", "out_of_order",
                          "duplicate_number", "requires", "file", "verify" */
    mb_stream stream;
    char *name;
    char *file;        /* NULL when there is none */
    int line, column;  /* 0 when unknown */
    char *message;
    char *detail, *hint; /* NULL when there is none */
} mb_finding;

typedef struct mb_findings {
    mb_finding *items;
    size_t n;
    size_t checked;  /* migrations looked at */
    size_t verified; /* of them, `verify` functions that ran */
} mb_findings;

/*
 * Every difference of files and ledger, and everything wrong in pending files.
 * `run`: also the `verify` functions of applied Lua migrations, each in a
 * transaction that only reads.  Nothing is changed or locked; *out is the
 * caller's to free.
 */
MB_MUST_CHECK bool mb_project_verify(mb_findings *out, mb_project *project, bool run,
                                     mb_error *err);

/* The same of files and history as mb_project_status has just read them. */
MB_MUST_CHECK bool mb_project_verify_loaded(mb_findings *out, mb_project *project, bool run,
                                            mb_error *err);
void mb_findings_free(mb_findings *findings);

/*
 * One script, unrecorded: SQL in a transaction unless its directives or its
 * statements say otherwise.  (A Lua script is the binding's: it has no core in it.)
 */
MB_MUST_CHECK bool mb_project_run_sql(mb_project *project, const char *path,
                                      const mb_setting *args, size_t n_args,
                                      const mb_reporter *reporter, size_t *statements,
                                      mb_error *err);

/*
 * May `command` change the database by what is not the core's to run: a Lua script, a console, a
 * command of the project?  Asks, refuses, writes down and backs up as the policies say;
 * mb_project_run_sql does so itself.  `what` names it in the history: the file.
 */
MB_MUST_CHECK bool mb_project_allow_script(mb_project *project, const char *command,
                                           const char *what, const mb_reporter *reporter,
                                           mb_error *err);

/* Is it still allowed, later in the same session?  Only a window can have closed. */
MB_MUST_CHECK bool mb_project_still_allows(mb_project *project, const char *command, mb_error *err);

/* The same for a new session in place of a lost one; nothing is written down or backed up again. */
MB_MUST_CHECK bool mb_project_allow_again(mb_project *project, const char *command, mb_error *err);

/*
 * May a script write to the database of `conn`, another of moonbird.lua's?  The same question, of
 * the environments that this database is; the one that was named is not meant.
 */
MB_MUST_CHECK bool mb_project_allow_other(const mb_settings *settings, mb_conn *conn,
                                          const char *what, mb_error *err);

/* Does a policy of the database's environments say when or how it is changed? */
MB_MUST_CHECK bool mb_project_restricts(bool *restricts, mb_project *project, mb_error *err);

/* The history holds how it ended; `why` is NULL where it ended well. */
void mb_project_script_ended(mb_project *project, const char *command, const char *what,
                             const mb_error *why);

typedef struct mb_backup {
    char *path; /* absolute */
    int64_t bytes, duration_us;
    bool recorded; /* false where there is no ledger to hold it */
} mb_backup;

/* pg_dump -Fc of the database into the project's folder of backups; *out is the caller's to free. */
MB_MUST_CHECK bool mb_project_backup(mb_backup *out, mb_project *project,
                                     const mb_reporter *reporter, mb_error *err);
void mb_backup_free(mb_backup *backup);

/*
 * A text, split as the session reads its literals now; NULL `conn`: as servers do by default.  The
 * caller closes it.
 */
mb_script *mb_exec_script(const mb_conn *conn, const char *sql, size_t len, const char *name);

/* Run a text or a file inside the caller's transaction: what db:exec and db:file do. */
MB_MUST_CHECK bool mb_exec_text(mb_conn *conn, const char *sql, size_t len, const char *name,
                                const mb_sink *rows, int64_t *affected, mb_error *err);
MB_MUST_CHECK bool mb_exec_file(mb_conn *conn, const char *path, const mb_sink *rows,
                                int64_t *affected, mb_error *err);

#endif
