#include "moonbird/os/terminal.h"

#include "test.h"

#include <stdio.h>
#include <unistd.h>

/* The user types more than the short answer that a question needs. */
static void test_log__a_question_is_answered_by_its_own_line(void **state)
{
    static const char typed[] = "n, as I said yesterday already\r\ny\n\ny\0es\nall of seven";
    static const char *const want[] = {"n, as I", "y", "", "y?es", "all of ", ""};
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], typed, sizeof typed - 1), (ssize_t)sizeof typed - 1);
    close(ends[1]);
    assert_true(dup2(ends[0], STDIN_FILENO) >= 0);
    close(ends[0]);
    for (size_t i = 0; i < COUNT(want); i++) {
        char answer[8];

        mb_prompt("", answer, sizeof answer);
        assert_string_equal(answer, want[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log__a_question_is_answered_by_its_own_line),
    };

    return RUN_TESTS(tests);
}
