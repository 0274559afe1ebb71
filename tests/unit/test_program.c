#include "moonbird/os/program.h"

#include "test.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

static const char *const argv[] = {"/bin/cat", NULL};
static const mb_program cat = {
    .argv = argv, .folder = "/", .input = "a\0b", .input_len = 3, .most = 100};

static void test_program__gets_its_input_and_gives_its_output(void **state)
{
    mb_program_end end = {0};
    mb_error err;

    (void)state;
    if (!mb_program_run(&end, &cat, &err))
        fail_msg("%s", err.message);
    assert_int_equal(end.status, 0);
    assert_int_equal(end.out.len, 3);
    assert_memory_equal(end.out.data, "a\0b", 3);
    assert_int_equal(end.err.len, 0);
    mb_program_end_free(&end);
}

/* Also where the very first of its pipes could not be made. */
static void test_program__that_cannot_be_started_says_why(void **state)
{
    struct rlimit all, none;
    mb_program_end end = {0};
    mb_error err;
    bool run;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &all), 0);
    none = (struct rlimit){.rlim_cur = 3, .rlim_max = all.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    run = mb_program_run(&end, &cat, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &all), 0);
    assert_false(run);
    assert_string_equal(err.file, argv[0]);
    assert_non_null(strstr(err.message, strerror(EMFILE)));
    mb_program_end_free(&end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_program__gets_its_input_and_gives_its_output),
        cmocka_unit_test(test_program__that_cannot_be_started_says_why),
    };

    return RUN_TESTS(tests);
}
