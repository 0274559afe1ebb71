#include "moonbird/os/color.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool on, forced;

static bool color_wanted(mb_color color)
{
    const char *no = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    if (color != MB_COLOR_AUTO)
        return color == MB_COLOR_ALWAYS;
    return isatty(STDERR_FILENO) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

void mb_color_set(mb_color color)
{
    on = color_wanted(color);
    forced = color == MB_COLOR_ALWAYS;
}

bool mb_color_is_on(void)
{
    return on;
}

bool mb_color_is_forced(void)
{
    return forced;
}

const char *mb_color_start(mb_level level)
{
    static const char *const codes[] = {"\033[31m", "\033[33m", "\033[32m", "\033[2m"};

    return on ? codes[level] : "";
}

const char *mb_color_end(void)
{
    return on ? "\033[0m" : "";
}
