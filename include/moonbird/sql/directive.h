/*
 * directive.h -- settings of a migration, which are written in its file.
 *
 * In SQL they are comments before the first statement, `-- moonbird: key=value key=value`; a Lua
 * file has the same keys in its table.  Durations are milliseconds, or have one of PostgreSQL's
 * units (us, ms, s, min, h, d).
 */
#ifndef MOONBIRD_SQL_DIRECTIVE_H
#define MOONBIRD_SQL_DIRECTIVE_H

#include "moonbird/base/error.h"

enum { MB_UNSET = -1 }; /* of a number that is not given */

typedef struct mb_directives {
    bool no_transaction;       /* transaction=off */
    int lock_timeout_ms;       /* 0: no limit */
    int statement_timeout_ms;  /* 0: no limit */
    int transaction_timeout_ms; /* 0: no limit; PostgreSQL 17 */
    int retries;               /* after a lock timeout */
    char **requires;           /* names of migrations that must be applied first */
    size_t n_requires;
    char **conflicts;          /* names of migrations that must not be applied at the same time */
    size_t n_conflicts;
    char *description;         /* NULL: not given */
    char *irreversible;        /* the reason; NULL: not given */
    char *shelved;             /* why it is kept and not used; NULL: not given */
    char *empty;               /* SQL: why the file has no statements; NULL: not given */
} mb_directives;

extern const mb_directives mb_no_directives; /* nothing is given */

void mb_directives_init(mb_directives *out); /* sets it to mb_no_directives */
bool mb_directives_are_given(const mb_directives *d); /* false: it equals mb_no_directives */
void mb_directives_copy(mb_directives *out, const mb_directives *from); /* the caller frees *out */
void mb_directives_add(mb_directives *to, const mb_directives *from);   /* copies names and texts */
void mb_directives_free(mb_directives *d); /* leaves it as after init */

/*
 * Reads the directives at the head of an SQL file, which ends before the first statement, or at
 * `-- moonbird:down`.  The caller frees *out.  MB_ERR_FILE, with its place in `file`: an unknown or
 * repeated directive, or one with an invalid value.
 */
MB_MUST_CHECK bool mb_directives_read(mb_directives *out, const char *text, size_t len,
                                      const char *file, mb_error *err);

/*
 * "250", "2s" or "1min" as milliseconds; less than one is 1, since 0 means no limit.  MB_ERR_USAGE.
 */
MB_MUST_CHECK bool mb_duration_parse(int *ms, const char *text, mb_error *err);

#endif
