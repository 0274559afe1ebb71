/* streams.h -- writing to stdout and stderr, which may be pipes that nobody reads. */
#ifndef MOONBIRD_STREAMS_H
#define MOONBIRD_STREAMS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Opens /dev/null for each of the three standard streams that is closed: otherwise a session's
 * socket would get its number.
 */
void mb_streams_open(void);

/*
 * Writes all of it.  false with errno set: EINTR when the function of mb_streams_give_up
 * returns true and the reader takes nothing for a moment.
 */
bool mb_stream_write(int fd, const char *data, size_t len);

/* While `fn` returns true, writing never blocks for longer than a third of a second in all. */
void mb_streams_give_up(bool (*fn)(void));

#endif
