/*
 * log.h -- everything that reaches the terminal.
 *
 * Data goes to stdout, messages to stderr.  Text for people is written without secrets (secret.h)
 * and with control characters escaped (show.h); callers pass strings as they got them.  Only this
 * module (and mem.h, when memory runs out) uses the standard streams.  On a terminal a live line at
 * the bottom can show what is running; any other output erases it first.
 */
#ifndef MOONBIRD_OS_LOG_H
#define MOONBIRD_OS_LOG_H

#include "moonbird/base/error.h"

#include <stdint.h>

typedef enum mb_level {
    MB_LOG_ERROR,
    MB_LOG_WARN,
    MB_LOG_INFO,  /* the default threshold; -q: MB_LOG_WARN, -v: MB_LOG_DEBUG */
    MB_LOG_DEBUG,
} mb_level;

typedef enum mb_color { MB_COLOR_AUTO, MB_COLOR_ALWAYS, MB_COLOR_NEVER } mb_color;

void mb_log_set(mb_level threshold, mb_color color); /* AUTO honours NO_COLOR and TERM=dumb */
mb_level mb_log_threshold(void);
void mb_log_set_threshold(mb_level threshold); /* keeps the colour */

/* Writes a line to stderr: "moonbird: warning: ..."; info and debug have no prefix. */
void mb_log(mb_level level, const char *fmt, ...) MB_PRINTF(2, 3);

/* Writes a whole error: place, message, SQLSTATE, source line with caret, DETAIL, HINT, CONTEXT. */
void mb_log_error(mb_level level, const mb_error *err);

/* The same as a string, without prefix and colour.  The caller frees it. */
char *mb_error_text(const mb_error *err);

/* Text for people goes to stderr (true, for --json) or stdout (false, the default). */
void mb_print_to_stderr(bool yes);
bool mb_print_is_stderr(void);

void mb_print(const char *text, size_t len); /* text for people */

/* The same on a terminal; elsewhere the bytes as they are. */
void mb_print_data(const char *data, size_t len);

/* Text for people after a coloured mark, as a line of its own has it: "MARK TEXT". */
void mb_print_marked(mb_level color, const char *mark, const char *text);

/* Data, as it is, always to stdout. */
void mb_out(const char *data, size_t len);

/*
 * Was everything written to stdout?  True also when the reader closed the pipe (EPIPE): it wanted
 * no more.  MB_ERR_FAILED, or MB_ERR_INTERRUPTED: no.
 */
MB_MUST_CHECK bool mb_out_complete(mb_error *err);

/* Text for people in a style: coloured where colour is on, otherwise the same as mb_print. */
typedef enum mb_style { MB_STYLE_HEADING, MB_STYLE_CODE } mb_style;
void mb_print_styled(mb_style style, const char *text, size_t len);
bool mb_print_has_color(void);

bool mb_print_is_terminal(void);

size_t mb_print_width(void); /* the window's width in columns; 80 when mb_print goes to no terminal */

/* How many rows of a result fill the window, at least 20; SIZE_MAX when mb_print goes to none. */
size_t mb_print_screenful(void);
bool mb_input_is_terminal(void); /* can a person be asked? */

/*
 * Asks on stderr and reads a line, without its newline; "" at the end of the input.  Call it only
 * when mb_input_is_terminal.  A line that does not fit into `size` is cut, and its rest is dropped.
 */
void mb_prompt(const char *question, char *answer, size_t size);
bool mb_assume_yes(void);
void mb_set_assume_yes(bool yes); /* --yes */

/* Escape sequences around text of that level; "" when colour is off. */
const char *mb_color_start(mb_level level);
const char *mb_color_end(void);

/*
 * The live line, on a terminal only, with the time since mb_live_start.  Code that waits calls
 * mb_live_tick, which redraws it.  mb_live_detail adds text after the time, or shows it alone; ""
 * removes it.
 */
void mb_live_start(const char *fmt, ...) MB_PRINTF(1, 2);
void mb_live_detail(const char *fmt, ...) MB_PRINTF(1, 2);
void mb_live_tick(void);
void mb_live_stop(void);

int64_t mb_now_us(void); /* microseconds of a monotonic clock */

#endif
