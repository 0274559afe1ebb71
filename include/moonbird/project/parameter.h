/*
 * parameter.h -- a parameter that a migration or a command declares: its type, and its values.
 *
 * Values are texts, as a command line has them.  The normalized text of a value is the same however
 * the value was written: "true" for "yes", "7" for "007", a JSON array for a list.
 */
#ifndef MOONBIRD_PROJECT_PARAMETER_H
#define MOONBIRD_PROJECT_PARAMETER_H

#include "moonbird/base/buf.h"

typedef enum mb_parameter_type {
    MB_PARAMETER_STRING,
    MB_PARAMETER_NUMBER,
    MB_PARAMETER_INTEGER, /* of 64 bits */
    MB_PARAMETER_FLAG,    /* written as PostgreSQL writes a boolean */
    MB_PARAMETER_CHOICE,
    MB_PARAMETER_DATE, /* YYYY-MM-DD */
} mb_parameter_type;

/* The declaration owns all texts and frees them with mb_parameter_free. */
typedef struct mb_parameter {
    const char *name, *help; /* help is NULL where there is none */
    const char *preset;      /* the normalized text of the default; NULL: there is none */
    mb_parameter_type type;
    bool list; /* a value is a list: items of `type` between commas, or a JSON array of them */
    bool required, secret;
    const char **choices; /* of MB_PARAMETER_CHOICE */
    size_t n_choices;
    const char *min, *max; /* of numbers and integers: normalized texts; NULL: no limit */
} mb_parameter;

void mb_parameter_free(mb_parameter *arg);

/*
 * Append the normalized text of a value.  MB_ERR_USAGE says what `subject` must be instead, such as
 * "the parameter \"n\"".  The value of a secret, and each item of a list, is a secret then.
 */
MB_MUST_CHECK bool mb_parameter_normalize(mb_buf *out, const mb_parameter *arg, const char *subject,
                                         const char *text, mb_error *err);

/* Append what a value must be: "an integer from 1 to 5". */
void mb_parameter_describe(mb_buf *out, const mb_parameter *arg);

#endif
