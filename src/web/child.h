/* child.h -- a child process of the studio: this program again, with a channel to it. */
#ifndef MOONBIRD_WEB_CHILD_H
#define MOONBIRD_WEB_CHILD_H

#include "moonbird/base/buf.h"

#include <sys/types.h>

typedef struct mb_web_child {
    pid_t pid;   /* 0: it has ended, and was waited for */
    int status;  /* valid once pid is 0: its exit status, or 128 and its signal */
    int channel; /* our end, which does not block; -1: closed */
    int output;  /* its stdout and stderr; -1: closed */
} mb_web_child;

typedef struct mb_web_start {
    const char *const *argv; /* without the program; ends with NULL */
    const char *confirmed;   /* a value for MOONBIRD_CONFIRMED, without the pid; or NULL */
    bool both_ways;          /* the channel is a socket; otherwise a pipe from the child */
} mb_web_start;

/*
 * Starts this program with the arguments; its end of the channel is descriptor 3. The child has a
 * session of its own, so that a Ctrl-C at the studio's terminal, or the end of the terminal, does
 * not reach it.
 */
MB_MUST_CHECK bool mb_web_child_start(mb_web_child *out, const mb_web_start *how, mb_error *err);

/* Appends what the child has written; closes *fd at its end. */
void mb_web_drain(int *fd, mb_buf *out);

/* Has it ended? Waits for it if so. */
bool mb_web_child_ended(mb_web_child *child);

void mb_fd_close(int *fd); /* closes it, unless it is -1, and sets -1 */

#endif
