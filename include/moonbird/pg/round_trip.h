/*
 * bundle.h -- statements that travel together: sent at once, answered in order.
 *
 * libpq's pipeline mode with one sync at its end.  The server passes over what
 * follows the first error; what was committed before it stays.  Everything sent
 * is in memory until the answers are read, so that the caller bounds a bundle.
 * COPY must not be in it: it never ends in a pipeline.
 */
#ifndef MOONBIRD_ROUND_TRIP_H
#define MOONBIRD_ROUND_TRIP_H

#include "moonbird/pg/conn.h"

typedef struct mb_round_trip mb_round_trip;

/* Nothing else may use the session until mb_round_trip_end. */
MB_MUST_CHECK bool mb_round_trip_begin(mb_round_trip **out, mb_conn *conn, mb_error *err);

/*
 * Send one statement.  `kept`: its text comes again in this session, so it is
 * prepared once (not behind a pooler).
 */
MB_MUST_CHECK bool mb_round_trip_send(mb_round_trip *bundle, const char *sql, size_t n,
                                 const mb_param *params, bool kept, mb_error *err);

/*
 * One answer for each statement sent, in order: `res` when it was done, `err`
 * when it failed, neither when it was passed over.
 */
typedef void (*mb_round_trip_answer)(void *self, size_t number, const mb_result *res,
                                const mb_error *err);

/*
 * Read all answers and free the bundle.  False only when the session was lost:
 * then what has no answer may have been done or not.
 */
MB_MUST_CHECK bool mb_round_trip_end(mb_round_trip *bundle, mb_round_trip_answer answer, void *self,
                                mb_error *err);

#endif
