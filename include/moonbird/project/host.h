/*
 * host.h -- what the core asks of whoever runs Lua.
 *
 * The core links without Lua: it reaches scripts through this struct of
 * functions, which the binding fills and a test may fill otherwise.
 */
#ifndef MOONBIRD_HOST_H
#define MOONBIRD_HOST_H

#include "moonbird/pg/conn.h"
#include "moonbird/sql/directive.h"

typedef struct mb_chunk mb_chunk; /* one loaded script, in a world of its own */

typedef enum mb_entry { MB_ENTRY_UP, MB_ENTRY_DOWN, MB_ENTRY_VERIFY } mb_entry;

/* One argument given with --set. */
typedef struct mb_setting {
    const char *name, *value;
} mb_setting;

/* One that a script declares in its `args`. */
typedef struct mb_argument {
    const char *name, *help; /* owned by the chunk; help NULL when not said */
    bool required, secret;
} mb_argument;

/* A backfill that it declares, as people are shown it. */
typedef struct mb_declared {
    char *name, *table;
    char **key;   /* none: the primary key's columns */
    size_t n_key;
    int workers;
} mb_declared;

typedef struct mb_chunk_info {
    char *path;               /* of the file, as errors show it; owned by the chunk */
    bool has[3];              /* by mb_entry */
    mb_directives directives; /* owned by the chunk */
    mb_argument *args;        /* owned by the chunk */
    size_t n_args;
    mb_declared *backfills;   /* by name; owned by the chunk */
    size_t n_backfills;
    bool takes_any;           /* it declares nothing: a function, for `run` */
} mb_chunk_info;

/* A batch of a backfill, for the hooks round it. */
typedef struct mb_call_batch {
    const char *backfill;
    int chunk;    /* 0: a row that was set aside, once more */
    int64_t rows; /* met; MB_UNSET: not known yet */
} mb_call_batch;

/* What a script sees as ctx; everything borrowed for the call, NULL where there is no such thing. */
typedef struct mb_call {
    const char *name;           /* migration */
    const char *stream;         /* "auto", "manual" */
    const char *direction;      /* "up", "down" */
    const char *command;        /* "up", "redo", ... */
    const char *environment;    /* "" when none was named */
    int attempt;                /* from 1 */
    bool atomic;                /* the migration is one transaction */
    const mb_setting *args;
    size_t n_args;
    const struct mb_plan *plan;
    const mb_error *error;      /* what happened, for those who are told of it */
    bool may_skip;              /* ctx:skip raises MB_ERR_SKIPPED; else it is refused */
    int64_t duration_us;        /* since the migration, or the command, began; 0: it begins now */
    struct mb_durable *durable; /* the migration's steps; NULL where it has none */
    const mb_call_batch *batch; /* NULL outside of one */
} mb_call;

struct mb_backfill;
typedef bool (*mb_backfill_work)(void *arg, const struct mb_backfill *backfill, mb_error *err);

typedef struct mb_host {
    void *self;

    /*
     * Load a migration file (text chunks only) and look at its table; nothing
     * of it runs but the chunk itself, without a database.
     */
    bool (*load)(void *self, mb_chunk **out, const char *path, const char *text, size_t len,
                 mb_error *err);
    const mb_chunk_info *(*info)(const mb_chunk *chunk);

    /* Call one of its functions with (db, ctx); db is taken back when it returns. */
    bool (*call)(mb_chunk *chunk, mb_entry entry, mb_conn *conn, const mb_call *call, mb_error *err);
    void (*free)(mb_chunk *chunk);

    /*
     * The files that it loaded so far (require, db:file, moonbird.read and csv), a line each: the path, a space, the
     * SHA-256 of the bytes.  Borrowed; "" for none.  May be NULL.
     */
    const char *(*loaded)(const mb_chunk *chunk);

    /* Call `work` with the declaration of that name; its functions can be called until it returns. */
    bool (*backfill)(mb_chunk *chunk, const char *name, mb_conn *conn, const mb_call *call,
                     mb_backfill_work work, void *arg, mb_error *err);
} mb_host;

/* The moments at which a team's own scripts run. */
typedef enum mb_hook_event {
    MB_BEFORE_CONNECT,  /* the binding's own: no session yet */
    MB_BEFORE_ALL,      /* no transaction; an error ends the run */
    MB_AFTER_ALL,       /* no transaction, all done */
    MB_BEFORE_EACH,     /* in the migration's transaction; of segments: with their intent */
    MB_AFTER_EACH,      /* in the migration's transaction; of segments: with their end */
    MB_AFTER_COMMIT,    /* no transaction */
    MB_AFTER_ROLLBACK,  /* no transaction */
    MB_ON_ERROR,        /* no transaction */
    MB_ON_RETRY,        /* no transaction */
    MB_ON_LOCK_WAIT,    /* no session */
    MB_BEFORE_BATCH,    /* in the batch's transaction, of each process of a backfill */
    MB_AFTER_BATCH,     /* in the batch's transaction, its rows done */
    MB_HOOK_EVENTS,
} mb_hook_event;

const char *mb_hook_event_name(mb_hook_event event); /* "before_connect", ... */

typedef struct mb_hooks {
    void *self;

    /* Find what is wrong in them before anything runs; may be called again. */
    bool (*load)(void *self, mb_error *err);

    /* Whoever asks saves what it would do round a hook that is not there. */
    bool (*has)(void *self, mb_hook_event event);

    /*
     * Run those of one event in order, up to the first that fails.  In
     * MB_BEFORE_EACH that may be MB_ERR_SKIPPED.  Never called inside a
     * statement or a callback of the session.
     */
    bool (*run)(void *self, mb_hook_event event, mb_conn *conn, const mb_call *call, mb_error *err);
} mb_hooks;

#endif
