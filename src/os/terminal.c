#include "moonbird/os/terminal.h"

#include "moonbird/base/show.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/os/print.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static bool assume_yes;

bool mb_assume_yes(void)
{
    return assume_yes;
}

void mb_set_assume_yes(bool yes)
{
    assume_yes = yes;
}

bool mb_input_is_terminal(void)
{
    return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/*
 * An interrupt ends getc, since its handler does not restart system calls. Ctrl-Space types a zero
 * byte, which must not end the answer.
 */
void mb_prompt(const char *question, char *answer, size_t size)
{
    mb_buf shown = {0};
    size_t len = 0;
    int c;

    mb_print_add(&shown, question, strlen(question), MB_SHOW_LINES);
    mb_print_message(mb_buf_str(&shown), shown.len);
    mb_buf_free(&shown);
    while ((c = getc(stdin)) != '\n' && c != EOF)
        if (len + 1 < size)
            answer[len++] = c ? (char)c : '?';
    answer[ferror(stdin) ? 0 : len] = '\0';
    answer[strcspn(answer, "\r")] = '\0';
}

/* ---- a secret ---- */

static void write_all(int fd, const char *text)
{
    size_t len = strlen(text);
    ssize_t sent;

    while (len > 0 && ((sent = write(fd, text, len)) > 0 || errno == EINTR)) {
        text += sent > 0 ? sent : 0;
        len -= sent > 0 ? (size_t)sent : 0;
    }
}

/*
 * Hides the typed characters.  After Ctrl-Z or Ctrl-\ the echo would be wrong, so they do nothing.
 */
static void silence(int fd, struct termios mode)
{
    mode.c_lflag &= ~(tcflag_t)ECHO;
    mode.c_cc[VSUSP] = mode.c_cc[VQUIT] = _POSIX_VDISABLE;
    tcsetattr(fd, TCSAFLUSH, &mode);
}

static bool would_leave(const struct termios *mode, char c)
{
    return (cc_t)c == mode->c_cc[VSUSP] || (cc_t)c == mode->c_cc[VQUIT];
}

/* Reads a byte at a time, so that no copy of the answer stays in another buffer. */
static bool read_line(int fd, const struct termios *mode, mb_buf *out, mb_error *err)
{
    char c;

    mb_buf_reserve(out, 4096); /* a terminal's longest line: growing would leave copies in memory */
    for (;;) {
        ssize_t got = read(fd, &c, 1);

        if (!mb_interrupt_check(err))
            return false;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return mb_fail_errno(err, "/dev/tty", "cannot read the answer");
        if (got == 0 || c == '\n')
            return true;
        if (!would_leave(mode, c))
            mb_buf_putc(out, c);
    }
}

bool mb_terminal_ask_secret(mb_buf *out, const char *question, mb_error *err)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    struct termios before;
    mb_buf shown = {0};
    bool ok;

    if (fd < 0)
        return mb_fail_errno(err, "/dev/tty", "cannot open the terminal");
    mb_show(&shown, question, strlen(question), MB_SHOW_LINE);
    write_all(fd, mb_buf_str(&shown));
    mb_buf_free(&shown);
    if (tcgetattr(fd, &before) != 0) {
        mb_fail_errno(err, "/dev/tty", "cannot hide the answer");
        close(fd);
        return false;
    }
    silence(fd, before);
    ok = read_line(fd, &before, out, err);
    tcsetattr(fd, TCSAFLUSH, &before);
    write_all(fd, "\n");
    close(fd);
    return ok;
}
