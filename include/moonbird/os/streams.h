/* streams.h -- the standard streams, which may be closed, or pipes that nobody reads. */
#ifndef MOONBIRD_OS_STREAMS_H
#define MOONBIRD_OS_STREAMS_H

#include <stdbool.h>
#include <stddef.h>

/* The variable with the pid of the studio that started this process and reads its output. */
#define MB_STUDIO_VARIABLE "MOONBIRD_STUDIO"

/*
 * Opens /dev/null on closed standard streams, so that a socket never becomes descriptor 0 to 2. It
 * is open for reading only: what is written to a closed stream is lost, which is an error (EBADF).
 *
 * If a studio started this process, a stopped studio must not keep a transaction open: when it has
 * read nothing for 5 s, output is left out until it reads again.  Then `unread` is called.
 */
void mb_streams_open(void (*unread)(void));

/*
 * Writes all of it.  False with errno set; EINTR: the function of mb_streams_give_up returned true,
 * and the reader took nothing for 0.3 s.
 */
bool mb_stream_write(int fd, const char *data, size_t len);

/* While `fn` returns true, writing never blocks for longer than 0.3 s in all. */
void mb_streams_give_up(bool (*fn)(void));

#endif
