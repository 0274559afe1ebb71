/*
 * host.h -- the functions that the core needs from the program that runs Lua.
 *
 * The core is linked without Lua. It reaches scripts through these tables of functions, which the
 * binding fills in; a test may fill in its own.
 */
#ifndef MOONBIRD_PROJECT_HOST_H
#define MOONBIRD_PROJECT_HOST_H

#include "moonbird/pg/conn.h"
#include "moonbird/project/parameter.h"
#include "moonbird/sql/directive.h"
#include "moonbird/sql/statement.h"

typedef struct mb_chunk mb_chunk; /* a loaded script with its own Lua environment */

typedef enum mb_entry { MB_ENTRY_UP, MB_ENTRY_DOWN, MB_ENTRY_VERIFY } mb_entry;

/* A value given with --set, or a setting of a backfill. */
typedef struct mb_setting {
    const char *name, *value;
    const mb_parameter *declared; /* by the script that gets it; NULL: the value is a string */
} mb_setting;

/* A backfill that a script declares, for display; strings are owned by the chunk. */
typedef struct mb_declared_backfill {
    char *name, *table;
    char **key; /* columns; n_key is 0 for those of the primary key */
    size_t n_key;
    size_t rows;   /* of the first batch */
    int target_ms; /* how long a batch should take */
    int workers;
    mb_setting *settings; /* sorted by name */
    size_t n_settings;
} mb_declared_backfill;

/* The declarations of a script. */
typedef struct mb_chunk_info {
    char *path;               /* the file's path as errors show it; owned by the chunk */
    bool has[3];              /* indexed by mb_entry: the script has that function */
    mb_directives directives; /* owned by the chunk */
    mb_parameter *parameters; /* owned by the chunk */
    size_t n_parameters;
    mb_declared_backfill *backfills; /* sorted by name; owned by the chunk */
    size_t n_backfills;
    bool takes_any; /* it declares no parameters and accepts any: a function, for `run` */
} mb_chunk_info;

/* A batch of a backfill, for the hooks before and after it. */
typedef struct mb_call_batch {
    const char *backfill;
    int chunk;    /* from 1; 0 for the retry of a rejected row */
    int64_t rows; /* rows processed; MB_UNSET while unknown */
} mb_call_batch;

/* A statement of a migration, for the hooks before and after it. */
typedef struct mb_call_statement {
    const mb_stmt *stmt;
    const char *path;    /* its file, or the script that sends it; NULL: that of the migration */
    int line;            /* there */
    int64_t duration_us; /* MB_UNSET before it */
    int64_t rows;        /* of its command tag; MB_UNSET while unknown */
} mb_call_statement;

/* The text of a generated migration and that of its rollback, for the hooks after it. */
typedef struct mb_call_generated {
    const char *up, *down;
} mb_call_generated;

/*
 * Is told of each statement of a migration. Each function returns false with *err if the statement
 * must not run, or must be rolled back.
 */
typedef struct mb_watch {
    void *self;
    bool (*before)(void *self, const mb_call_statement *next, mb_error *err);
    bool (*after)(void *self, const mb_call_statement *done, mb_error *err);
} mb_watch;

/*
 * The values that a script gets as ctx. Everything is borrowed for the call; a pointer is NULL
 * where ctx lacks that field.
 */
typedef struct mb_call {
    const char *name;           /* name of the migration */
    const char *stream;         /* "auto", "manual" */
    const char *direction;      /* "up", "down" */
    const char *command;        /* "up", "redo", ... */
    const char *environment;    /* "" when none was named */
    const char *database; /* in before_connect, the one that moonbird.connect opens; or NULL */
    int attempt;                /* from 1 */
    bool atomic;                /* the migration is one transaction */
    bool dry_run;               /* for a plan: nothing is executed */
    bool unrecorded;            /* `run`: the history does not get what the script does */
    const mb_setting *args;
    size_t n_args;
    const struct mb_plan *plan;
    const char *const *names; /* in before_command and after_command; NULL elsewhere */
    size_t n_names;
    const mb_error *error;      /* the error that a hook is told of */
    bool may_skip;              /* ctx:skip is allowed, and raises MB_ERR_SKIPPED */
    int64_t duration_us;        /* since the migration or the command began; 0 if it begins now */
    struct mb_durable *durable; /* the migration's steps; NULL where it has none */
    const mb_call_batch *batch; /* NULL outside a batch */
    const mb_call_statement *statement; /* NULL except in the hooks of a statement */
    const mb_call_generated *generated; /* NULL except in after_generate */
    const mb_watch *watch; /* is told of the statements that the script sends; or NULL */
    const struct mb_source *source; /* the migration's file; NULL where there is none */
} mb_call;

struct mb_backfill;

/* Works on a backfill; `backfill` is valid during the call. */
typedef bool (*mb_backfill_work)(void *arg, const struct mb_backfill *backfill, mb_error *err);

/*
 * Functions of the host. Each takes mb_host.self or a chunk of the host's, and fails as the core
 * does.
 */
typedef struct mb_host {
    void *self;

    /*
     * Load a migration file (source text, not bytecode) and read the table that it returns. Only
     * the chunk itself runs, without a database. *out is freed with `free`. `path` is for errors.
     */
    bool (*load)(void *self, mb_chunk **out, const char *path, const char *text, size_t len,
                 mb_error *err);

    /* Return the script's declarations, borrowed from the chunk. */
    const mb_chunk_info *(*info)(const mb_chunk *chunk);

    /*
     * Call one of the script's functions with (db, ctx). db becomes invalid when the function
     * returns.
     */
    bool (*call)(mb_chunk *chunk, mb_entry entry, mb_conn *conn, const mb_call *call,
                 mb_error *err);
    void (*free)(mb_chunk *chunk);

    /*
     * The files that the script has loaded so far (require, db:file, moonbird.read and csv): one
     * line each, with the path (mb_path_in_root), a space and the SHA-256 of the contents. Borrowed
     * until the chunk runs again; "" for none. The function pointer may be NULL.
     */
    const char *(*loaded)(const mb_chunk *chunk);

    /*
     * Call `work` with the backfill that the script declares under that name. The functions of the
     * backfill can be called until `work` returns.
     */
    bool (*backfill)(mb_chunk *chunk, const char *name, mb_conn *conn, const mb_call *call,
                     mb_backfill_work work, void *arg, mb_error *err);

    /*
     * Check the migrations that are to be applied with the lint rules. MB_ERR_POLICY, with the
     * findings in its detail: there is an error in one of them. `conn` is asked for the sizes of
     * tables. NULL: there is no linter.
     */
    bool (*lint)(void *linter, const struct mb_source *sources, size_t n, mb_conn *conn,
                 mb_error *err);
    void *linter; /* the first argument of `lint` */
} mb_host;

#endif
