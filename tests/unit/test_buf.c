#include "moonbird/base/buf.h"

#include "moonbird/base/mem.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static void test_buf__empty_reads_as_a_string(void **state)
{
    mb_buf buf = {0};

    (void)state;
    assert_string_equal(mb_buf_str(&buf), "");
    assert_null(buf.data);
    mb_buf_clear(&buf);
    mb_buf_add(&buf, NULL, 0);
    assert_string_equal(buf.data, "");
    mb_buf_free(&buf);
    assert_null(buf.data);
    mb_buf_free(&buf);
}

/*
 * The state after a reader got no bytes: the earlier contents of the memory are not text of the
 * buffer.
 */
static void test_buf__room_alone_reads_as_a_string(void **state)
{
    mb_buf buf = {0}, used = {0};

    (void)state;
    mb_buf_reserve(&used, 4000);
    memset(used.data, 'x', 4000);
    mb_buf_free(&used);
    mb_buf_reserve(&buf, 4000);
    assert_string_equal(mb_buf_str(&buf), "");
    mb_buf_free(&buf);
}

static void test_buf__adds_up(void **state)
{
    mb_buf buf = {0};

    (void)state;
    mb_buf_puts(&buf, "ab");
    mb_buf_putc(&buf, '-');
    mb_buf_add(&buf, "c\0d", 3);
    mb_buf_printf(&buf, "%s%03d", "", 7);
    assert_int_equal(buf.len, 9);
    assert_memory_equal(buf.data, "ab-c\0d007", 10);
    mb_buf_clear(&buf);
    assert_int_equal(buf.len, 0);
    assert_string_equal(buf.data, "");
    mb_buf_free(&buf);
}

static void test_buf__grows_to_any_length(void **state)
{
    mb_buf buf = {0};

    (void)state;
    for (int i = 0; i < 10000; i++)
        mb_buf_printf(&buf, "%d,", i % 10);
    assert_int_equal(buf.len, 20000);
    for (size_t i = 0; i < buf.len; i += 2) {
        assert_int_equal(buf.data[i], '0' + i / 2 % 10);
        assert_int_equal(buf.data[i + 1], ',');
    }
    assert_int_equal(strlen(buf.data), buf.len);
    mb_buf_free(&buf);
}

static void test_buf__reserve_is_kept(void **state)
{
    mb_buf buf = {0};
    char *data;

    (void)state;
    mb_buf_reserve(&buf, 1000);
    data = buf.data;
    for (int i = 0; i < 1000; i++)
        mb_buf_putc(&buf, 'x');
    assert_ptr_equal(buf.data, data);
    mb_buf_free(&buf);
}

static void test_format__makes_a_string(void **state)
{
    char *s = mb_format("%s/%d%%", "a", 5), *empty = mb_format("%s", "");

    (void)state;
    assert_string_equal(s, "a/5%");
    assert_string_equal(empty, "");
    free(s);
    free(empty);
}

static void test_mem__grow_keeps_what_is_there(void **state)
{
    size_t *items = NULL;

    (void)state;
    for (size_t n = 0; n < 1000; n++) {
        items = mb_grow(items, n, sizeof *items);
        items[n] = n;
    }
    for (size_t n = 0; n < 1000; n++)
        assert_int_equal(items[n], n);
    free(items);
}

static void test_mem__copies(void **state)
{
    char *s = mb_strndup("abc", 2), *z = mb_alloc(16);

    (void)state;
    assert_string_equal(s, "ab");
    assert_null(mb_strdup(NULL));
    for (int i = 0; i < 16; i++)
        assert_int_equal(z[i], 0);
    free(s);
    free(z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buf__empty_reads_as_a_string),
        cmocka_unit_test(test_buf__room_alone_reads_as_a_string),
        cmocka_unit_test(test_buf__adds_up),
        cmocka_unit_test(test_buf__grows_to_any_length),
        cmocka_unit_test(test_buf__reserve_is_kept),
        cmocka_unit_test(test_format__makes_a_string),
        cmocka_unit_test(test_mem__grow_keeps_what_is_there),
        cmocka_unit_test(test_mem__copies),
    };

    return RUN_TESTS(tests);
}
