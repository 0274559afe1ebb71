/*
 * log.h -- everything that reaches the terminal.
 *
 * Data goes to stdout, talk to stderr.  Whatever is for people is written without secrets
 * (secret.h) and without control characters (show.h); callers pass texts as they got them.  This module alone (with mem.h, when
 * memory runs out) touches the standard streams.  On a terminal one live line
 * at the bottom can show what runs; any other output clears it first.
 */
#ifndef MOONBIRD_LOG_H
#define MOONBIRD_LOG_H

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
void mb_log_set_threshold(mb_level threshold); /* that alone */

/* "moonbird: warning: ..." on stderr; info and debug come without a prefix. */
void mb_log(mb_level level, const char *fmt, ...) MB_PRINTF(2, 3);

/* A whole error: place, message, SQLSTATE, source line and caret, DETAIL, HINT, CONTEXT. */
void mb_log_error(mb_level level, const mb_error *err);

/* The same text without prefix and colour; the caller frees it. */
char *mb_error_text(const mb_error *err);

/* Send what is meant for people to stderr (true, under --json) or stdout (false). */
void mb_print_to_stderr(bool yes);
bool mb_print_is_stderr(void);
void mb_print(const char *text, size_t len);      /* text for people */
void mb_print_data(const char *data, size_t len); /* the same where it is a terminal; else bytes as they are */
void mb_print_marked(mb_level color, const char *mark, const char *text); /* behind a mark of ours, coloured */
void mb_out(const char *data, size_t len);       /* data, as it is: always stdout */

/* Has stdout all that it was to have?  A reader who went away (EPIPE) wanted no more: yes. */
MB_MUST_CHECK bool mb_out_complete(mb_error *err);

/* Text for people in a style: coloured where colour is on, else the same as mb_print. */
typedef enum mb_style { MB_STYLE_HEADING, MB_STYLE_CODE } mb_style;
void mb_print_styled(mb_style style, const char *text, size_t len);
bool mb_print_has_color(void);

bool mb_print_is_terminal(void);
size_t mb_print_width(void); /* in columns; 80 where talk goes to no terminal */
/* How many rows of a result fill the window, at least 20; SIZE_MAX where talk goes to no terminal. */
size_t mb_print_screenful(void);
bool mb_input_is_terminal(void); /* may a person be asked? */

/*
 * Ask on stderr; the answer without its newline, "" when there is none.  Needs such a terminal.
 * A line of more than `size` is cut, and its rest is no answer to anything.
 */
void mb_prompt(const char *question, char *answer, size_t size);
bool mb_assume_yes(void);
void mb_set_assume_yes(bool yes); /* --yes */

/* Wrap `s` for people when colour is on; "" otherwise. */
const char *mb_color_start(mb_level level);
const char *mb_color_end(void);

/*
 * The live line: shown only on a terminal, with the time since `mb_live_start`
 * behind it; `mb_live_tick` redraws it, and whoever waits calls that.
 */
void mb_live_start(const char *fmt, ...) MB_PRINTF(1, 2);
void mb_live_detail(const char *fmt, ...) MB_PRINTF(1, 2); /* behind the time, or alone; "" takes it back */
void mb_live_tick(void);
void mb_live_stop(void);

int64_t mb_now_us(void); /* monotonic */

#endif
