/* check_expectation.h -- compare what a statement returned with its expectation. */
#ifndef MOONBIRD_PG_CHECK_EXPECTATION_H
#define MOONBIRD_PG_CHECK_EXPECTATION_H

#include "moonbird/base/buf.h"
#include "moonbird/pg/result.h"
#include "moonbird/sql/expectation.h"

/* The rows of a statement while they arrive. Start with `wanted` alone; the rest is zero. */
typedef struct mb_expected_answer {
    const mb_expectation *wanted; /* borrowed; NULL: everything is fine */
    size_t columns;
    int64_t rows;
    bool equal;    /* the first cell has the wanted value */
    mb_buf first;  /* the first rows, for the error */
    char cell[96]; /* the first cell, for the error */
} mb_expected_answer;

/* Adds the rows of a part of the answer; `first`: it is the first part. */
void mb_expected_answer_add(mb_expected_answer *answer, const mb_result *part, bool first);

/*
 * The statement has ended; `affected` is the number in its command tag. Fails with MB_ERR_FAILED,
 * with the first rows, unless the answer is as expected. Frees the answer's contents.
 */
MB_MUST_CHECK bool mb_expected_answer_check(mb_expected_answer *answer, int64_t affected,
                                            mb_error *err);
void mb_expected_answer_free(mb_expected_answer *answer);

#endif
