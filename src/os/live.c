#include "moonbird/os/live.h"

#include "moonbird/os/clock.h"
#include "moonbird/os/log.h"
#include "moonbird/os/print.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    char text[256]; /* "" when there is no live line */
    char detail[256];
    int64_t since; /* mb_live_start */
    int64_t drawn; /* when it was last drawn; 0: it is not on the screen */
} line;

static void erase(void)
{
    if (line.drawn) {
        mb_print_over("\r\033[K");
        line.drawn = 0;
    }
}

void mb_live_start(const char *fmt, ...)
{
    va_list ap;

    if (!mb_print_is_terminal() || mb_log_threshold() < MB_LOG_INFO)
        return;
    va_start(ap, fmt);
    vsnprintf(line.text, sizeof line.text, fmt, ap);
    va_end(ap);
    line.detail[0] = '\0';
    line.since = mb_now_us();
    line.drawn = 0;
}

void mb_live_detail(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(line.detail, sizeof line.detail, fmt, ap);
    va_end(ap);
    if (!line.text[0] && !line.detail[0])
        erase();
}

/* The byte after the first `most` characters; NULL: there are not more. */
static char *find_end(char *text, size_t most)
{
    for (; *text; text++)
        if (((unsigned char)*text & 0xC0) != 0x80 && most-- == 0)
            return text;
    return NULL;
}

/* The last ", " or "; "; NULL: there is none. */
static char *last_separator(char *text)
{
    for (char *s = text + strlen(text); s-- > text;)
        if ((*s == ',' || *s == ';') && s[1] == ' ')
            return s;
    return NULL;
}

void mb_live_fit(char *text, size_t most)
{
    char *end, *field;

    while ((end = find_end(text, most)) && (field = last_separator(text)))
        *field = '\0';
    if (end)
        *end = '\0';
}

void mb_live_tick(void)
{
    int64_t now = mb_now_us();
    char text[sizeof line.text + sizeof line.detail + 32];
    mb_buf shown = {0};
    char *drawn;

    if (now - line.drawn < 100000 || (!line.text[0] && !(line.detail[0] && mb_print_is_terminal())))
        return;
    line.drawn = now;
    if (line.text[0])
        snprintf(text, sizeof text, "%s  %.1f s%s%s", line.text, (double)(now - line.since) / 1e6,
                 line.detail[0] ? "  " : "", line.detail);
    else
        snprintf(text, sizeof text, "%s", line.detail);
    mb_print_add(&shown, text, strlen(text), MB_SHOW_LINE);
    mb_live_fit(shown.data, mb_print_width() - 1);
    drawn = mb_format("\r\033[K%s%s%s", mb_color_start(MB_LOG_DEBUG), shown.data, mb_color_end());
    mb_print_before(erase);
    mb_print_over(drawn);
    free(drawn);
    mb_buf_free(&shown);
}

void mb_live_stop(void)
{
    erase();
    line.text[0] = '\0';
}
