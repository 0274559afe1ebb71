/* log.h -- messages, on stderr. */
#ifndef MOONBIRD_OS_LOG_H
#define MOONBIRD_OS_LOG_H

#include "moonbird/base/error.h"
#include "moonbird/os/color.h"

/* Messages of a level above the threshold are dropped. */
mb_level mb_log_threshold(void);
void mb_log_set_threshold(mb_level level);

/*
 * From now on `listen` gets each message, too; those up to MB_LOG_INFO even if the threshold drops
 * them.  NULL ends this.
 */
void mb_log_listen(void (*listen)(mb_level level, const char *text));

/* Writes a line to stderr: "moonbird: warning: ..."; info and debug have no prefix. */
void mb_log(mb_level level, const char *fmt, ...) MB_PRINTF(2, 3);

/* Writes a whole error: place, message, SQLSTATE, source line with caret, DETAIL, HINT, CONTEXT. */
void mb_log_error(mb_level level, const mb_error *err);

/* The text of mb_log_error as a string, without prefix and colour.  The caller frees it. */
char *mb_error_text(const mb_error *err);

#endif
