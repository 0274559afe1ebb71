#include "moonbird/os/log.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/secret.h"
#include "moonbird/base/show.h"
#include "moonbird/os/streams.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static struct {
    mb_level threshold;
    bool color;           /* on stderr and in mb_print */
    bool color_always;    /* --color always: also where mb_print goes to no terminal */
    bool print_to_stderr; /* mb_print_to_stderr */
    bool assume_yes;
    int unwritten;       /* the errno of the first failed write to stdout; 0: none */
    char live[256];      /* "" when there is no live line */
    char detail[256];
    int64_t live_since;  /* mb_live_start */
    int64_t live_drawn;  /* when it was last drawn; 0: it is not on the screen */
} out = {.threshold = MB_LOG_INFO};

int64_t mb_now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static bool color_wanted(mb_color color)
{
    const char *no = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    if (color != MB_COLOR_AUTO)
        return color == MB_COLOR_ALWAYS;
    return isatty(STDERR_FILENO) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

void mb_log_set(mb_level threshold, mb_color color)
{
    out.threshold = threshold;
    out.color = color_wanted(color);
    out.color_always = color == MB_COLOR_ALWAYS;
}

mb_level mb_log_threshold(void)
{
    return out.threshold;
}

void mb_log_set_threshold(mb_level threshold)
{
    out.threshold = threshold;
}

const char *mb_color_start(mb_level level)
{
    static const char *const codes[] = {"\033[31m", "\033[33m", "\033[32m", "\033[2m"};

    return out.color ? codes[level] : "";
}

const char *mb_color_end(void)
{
    return out.color ? "\033[0m" : "";
}

void mb_print_to_stderr(bool yes)
{
    out.print_to_stderr = yes;
}

bool mb_assume_yes(void)
{
    return out.assume_yes;
}

void mb_set_assume_yes(bool yes)
{
    out.assume_yes = yes;
}

bool mb_print_is_stderr(void)
{
    return out.print_to_stderr;
}

static FILE *print_stream(void)
{
    return out.print_to_stderr ? stderr : stdout;
}

bool mb_print_is_terminal(void)
{
    return isatty(fileno(print_stream()));
}

size_t mb_print_screenful(void)
{
    enum { LEAST = 20, AROUND = 5 }; /* header, rule, count, blank line, prompt */
    struct winsize window = {0};

    if (!mb_print_is_terminal())
        return SIZE_MAX;
    ioctl(fileno(print_stream()), TIOCGWINSZ, &window);
    return window.ws_row > LEAST + AROUND ? window.ws_row - AROUND : LEAST;
}

bool mb_input_is_terminal(void)
{
    return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* ---- writing ---- */

/* Appends text without secrets and with control characters escaped. */
static void add_shown(mb_buf *shown, const char *text, size_t len, mb_show_how how)
{
    mb_buf masked = {0};

    if (mb_secret_any()) {
        mb_secret_mask(&masked, text, len);
        text = mb_buf_str(&masked);
        len = masked.len;
    }
    mb_show(shown, text, len, how);
    mb_buf_free(&masked);
}

static void write_shown(FILE *stream, const char *text, mb_show_how how)
{
    mb_buf shown = {0};

    add_shown(&shown, text, strlen(text), how);
    fputs(mb_buf_str(&shown), stream);
    mb_buf_free(&shown);
}

/* An interrupt ends fgets, since its handler does not restart system calls. */
void mb_prompt(const char *question, char *answer, size_t size)
{
    fflush(stdout);
    write_shown(stderr, question, MB_SHOW_LINES);
    fflush(stderr);
    if (!fgets(answer, (int)size, stdin))
        answer[0] = '\0';
    if (answer[0] && !strchr(answer, '\n'))
        for (int c = getc(stdin); c != '\n' && c != EOF;)
            c = getc(stdin);
    answer[strcspn(answer, "\r\n")] = '\0';
}

static void erase_live(void)
{
    if (out.live_drawn) {
        fputs("\r\033[K", print_stream());
        fflush(print_stream());
        out.live_drawn = 0;
    }
}

void mb_live_start(const char *fmt, ...)
{
    va_list ap;

    if (!mb_print_is_terminal() || out.threshold < MB_LOG_INFO)
        return;
    va_start(ap, fmt);
    vsnprintf(out.live, sizeof out.live, fmt, ap);
    va_end(ap);
    out.detail[0] = '\0';
    out.live_since = mb_now_us();
    out.live_drawn = 0;
}

void mb_live_detail(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(out.detail, sizeof out.detail, fmt, ap);
    va_end(ap);
    if (!out.live[0] && !out.detail[0])
        erase_live();
}

size_t mb_print_width(void)
{
    struct winsize size;

    return ioctl(fileno(print_stream()), TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col
                                                                                  : 80;
}

/* Keeps the first `most` characters: a line that wraps could not be erased. */
static void cut(char *text, size_t most)
{
    for (; *text; text++)
        if (((unsigned char)*text & 0xC0) != 0x80 && most-- == 0) {
            *text = '\0';
            return;
        }
}

void mb_live_tick(void)
{
    int64_t now = mb_now_us();
    char text[sizeof out.live + sizeof out.detail + 32];
    mb_buf shown = {0};

    if (now - out.live_drawn < 100000 ||
        (!out.live[0] && !(out.detail[0] && mb_print_is_terminal())))
        return;
    out.live_drawn = now;
    if (out.live[0])
        snprintf(text, sizeof text, "%s  %.1f s%s%s", out.live,
                 (double)(now - out.live_since) / 1e6, out.detail[0] ? "  " : "", out.detail);
    else
        snprintf(text, sizeof text, "%s", out.detail);
    add_shown(&shown, text, strlen(text), MB_SHOW_LINE);
    cut(shown.data, mb_print_width() - 1);
    fprintf(print_stream(), "\r\033[K%s%s%s", mb_color_start(MB_LOG_DEBUG), shown.data,
            mb_color_end());
    fflush(print_stream());
    mb_buf_free(&shown);
}

void mb_live_stop(void)
{
    erase_live();
    out.live[0] = '\0';
}

static void write_to(FILE *stream, const char *data, size_t len)
{
    bool ok;

    erase_live();
    ok = fflush(stream) == 0 && mb_stream_write(fileno(stream), data, len);
    if (!ok && stream == stdout && !out.unwritten)
        out.unwritten = errno;
}

void mb_print(const char *text, size_t len)
{
    mb_buf shown = {0};

    if (!mb_secret_any() && mb_show_is_plain(text, len, MB_SHOW_LINES)) {
        write_to(print_stream(), text, len);
        return;
    }
    add_shown(&shown, text, len, MB_SHOW_LINES);
    write_to(print_stream(), mb_buf_str(&shown), shown.len);
    mb_buf_free(&shown);
}

void mb_print_marked(mb_level color, const char *mark, const char *text)
{
    mb_buf line = {0};

    mb_buf_printf(&line, "%s%s%s ", mb_color_start(color), mark, mb_color_end());
    add_shown(&line, text, strlen(text), MB_SHOW_LINES);
    write_to(print_stream(), line.data, line.len);
    mb_buf_free(&line);
}

bool mb_print_has_color(void)
{
    return out.color && (out.color_always || mb_print_is_terminal());
}

void mb_print_styled(mb_style style, const char *text, size_t len)
{
    static const char *const codes[] = {"\033[1m", "\033[36m"};
    mb_buf shown = {0};

    mb_buf_puts(&shown, mb_print_has_color() ? codes[style] : "");
    add_shown(&shown, text, len, MB_SHOW_LINES);
    mb_buf_puts(&shown, mb_print_has_color() ? mb_color_end() : "");
    write_to(print_stream(), shown.data, shown.len);
    mb_buf_free(&shown);
}

void mb_print_data(const char *data, size_t len)
{
    if (mb_print_is_terminal())
        mb_print(data, len);
    else
        write_to(print_stream(), data, len);
}

void mb_out(const char *data, size_t len)
{
    write_to(stdout, data, len);
}

bool mb_out_complete(mb_error *err)
{
    if (!out.unwritten || out.unwritten == EPIPE)
        return true;
    if (out.unwritten == EINTR)
        return mb_fail(err, MB_ERR_INTERRUPTED, "interrupted");
    return mb_fail(err, MB_ERR_FAILED, "cannot write to standard output: %s",
                   strerror(out.unwritten));
}

/* Flushes stdout first, so that the order is kept when both streams are one file. */
static void write_stderr(mb_level level, const char *label, const char *text)
{
    mb_buf line = {0};

    if (label)
        mb_buf_printf(&line, "moonbird: %s%s:%s ", mb_color_start(level), label, mb_color_end());
    add_shown(&line, text, strlen(text), MB_SHOW_LINES);
    mb_buf_putc(&line, '\n');
    fflush(stdout);
    write_to(stderr, line.data, line.len);
    mb_buf_free(&line);
}

static const char *label_of(mb_level level)
{
    static const char *const labels[] = {"error", "warning", NULL, NULL};

    return labels[level];
}

void mb_log(mb_level level, const char *fmt, ...)
{
    mb_buf text = {0};
    va_list ap, again;
    int len;

    if (level > out.threshold)
        return;
    va_start(ap, fmt);
    va_copy(again, ap);
    len = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    mb_buf_reserve(&text, (size_t)len);
    vsnprintf(text.data, (size_t)len + 1, fmt, ap);
    va_end(ap);
    write_stderr(level, label_of(level), text.data);
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

    if (level > out.threshold)
        return;
    text = mb_error_text(err);
    write_stderr(level, label_of(level), text);
    free(text);
}
