/* The size of a cursor's pages follows their cost. */
#include "pg/cursor/page_size.h"

#include "test.h"

enum { KIB = 1024 };

/* How long a loop waits for a page: a round trip and a time for each KiB, longer in a large page. */
typedef struct costs {
    const char *name;
    int64_t round_trip, kib, large_kib;
    size_t large;     /* KiB from which a page is a large one */
    size_t disturbed; /* each so many-th page takes 20 ms more; 0: none does */
    size_t settles;   /* in KiB */
} costs;

static int64_t waits(const costs *c, size_t aim, size_t page)
{
    size_t kib = aim / KIB;
    int64_t each = c->large && kib >= c->large ? c->large_kib : c->kib;

    return c->round_trip + (int64_t)kib * each +
           (c->disturbed && page % c->disturbed == 0 ? 20000 : 0);
}

static void test_page_size__follows_what_pages_cost(void **state)
{
    static const costs cases[] = {
        {"10 ms each way", 20000, 2, 2, 0, 0, 1024},
        {"1 ms each way", 2000, 2, 2, 0, 0, 1024},
        {"10 ms, and large pages are dear", 20000, 2, 6, 128, 0, 1024},
        {"local, large pages are dear", 50, 2, 6, 128, 0, 64},
        {"local, the largest pages are dear", 50, 2, 6, 512, 0, 256},
        {"local, now and then a delay", 50, 2, 6, 128, 2, 64},
        {"local, the first page comes late", 50, 2, 6, 128, 50, 64},
        {"10 ms, now and then a delay", 20000, 2, 2, 0, 3, 1024},
        {"the loop never waits", 0, 0, 0, 0, 0, 64},
        {"a slow query", 0, 1000, 1000, 0, 0, 64},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        mb_page_size size = mb_page_size_first();

        current_case = cases[i].name;
        for (size_t page = 0; page < 50; page++)
            mb_page_size_count(&size, size.aim, waits(&cases[i], size.aim, page));
        assert_int_equal(size.aim / KIB, cases[i].settles);
    }
    current_case = NULL;
}

static void test_page_size__of_a_far_server_grows_after_one_page(void **state)
{
    const costs far = {.round_trip = 20000, .kib = 2};
    mb_page_size size = mb_page_size_first();

    (void)state;
    mb_page_size_count(&size, size.aim, waits(&far, size.aim, 1));
    assert_int_equal(size.aim / KIB, 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_size__follows_what_pages_cost),
        cmocka_unit_test(test_page_size__of_a_far_server_grows_after_one_page),
    };

    return RUN_TESTS(tests);
}
