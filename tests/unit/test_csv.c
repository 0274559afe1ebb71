#include "moonbird/base/csv.h"

#include "moonbird/base/buf.h"
#include "moonbird/os/file.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/moonbird-csv-XXXXXX";

/* Records as `LINE:<field><field>`, quoted ones in "", and the error as `!LINE message`. */
static void render(mb_buf *out, const char *text, size_t len, char delimiter)
{
    const mb_csv_field *fields;
    mb_csv *csv = NULL;
    mb_error err;
    size_t n = 1;
    bool ok;

    mb_buf_clear(out);
    mb_buf_puts(out, "");
    assert_true(mb_file_write(path, text, len, true, &err));
    ok = mb_csv_open(&csv, path, delimiter, &err);
    while (ok && n > 0) {
        ok = mb_csv_next(csv, &fields, &n, &err);
        if (ok && n > 0)
            mb_buf_printf(out, "%d:", mb_csv_line(csv));
        for (size_t i = 0; ok && i < n; i++) {
            assert_int_equal(fields[i].text[fields[i].len], 0);
            mb_buf_printf(out, fields[i].quoted ? "\"%s\"" : "<%s>", fields[i].text);
        }
    }
    if (!ok)
        mb_buf_printf(out, "!%d %s", err.line, err.message);
    mb_csv_close(csv);
}

static void test_csv__reads_what_rfc_4180_writes(void **state)
{
    static const struct {
        const char *text, *wanted;
        char delimiter;
    } cases[] = {
        {"", "", ','},
        {"a", "1:<a>", ','},
        {"a,b\n", "1:<a><b>", ','},
        {"a,b\r\nc,d\r\n", "1:<a><b>2:<c><d>", ','},
        {"a\rb", "1:<a>2:<b>", ','},
        {"\xEF\xBB\xBF" "a,b", "1:<a><b>", ','},
        {"\xEF\xBB\xBF\"a\",b", "1:\"a\"<b>", ','},
        {",", "1:<><>", ','},
        {",\n,", "1:<><>2:<><>", ','},
        {"\n\na", "1:<>2:<>3:<a>", ','},
        {"\"\"", "1:\"\"", ','},
        {"\"a,b\",\"c\nd\"\ne", "1:\"a,b\"\"c\nd\"3:<e>", ','},
        {"\"a\r\nb\"\r\nc", "1:\"a\r\nb\"3:<c>", ','},
        {"\"say \"\"x\"\"\",y", "1:\"say \"x\"\"<y>", ','},
        {"\"\"\"\"", "1:\"\"\"", ','},
        {"a;b,c", "1:<a><b,c>", ';'},
        {"a\tb", "1:<a><b>", '\t'},
        {" a , b ", "1:< a >< b >", ','},
        {"x\n\"open\nand on", "1:<x>!2 unterminated quoted field", ','},
        {"x\na\"b", "1:<x>!2 a quote is inside an unquoted field", ','},
        {"\"a\"b", "!1 unexpected characters after the closing quote of a field", ','},
        {"\xFF\xFE" "a", "!1 the file is UTF-16, not UTF-8", ','},
        {"a\n\xE9t\xE9\n", "1:<a>!2 the record is not UTF-8 (byte 0xe9)", ','},
        {"a\n\xC3\xA9t\xC3\xA9", "1:<a>2:<\xC3\xA9t\xC3\xA9>", ','},
        {"a\r1\r2", "1:<a>2:<1>3:<2>", ','},
        {"a,b\n1\n1,2,3", "1:<a><b>2:<1>3:<1><2><3>", ','},
        {"\"a\n\n", "!1 unterminated quoted field", ','},
    };
    mb_buf out = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].text;
        render(&out, cases[i].text, strlen(cases[i].text), cases[i].delimiter);
        assert_string_equal(out.data, cases[i].wanted);
    }
    current_case = NULL;
    mb_buf_free(&out);
}

/* Taken for text, they would be rows that end early, or none. */
static void test_csv__refuses_NUL_bytes(void **state)
{
    static const struct {
        const char *text, *wanted;
        size_t len;
    } cases[] = {
        {"i\0d\0\n\0" "1\0\n\0", "!1 the file is UTF-16, not UTF-8", 10},
        {"\0i\0d\0\n", "!1 the file is UTF-16, not UTF-8", 6},
        {"a,b\n1,x\0y\n2,z\n", "1:<a><b>!2 the record contains a NUL byte", 15},
        {"a,b\n1,\"x\n\0y\"\n2,z\n", "1:<a><b>!2 the record contains a NUL byte", 18},
        {"\0\0", "!1 the record contains a NUL byte", 2},
    };
    mb_buf out = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        render(&out, cases[i].text, cases[i].len, ',');
        assert_string_equal(out.data, cases[i].wanted);
    }
    mb_buf_free(&out);
}

