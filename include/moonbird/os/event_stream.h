/*
 * event_stream.h -- the stream of --events: a line of JSON for each thing that happens.
 *
 * The process has one stream, as it has one log. Nothing here waits for the reader or fails after
 * mb_events_open: lines that the reader does not take are kept up to a limit, further ones are
 * dropped and counted, and a stream that cannot be written any more is closed with a warning.
 * Without --events each call costs one comparison.
 *
 * The names, keys and values of all events are documented in src/manual/events.md; a test compares
 * that chapter with what is written.
 */
#ifndef MOONBIRD_OS_EVENT_STREAM_H
#define MOONBIRD_OS_EVENT_STREAM_H

#include "moonbird/base/buf.h"

#include <stdint.h>

/*
 * Opens the stream and writes its first event, `begin`. `target` is a file, which is appended to,
 * or "fd:N", a descriptor that this process inherited. The event begins a new line, also after an
 * incomplete line. Fails with MB_ERR_USAGE or MB_ERR_FILE.
 */
MB_MUST_CHECK bool mb_events_open(const char *target, const char *command, mb_error *err);

bool mb_events_wanted(void); /* the stream is open */

/* One event while it is written. */
typedef struct mb_event_line {
    mb_buf text; /* without its final brace */
} mb_event_line;

/* Begins an event. False: there is no stream, and the caller must not end the event. */
bool mb_event_begin(mb_event_line *event, const char *name);

/* Each adds a value. Texts are written without secrets; NULL is null. */
void mb_event_text(mb_event_line *event, const char *key, const char *value);
void mb_event_number(mb_event_line *event, const char *key, int64_t value);
void mb_event_flag(mb_event_line *event, const char *key, bool value);
void mb_event_ms(mb_event_line *event, const char *key, int64_t us); /* microseconds, as milliseconds */

/* Adds kind, message, sqlstate, file, line, column, detail and hint; NULL: each of them is null. */
void mb_event_error(mb_event_line *event, const mb_error *err);

void mb_event_end(mb_event_line *event); /* sends it */

/* Sends the events that the reader did not take before. Code that waits calls it. */
void mb_events_flush(void);

/*
 * Writes the last event, `done`, with the exit status, its error (NULL: none) and the number of
 * dropped events, waits for the reader for a second at most, and closes the stream.
 */
void mb_events_close(int status, const mb_error *err);

#endif
