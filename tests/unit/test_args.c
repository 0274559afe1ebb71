/* Values of --set are checked against the parameters that scripts declare. */
#include "moonbird/project/args.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

static mb_parameter tenant_and_note[] = {
    {.name = "tenant", .help = "whose", .required = true},
    {.name = "note"},
};
static mb_parameter key_alone[] = {{.name = "key", .required = true, .secret = true}};

static const mb_chunk_info tenant = {.parameters = tenant_and_note, .n_parameters = 2};
static const mb_chunk_info key = {.parameters = key_alone, .n_parameters = 1};
static const mb_chunk_info nothing = {0};
static const mb_chunk_info function = {.takes_any = true};
static mb_parameter email_alone[] = {{.name = "email"}};
static const mb_chunk_info names_email = {.takes_any = true, .parameters = email_alone, .n_parameters = 1};

static void test_args__are_what_scripts_declare(void **state)
{
    static const struct {
        const char *name;
        const mb_chunk_info *scripts[3];
        size_t n;
        mb_setting given[2];
        size_t n_given;
        const char *message, *hint; /* NULL: accepted */
    } cases[] = {
        {"all", {&tenant}, 1, {{"tenant", "x", NULL}, {"note", "y", NULL}}, 2, NULL, NULL},
        {"required ones", {&tenant}, 1, {{"tenant", "x", NULL}}, 1, NULL, NULL},
        {"missing", {&tenant}, 1, {{"note", "y", NULL}}, 1, "the parameter \"tenant\" is missing",
         "Give it with --set tenant=VALUE."},
        {"misspelt", {&tenant}, 1, {{"tenent", "x", NULL}}, 1, "unknown parameter \"tenent\"",
         "Did you mean \"tenant\"?"},
        {"undeclared", {&nothing}, 1, {{"x", "y", NULL}}, 1, "unknown parameter \"x\"",
         "A Lua file declares its parameters: args = { x = { help = ... } }."},
        {"by one of two", {&nothing, &tenant}, 2, {{"tenant", "x", NULL}}, 1, NULL, NULL},
        {"SQL takes all", {&nothing, NULL}, 2, {{"x", "y", NULL}}, 1, NULL, NULL},
        {"a function takes all", {&function}, 1, {{"x", "y", NULL}}, 1, NULL, NULL},
        {"SQL, and a missing one", {NULL, &tenant}, 2, {{"x", "y", NULL}}, 1,
         "the parameter \"tenant\" is missing", "Give it with --set tenant=VALUE."},
        {"a secret in sight", {&key}, 1, {{"key", "k", NULL}}, 1,
         "\"key\" is a secret, and other users can see the command line",
         "Set the environment variable MOONBIRD_SET_KEY, or enter the value when moonbird asks for"
         " it."},
        {"a secret in sight of SQL", {NULL, &key}, 2, {{"key", "k", NULL}}, 1,
         "\"key\" is a secret, and other users can see the command line",
         "Set the environment variable MOONBIRD_SET_KEY, or enter the value when moonbird asks for"
         " it."},
        {"misspelt, of SQL", {&names_email}, 1, {{"emial", "x", NULL}}, 1,
         "unknown parameter \"emial\"", "Did you mean \"email\"?"},
        {"misspelt, of Lua beside SQL", {NULL, &tenant}, 2,
         {{"tennant", "x", NULL}}, 1, "unknown parameter \"tennant\"",
         "Did you mean \"tenant\"?"},
        {"alike, and both are given", {&names_email}, 1,
         {{"email", "x", NULL}, {"e_mail", "y", NULL}}, 2, NULL, NULL},
        {"in capitals, of SQL", {&names_email}, 1, {{"EMAIL", "x", NULL}}, 1, NULL, NULL},
        {"for a function or a hook", {&names_email}, 1, {{"actor", "x", NULL}}, 1, NULL, NULL},
        {"none", {&nothing}, 1, {{0}}, 0, NULL, NULL},
    };
    mb_args args;
    mb_error err;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const mb_given given = {.args = cases[i].given, .n = cases[i].n_given};
        bool ok = mb_args_read(&args, cases[i].scripts, cases[i].n, given, &err);

        current_case = cases[i].name;
        assert_int_equal(ok, cases[i].message == NULL);
        if (ok) {
            assert_int_equal(args.n, cases[i].n_given);
            mb_args_free(&args);
            continue;
        }
        assert_int_equal(err.code, MB_ERR_USAGE);
        assert_string_equal(err.message, cases[i].message);
        assert_string_equal(err.hint, cases[i].hint);
    }
    current_case = NULL;
}

