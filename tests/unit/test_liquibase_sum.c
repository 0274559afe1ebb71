/* The checksums are those that Liquibase 4.4.0 (version 8) and 4.28.0 (version 9) wrote. */
#include "foreign/liquibase_sum.h"

#include "test.h"

#include <string.h>

static const struct {
    const char *changeset, *sum_8, *sum_9;
} cases[] = {
    {"--changeset ana:1\nCREATE TABLE a (id int);\n\n", "8:c3d84c4b475c6ebe75b640c74acf6444",
     "9:c89e591e0fb4b4e3115b62802f20a3e5"},
    {"--changeset ana:2 splitStatements:false\n--comment: a comment\n-- a line comment\n"
     "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$\n  SELECT 1;   \n$$;\n"
     "--rollback DROP FUNCTION f;\n\n",
     "8:1e96b2fdf79905ef458c4b507b2de53b", "9:4f566079b327f1b51998a93cde421b94"},
    {"--changeset bo:3 stripComments:false runInTransaction:false\n"
     "CREATE INDEX CONCURRENTLY a_id ON a (id);\t-- tail\nINSERT INTO a VALUES (1);\n\n"
     "/* a block */\nINSERT INTO a VALUES (2)\n\n--rollback DELETE FROM a;\n"
     "--rollback DROP INDEX a_id;\n\n",
     "8:7f591a0f03f177a5fbeb63f57456624d", "9:d9535ada647735d6df60b5040990efc1"},
    {"--changeset bo:4 endDelimiter:/\nCREATE TABLE b (n int)\n/\nCREATE TABLE c (n int)\n/\n",
     "8:20afdb6173b2dd6c8a30c4f1f1042edf", "9:f622018ded1d5e5839585f94613f67f8"},
    {"--changeset cy:5 labels:x context:test\n--comment the fifth\n-- free remark\n"
     "SELECT ' a  b ' AS \"x y\"; -- tail remark\n/* liquibase rollback\nDROP TABLE x;\n*/\n\n",
     "8:02842acf6afc77eb36b1f84b9db31d68", "9:48b3f210bd2e6cacd3c989058b2b21b5"},
    {"--changeset cy:6\n\nSELECT 1;\n\n-- trailing\n--rollback not required\n\n",
     "8:7880ec0e18d50157683764cc75c05913", "9:5dffe4b06d8e2d634a14b830a720391e"},
    {"--changeset cy:7 splitStatements:FALSE stripComments:False\nSELECT 2;\n",
     "8:b2a2d433a8c76d2c7bd01c8ebe31f9df", "9:cd1510052112db30d0cd43ccde792b3e"},
    {"--changeset cy:8 runOnChange:true\n--labels y\nSELECT '\xC3\xBC' ;\n",
     "8:4f874aaac96e57ff49e72855ecd38b72", "9:914a4e3988eaa47f9736638fa42466df"},
};

/* Does the checksum fit the changeset with this text added? */
static bool fits(const char *sum, const char *changeset, const char *added)
{
    mb_buf text = {0};
    mb_cut cut;
    bool is;

    mb_buf_puts(&text, "--liquibase formatted sql\n");
    mb_buf_puts(&text, changeset);
    mb_buf_puts(&text, added);
    cut.from = (size_t)(strchr(strchr(text.data, '\n') + 1, '\n') + 1 - text.data);
    cut = (mb_cut){.from = cut.from, .len = text.len - cut.from, .line = 3};
    is = mb_liquibase_sum_fits(sum, &text, &cut);
    mb_buf_free(&text);
    return is;
}

static void test_liquibase_sum__is_that_of_liquibase(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].changeset;
        assert_true(fits(cases[i].sum_8, cases[i].changeset, ""));
        assert_true(fits(cases[i].sum_9, cases[i].changeset, ""));
        assert_true(fits(cases[i].sum_9, cases[i].changeset, " \r\n--rollback other\n"));
    }
}

static void test_liquibase_sum__shows_a_change(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].changeset;
        assert_false(fits(cases[i].sum_8, cases[i].changeset, "SELECT 3;\n"));
        assert_false(fits(cases[i].sum_9, cases[i].changeset, "SELECT 3;\n"));
    }
}

static void test_liquibase_sum__cannot_be_decided(void **state)
{
    (void)state;
    assert_true(fits("7:c89e591e0fb4b4e3115b62802f20a3e5", cases[0].changeset, ""));
    assert_true(fits(cases[0].sum_9, cases[0].changeset, "SELECT ${n};\n"));
    assert_true(fits(cases[0].sum_9, cases[0].changeset, "--validCheckSum: ANY\nSELECT 3;\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_liquibase_sum__is_that_of_liquibase),
        cmocka_unit_test(test_liquibase_sum__shows_a_change),
        cmocka_unit_test(test_liquibase_sum__cannot_be_decided),
    };

    return RUN_TESTS(tests);
}
