/*
 * host.h -- what the core asks of whoever runs Lua.
 *
 * The core links without Lua: it reaches scripts through this struct of
 * functions, which the binding fills and a test may fill otherwise.
 */
#ifndef MOONBIRD_HOST_H
#define MOONBIRD_HOST_H

#include "moonbird/conn.h"
#include "moonbird/directive.h"

typedef struct mb_chunk mb_chunk; /* one loaded script, in a world of its own */

typedef enum mb_entry { MB_ENTRY_UP, MB_ENTRY_DOWN, MB_ENTRY_VERIFY } mb_entry;

/* One argument of a script's `args` declaration, and one given with --set. */
typedef struct mb_setting {
    const char *name, *value;
} mb_setting;

typedef struct mb_chunk_info {
    bool has[3];              /* by mb_entry */
    mb_directives directives; /* owned by the chunk */
} mb_chunk_info;

/* What a script sees as ctx; all text borrowed for the call. */
typedef struct mb_call {
    const char *name;        /* migration */
    const char *stream;      /* "auto", "manual" */
    const char *direction;   /* "up", "down" */
    const char *command;     /* "up", "redo", ... */
    const char *environment; /* "" when none was named */
    int attempt;             /* from 1 */
    const mb_setting *args;
    size_t n_args;
} mb_call;

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
} mb_host;

#endif
