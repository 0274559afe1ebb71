/* test_events.c -- the stream of --events towards readers that are slow, gone, or out of space. */
#include "moonbird/base/mem.h"
#include "moonbird/base/secret.h"
#include "moonbird/os/event_stream.h"
#include "moonbird/os/log.h"
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MANY = 30000 };

static int reader; /* the end of the pipe from which the test reads */

/* Opens the stream on a pipe; the first line is in it. */
static void open_pipe(void)
{
    char *target;
    mb_error err;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    reader = ends[0];
    fcntl(reader, F_SETFL, O_NONBLOCK);
    target = mb_format("fd:%d", ends[1]);
    assert_true(mb_events_open(target, "up", &err));
    free(target);
}

static void send(const char *text)
{
    mb_event_line event;

    if (!mb_event_begin(&event, "notice"))
        return;
    mb_event_text(&event, "level", "info");
    mb_event_text(&event, "message", text);
    mb_event_end(&event);
}

/* Reads the bytes in the pipe. */
static void take(mb_buf *out)
{
    char part[4096];
    ssize_t n;

    while ((n = read(reader, part, sizeof part)) > 0)
        mb_buf_add(out, part, (size_t)n);
}

static size_t lines_in(const mb_buf *text)
{
    size_t n = 0;

    for (size_t i = 0; i < text->len; i++)
        n += text->data[i] == '\n';
    return n;
}

static long number_after(const mb_buf *text, const char *last, const char *key)
{
    const char *line = strstr(mb_buf_str(text), last), *at = line;

    assert_non_null(line);
    while (at > text->data && at[-1] != '\n')
        at--;
    at = strstr(at, key);
    assert_non_null(at);
    return strtol(at + strlen(key), NULL, 10);
}

static void test_events__a_reader_that_stands_still_loses_events_and_they_are_counted(void **state)
{
    mb_buf all = {0};
    size_t before;

    (void)state;
    open_pipe();
    for (int i = 0; i < MANY; i++)
        send("something that is long enough to fill the pipe and then what is kept for it");
    do {
        before = all.len;
        take(&all);
        mb_events_flush();
    } while (all.len > before);
    mb_events_close(3, NULL);
    take(&all);
    assert_int_equal(number_after(&all, "\"event\":\"done\"", "\"number\":"), MANY + 2);
    assert_int_equal(number_after(&all, "\"event\":\"done\"", "\"status\":"), 3);
    assert_int_equal(number_after(&all, "\"event\":\"done\"", "\"dropped\":"),
                     MANY + 2 - (long)lines_in(&all));
    assert_true(lines_in(&all) < MANY);
    mb_buf_free(&all);
    close(reader);
}

static void test_events__a_reader_that_never_reads_does_not_hold_the_end(void **state)
{
    (void)state;
    open_pipe();
    for (int i = 0; i < MANY; i++)
        send("something that is long enough to fill the pipe and then what is kept for it");
    mb_events_close(0, NULL);
    assert_false(mb_events_wanted());
    close(reader);
}

static void test_events__a_reader_that_is_gone_ends_the_stream_only(void **state)
{
    (void)state;
    open_pipe();
    assert_true(mb_events_wanted());
    close(reader);
    send("nobody reads this");
    assert_false(mb_events_wanted());
    send("nor this");
    mb_events_close(0, NULL);
}

/* A limit on the size of files is an error of the write, like a full disk. */
static void test_events__a_file_that_cannot_grow_ends_the_stream_only(void **state)
{
    char path[] = "/tmp/moonbird-events-XXXXXX";
    struct rlimit before, little = {.rlim_cur = 1024};
    int fd = mkstemp(path);
    mb_error err;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    little.rlim_max = before.rlim_max;
    assert_true(mb_events_open(path, "up", &err));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    for (int i = 0; i < 100; i++)
        send("there is room for some of these");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_false(mb_events_wanted());
    mb_events_close(0, NULL);
    unlink(path);
    close(fd);
}

