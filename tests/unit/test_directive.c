#include "moonbird/sql/directive.h"

#include "moonbird/base/buf.h"
#include "test.h"

#include <limits.h>
#include <string.h>

/* The directives that were read, as one text. */
static void render(mb_buf *out, const mb_directives *d)
{
    mb_buf_clear(out);
    mb_buf_puts(out, d->no_transaction ? "alone" : "");
    if (d->lock_timeout_ms != MB_UNSET)
        mb_buf_printf(out, " lock=%d", d->lock_timeout_ms);
    if (d->statement_timeout_ms != MB_UNSET)
        mb_buf_printf(out, " statement=%d", d->statement_timeout_ms);
    if (d->transaction_timeout_ms != MB_UNSET)
        mb_buf_printf(out, " transaction=%d", d->transaction_timeout_ms);
    if (d->retries != MB_UNSET)
        mb_buf_printf(out, " retries=%d", d->retries);
    for (size_t i = 0; i < d->n_requires; i++)
        mb_buf_printf(out, " <%s>", d->requires[i]);
    if (d->description)
        mb_buf_printf(out, " [%s]", d->description);
    for (size_t i = 0; i < d->n_conflicts; i++)
        mb_buf_printf(out, " >%s<", d->conflicts[i]);
    if (d->irreversible)
        mb_buf_printf(out, " {%s}", d->irreversible);
    if (d->shelved)
        mb_buf_printf(out, " (%s)", d->shelved);
    if (d->empty)
        mb_buf_printf(out, " [%s]", d->empty);
}

static const struct {
    const char *name, *text, *want;
} good[] = {
    {"nothing", "", ""},
    {"no directive", "-- a comment\nselect 1;", ""},
    {"one", "-- moonbird: transaction=off\n", "alone"},
    {"the default said", "-- moonbird: transaction=on\n", ""},
    {"several on a line", "--moonbird:lock_timeout=2s  retries=0\tstatement_timeout=250",
     " lock=2000 statement=250 retries=0"},
    {"each limit", "-- moonbird: transaction_timeout=1h lock_timeout=1 statement_timeout=0",
     " lock=1 statement=0 transaction=3600000"},
    {"several lines",
     "-- a\n\n  -- moonbird: retries=3\r\n/* b\n*/ -- c\n-- moonbird: transaction=off",
     "alone retries=3"},
    {"names", "-- moonbird: requires=0001_a,002_b,x", " <0001_a> <002_b> <x>"},
    {"the rest of the line", "-- moonbird: retries=1 description=A = b, (retries=2) x=1 retries --"
                             " c  \n",
     " retries=1 [A = b, (retries=2) x=1 retries -- c]"},
    {"blank before the rest", "-- moonbird: description= It is ", " [It is]"},
    {"irreversible", "-- moonbird: irreversible=rows are gone\n", " {rows are gone}"},
    {"conflicts", "-- moonbird: conflicts=001_a,auto/b requires=c", " <c> >001_a< >auto/b<"},
    {"shelved", "-- moonbird: shelved=no, not now\n", " (no, not now)"},
    {"empty", "-- moonbird: empty=it is in 0001\n", " [it is in 0001]"},
    {"byte order mark", "\xEF\xBB\xBF-- moonbird: retries=3\n", " retries=3"},
    {"not after the first token", "select 1;\n-- moonbird: retries=3", ""},
    {"not after a semicolon", ";\n-- moonbird: retries=3", ""},
    {"not in a block comment", "/*\n-- moonbird: retries=3\n*/", ""},
    {"not in the down section", "-- moonbird:down\n-- moonbird: retries=3", ""},
    {"breakpoints are comments", "--> statement-breakpoint\n-- moonbird: retries=3", " retries=3"},
    {"some other word", "-- moonbirds: retries=3\n-- by moonbird: x\n", ""},
    {"empty", "-- moonbird:\n", ""},
};

static void test_directives__are_read_from_the_head(void **state)
{
    mb_buf got = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        mb_directives d;
        mb_error err;

        current_case = good[i].name;
        if (!mb_directives_read(&d, good[i].text, strlen(good[i].text), "f", &err))
            fail_msg("%s", err.message);
        render(&got, &d);
        assert_string_equal(got.data, good[i].want);
        mb_directives_free(&d);
    }
    mb_buf_free(&got);
}

