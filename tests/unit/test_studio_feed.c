/* test_studio_feed.c -- the messages that browsers listen to: what is kept, and who gets what. */
#include "web/feed.h"

#include "moonbird/base/mem.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

enum { DATA = 1000, MANY = 10000 };

static void add(mb_feed *feed, int run, const char *data)
{
    mb_feed_add(feed, run, "output", data, strlen(data));
}

/* Everything from a place on, read `piece` bytes at a time. */
static void read_from(const mb_feed *feed, int64_t number, size_t piece, mb_buf *out)
{
    mb_feed_place place = {.number = number};
    char part[64];
    size_t n;

    while ((n = mb_feed_copy(feed, &place, part, piece)) > 0)
        mb_buf_add(out, part, n);
}

static void test_feed__a_listener_gets_whole_messages_in_pieces_of_any_size(void **state)
{
    static const char all[] = "id: 1\nevent: output\ndata: {\"a\":1}\n\n"
                              "id: 2\nevent: output\ndata: {\"b\":2}\n\n";
    mb_feed feed = {0};

    (void)state;
    add(&feed, 1, "{\"a\":1}");
    add(&feed, 2, "{\"b\":2}");
    for (size_t piece = 1; piece <= 64; piece++) {
        mb_buf got = {0}, second = {0}, none = {0};

        read_from(&feed, 1, piece, &got);
        read_from(&feed, 2, piece, &second);
        read_from(&feed, 3, piece, &none);
        assert_string_equal(got.data, all);
        assert_string_equal(second.data, all + strlen(all) / 2);
        assert_int_equal(none.len, 0);
        mb_buf_free(&got);
        mb_buf_free(&second);
    }
    mb_feed_free(&feed);
}

/* Also for a listener that fell behind: it goes on with the oldest message that is there. */
static void test_feed__the_newest_messages_are_kept_in_bounded_memory(void **state)
{
    char data[DATA + 1];
    mb_feed feed = {0};
    mb_buf got = {0};

    (void)state;
    memset(data, '1', DATA);
    data[DATA] = '\0';
    for (int i = 0; i < MANY; i++)
        add(&feed, 1, data);
    assert_int_equal(feed.last, MANY);
    assert_true(feed.bytes <= MB_FEED_KEPT + MB_FEED_KEPT / 8);
    assert_true(feed.bytes > MB_FEED_KEPT / 2);
    read_from(&feed, 1, 64, &got);
    assert_int_equal(got.len, feed.bytes);
    assert_int_equal(strtoll(got.data + 4, NULL, 10), MANY - (int64_t)feed.n + 1);
    mb_buf_free(&got);
    mb_feed_free(&feed);
}

/* One message that is larger than what is kept is still there for those who listen. */
static void test_feed__a_message_of_any_size_is_sent(void **state)
{
    char *data = mb_alloc(3 * (size_t)MB_FEED_KEPT + 1);
    mb_feed feed = {0};
    mb_buf got = {0};

    (void)state;
    memset(data, '1', 3 * (size_t)MB_FEED_KEPT);
    add(&feed, 1, "1");
    add(&feed, 1, data);
    assert_int_equal(feed.n, 1);
    read_from(&feed, 2, 64, &got);
    assert_true(got.len > 3 * (size_t)MB_FEED_KEPT);
    add(&feed, 1, "2");
    assert_int_equal(feed.n, 1);
    mb_buf_free(&got);
    mb_feed_free(&feed);
    free(data);
}

static void test_feed__the_messages_of_one_run(void **state)
{
    mb_feed feed = {0};
    mb_buf one = {0}, none = {0};

    (void)state;
    add(&feed, 1, "{\"a\":1}");
    add(&feed, 2, "{}");
    add(&feed, 1, "2");
    mb_feed_list(&feed, 1, &one);
    mb_feed_list(&feed, 9, &none);
    assert_string_equal(one.data, "[[\"output\",{\"a\":1}],[\"output\",2]]");
    assert_string_equal(none.data, "[]");
    mb_buf_free(&one);
    mb_buf_free(&none);
    mb_feed_free(&feed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_feed__a_listener_gets_whole_messages_in_pieces_of_any_size),
        cmocka_unit_test(test_feed__the_newest_messages_are_kept_in_bounded_memory),
        cmocka_unit_test(test_feed__a_message_of_any_size_is_sent),
        cmocka_unit_test(test_feed__the_messages_of_one_run),
    };

    return RUN_TESTS(tests);
}
