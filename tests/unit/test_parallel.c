#include "moonbird/os/parallel.h"

#include "test.h"

enum { N = 1000 };

typedef struct tally {
    int seen[N];
    size_t fails_from; /* each share with one from here on fails at its first such one */
} tally;

static bool count(void *self, size_t from, size_t to, mb_error *err)
{
    tally *t = self;

    for (size_t i = from; i < to; i++) {
        t->seen[i]++;
        if (i >= t->fails_from)
            return mb_fail(err, MB_ERR_FAILED, "at %zu", i);
    }
    return true;
}

static void test_parallel__each_is_done_once(void **state)
{
    static const size_t sizes[] = {0, 1, 2, 7, 99, N};
    static const size_t least[] = {1, 3, 5000};
    mb_error err;

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (size_t k = 0; k < COUNT(least); k++) {
            tally t = {.fails_from = N};

            assert_true(mb_parallel(sizes[i], least[k], count, &t, &err));
            for (size_t at = 0; at < N; at++)
                assert_int_equal(t.seen[at], at < sizes[i]);
        }
}

static void test_parallel__the_first_error_is_told(void **state)
{
    mb_error err;

    (void)state;
    for (int round = 0; round < 20; round++) {
        tally t = {.fails_from = 10};

        assert_false(mb_parallel(N, 1, count, &t, &err));
        assert_string_equal(err.message, "at 10");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parallel__each_is_done_once),
        cmocka_unit_test(test_parallel__the_first_error_is_told),
    };

    return RUN_TESTS(tests);
}
