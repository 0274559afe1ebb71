/*
 * runs.h -- commands that the studio started: this program with --events.
 *
 * A run is not the studio's to end: it lives on when the studio ends, and only `cancel` interrupts
 * it. What it reports goes to the feed, as these messages, each with the number of the run:
 *
 *     run     {"run", "command", "environment", "at"}    it has begun
 *     event   {"run", "event": {...}}                    one of --events
 *     output  {"run", "text"}                            what it printed
 *     end     {"run", "status"}                          its exit status
 */
#ifndef MOONBIRD_WEB_RUNS_H
#define MOONBIRD_WEB_RUNS_H

#include "feed.h"

#include "moonbird/web/server.h"

#include <poll.h>

enum { MB_RUNS_KEPT = 64, MB_RUNS_AT_ONCE = 8 };

typedef struct mb_runs mb_runs;

mb_runs *mb_runs_new(mb_feed *feed); /* borrows the feed */
void mb_runs_free(mb_runs *runs);    /* the processes go on; NULL is allowed */

/* See mb_web_run. */
MB_MUST_CHECK bool mb_runs_start(mb_runs *runs, const mb_run_order *order, int *number,
                                 mb_error *err);

/* Interrupts the run, as Ctrl-C does; false: there is no such run under way. */
bool mb_runs_cancel(mb_runs *runs, int number);

int mb_runs_count(const mb_runs *runs); /* how many are under way */

/* Appends all runs as a JSON array, the newest first, with the keys of `run` and `status`. */
void mb_runs_list(const mb_runs *runs, mb_buf *out);

size_t mb_runs_poll(const mb_runs *runs, struct pollfd *fds); /* at most 2 * MB_RUNS_AT_ONCE */
void mb_runs_turn(mb_runs *runs);

#endif