static void test_args__each_script_gets_its_own(void **state)
{
    const mb_chunk_info *scripts[] = {&tenant, &key, &nothing, NULL};
    const mb_setting given[] = {{"tenant", "x", NULL}, {"other", "y", NULL}};
    static const size_t counts[] = {1, 1, 0, 3};
    mb_args args;
    mb_error err;

    (void)state;
    assert_int_equal(setenv("MOONBIRD_SET_KEY", "sesame", 1), 0);
    assert_true(mb_args_read(&args, scripts, 4, (mb_given){.args = given, .n = 2}, &err));
    assert_int_equal(args.given, 2);
    for (size_t i = 0; i < 4; i++) {
        size_t n;
        mb_setting *own = mb_args_of(&args, scripts[i], &n);

        assert_int_equal(n, counts[i]);
        if (scripts[i] == &key)
            assert_string_equal(own[0].value, "sesame");
        free(own);
    }
    mb_args_free(&args);
    assert_int_equal(unsetenv("MOONBIRD_SET_KEY"), 0);
}

static void test_args__a_secret_is_not_shown(void **state)
{
    const mb_chunk_info *scripts[] = {&key};
    mb_args args;
    mb_error err;

    (void)state;
    assert_int_equal(setenv("MOONBIRD_SET_KEY", "se*", 1), 0);
    assert_true(mb_args_read(&args, scripts, 1, (mb_given){0}, &err));
    mb_fail(&err, MB_ERR_SQL, "se*se* and s");
    mb_fail_detail(&err, "a se*");
    assert_string_equal(err.message, "****** and s");
    assert_string_equal(err.detail, "a ***");
    mb_args_free(&args);
    assert_int_equal(unsetenv("MOONBIRD_SET_KEY"), 0);
}

static void sum_of(char hex[MB_HASH_HEX], const mb_setting *given, size_t n, const char *secret)
{
    static mb_parameter may_be[] = {{.name = "key", .secret = true}};
    static const mb_chunk_info script = {.parameters = may_be, .n_parameters = 1};
    const mb_chunk_info *scripts[] = {&script, &tenant};
    mb_args args;
    mb_error err;

    assert_int_equal(secret ? setenv("MOONBIRD_SET_KEY", secret, 1)
                            : unsetenv("MOONBIRD_SET_KEY"), 0);
    assert_true(mb_args_read(&args, scripts, 2, (mb_given){.args = given, .n = n}, &err));
    mb_args_sum(hex, &args, &script);
    mb_args_free(&args);
}

static void test_args__a_sum_tells_what_was_given_and_no_secret(void **state)
{
    static const mb_setting one[] = {{"tenant", "x", NULL}}, other[] = {{"tenant", "y", NULL}};
    char sum[MB_HASH_HEX], again[MB_HASH_HEX];

    (void)state;
    sum_of(sum, one, 1, "sesame");
    sum_of(again, one, 1, "barley");
    assert_string_equal(sum, again);
    sum_of(again, one, 1, NULL);
    assert_string_not_equal(sum, again);
    sum_of(again, other, 1, "sesame");
    assert_string_not_equal(sum, again);
    assert_int_equal(unsetenv("MOONBIRD_SET_KEY"), 0);
}

/* A history that an earlier version wrote has such sums of half-done migrations. */
static void test_args__the_sum_of_strings_is_that_of_names_and_texts(void **state)
{
    static const mb_setting given[] = {{"tenant", "x", NULL}};
    static const char text[] = "tenant\0x\0key";
    char sum[MB_HASH_HEX], wanted[MB_HASH_HEX];
    mb_hash *hash = mb_hash_new();

    (void)state;
    mb_hash_add(hash, text, sizeof text);
    mb_hash_hex(hash, wanted);
    mb_hash_free(hash);
    sum_of(sum, given, 1, "sesame");
    assert_string_equal(sum, wanted);
    assert_int_equal(unsetenv("MOONBIRD_SET_KEY"), 0);
}

