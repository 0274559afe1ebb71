/* Secrets in texts: complete ones, and the rest of a truncated one. */
#include "moonbird/base/secret.h"
#include "test.h"

#include <string.h>

static const char *const secrets[] = {
    "S3cret-of-many-letters",
    "it's \"so\"\\",
    "x1",
    "tab\tand\033escape",
    "first line of a key\nsecond line\nend\nthe last line",
    "Gnu-horse",
    "a\0071\0312",
    "u\nv\nw",
    "p/w-(d) \xc3\xa9+k?",
};

typedef struct mask_case {
    const char *name, *text, *want;
} mask_case;

static const mask_case cases[] = {
    {"none", "nothing here", "nothing here"},
    {"alone", "S3cret-of-many-letters", "***"},
    {"inside a word", "aS3cret-of-many-lettersb", "a***b"},
    {"twice", "S3cret-of-many-lettersS3cret-of-many-letters", "******"},
    {"quoted by SQL", "'it''s \"so\"\\'", "'***'"},
    {"escaped by JSON", "\"it's \\\"so\\\"\\\\\"", "\"***\""},
    {"quoted by SQL, with escapes", "E'it''s \"so\"\\\\'", "E'***'"},
    {"a name in SQL", "\"it's \"\"so\"\"\\\"", "\"***\""},
    {"in a composite value", "(1,\"it's \"\"so\"\"\\\\\")", "(1,\"***\")"},
    {"escaped by COPY", "it's \"so\"\\\\", "***"},
    {"its beginning at the end", "the value S3cr", "the value ***"},
    {"its beginning before dots", "COPY t, column a: \"S3cret...\"",
     "COPY t, column a: \"***...\""},
    {"a long beginning anywhere", "identifier \"S3cret-of-man\" was cut",
     "identifier \"***\" was cut"},
    {"a short beginning at the end", "the value S3c", "the value S3c"},
    {"a short beginning anywhere", "the S3cret of it", "the S3cret of it"},
    {"a long end", "LINE 1: ...t-of-many-letters\" oops", "LINE 1: ...***\" oops"},
    {"a long part in the middle", "<a>3cret-of-many-let</b>", "<a>***</b>"},
    {"in lower case", "time zone \"cret-of-many-letters\"", "time zone \"***\""},
    {"in capitals", "S3CRET-OF-MANY-LETTERS", "***"},
    {"a short end behind dots", "JSON data, line 1: ...ters\" oops",
     "JSON data, line 1: ...***\" oops"},
    {"a short end anywhere", "many letters", "many letters"},
    {"control characters in JSON", "{\"k\":\"tab\\u0009and\\u001bescape\"}", "{\"k\":\"***\"}"},
    {"control characters in PostgreSQL's JSON", "\"tab\\tand\\u001bescape\"", "\"***\""},
    {"lines in PostgreSQL's JSON", "\"first line of a key\\nsecond line\\nend\\nthe last line\"",
     "\"***\""},
    {"a short one in lower case", "role \"gnu-horse\" exists", "role \"***\" exists"},
    {"a short one in capitals", "GNU-HORSE", "***"},
    {"control characters quoted by Lua", "\"tab\\9and\\27escape\"", "\"***\""},
    {"control characters before a digit, quoted by Lua", "\"a\\0071\\0312\"", "\"***\""},
    {"lines quoted by Lua", "\"first line of a key\\\nsecond line\\\nend\\\nthe last line\"",
     "\"***\""},
    {"control characters in COPY", "1\ttab\\tand\033escape\t2", "1\t***\t2"},
    {"short lines in COPY", "a: \"u\\nv\\nw\"", "a: \"***\""},
    {"lines in JSON",
     "\"first line of a key\\u000asecond line\\u000aend\\u000athe last"
     " line\"",
     "\"***\""},
    {"a short one that stands alone", "invalid: \"x1\"", "invalid: \"***\""},
    {"a short one in a word", "ox1 x10", "ox1 x10"},
    {"as bytea", "(1, \\x533363726574\
2d6f662d6d616e792d6c657474657273)",
     "(1, ***)"},
    {"as bytea, in capitals", "\\x5333637265742D6F662D6D616E792D6C657474657273", "***"},
    {"as bytea, in JSON", "\"\\\\x5333637265742d6f662d6d616e792d6c657474657273\"", "\"\\***\""},
    {"inside of a bytea", "\\x005333637265742d6f662d6d616e792d6c65747465727300", "\\x00***00"},
    {"the beginning of a bytea", "\\x533363726574...", "***..."},
    {"a short one as bytea", "\\x7831", "***"},
    {"a short one in other digits", "1784 7831", "1784 7831"},
    {"the beginning of its digits", "port 5333", "port 5333"},
    {"as an escaped bytea", "tab\\011and\\033escape", "***"},
    {"as an escaped bytea in an array", "{\"tab\\\\011and\\\\033escape\"}", "{\"***\"}"},
    {"in base64", "UzNjcmV0LW9mLW1hbnktbGV0dGVycw==", "***w=="},
    {"in base64 after another byte", "OlMzY3JldC1vZi1tYW55LWxldHRlcnM=", "OlMz***M="},
    {"in a URL", "x=p%2Fw-(d)%20%C3%A9%2Bk%3F&y", "x=***&y"},
    {"in a URL, in lower case", "x=p%2fw-(d)%20%c3%a9%2bk%3f&y", "x=***&y"},
    {"in a URL, by RFC 3986", "x=p%2Fw-%28d%29%20%C3%A9%2Bk%3F&y", "x=***&y"},
    {"in a URL, all but letters and digits", "x=p%2Fw%2D%28d%29%20%C3%A9%2Bk%3F", "x=***"},
    {"in a form", "x=p%2Fw-%28d%29+%C3%A9%2Bk%3F&y", "x=***&y"},
    {"in a whole URL", "http://x/p/w-(d)%20%C3%A9+k?", "http://x/***"},
    {"several lines", "a first line of a key\nsecond line\nend\nthe last line b", "a *** b"},
    {"one of its lines", "LINE 1: 'second line'", "LINE 1: '***'"},
    {"its last line", "the last line", "***"},
    {"a short line of it", "the end", "the end"},
};

