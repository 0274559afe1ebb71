/*
 * round_trip.h -- a few statements in one round trip, each with its own answer.
 *
 * They are sent in libpq's pipeline mode with one Sync message at the end.  After a failed
 * statement the server skips the others; what was committed before it stays.  All of it is in
 * memory until the answers are read: the caller limits the number.  COPY must not be among them,
 * since it never ends in pipeline mode.  For any number of statements without answers, see queue.h.
 */
#ifndef MOONBIRD_PG_ROUND_TRIP_H
#define MOONBIRD_PG_ROUND_TRIP_H

#include "moonbird/pg/conn.h"

typedef struct mb_round_trip mb_round_trip;

/* Begins one.  Until mb_round_trip_end nothing else may use the session. */
MB_MUST_CHECK bool mb_round_trip_begin(mb_round_trip **out, mb_conn *conn, mb_error *err);

/*
 * Adds one statement, with at most 24 parameters in text format (MB_ERR_USAGE: more).  `repeats`:
 * this text comes again in this session, therefore it is prepared (not behind a pooler).
 */
MB_MUST_CHECK bool mb_round_trip_send(mb_round_trip *trip, const char *sql, size_t n,
                                      const mb_param *params, bool repeats, mb_error *err);

/*
 * Called for each statement in order, `number` from 0: with `res` (borrowed) when it succeeded,
 * with `err` when it failed, with neither when the server skipped it.
 */
typedef void (*mb_round_trip_answer)(void *self, size_t number, const mb_result *res,
                                     const mb_error *err);

/*
 * Reads all answers and frees the round trip.  False only when the session was lost: statements
 * without an answer may have been executed.
 */
MB_MUST_CHECK bool mb_round_trip_end(mb_round_trip *trip, mb_round_trip_answer answer, void *self,
                                     mb_error *err);

#endif
