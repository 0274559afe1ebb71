/* values.h -- the values of parameters for the migrations of a scratch database. */
#ifndef MOONBIRD_SCRATCH_VALUES_H
#define MOONBIRD_SCRATCH_VALUES_H

#include "version.h"

#include "moonbird/project/args.h"

/* All is owned; an empty struct has no values. */
typedef struct mb_values {
    mb_setting *items;
    size_t n;
} mb_values;

/* Adds copies of those whose names are not there yet. */
void mb_values_add(mb_values *values, const mb_setting *items, size_t n);
bool mb_values_are(const mb_values *a, const mb_values *b); /* true when both are equal */
void mb_values_free(mb_values *values); /* frees what the struct owns, and empties it */

/* For mb_project_apply: a replay, borrowed from `values`. */
mb_given mb_values_given(const mb_values *values);

/*
 * Fails as mb_args_check_taken does, with all files of the project that can be read. Adds to
 * *others the values that files of other migrations than `subject` name; it may be NULL.
 */
MB_MUST_CHECK bool mb_values_check(mb_values *others, const mb_version_source *from,
                                   const mb_item *subject, mb_given given, bool visible,
                                   mb_error *err);

#endif
