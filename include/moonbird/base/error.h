/*
 * error.h -- the one way a moonbird function fails.
 *
 * A function that can fail returns bool and takes `mb_error *err` last.
 * true: the work is done and *err is unchanged.  false: *err says why, and the
 * caller owns nothing new.  err is never NULL.  An mb_error owns no memory, so
 * it may be copied by assignment.
 *
 * Wording follows PostgreSQL's message style guide: `message` is one line,
 * lower case, without a period, names in double quotes; `detail` and `hint`
 * are sentences, and a hint says what to do.
 */
#ifndef MOONBIRD_BASE_ERROR_H
#define MOONBIRD_BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define MB_MUST_CHECK   __attribute__((warn_unused_result))
#define MB_PRINTF(f, a) __attribute__((format(printf, f, a)))

typedef enum mb_code {
    MB_OK,
    MB_ERR_USAGE,       /* the command line, the configuration or the API was used wrongly */
    MB_ERR_FILE,        /* a file is missing, unreadable or malformed */
    MB_ERR_CONNECT,     /* no session with the server, or it was lost */
    MB_ERR_SQL,         /* the server refused a statement; see sqlstate */
    MB_ERR_SCRIPT,      /* a Lua script raised an error */
    MB_ERR_FAILED,      /* an operation failed for another reason */
    MB_ERR_POLICY,      /* the files, the history or a policy forbid the operation */
    MB_ERR_LOCKED,      /* another process holds the run lock */
    MB_ERR_INTERRUPTED, /* SIGINT or SIGTERM */
    MB_ERR_SKIPPED,     /* a hook or the migration asked to skip it; the message has the reason */
} mb_code;

typedef struct mb_error {
    mb_code code;
    char sqlstate[6];   /* "" unless the server sent one */
    int line, column;   /* from 1 in `file`, in characters; 0: unknown */
    char file[512];
    char message[1024];
    char detail[2048];
    char hint[1024];
    char context[4096]; /* the server's CONTEXT, or a Lua traceback */
    char source[256];   /* the line of the statement, without its newline */
    int caret;          /* the column of the error in `source`, in characters from 1; 0: none */
    int position; /* as the server sent it: in characters from 1 in the statement; 0: unknown */
    char sql[1024];     /* the statement, cut to fit */
    /* the object that the server names in the error, "" for none */
    char schema[64], table[64], column_name[64], constraint[64];
} mb_error;

/*
 * Writes formatted text to `out`, at most `size` bytes with the NUL.  Secrets are masked
 * (secret.h).  A text that does not fit is cut after a whole UTF-8 character, since errors go into
 * JSON and the history, which refuse an incomplete one.  Every text of an error is written with it.
 */
void mb_format_into(char *out, size_t size, const char *fmt, ...) MB_PRINTF(3, 4);
void mb_vformat_into(char *out, size_t size, const char *fmt, va_list ap) MB_PRINTF(3, 0);

/* Overwrites all of *err and returns false, so that callers write `return mb_fail(...)`. */
bool mb_fail(mb_error *err, mb_code code, const char *fmt, ...) MB_PRINTF(3, 4);

/* Overwrites *err with MB_ERR_FILE, the message "`what`: strerror(errno)" and the file; false. */
bool mb_fail_errno(mb_error *err, const char *path, const char *what);

/* Each sets one text of an error that is being returned, and returns false. */
bool mb_fail_detail(mb_error *err, const char *fmt, ...) MB_PRINTF(2, 3);
bool mb_fail_hint(mb_error *err, const char *fmt, ...) MB_PRINTF(2, 3);

/* Adds a line to the detail, and returns false. */
bool mb_fail_more(mb_error *err, const char *fmt, ...) MB_PRINTF(2, 3);

/* Sets the place of the error unless a callee has set one already; returns false. */
bool mb_fail_at(mb_error *err, const char *file, int line, int column);

const char *mb_code_name(mb_code code);    /* "sql", "locked", ...; a constant */
mb_code mb_code_from_name(const char *s);  /* MB_ERR_SCRIPT for an unknown name */
int mb_code_exit(mb_code code); /* the exit status of a command that ends with this error */

#endif
