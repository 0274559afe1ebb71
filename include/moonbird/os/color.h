/* color.h -- colours on a terminal. */
#ifndef MOONBIRD_OS_COLOR_H
#define MOONBIRD_OS_COLOR_H

#include <stdbool.h>

typedef enum mb_color { MB_COLOR_AUTO, MB_COLOR_ALWAYS, MB_COLOR_NEVER } mb_color;

/* The importance of a message, which gives it its colour; see log.h. */
typedef enum mb_level {
    MB_LOG_ERROR,
    MB_LOG_WARN,
    MB_LOG_INFO, /* the default threshold; -q: MB_LOG_WARN, -v: MB_LOG_DEBUG */
    MB_LOG_DEBUG,
} mb_level;

void mb_color_set(mb_color color); /* AUTO honours NO_COLOR and TERM=dumb; before it: no colours */
bool mb_color_is_on(void);
bool mb_color_is_forced(void); /* MB_COLOR_ALWAYS: also where the output goes to no terminal */

/* Escape sequences around text of that level; "" when colour is off. */
const char *mb_color_start(mb_level level);
const char *mb_color_end(void);

#endif