static const struct {
    const char *text;
    int line, column;
    const char *message, *hint;
} bad[] = {
    {"-- moonbird: retires=3", 1, 14, "unknown directive \"retires\"", "Did you mean \"retries\"?"},
    {"\n-- moonbird: retries=3 speed=9", 2, 24, "unknown directive \"speed\"",
     "The directives are transaction, lock_timeout, statement_timeout, transaction_timeout, "
     "retries, requires, conflicts, description, irreversible, shelved and empty."},
    {"-- é\n--moonbird: down now", 2, 13, "unknown directive \"down\"", NULL},
    {"-- moonbird: transaction", 1, 14, "the directive \"transaction\" has no value",
     "Write transaction=value, without blanks around the \"=\"."},
    {"-- moonbird: retries= 3", 1, 14, "the directive \"retries\" has no value", NULL},
    {"-- moonbird: description=", 1, 14, "the directive \"description\" has no value", NULL},
    {"-- moonbird: description", 1, 14, "the directive \"description\" has no value", NULL},
    {"-- moonbird: description=Adds b requires=0009_nothing", 1, 33,
     "the directive \"requires\" is inside \"description\", which takes the rest of the line",
     "Write it first, or on a separate line."},
    {"--\n-- moonbird: retries=1 irreversible=a = b,\ttransaction=off", 2, 44,
     "the directive \"transaction\" is inside \"irreversible\", which takes the rest of the line",
     NULL},
    {"-- moonbird: transaction=false", 1, 14, "transaction must be \"on\" or \"off\", not"
                                              " \"false\"",
     NULL},
    {"-- moonbird: retries=-1", 1, 14, "retries must be a number from 0 to 1000, not \"-1\"", NULL},
    {"-- moonbird: retries=1001", 1, 14, "retries must be a number from 0 to 1000, not"
                                         " \"1001\"", NULL},
    {"-- moonbird: lock_timeout=2x", 1, 14, "\"2x\" is not a duration", NULL},
    {"-- moonbird: requires=a,,b", 1, 14, "\"requires\" is missing a name", NULL},
    {"-- moonbird: requires=a,", 1, 14, "\"requires\" is missing a name", NULL},
    {"-- moonbird: conflicts=,a", 1, 14, "\"conflicts\" is missing a name", NULL},
    {"-- moonbird: shelved=not used conflicts=a", 1, 31,
     "the directive \"conflicts\" is inside \"shelved\", which takes the rest of the line",
     "Write it first, or on a separate line."},
    {"-- moonbird: retries=1\n-- moonbird: retries=1", 2, 14,
     "the directive \"retries\" is given twice", NULL},
};

static void test_directives__errors_have_a_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        mb_directives d;
        mb_error err;

        current_case = bad[i].text;
        assert_false(mb_directives_read(&d, bad[i].text, strlen(bad[i].text), "f.sql", &err));
        assert_int_equal(err.code, MB_ERR_FILE);
        assert_string_equal(err.message, bad[i].message);
        assert_string_equal(err.file, "f.sql");
        assert_int_equal(err.line, bad[i].line);
        assert_int_equal(err.column, bad[i].column);
        if (bad[i].hint)
            assert_string_equal(err.hint, bad[i].hint);
    }
}

static void test_duration__units(void **state)
{
    static const struct {
        const char *text;
        int ms; /* -1: refused */
    } cases[] = {
        {"0", 0},           {"250", 250},
        {"250ms", 250},     {"2s", 2000},
        {"1min", 60000},    {"1h", 3600000},
        {"1d", 86400000},   {"1500us", 2},
        {"1us", 1},         {"0us", 0},
        {"0.5s", 500},      {"1.25 min", 75000},
        {"2 s", 2000},      {"2147483647", INT_MAX},
        {"2147483648", -1}, {"25d", -1},
        {"", -1},           {"s", -1},
        {"-1", -1},         {"+1", -1},
        {"1m", -1},         {"1 s x", -1},
        {"1S", -1},         {"1e3", -1},
        {"0x10", -1},       {"99999999999999999999999", -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        mb_error err;
        int ms = -1;

        current_case = cases[i].text;
        assert_int_equal(mb_duration_parse(&ms, cases[i].text, &err), cases[i].ms >= 0);
        assert_int_equal(ms, cases[i].ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_directives__are_read_from_the_head),
        cmocka_unit_test(test_directives__errors_have_a_place),
        cmocka_unit_test(test_duration__units),
    };

    return RUN_TESTS(tests);
}
