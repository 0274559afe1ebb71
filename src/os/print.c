#include "moonbird/os/print.h"

#include "moonbird/base/secret.h"
#include "moonbird/os/streams.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool to_stderr; /* mb_print_to_stderr */
static int unwritten;  /* the errno of the first failed write to stdout; 0: none */
static void (*before)(void);

void mb_print_to_stderr(bool yes)
{
    to_stderr = yes;
}

bool mb_print_is_stderr(void)
{
    return to_stderr;
}

static FILE *print_stream(void)
{
    return to_stderr ? stderr : stdout;
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

size_t mb_print_width(void)
{
    struct winsize size;

    return ioctl(fileno(print_stream()), TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col
                                                                                    : 80;
}

/* ---- writing ---- */

void mb_print_add(mb_buf *shown, const char *text, size_t len, mb_show_how how)
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

void mb_print_before(void (*erase)(void))
{
    before = erase;
}

void mb_print_over(const char *text)
{
    fputs(text, print_stream());
    fflush(print_stream());
}

static void write_to(FILE *stream, const char *data, size_t len)
{
    bool ok;

    if (before)
        before();
    ok = fflush(stream) == 0 && mb_stream_write(fileno(stream), data, len);
    if (!ok && stream == stdout && !unwritten)
        unwritten = errno;
}

void mb_print(const char *text, size_t len)
{
    mb_buf shown = {0};

    if (!mb_secret_any() && mb_show_is_plain(text, len, MB_SHOW_LINES)) {
        write_to(print_stream(), text, len);
        return;
    }
    mb_print_add(&shown, text, len, MB_SHOW_LINES);
    write_to(print_stream(), mb_buf_str(&shown), shown.len);
    mb_buf_free(&shown);
}

void mb_print_marked(mb_level color, const char *mark, const char *text)
{
    mb_buf line = {0};

    mb_buf_printf(&line, "%s%s%s ", mb_color_start(color), mark, mb_color_end());
    mb_print_add(&line, text, strlen(text), MB_SHOW_LINES);
    write_to(print_stream(), line.data, line.len);
    mb_buf_free(&line);
}

bool mb_print_has_color(void)
{
    return mb_color_is_on() && (mb_color_is_forced() || mb_print_is_terminal());
}

void mb_print_styled(mb_style style, const char *text, size_t len)
{
    static const char *const codes[] = {"\033[1m", "\033[36m"};
    mb_buf shown = {0};

    mb_buf_puts(&shown, mb_print_has_color() ? codes[style] : "");
    mb_print_add(&shown, text, len, MB_SHOW_LINES);
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
    if (!unwritten || unwritten == EPIPE)
        return true;
    if (unwritten == EINTR)
        return mb_fail(err, MB_ERR_INTERRUPTED, "interrupted");
    return mb_fail(err, MB_ERR_FAILED, "cannot write to standard output: %s", strerror(unwritten));
}

void mb_print_message(const char *text, size_t len)
{
    fflush(stdout); /* the order is kept when both streams are one file */
    write_to(stderr, text, len);
}
