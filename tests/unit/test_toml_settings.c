#include "format/syntax/toml_settings.h"

#include "moonbird/base/buf.h"

#include "test.h"

#include <string.h>

/* Each setting as LINE KEY=VALUE, with a "'" before a literal value. */
static bool take(void *self, const mb_setting *s, mb_error *err)
{
    (void)err;
    mb_buf_printf(self, "%d %s=%s%s|", s->line, s->key, s->literal ? "'" : "", s->value);
    return true;
}

static const struct {
    const char *text, *settings;
} good[] = {
    {"", ""},
    {"# a = 1", ""},
    {"\xEF\xBB\xBF"
     "a = true\r\n\r\nb=false#c\r\n",
     "1 a=true|3 b=false|"},
    {"\"a\" = 'b' # c = 'd'", "1 a='b|"},
    {"'a b'.c . \"d\" = 1", "1 a b.c.d=1|"},
    {"[ t . \"u v\" ] # x\na = \"#\\\"\\u00e9\\t\\\\\"", "2 t.u v.a='#\"\xC3\xA9\t\\|"},
    {"a = 'x\\'\nb = \"\"\nc = ''", "1 a='x\\|2 b='|3 c='|"},
    {"a = \"\"\"\nx\n  \"\"y\\\n   z\"\"\"\"\nb = '''\\n'''", "1 a='x\n  \"\"yz\"|5 b='\\n|"},
    {"a = [ # x\n  'b', \"c\", # y\n  [1, 2],\n]\nd = []", "1 a='b,c,1,2|5 d='|"},
    {"a = { b = 1, c.d = { e = 'x' } }\n[f]\ng = {}", "1 a.b=1|1 a.c.d.e='x|"},
    {"a = [{ b = 1 }, { b = 2 }]\nc = 1", "1 a='|2 c=1|"},
    {"[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\nd = 1\n[e]\nb = 3", "2 a.b=1|4 a.b=2|6 a.c.d=1|8 e.b=3|"},
    {"a = 1979-05-27 07:32:00Z\nb = -1_000.5e+3\nc = inf\nd = 07:32:00",
     "1 a=1979-05-27 07:32:00Z|2 b=-1_000.5e+3|3 c=inf|4 d=07:32:00|"},
    {"a = [1]\n[b]\na = [1]", "1 a='1|3 b.a='1|"},
};

static const struct {
    const char *text;
    int line;
} bad[] = {
    {"a", 1},
    {"a\n= 1", 1},
    {"a = ", 1},
    {"\na = b", 2},
    {"a = True", 1},
    {"a = 1 2", 1},
    {"a = 1 b = 2", 1},
    {"a b = 1", 1},
    {"= 1", 1},
    {"a: 1", 1},
    {"; a = 1", 1},
    {"a = 'b", 1},
    {"a = \"b\nc\"", 1},
    {"a = \"\\x\"", 1},
    {"a = \"\\ud800\"", 1},
    {"a = '''x\ny", 2},
    {"a = [1, 2", 1},
    {"a = [1 2]", 1},
    {"a = {b = 1", 1},
    {"a = {b = 1,\nc = 2}", 1},
    {"[a", 1},
    {"[a] b = 1", 1},
    {"[[a]\n", 1},
    {"[]", 1},
    {"[a]\n[a]", 2},
    {"a = 1\n\"a\" = 2", 2},
    {"a = [1]\na = [1]", 2},
    {"a = {b = 1, b = 2}", 1},
    {"<<<<<<< HEAD\na = 1", 1},
    {"a = [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 1},
};

static void test_toml_settings__are_those_of_toml(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        mb_buf text = {0}, out = {0};
        mb_error err;

        current_case = good[i].text;
        mb_buf_puts(&text, good[i].text);
        assert_true(mb_toml_settings(&text, "x.toml", take, &out, &err));
        assert_string_equal(mb_buf_str(&out), good[i].settings);
        mb_buf_free(&text);
        mb_buf_free(&out);
    }
}

static void test_toml_settings__refuses_other_text_with_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        mb_buf text = {0}, out = {0};
        mb_error err;

        current_case = bad[i].text;
        mb_buf_puts(&text, bad[i].text);
        assert_false(mb_toml_settings(&text, "x.toml", take, &out, &err));
        assert_int_equal(err.code, MB_ERR_FILE);
        assert_string_equal(err.file, "x.toml");
        assert_int_equal(err.line, bad[i].line);
        mb_buf_free(&text);
        mb_buf_free(&out);
    }
}

static void test_toml_settings__refuses_a_zero_byte(void **state)
{
    mb_buf text = {0}, out = {0};
    mb_error err;

    (void)state;
    mb_buf_add(&text, "a = 1\n\0b = 2\n", 13);
    assert_false(mb_toml_settings(&text, "x.toml", take, &out, &err));
    mb_buf_free(&text);
    mb_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_toml_settings__are_those_of_toml),
        cmocka_unit_test(test_toml_settings__refuses_other_text_with_its_line),
        cmocka_unit_test(test_toml_settings__refuses_a_zero_byte),
    };

    return RUN_TESTS(tests);
}
