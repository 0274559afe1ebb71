/* terminal.h -- questions to the user at the terminal. */
#ifndef MOONBIRD_OS_TERMINAL_H
#define MOONBIRD_OS_TERMINAL_H

#include "moonbird/base/buf.h"

bool mb_input_is_terminal(void); /* is there a user who can answer? */

/* --yes: every question is answered with yes. */
bool mb_assume_yes(void);
void mb_set_assume_yes(bool yes);

/*
 * Asks on stderr and reads a line, without its newline; "" at the end of the input.  Call it only
 * when mb_input_is_terminal.  A line that does not fit into `size` is cut, and its rest is dropped.
 */
void mb_prompt(const char *question, char *answer, size_t size);

/*
 * Appends one line from the terminal to *out, without its newline; the terminal does not echo it.
 * Call it only when mb_input_is_terminal.  The caller wipes the memory of *out.  An interrupt ends
 * it.
 */
MB_MUST_CHECK bool mb_terminal_ask_secret(mb_buf *out, const char *question, mb_error *err);

#endif
