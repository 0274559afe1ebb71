#include "moonbird/base/error.h"

#include "moonbird/base/sqlstate.h"
#include "moonbird/os/log.h"
#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void test_error__fail_starts_anew(void **state)
{
    mb_error err;

    (void)state;
    memset(&err, 'x', sizeof err);
    assert_false(mb_fail(&err, MB_ERR_POLICY, "no %d", 3));
    assert_int_equal(err.code, MB_ERR_POLICY);
    assert_string_equal(err.message, "no 3");
    assert_string_equal(err.hint, "");
    assert_string_equal(err.file, "");
    assert_int_equal(err.line, 0);
}

static void test_error__the_first_place_stays(void **state)
{
    mb_error err;

    (void)state;
    mb_fail(&err, MB_ERR_FILE, "x");
    assert_false(mb_fail_at(&err, "a", 1, 2));
    assert_false(mb_fail_at(&err, "b", 3, 4));
    assert_string_equal(err.file, "a");
    assert_int_equal(err.line, 1);
    assert_int_equal(err.column, 2);
}

static void test_error__errno(void **state)
{
    mb_error err;

    (void)state;
    errno = EACCES;
    assert_false(mb_fail_errno(&err, "dir/f", "cannot read the file"));
    assert_int_equal(err.code, MB_ERR_FILE);
    assert_string_equal(err.file, "dir/f");
    assert_string_equal(err.message, "cannot read the file: Permission denied");
}

static void test_error__long_text_is_cut(void **state)
{
    char text[5000];
    mb_error err;

    (void)state;
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    mb_fail(&err, MB_ERR_FAILED, "%s", text);
    mb_fail_hint(&err, "%s", text);
    mb_fail_detail(&err, "%s", text);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    assert_int_equal(strlen(err.hint), sizeof err.hint - 1);
    assert_int_equal(strlen(err.detail), sizeof err.detail - 1);
}

static void test_error__a_detail_gets_more_lines(void **state)
{
    char text[5000];
    mb_error err;

    (void)state;
    mb_fail(&err, MB_ERR_FAILED, "m");
    assert_false(mb_fail_more(&err, "%s", "one"));
    assert_string_equal(err.detail, "one");
    mb_fail_more(&err, "%d", 2);
    assert_string_equal(err.detail, "one\n2");
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    mb_fail_more(&err, "%s", text);
    mb_fail_more(&err, "%s", text);
    assert_int_equal(strlen(err.detail), sizeof err.detail - 1);
    assert_memory_equal(err.detail, "one\n2\nxxx", 9);
}

/* Characters of one to four bytes, each begun at every distance from the end of a field. */
static void test_error__text_is_cut_behind_a_whole_character(void **state)
{
    static const char *const characters[] = {"x", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9d\x84\x9e"};

    (void)state;
    for (size_t i = 0; i < COUNT(characters); i++)
        for (size_t before = 0; before < 8; before++) {
            size_t len = strlen(characters[i]);
            char text[64], field[8];

            memset(text, '-', before);
            text[before] = '\0';
            strcat(text, characters[i]);
            strcat(text, "behind it");
            current_case = text;
            mb_format_into(field, sizeof field, "%s", text);
            assert_int_equal(strlen(field), before + len <= 7 ? 7 : before);
            assert_memory_equal(field, text, strlen(field));
            text[before + len] = '\0';
            mb_format_into(field, sizeof field, "%s", text);
            assert_int_equal(strlen(field), before + len <= 7 ? before + len : before);
        }
    current_case = NULL;
}

static void test_error__codes_have_names_and_statuses(void **state)
{
    static const struct {
        const char *name;
        mb_code code;
        int status;
    } cases[] = {
        {"ok", MB_OK, 0},
        {"usage", MB_ERR_USAGE, 2},
        {"file", MB_ERR_FILE, 2},
        {"connect", MB_ERR_CONNECT, 1},
        {"sql", MB_ERR_SQL, 1},
        {"script", MB_ERR_SCRIPT, 1},
        {"failed", MB_ERR_FAILED, 1},
        {"policy", MB_ERR_POLICY, 4},
        {"locked", MB_ERR_LOCKED, 5},
        {"interrupted", MB_ERR_INTERRUPTED, 130},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].name;
        assert_string_equal(mb_code_name(cases[i].code), cases[i].name);
        assert_int_equal(mb_code_from_name(cases[i].name), cases[i].code);
        assert_int_equal(mb_code_exit(cases[i].code), cases[i].status);
    }
    assert_int_equal(mb_code_from_name("something"), MB_ERR_SCRIPT);
}

static void test_error__text_has_place_caret_and_fields(void **state)
{
    mb_error err;
    char *text;

    (void)state;
    mb_fail(&err, MB_ERR_SQL, "column \"b\" does not exist");
    mb_fail_at(&err, "m.sql", 3, 10);
    strcpy(err.sqlstate, "42703");
    strcpy(err.source, "\tselect é, b");
    err.caret = 12;
    mb_fail_detail(&err, "D.");
    mb_fail_hint(&err, "H.");
    strcpy(err.context, "C");
    text = mb_error_text(&err);
    assert_string_equal(text, "m.sql:3:10: column \"b\" does not exist (SQLSTATE 42703)\n"
                              "  \tselect é, b\n"
                              "  \t          ^\n"
                              "DETAIL: D.\nHINT: H.\nCONTEXT: C");
    free(text);
}

static void test_error__what_a_sqlstate_allows(void **state)
{
    static const struct {
        const char *sqlstate;
        bool retry, lock_wait, no_transaction;
    } cases[] = {
        {"55P03", true, true, false},   {"40P01", true, true, false},
        {"40001", true, false, false},  {"25001", false, false, true},
        {"2D000", false, false, true},  {"57014", false, false, false},
        {"55P04", false, false, false}, {"", false, false, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        mb_error err = {.code = MB_ERR_SQL};

        mb_format_into(err.sqlstate, sizeof err.sqlstate, "%s", cases[i].sqlstate);
        current_case = cases[i].sqlstate;
        assert_int_equal(mb_error_is_retryable(&err), cases[i].retry);
        assert_int_equal(mb_error_is_lock_wait(&err), cases[i].lock_wait);
        assert_int_equal(mb_error_needs_no_transaction(&err), cases[i].no_transaction);
    }
    current_case = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error__fail_starts_anew),
        cmocka_unit_test(test_error__the_first_place_stays),
        cmocka_unit_test(test_error__what_a_sqlstate_allows),
        cmocka_unit_test(test_error__errno),
        cmocka_unit_test(test_error__long_text_is_cut),
        cmocka_unit_test(test_error__a_detail_gets_more_lines),
        cmocka_unit_test(test_error__text_is_cut_behind_a_whole_character),
        cmocka_unit_test(test_error__codes_have_names_and_statuses),
        cmocka_unit_test(test_error__text_has_place_caret_and_fields),
    };

    return RUN_TESTS(tests);
}
