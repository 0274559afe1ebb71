/* event_stream.c -- writes the events without waiting for their reader. */
#include "moonbird/os/event_stream.h"

#include "moonbird/base/json.h"
#include "moonbird/base/secret.h"
#include "moonbird/base/show.h"
#include "moonbird/os/clock.h"
#include "moonbird/os/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    KEPT_MAX = 1 << 20, /* bytes that wait for the reader */
    PATIENCE_MS = 1000,
};

static struct stream {
    int fd; /* valid while `open` */
    bool open, socket, file;
    mb_buf kept;     /* bytes that the reader has not taken yet */
    int64_t number;  /* of the last event */
    int64_t dropped; /* number of events */
} stream;

/* ---- writing without waiting ---- */

/*
 * Writes as much as the reader takes at once. A pipe or a terminal that is ready takes PIPE_BUF
 * bytes without blocking (POSIX, poll and pipe).
 */
static ssize_t put(const char *data, size_t len)
{
    struct pollfd ready = {.fd = stream.fd, .events = POLLOUT};

    if (stream.file)
        return write(stream.fd, data, len);
    if (stream.socket)
        return send(stream.fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (poll(&ready, 1, 0) == 0) {
        errno = EAGAIN;
        return -1;
    }
    return write(stream.fd, data, len < PIPE_BUF ? len : PIPE_BUF);
}

/* Sends as much of the kept events as the reader takes. False with errno: the stream is broken. */
static bool flush(void)
{
    size_t at = 0;
    bool ok = true;

    while (at < stream.kept.len) {
        ssize_t n = put(stream.kept.data + at, stream.kept.len - at);

        if (n < 0 && errno == EINTR)
            continue;
        ok = n > 0 || errno == EAGAIN || errno == EWOULDBLOCK;
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    if (at) {
        memmove(stream.kept.data, stream.kept.data + at, stream.kept.len - at);
        stream.kept.len -= at;
    }
    return ok;
}

static void close_stream(void)
{
    mb_log_listen(NULL);
    close(stream.fd);
    mb_buf_free(&stream.kept);
    stream = (struct stream){0};
}

void mb_events_flush(void)
{
    const char *why;

    if (!stream.open || !stream.kept.len || flush())
        return;
    why = strerror(errno);
    close_stream();
    mb_log(MB_LOG_WARN, "cannot write events any more: %s; the run continues without them", why);
}

/* ---- one event ---- */

bool mb_events_wanted(void)
{
    return stream.open;
}

static void add_key(mb_event_line *event, const char *key)
{
    mb_buf_printf(&event->text, ",\"%s\":", key);
}

static void add_time(mb_buf *line)
{
    struct timespec now;
    struct tm utc;
    char text[32];

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    mb_buf_printf(line, "\"%s.%06ldZ\"", text, now.tv_nsec / 1000);
}

/*
 * The number comes first, so that a reader finds a gap even between events that it does not
 * understand.
 */
bool mb_event_begin(mb_event_line *event, const char *name)
{
    if (!stream.open)
        return false;
    *event = (mb_event_line){0};
    mb_buf_printf(&event->text, "{\"number\":%lld,\"at\":", (long long)++stream.number);
    add_time(&event->text);
    mb_event_text(event, "event", name);
    return true;
}

void mb_event_text(mb_event_line *event, const char *key, const char *value)
{
    mb_buf masked = {0};

    add_key(event, key);
    if (value) {
        mb_secret_mask(&masked, value, strlen(value));
        mb_json_add_string(&event->text, mb_buf_str(&masked), masked.len);
        mb_buf_free(&masked);
    } else {
        mb_buf_puts(&event->text, "null");
    }
}

void mb_event_number(mb_event_line *event, const char *key, int64_t value)
{
    add_key(event, key);
    mb_buf_printf(&event->text, "%lld", (long long)value);
}

void mb_event_flag(mb_event_line *event, const char *key, bool value)
{
    add_key(event, key);
    mb_buf_puts(&event->text, value ? "true" : "false");
}

void mb_event_ms(mb_event_line *event, const char *key, int64_t us)
{
    add_key(event, key);
    mb_buf_printf(&event->text, "%lld.%03d", (long long)(us / 1000), (int)(us % 1000));
}

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

static void add_count(mb_event_line *event, const char *key, int value)
{
    if (value)
        mb_event_number(event, key, value);
    else
        mb_event_text(event, key, NULL);
}

void mb_event_error(mb_event_line *event, const mb_error *err)
{
    static const mb_error none;

    mb_event_text(event, "kind", err ? mb_code_name(err->code) : NULL);
    err = err ? err : &none;
    mb_event_text(event, "message", or_null(err->message));
    mb_event_text(event, "sqlstate", or_null(err->sqlstate));
    mb_event_text(event, "file", or_null(err->file));
    add_count(event, "line", err->line);
    add_count(event, "column", err->column);
    mb_event_text(event, "detail", or_null(err->detail));
    mb_event_text(event, "hint", or_null(err->hint));
}

/* Appends the event to the kept ones. */
static void keep(mb_event_line *event)
{
    mb_buf_putc(&event->text, '}');
    mb_show(&stream.kept, event->text.data, event->text.len, MB_SHOW_JSON);
    mb_buf_putc(&stream.kept, '\n');
}

void mb_event_end(mb_event_line *event)
{
    if (stream.open && stream.kept.len + event->text.len <= KEPT_MAX)
        keep(event);
    else
        stream.dropped++;
    mb_buf_free(&event->text);
    mb_events_flush();
}

/* ---- open and close ---- */

static void add_notice(mb_level level, const char *message)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    mb_event_line event;

    if (!mb_event_begin(&event, "notice"))
        return;
    mb_event_text(&event, "level", names[level]);
    mb_event_text(&event, "message", message);
    mb_event_end(&event);
}

static bool refuse(mb_error *err, const char *target)
{
    mb_fail(err, MB_ERR_USAGE, "--events cannot write to \"%s\": %s", target, strerror(errno));
    return mb_fail_hint(err, "Give a file, or fd:N for a descriptor that is open for writing, as in "
                             "--events fd:3 3>events.");
}

/*
 * Opens a pipe a second time if that is possible: O_NONBLOCK then holds for this process alone, and
 * not for the others that share the descriptor.
 */
static int open_descriptor(int given)
{
    char *path = mb_format("/proc/self/fd/%d", given);
    struct stat st;
    int flags = fcntl(given, F_GETFL), fd = -1;

    if (flags >= 0 && (flags & O_ACCMODE) == O_RDONLY)
        errno = EBADF;
    else if (flags >= 0 && fstat(given, &st) == 0 && S_ISFIFO(st.st_mode))
        fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && flags >= 0 && (flags & O_ACCMODE) != O_RDONLY)
        fd = fcntl(given, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (fd >= 0 && given > STDERR_FILENO)
        close(given); /* the reader sees the end when this process ends its stream */
    free(path);
    return fd;
}

static bool refuse_name(mb_error *err, const char *target)
{
    mb_fail(err, MB_ERR_USAGE, "--events needs a file or a descriptor, not \"%s\"", target);
    return mb_fail_hint(err, "For standard output: --events fd:1.");
}

static int open_target(const char *target)
{
    char *end = NULL;
    long given = strncmp(target, "fd:", 3) == 0 ? strtol(target + 3, &end, 10) : -1;

    if (!end)
        return open(target, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                    0666);
    if (end == target + 3 || *end || given < 1 || given > INT_MAX) {
        errno = EBADF;
        return -1;
    }
    return open_descriptor((int)given);
}

/*
 * A byte of the file. The stream itself is open for writing only, so the file is opened a second
 * time; when it cannot be read, the answer is `unknown`.
 */
static char byte_at(off_t at, char unknown)
{
    char *path = mb_format("/proc/self/fd/%d", stream.fd);
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    char byte = unknown;

    if (fd >= 0 && pread(fd, &byte, 1, at) != 1)
        byte = unknown;
    if (fd >= 0)
        close(fd);
    free(path);
    return byte;
}

/* True if the file ends with an incomplete line, which a killed process wrote. */
static bool follows_part_of_line(void)
{
    off_t at = (fcntl(stream.fd, F_GETFL) & O_APPEND) ? lseek(stream.fd, 0, SEEK_END)
                                                      : lseek(stream.fd, 0, SEEK_CUR);

    return at > 0 && byte_at(at - 1, '\n') != '\n';
}

/* Has the file another content than events, such as a script of the project? */
static bool is_other_file(const char *target)
{
    return stream.file && strncmp(target, "fd:", 3) != 0 && lseek(stream.fd, 0, SEEK_END) > 0 &&
           byte_at(0, '{') != '{';
}

static bool refuse_other_file(mb_error *err, const char *target)
{
    mb_fail(err, MB_ERR_USAGE,
            "--events cannot write to \"%s\": the file has other content than "
            "events",
            target);
    return mb_fail_hint(err, "Give another file.");
}

bool mb_events_open(const char *target, const char *command, mb_error *err)
{
    struct stat st;
    mb_event_line event;
    int fd;

    if (!*target || strcmp(target, "-") == 0)
        return refuse_name(err, target);
    fd = open_target(target);
    if (fd < 0)
        return refuse(err, target);
    stream = (struct stream){.fd = fd, .open = true};
    if (fstat(fd, &st) == 0) {
        stream.socket = S_ISSOCK(st.st_mode);
        stream.file = S_ISREG(st.st_mode);
    }
    if (is_other_file(target)) {
        close_stream();
        return refuse_other_file(err, target);
    }
    if (stream.file && follows_part_of_line())
        mb_buf_putc(&stream.kept, '\n');
    mb_event_begin(&event, "begin");
    mb_event_text(&event, "command", command);
    mb_event_text(&event, "version", MB_VERSION);
    mb_event_number(&event, "pid", getpid());
    keep(&event);
    mb_buf_free(&event.text);
    mb_log_listen(add_notice);
    if (flush())
        return true;
    refuse(err, target);
    close_stream();
    return false;
}

/* Gives the reader PATIENCE_MS to take the kept events. */
static void drain(void)
{
    int64_t until = mb_now_us() + (int64_t)PATIENCE_MS * 1000;

    mb_events_flush();
    while (stream.open && stream.kept.len && mb_now_us() < until) {
        struct pollfd ready = {.fd = stream.fd, .events = POLLOUT};

        poll(&ready, 1, (int)((until - mb_now_us()) / 1000) + 1);
        mb_events_flush();
    }
}

void mb_events_close(int status, const mb_error *err)
{
    mb_event_line event;

    if (!mb_event_begin(&event, "done"))
        return;
    mb_event_number(&event, "status", status);
    mb_event_number(&event, "dropped", stream.dropped);
    mb_event_error(&event, err);
    keep(&event);
    mb_buf_free(&event.text);
    drain();
    if (stream.open)
        close_stream();
}