static void test_secret__is_masked(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(secrets); i++)
        mb_secret_add(secrets[i]);
    mb_secret_add("");
    for (size_t i = 0; i < COUNT(cases); i++) {
        mb_buf got = {0};

        current_case = cases[i].name;
        mb_secret_mask(&got, cases[i].text, strlen(cases[i].text));
        assert_string_equal(mb_buf_str(&got), cases[i].want);
        assert_int_equal(mb_secret_in(cases[i].text, strlen(cases[i].text)),
                         strcmp(cases[i].text, cases[i].want) != 0);
        mb_buf_free(&got);
    }
}

static void test_secret__is_masked_in_quotes(void **state)
{
    static const mask_case quoted[] = {
        {"a word", "Token \"horse\" is invalid.", "Token \"***\" is invalid."},
        {"double quotes of its own", "integer: \"it's \"so\"\\\"", "integer: \"***\""},
        {"a word in capitals", "\"HORSE\"", "\"***\""},
        {"between others", "\"a\" \"horse\" \"b\"", "\"a\" \"***\" \"b\""},
        {"in text with quotes", "invalid: \"x\"horse\"", "invalid: \"x\"***\""},
        {"beside other letters", "\"horses\"", "\"horses\""},
        {"without quotes", "a horse", "a horse"},
        {"a short one", "\"gnu\"", "\"gnu\""},
        {"an open quote", "\"horse", "\"horse"},
        {"nothing", "", ""},
    };

    (void)state;
    mb_secret_add("Gnu-horse");
    for (size_t i = 0; i < COUNT(quoted); i++) {
        mb_buf got = {0};

        current_case = quoted[i].name;
        mb_secret_mask_quoted(&got, quoted[i].text);
        assert_string_equal(mb_buf_str(&got), quoted[i].want);
        mb_buf_free(&got);
    }
}

/* Wherever a text of an error is cut, nothing of a secret is left. */
static void test_secret__is_masked_before_a_text_is_cut(void **state)
{
    char text[2048];
    mb_error err;

    (void)state;
    mb_secret_add(secrets[0]);
    for (size_t before = sizeof err.message - 40; before < sizeof err.message + 4; before++) {
        memset(text, '.', before);
        strcpy(text + before, secrets[0]);
        mb_fail(&err, MB_ERR_SQL, "%s and more", text);
        assert_null(strchr(err.message, 'S'));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secret__is_masked),
        cmocka_unit_test(test_secret__is_masked_in_quotes),
        cmocka_unit_test(test_secret__is_masked_before_a_text_is_cut),
    };

    return RUN_TESTS(tests);
}