static void test_events__a_target_that_cannot_be_written_is_an_error(void **state)
{
    static const char *const wrong[] = {"", "-", "fd:", "fd:0", "fd:-1", "fd:9x", "fd:999999",
                                        "fd:99999999999", "/dev/full", "/", "/no/such/folder"};
    mb_error err;

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        current_case = wrong[i];
        assert_false(mb_events_open(wrong[i], "up", &err));
        assert_int_equal(err.code, MB_ERR_USAGE);
        assert_false(mb_events_wanted());
    }
}

/* Opens the stream on a file that contains `before`, and returns the text after it. */
static void begin_after(mb_buf *out, const char *before, bool by_descriptor)
{
    char path[] = "/tmp/moonbird-events-XXXXXX", text[4096];
    int fd = mkstemp(path);
    char *target = by_descriptor ? mb_format("fd:%d", dup(fd)) : mb_strdup(path);
    ssize_t n;
    mb_error err;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, before, strlen(before)), strlen(before));
    assert_true(mb_events_open(target, "up", &err));
    mb_events_close(0, NULL);
    n = pread(fd, text, sizeof text, (off_t)strlen(before));
    assert_true(n > 0);
    mb_buf_add(out, text, (size_t)n);
    unlink(path);
    close(fd);
    free(target);
}

static void test_events__an_incomplete_last_line_is_ended_first(void **state)
{
    static const char begin[] = "{\"number\":1,";
    static const struct {
        const char *before, *first;
    } cases[] = {
        {"", ""},
        {"{\"number\":1}\n", ""},
        {"{\"number\":1}\n{\"numb", "\n"},
        {"{", "\n"},
    };

    (void)state;
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        char *expected = mb_format("%s%s", cases[i / 2].first, begin);
        mb_buf after = {0};

        current_case = cases[i / 2].before;
        begin_after(&after, cases[i / 2].before, i % 2);
        assert_memory_equal(after.data, expected, strlen(expected));
        mb_buf_free(&after);
        free(expected);
    }
}

/* A descriptor that is open for reading is refused before anything is written. */
static void test_events__a_descriptor_must_be_open_for_writing(void **state)
{
    int fd = open("/dev/null", O_RDONLY);
    char *target = mb_format("fd:%d", fd);
    mb_error err;

    (void)state;
    assert_false(mb_events_open(target, "up", &err));
    free(target);
    close(fd);
}

static void test_events__texts_are_masked_and_valid_json(void **state)
{
    mb_buf all = {0};

    (void)state;
    mb_secret_add("tops3cret");
    open_pipe();
    send("a \"quoted\"\n\x1B[1m tops3cret \xFF end");
    mb_log(MB_LOG_DEBUG, "is dropped");
    mb_events_close(0, NULL);
    take(&all);
    assert_null(strstr(mb_buf_str(&all), "tops3cret"));
    assert_non_null(strstr(mb_buf_str(&all), "a \\\"quoted\\\"\\u000a\\u001b[1m *** "));
    assert_null(memchr(all.data, 0xFF, all.len));
    assert_int_equal(lines_in(&all), 3);
    mb_buf_free(&all);
    close(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events__a_reader_that_stands_still_loses_events_and_they_are_counted),
        cmocka_unit_test(test_events__a_reader_that_never_reads_does_not_hold_the_end),
        cmocka_unit_test(test_events__a_reader_that_is_gone_ends_the_stream_only),
        cmocka_unit_test(test_events__a_file_that_cannot_grow_ends_the_stream_only),
        cmocka_unit_test(test_events__a_target_that_cannot_be_written_is_an_error),
        cmocka_unit_test(test_events__an_incomplete_last_line_is_ended_first),
        cmocka_unit_test(test_events__a_descriptor_must_be_open_for_writing),
        cmocka_unit_test(test_events__texts_are_masked_and_valid_json),
    };

    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    return RUN_TESTS(tests);
}
