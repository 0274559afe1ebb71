#include "moonbird/os/env.h"
#include "moonbird/os/file.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The file sets X; `want` is its value afterwards, or the error's message at `line`. */
typedef struct env_case {
    const char *name;
    const char *text;
    const char *want;
    int line; /* 0: no error */
} env_case;

static const env_case cases[] = {
    {"bare", "X=a\n", "a", 0},
    {"no newline at the end", "X=a", "a", 0},
    {"CRLF and a byte order mark", "\xEF\xBB\xBFX=a\r\nY=b\r\n", "a", 0},
    {"blanks are trimmed", "  X = a b  \n", "a b", 0},
    {"export", "export\tX=a\n", "a", 0},
    {"exported is a name", "exported=1\nX=a\n", "a", 0},
    {"comment lines", "# X=b\n\nX=a\n", "a", 0},
    {"comment after a value", "X=a # b\n", "a", 0},
    {"# inside a URL", "X=postgres://u:p#1@h/d\n", "postgres://u:p#1@h/d", 0},
    {"nothing expands", "X=$HOME\n", "$HOME", 0},
    {"empty", "X=\n", "", 0},
    {"empty with a comment", "X= # none\n", "", 0},
    {"the last one counts", "X=b\nX=a\n", "a", 0},
    {"a colon", "X: a\n", "a", 0},
    {"names as others write them", "my-var=1\nmy.var=2\n1X=3\nX=a\n", "a", 0},
    {"a line of another kind", "hello\nexport Y\n=b\n!\nX=a\n", "a", 0},
    {"CR alone ends a line", "Y=b\rX=a\rZ=c", "a", 0},
    {"CRLF in quotes", "X=\"a\r\nb\"\r\n", "a\nb", 0},
    {"a backslash that escapes nothing", "X=\"C:\\dir\"\n", "C:\\dir", 0},
    {"backquotes", "X=`a 'b' \"c\"`\n", "a 'b' \"c\"", 0},
    {"${} in what is not ours", "X=${HOME}\n", "${HOME}", 0},
    {"single quotes", "X='a # \\n \"b\"' # c\n", "a # \\n \"b\"", 0},
    {"double quotes", "X=\"a\\tb\\\"\\\\\\n\"\n", "a\tb\"\\\n", 0},
    {"quotes over lines", "X=\"a\nb\"\nY=1\n", "a\nb", 0},
    {"# inside a URL of ours", "X=a\nDATABASE_URL=postgres://u:p#1@h/d\n",
     "\"DATABASE_URL\" has an unquoted #, which some programs read as the start of a comment", 2},
    {"# in quotes", "DATABASE_X_URL='postgres://u:p#1@h/d'\nX=a\n", "a", 0},
    {"${} in what is ours", "X=a\nDATABASE_URL=postgres://${USER}@h/d\n",
     "\"DATABASE_URL\" refers to another variable, and variables are not expanded here", 2},
    {"open quote", "Y=1\nX='a\nb\n", "unterminated quoted value", 2},
    {"text behind a quote", "X=\"a\nb\"c\n", "unexpected characters after the closing quote", 2},
};

static void check(const env_case *c, const char *path)
{
    mb_error err = {0};
    bool ok;

    unsetenv("X");
    assert_true(mb_file_write(path, c->text, strlen(c->text), true, &err));
    ok = mb_env_read(path, &err);
    assert_int_equal(ok, c->line == 0);
    if (ok) {
        assert_non_null(getenv("X"));
        assert_string_equal(getenv("X"), c->want);
    } else {
        assert_string_equal(err.message, c->want);
        assert_string_equal(err.file, path);
        assert_int_equal(err.line, c->line);
        assert_int_equal(err.code, MB_ERR_FILE);
    }
}

static void test_env__reads_what_people_write(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].name;
        check(&cases[i], *state);
    }
}

static void test_env__does_not_override_the_environment(void **state)
{
    mb_error err;

    setenv("X", "real", 1);
    assert_true(mb_file_write(*state, "X=file\n", 7, true, &err));
    assert_true(mb_env_read(*state, &err));
    assert_string_equal(getenv("X"), "real");
}

static void test_env__a_NUL_byte_is_refused_and_nothing_is_set(void **state)
{
    mb_error err;

    unsetenv("X");
    assert_true(mb_file_write(*state, "X=a\nY=b\0c\n", 11, true, &err));
    assert_false(mb_env_read(*state, &err));
    assert_string_equal(err.message, "the file contains a NUL byte");
    assert_null(getenv("X"));
}

static void test_env__an_absent_file_is_fine(void **state)
{
    mb_error err;

    unlink(*state);
    assert_true(mb_env_read(*state, &err));
}

static int make_path(void **state)
{
    static char path[] = "/tmp/moonbird-env-XXXXXX";
    int fd = mkstemp(path);

    *state = path;
    return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
    unlink(*state);
    return report_case(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_env__reads_what_people_write),
        cmocka_unit_test(test_env__does_not_override_the_environment),
        cmocka_unit_test(test_env__a_NUL_byte_is_refused_and_nothing_is_set),
        cmocka_unit_test(test_env__an_absent_file_is_fine),
    };

    return cmocka_run_group_tests(tests, make_path, remove_path);
}
