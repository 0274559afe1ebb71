/*
 * error.h -- the one way a moonbird function fails.
 *
 * A function that can fail returns bool and takes `mb_error *err` last.
 * true: done, *err untouched.  false: nothing changed hands and *err says
 * why.  err is never NULL.  An mb_error owns no memory: it is copied freely.
 *
 * Wording follows PostgreSQL's message style guide: `message` is one line,
 * lower case, without a period, names in double quotes; `detail` and `hint`
 * are sentences, and a hint says what to do.
 */
#ifndef MOONBIRD_ERROR_H
#define MOONBIRD_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define MB_MUST_CHECK   __attribute__((warn_unused_result))
#define MB_PRINTF(f, a) __attribute__((format(printf, f, a)))

typedef enum mb_code {
    MB_OK,
    MB_ERR_USAGE,       /* the command line, the configuration or the API was used wrongly */
    MB_ERR_FILE,        /* a file is missing, unreadable or not what it must be */
    MB_ERR_CONNECT,     /* no session with the server, or it was lost */
    MB_ERR_SQL,         /* the server refused a statement; see sqlstate */
    MB_ERR_SCRIPT,      /* a Lua script raised an error */
    MB_ERR_FAILED,      /* an operation failed for another reason */
    MB_ERR_POLICY,      /* files, history or a policy forbid it */
    MB_ERR_LOCKED,      /* another runner holds the lock */
    MB_ERR_INTERRUPTED, /* SIGINT or SIGTERM */
    MB_ERR_SKIPPED,     /* a hook wants the migration passed over; the message is why */
} mb_code;

typedef struct mb_error {
    mb_code code;
    char sqlstate[6];   /* "" unless the server sent one */
    int line, column;   /* from 1 in `file`, in characters; 0 when unknown */
    char file[512];
    char message[1024];
    char detail[2048];
    char hint[1024];
    char context[4096]; /* the server's CONTEXT, or a Lua traceback */
    char source[256];   /* the line of the statement, without its newline */
    int caret;          /* from 1 in `source`, in characters; 0 for none */
    int position;       /* the server's: characters from 1 in the statement; 0 unknown */
    char sql[1024];     /* the statement, cut to fit */
    char schema[64], table[64], column_name[64], constraint[64];
} mb_error;

/*
 * As snprintf; secrets are masked (secret.h), and what does not fit is cut behind a whole
 * character of UTF-8, since errors go into JSON and the history, which take no half of one.  For
 * every text of an error.
 */
void mb_fill(char *out, size_t size, const char *fmt, ...) MB_PRINTF(3, 4);
void mb_vfill(char *out, size_t size, const char *fmt, va_list ap) MB_PRINTF(3, 0);

/* Fill *err anew and return false, so that callers write `return mb_fail(...)`. */
bool mb_fail(mb_error *err, mb_code code, const char *fmt, ...) MB_PRINTF(3, 4);

/* MB_ERR_FILE: `path` as the place, `what` and strerror(errno) as the message. */
bool mb_fail_errno(mb_error *err, const char *path, const char *what);

/* Add to an error that is being returned; each returns false. */
bool mb_fail_detail(mb_error *err, const char *fmt, ...) MB_PRINTF(2, 3);
bool mb_fail_hint(mb_error *err, const char *fmt, ...) MB_PRINTF(2, 3);

/* Name the place, unless someone below knew better. */
bool mb_fail_at(mb_error *err, const char *file, int line, int column);

/* Does the server say that the same work may succeed later: a lock, a deadlock, a serialization failure? */
bool mb_error_is_conflict(const mb_error *err);

const char *mb_code_name(mb_code code);    /* "sql", "locked", ... */
mb_code mb_code_from_name(const char *s);  /* unknown names: MB_ERR_SCRIPT */
int mb_code_exit(mb_code code);            /* the exit status of a run that ends with it */

#endif
