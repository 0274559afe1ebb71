/* terminal.h -- asking a person for what must not be seen. */
#ifndef MOONBIRD_TERMINAL_H
#define MOONBIRD_TERMINAL_H

#include "moonbird/base/buf.h"

/*
 * One line from the terminal (see mb_input_is_terminal), not echoed, without its
 * newline, appended to *out, whose memory is the caller's to wipe.  An interrupt ends it.
 */
MB_MUST_CHECK bool mb_terminal_ask_secret(mb_buf *out, const char *question, mb_error *err);

#endif