/* After each record, or its error, the text that mb_csv_reject returns. */
static void test_csv__rejects_a_record_and_goes_on(void **state)
{
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"a,b\n1\r\n\n\"x\n\"\r2", "[a,b][1][][\"x\n\"][2]"},
        {"x\na\"b,c\"\r\nd", "[x]!2[a\"b,c\"][d]"},
        {"\"a\"b\rc", "!1[\"a\"b][c]"},
        {"\"a\n\"b,\"c\nd\n", "!2[\"a\n\"b,\"c][d]"},
        {"\xEF\xBB\xBF" "a\"b\nc", "!1[a\"b][c]"},
        {"\xE9t\xE9\nb\n", "!1[\xE9t\xE9][b]"},
        {"a\"", "!1[a\"]"},
        {"a\n\"open\nand on", "[a]!2 its end is not known"},
    };
    mb_buf out = {0}, text = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const mb_csv_field *fields;
        mb_csv *csv = NULL;
        bool known = true;
        mb_error err;
        size_t n = 1;

        current_case = cases[i].text;
        mb_buf_clear(&out);
        assert_true(mb_file_write(path, cases[i].text, strlen(cases[i].text), true, &err));
        assert_true(mb_csv_open(&csv, path, ',', &err));
        while (known && n > 0) {
            if (!mb_csv_next(csv, &fields, &n, &err)) {
                mb_buf_printf(&out, "!%d", err.line);
                n = 1;
            }
            if (n > 0 && (known = mb_csv_reject(csv, &text, &err)))
                mb_buf_printf(&out, "[%s]", mb_buf_str(&text));
        }
        if (!known)
            mb_buf_puts(&out, " its end is not known");
        assert_string_equal(out.data, cases[i].wanted);
        mb_csv_close(csv);
    }
    current_case = NULL;
    mb_buf_free(&out);
    mb_buf_free(&text);
}

/* A rejected record has its whole text, also if it began in an earlier block of the file. */
static void test_csv__rejects_across_blocks(void **state)
{
    mb_buf text = {0}, got = {0};
    const mb_csv_field *fields;
    mb_csv *csv = NULL;
    mb_error err;
    size_t n;

    (void)state;
    mb_buf_puts(&text, "a,b\n");
    for (size_t i = 0; i < 3 << 16; i++)
        mb_buf_putc(&text, (char)('a' + i % 26));
    mb_buf_puts(&text, "\nlast");
    assert_true(mb_file_write(path, text.data, text.len, true, &err));
    assert_true(mb_csv_open(&csv, path, ',', &err));
    assert_true(mb_csv_next(csv, &fields, &n, &err) && mb_csv_next(csv, &fields, &n, &err));
    assert_true(mb_csv_reject(csv, &got, &err));
    assert_int_equal(got.len, 3 << 16);
    assert_memory_equal(got.data, text.data + 4, got.len);
    assert_true(mb_csv_next(csv, &fields, &n, &err));
    assert_string_equal(fields[0].text, "last");
    mb_csv_close(csv);
    mb_buf_free(&text);
    mb_buf_free(&got);
}

/* A record is read the same wherever the border of two blocks cuts it. */
static void test_csv__blocks_do_not_show(void **state)
{
    static const char tail[] = "\"a\"\"b\r\n\",c\r\nd,\"e\"\n";
    mb_buf text = {0}, out = {0}, wanted = {0};

    (void)state;
    for (size_t at = (1 << 16) - sizeof tail; at <= (1 << 16) + 1; at++) {
        mb_buf_clear(&text);
        mb_buf_clear(&wanted);
        for (size_t i = 0; i + 1 < at; i++)
            mb_buf_putc(&text, 'x');
        mb_buf_printf(&wanted, "1:<%s>\"a\"b\r\n\"<c>3:<d>\"e\"", text.data);
        mb_buf_printf(&text, ",%s", tail);
        render(&out, text.data, text.len, ',');
        assert_string_equal(out.data, wanted.data);
    }
    mb_buf_free(&text);
    mb_buf_free(&out);
    mb_buf_free(&wanted);
}

static void test_csv__a_file_that_is_not_there_is_an_error(void **state)
{
    mb_csv *csv;
    mb_error err;

    (void)state;
    assert_false(mb_csv_open(&csv, "/nowhere/x.csv", ',', &err));
    assert_int_equal(err.code, MB_ERR_FILE);
    assert_string_equal(err.file, "/nowhere/x.csv");
}

static int make_path(void **state)
{
    (void)state;
    return close(mkstemp(path));
}

static int remove_path(void **state)
{
    report_case(state);
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv__reads_what_rfc_4180_writes),
        cmocka_unit_test(test_csv__refuses_NUL_bytes),
        cmocka_unit_test(test_csv__rejects_a_record_and_goes_on),
        cmocka_unit_test(test_csv__rejects_across_blocks),
        cmocka_unit_test(test_csv__blocks_do_not_show),
        cmocka_unit_test(test_csv__a_file_that_is_not_there_is_an_error),
    };

    return cmocka_run_group_tests(tests, make_path, remove_path);
}
