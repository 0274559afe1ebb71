/*
 * directive.h -- what a migration file says of itself before its first statement.
 *
 * In SQL: comments at the head of the file, `-- moonbird: key=value key=value`.
 * A Lua file has the same keys in its table.  Numbers are milliseconds, or have
 * a unit as PostgreSQL writes it (us ms s min h d).
 */
#ifndef MOONBIRD_DIRECTIVE_H
#define MOONBIRD_DIRECTIVE_H

#include "moonbird/base/error.h"

enum { MB_UNSET = -1 };

typedef struct mb_directives {
    bool no_transaction;       /* transaction=off */
    int lock_timeout_ms;       /* MB_UNSET when not said */
    int statement_timeout_ms;  /* MB_UNSET when not said */
    int retries;               /* MB_UNSET when not said */
    char **requires;           /* names, owned */
    size_t n_requires;
    char *description;         /* NULL when not said */
    char *irreversible;        /* why; NULL when not said */
} mb_directives;

void mb_directives_init(mb_directives *out);
void mb_directives_copy(mb_directives *out, const mb_directives *from);
void mb_directives_free(mb_directives *d);

/* The head of an SQL file: up to the first thing that is neither blank nor a comment. */
MB_MUST_CHECK bool mb_directives_read(mb_directives *out, const char *text, size_t len,
                                      const char *file, mb_error *err);

/* "250", "2s", "1min" as milliseconds; 0 is no limit. */
MB_MUST_CHECK bool mb_duration_parse(int *ms, const char *text, mb_error *err);

#endif
