/* terminal.h -- prompting for a secret. */
#ifndef MOONBIRD_OS_TERMINAL_H
#define MOONBIRD_OS_TERMINAL_H

#include "moonbird/base/buf.h"

/*
 * Appends one line from the terminal to *out, without its newline; the terminal does not echo it.
 * Call it only when mb_input_is_terminal.  The caller wipes the memory of *out.  An interrupt ends
 * it.
 */
MB_MUST_CHECK bool mb_terminal_ask_secret(mb_buf *out, const char *question, mb_error *err);

#endif
