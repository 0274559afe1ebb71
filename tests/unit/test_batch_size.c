/* The size of a backfill's batches follows their cost. */
#include "backfill/batch/batch.h"

#include "test.h"

/* What a batch takes, in microseconds: a fixed part, and for each row. */
typedef struct costs {
    const char *name;
    int64_t fixed, row;
    int64_t timeout;    /* statement_timeout; 0: none */
    size_t disturbed;   /* each so many-th batch takes three times as long; 0: none does */
    size_t least, most; /* rows of the last ten batches */
} costs;

static void test_batch_size__follows_what_batches_cost(void **state)
{
    static const costs cases[] = {
        {"nothing but rows", 0, 100, 0, 0, 4900, 5100},
        {"slow rows", 0, 400000, 0, 0, 1, 2},
        {"a fixed part below the target", 100000, 100, 0, 0, 3500, 4500},
        {"a fixed part above the target", 1000000, 1000, 0, 0, 700, 1500},
        {"a fixed part far above the target", 10000000, 1000, 0, 0, 7000, 10000},
        {"a fixed part, and disturbances", 1000000, 1000, 0, 3, 200, 4000},
        {"rows, and disturbances", 0, 100, 0, 3, 1200, 6000},
        {"a timeout", 0, 100, 400000, 0, 1900, 2100},
        {"a fixed part above half of the timeout", 300000, 100, 400000, 0, 1, 1000},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const costs *c = &cases[i];
        const mb_backfill declared = {.target_ms = 500};
        mb_worker worker = {.b = &declared, .rows = 1000, .timeout_us = c->timeout};

        current_case = c->name;
        for (size_t n = 1; n <= 100; n++) {
            int64_t us = c->fixed + c->row * (int64_t)worker.rows;

            if (n > 90 && (worker.rows < c->least || worker.rows > c->most))
                fail_msg("batch %zu has %zu rows", n, worker.rows);
            us *= c->disturbed && n % c->disturbed == 0 ? 3 : 1;
            mb_worker_choose_next(&worker, us, (int64_t)worker.rows, 0, false);
        }
    }
    current_case = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batch_size__follows_what_batches_cost),
    };

    return RUN_TESTS(tests);
}
