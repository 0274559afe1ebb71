/*
 * expectation.h -- `-- expect: no rows` in an SQL file: what a statement must return.
 *
 * The comment is on the line where its statement ends, inside of it, or right above or below it.
 * An empty line or a breakpoint separates it from a statement.  The forms are `no rows`, `N rows`
 * and a value: a number, true, false, NULL, or a string in single quotes.
 */
#ifndef MOONBIRD_SQL_EXPECTATION_H
#define MOONBIRD_SQL_EXPECTATION_H

#include "moonbird/base/error.h"

#include <stdint.h>

typedef enum mb_expected {
    MB_EXPECT_ROWS,    /* so many rows */
    MB_EXPECT_NUMBER,  /* one row with one column, which is equal to the number */
    MB_EXPECT_STRING,  /* ..., which is this string */
    MB_EXPECT_BOOLEAN, /* ..., which is true or false */
    MB_EXPECT_NULL,    /* ..., which is NULL */
} mb_expected;

typedef struct mb_expectation {
    size_t statement; /* its number in its section, from 1; 0: not known yet */
    int line, column; /* of the comment */
    mb_expected kind;
    int64_t rows;  /* ROWS */
    char *value;   /* NUMBER: the digits; STRING; BOOLEAN: "t" or "f", as the server writes it */
    char *text;    /* the form as it is written, for messages */
} mb_expectation;

/* The expectations of a file in the order of its statements; each statement has at most one. */
typedef struct mb_expectations {
    mb_expectation *items;
    size_t n;
} mb_expectations;

/* Free the contents, and clear the struct. */
void mb_expectations_free(mb_expectations *list);

/* The expectation of the statement with that number; NULL if it has none. */
const mb_expectation *mb_expectation_of(const mb_expectations *list, size_t statement);

#endif
