#include "moonbird/os/log.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/show.h"
#include "moonbird/os/print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mb_level threshold = MB_LOG_INFO;
static void (*listener)(mb_level level, const char *text);

mb_level mb_log_threshold(void)
{
    return threshold;
}

void mb_log_set_threshold(mb_level level)
{
    threshold = level;
}

void mb_log_listen(void (*listen)(mb_level level, const char *text))
{
    listener = listen;
}

static void write_message(mb_level level, const char *label, const char *text)
{
    mb_buf line = {0};

    if (label)
        mb_buf_printf(&line, "moonbird: %s%s:%s ", mb_color_start(level), label, mb_color_end());
    mb_print_add(&line, text, strlen(text), MB_SHOW_LINES);
    mb_buf_putc(&line, '\n');
    mb_print_message(line.data, line.len);
    mb_buf_free(&line);
}

static const char *label_of(mb_level level)
{
    static const char *const labels[] = {"error", "warning", NULL, NULL};

    return labels[level];
}

static bool is_heard(mb_level level)
{
    return level <= threshold || (listener && level <= MB_LOG_INFO);
}

static void tell(mb_level level, const char *text)
{
    if (listener)
        listener(level, text);
    if (level <= threshold)
        write_message(level, label_of(level), text);
}

void mb_log(mb_level level, const char *fmt, ...)
{
    mb_buf text = {0};
    va_list ap, again;
    int len;

    if (!is_heard(level))
        return;
    va_start(ap, fmt);
    va_copy(again, ap);
    len = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    mb_buf_reserve(&text, (size_t)len);
    vsnprintf(text.data, (size_t)len + 1, fmt, ap);
    va_end(ap);
    tell(level, text.data);
    mb_buf_free(&text);
}

static void add_field(mb_buf *text, const char *label, const char *value)
{
    if (value[0])
        mb_buf_printf(text, "\n%s: %s", label, value);
}

static void add_place(mb_buf *text, const mb_error *err)
{
    if (!err->file[0])
        return;
    mb_show(text, err->file, strlen(err->file), MB_SHOW_LINE);
    if (err->line)
        mb_buf_printf(text, ":%d", err->line);
    if (err->line && err->column)
        mb_buf_printf(text, ":%d", err->column);
    mb_buf_puts(text, ": ");
}

/* The source line with a caret under it; tabs stay tabs, so that both align. */
static void add_source(mb_buf *text, const mb_error *err)
{
    const char *s = err->source;

    if (!err->source[0])
        return;
    mb_buf_printf(text, "\n  %s", err->source);
    if (!err->caret)
        return;
    mb_buf_puts(text, "\n  ");
    for (int i = 1; i < err->caret && *s; i++) {
        mb_buf_putc(text, *s == '\t' ? '\t' : ' ');
        for (s++; ((unsigned char)*s & 0xC0) == 0x80; s++)
            ;
    }
    mb_buf_putc(text, '^');
}

char *mb_error_text(const mb_error *err)
{
    mb_buf text = {0};

    add_place(&text, err);
    mb_buf_puts(&text, err->message);
    if (err->sqlstate[0])
        mb_buf_printf(&text, " (SQLSTATE %s)", err->sqlstate);
    add_source(&text, err);
    add_field(&text, "DETAIL", err->detail);
    add_field(&text, "HINT", err->hint);
    add_field(&text, "CONTEXT", err->context);
    return text.data;
}

void mb_log_error(mb_level level, const mb_error *err)
{
    char *text;

    if (!is_heard(level))
        return;
    text = mb_error_text(err);
    tell(level, text);
    free(text);
}