/* Two ways to write a value are one value, and a default that is given is the default. */
static void test_args__a_sum_is_of_values(void **state)
{
    static mb_parameter typed[] = {
        {.name = "dry", .type = MB_PARAMETER_FLAG, .preset = "false"},
        {.name = "n", .type = MB_PARAMETER_INTEGER, .preset = "5"},
    };
    static const mb_chunk_info script = {.parameters = typed, .n_parameters = 2};
    static const struct {
        mb_setting given[2];
        size_t n;
        bool same;
    } cases[] = {
        {{{0}}, 0, true},
        {{{"dry", "no", NULL}}, 1, true},
        {{{"n", "05", NULL}}, 1, true},
        {{{"dry", "off", NULL}, {"n", "+5", NULL}}, 2, true},
        {{{"dry", "yes", NULL}}, 1, false},
        {{{"n", "6", NULL}}, 1, false},
    };
    const mb_chunk_info *scripts[] = {&script};
    char first[MB_HASH_HEX] = "", sum[MB_HASH_HEX];
    mb_args args;
    mb_error err;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const mb_given values = {.args = cases[i].given, .n = cases[i].n};

        assert_true(mb_args_read(&args, scripts, 1, values, &err));
        mb_args_sum_taken(i ? sum : first, &args, &script);
        mb_args_free(&args);
        if (i)
            assert_int_equal(strcmp(sum, first) == 0, cases[i].same);
    }
}

static void test_args__a_child_gets_the_secrets_of_its_script(void **state)
{
    const mb_chunk_info *scripts[] = {&key, &tenant};
    const mb_setting given[] = {{"tenant", "x", NULL}};
    char **variables;
    mb_args args;
    mb_error err;

    (void)state;
    assert_int_equal(setenv("MOONBIRD_SET_KEY", "se=same", 1), 0);
    assert_true(mb_args_read(&args, scripts, 2, (mb_given){.args = given, .n = 1}, &err));
    variables = mb_args_variables(&args, &key);
    assert_string_equal(variables[0], "MOONBIRD_SET_KEY=se=same");
    assert_null(variables[1]);
    mb_args_variables_free(variables);
    variables = mb_args_variables(&args, &tenant);
    assert_null(variables[0]);
    mb_args_variables_free(variables);
    mb_args_free(&args);
    assert_int_equal(unsetenv("MOONBIRD_SET_KEY"), 0);
}

static void test_args__a_replay_takes_those_that_it_names(void **state)
{
    const mb_setting given[] = {
        {"key", "se=same", NULL}, {"other", "y", NULL}, {"tenant", "x", NULL}};
    const mb_given replay = {.args = given, .n = 3, .replay = true};
    const mb_chunk_info *tenants[] = {&tenant}, *keys[] = {&key};
    mb_args args;
    mb_error err;

    (void)state;
    assert_true(mb_args_read(&args, tenants, 1, replay, &err));
    assert_int_equal(args.n, 1);
    assert_string_equal(args.items[0].value, "x");
    mb_args_free(&args);
    assert_true(mb_args_read(&args, keys, 1, replay, &err));
    assert_int_equal(args.n, 1);
    assert_int_equal(args.given, 0);
    assert_string_equal(args.items[0].value, "se=same");
    mb_args_free(&args);
    assert_false(mb_args_read(&args, tenants, 1, (mb_given){.replay = true}, &err));
    assert_string_equal(err.hint, "Its migration runs in a scratch database. Give the value with "
                                  "--set tenant=VALUE, or in a test with args.");
    assert_false(mb_args_read(&args, keys, 1, (mb_given){.replay = true}, &err));
    assert_string_equal(err.hint, "Its migration runs in a scratch database. Set the environment "
                                  "variable MOONBIRD_SET_KEY to any value that the migration can "
                                  "use.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_args__are_what_scripts_declare),
        cmocka_unit_test(test_args__each_script_gets_its_own),
        cmocka_unit_test(test_args__a_secret_is_not_shown),
        cmocka_unit_test(test_args__a_sum_tells_what_was_given_and_no_secret),
        cmocka_unit_test(test_args__the_sum_of_strings_is_that_of_names_and_texts),
        cmocka_unit_test(test_args__a_sum_is_of_values),
        cmocka_unit_test(test_args__a_replay_takes_those_that_it_names),
        cmocka_unit_test(test_args__a_child_gets_the_secrets_of_its_script),
    };

    return RUN_TESTS(tests);
}
