/* events.h -- the events of the history: what was done, by whom, and with which outcome. */
#ifndef MOONBIRD_HISTORY_EVENTS_H
#define MOONBIRD_HISTORY_EVENTS_H

#include "moonbird/history/history.h"

/* One event. Its strings are owned; absent ones are NULL. */
typedef struct mb_event {
    char *at; /* ISO 8601, UTC */
    char *who, *host, *environment, *command, *stream, *name, *what, *outcome, *detail;
    int pid; /* process id of the runner on `host` */
} mb_event;

typedef struct mb_events {
    mb_event *items; /* newest first; grows with mb_grow */
    size_t n;
} mb_events;

/* Which events to read; {0}: all. Strings are borrowed. */
typedef struct mb_event_filter {
    const char *name;        /* what the event is about, usually a migration; NULL: any */
    const mb_stream *stream; /* its stream, and its earlier names too; NULL: any event of `name` */
    bool name_only; /* with a stream: all migrations that had this name, and no earlier names */
    const char *what;        /* the kind ("up", "backup") or the outcome ("failed"); NULL: any */
    const char *since; /* a date or time (UTC unless it has a zone), or how long ago; NULL: any */
    size_t limit;      /* only this number of the newest; 0: all */
} mb_event_filter;

/*
 * Read events. `history` is the history as it was read: it tells whether its tables must be checked
 * first (mb_history_inspect). Free *out with mb_events_free. MB_ERR_USAGE: filter->since is not a
 * time, or the history has no event of the kind filter->what and moonbird never records that kind.
 * After an error there is nothing to free.
 */
MB_MUST_CHECK bool mb_history_events(mb_events *out, mb_store in, const mb_history *history,
                                     const mb_event_filter *filter, mb_error *err);

/*
 * mb_history_load with MB_DETAIL_ALL and mb_history_events, in one message for both; there are no
 * events where there is no history.
 */
MB_MUST_CHECK bool mb_history_load_events(mb_history *history, mb_events *out, mb_store in,
                                          const mb_event_filter *filter, mb_error *err);

/* Attempts to apply or to roll back migrations. */
typedef struct mb_attempted {
    mb_event last;      /* of any migration, with any outcome; last.at is NULL: there was none */
    mb_events failures; /* last attempts, if they failed or were interrupted */
} mb_attempted;

/* mb_history_load with MB_DETAIL_ALL, and the attempts, in one message for both. */
MB_MUST_CHECK bool mb_history_load_attempts(mb_history *history, mb_attempted *out, mb_store in,
                                            mb_error *err);
void mb_attempted_free(mb_attempted *attempted);

void mb_event_free(mb_event *event);
void mb_events_free(mb_events *events);

/*
 * The last rollback of each migration of a stream that was neither applied, marked nor forgotten
 * since. Free *out with mb_events_free.
 */
MB_MUST_CHECK bool mb_history_rolled_back(mb_events *out, mb_store in, const mb_history *history,
                                          mb_stream stream, mb_error *err);

/* ---- what a migration ran ---- */

/*
 * List the files that the script loaded in the run that applied the migration, and in the earlier
 * runs that this run resumed. *files has one "PATH SHA256" line for each load, oldest first, and is
 * owned by the caller; NULL where there are none. If a path occurs more than once, its last line
 * counts.
 */
MB_MUST_CHECK bool mb_history_loaded(char **files, mb_store in, mb_key key, mb_error *err);

/* Set *any if the history has an event of a repair, of any migration. */
MB_MUST_CHECK bool mb_history_repaired(bool *any, mb_store in, mb_error *err);

/*
 * Set *normalized to the normalized checksum of the contents that ran, where a repair has since
 * recorded another one; else to NULL. The caller owns it.
 */
MB_MUST_CHECK bool mb_history_ran(char **normalized, mb_store in, mb_key key, mb_error *err);

#endif
