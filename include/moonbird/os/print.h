/*
 * print.h -- the output of the program: text for people, and data.
 *
 * Data goes to stdout.  Text for people is written without secrets (secret.h) and with control
 * characters escaped (show.h); callers pass strings as they got them.  Only this module (and mem.h,
 * when memory runs out) writes to the standard streams.
 */
#ifndef MOONBIRD_OS_PRINT_H
#define MOONBIRD_OS_PRINT_H

#include "moonbird/base/buf.h"
#include "moonbird/base/error.h"
#include "moonbird/base/show.h"
#include "moonbird/os/color.h"

/* Text for people goes to stderr (true, for --json) or stdout (false, the default). */
void mb_print_to_stderr(bool yes);
bool mb_print_is_stderr(void);

void mb_print(const char *text, size_t len); /* text for people */

/* mb_print on a terminal; elsewhere the bytes unchanged. */
void mb_print_data(const char *data, size_t len);

/* Text for people after a coloured mark: "MARK TEXT". */
void mb_print_marked(mb_level color, const char *mark, const char *text);

/* Text for people in a style: coloured where colour is on, otherwise the same as mb_print. */
typedef enum mb_style { MB_STYLE_HEADING, MB_STYLE_CODE } mb_style;
void mb_print_styled(mb_style style, const char *text, size_t len);
bool mb_print_has_color(void);

/* Data, unchanged, always to stdout. */
void mb_out(const char *data, size_t len);

/*
 * Was everything written to stdout?  True also when the reader closed the pipe (EPIPE): it wanted
 * no more.  MB_ERR_FAILED, or MB_ERR_INTERRUPTED: no.
 */
MB_MUST_CHECK bool mb_out_complete(mb_error *err);

/*
 * Text that mb_print_add has made, to stderr.  Output that was already written to stdout precedes
 * it.
 */
void mb_print_message(const char *text, size_t len);

/* Appends text for people as it is written: without secrets, with control characters escaped. */
void mb_print_add(mb_buf *shown, const char *text, size_t len, mb_show_how how);

/* ---- the terminal that mb_print writes to ---- */

bool mb_print_is_terminal(void);
size_t
mb_print_width(void); /* the window's width in columns; 80 when mb_print goes to no terminal */

/* How many rows of a result fill the window, at least 20; SIZE_MAX when mb_print goes to none. */
size_t mb_print_screenful(void);

/* ---- for live.c ---- */

/* `erase` is called before anything is written; NULL for none. */
void mb_print_before(void (*erase)(void));

/* Writes to where mb_print does, without calling `erase`. */
void mb_print_over(const char *text);

#endif
