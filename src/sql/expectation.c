/* expectation.c -- the forms of an expectation, and the list of a file's expectations. */
#include "moonbird/sql/expectation.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/number.h"
#include "sql/lexer/chars.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_DIGITS = 18 }; /* of a number of rows */

static void free_one(mb_expectation *one)
{
    free(one->value);
    free(one->text);
}

void mb_expectations_free(mb_expectations *list)
{
    for (size_t i = 0; i < list->n; i++)
        free_one(&list->items[i]);
    free(list->items);
    *list = (mb_expectations){0};
}

static int compare(const void *key, const void *item)
{
    const size_t a = *(const size_t *)key, b = ((const mb_expectation *)item)->statement;

    return a < b ? -1 : a > b;
}

const mb_expectation *mb_expectation_of(const mb_expectations *list, size_t statement)
{
    return list->n ? bsearch(&statement, list->items, list->n, sizeof *list->items, compare) : NULL;
}

/* ---- forms ---- */

/* "no rows", "1 row", "3 rows" */
static bool read_rows(mb_expectation *out)
{
    size_t digits = strspn(out->text, "0123456789");
    const char *s = out->text + digits;

    if (digits == 0 && strncasecmp(s, "no", 2) == 0)
        s += 2;
    else if (digits == 0 || digits > MOST_DIGITS)
        return false;
    if (!mb_char_is((unsigned char)*s, MB_CHAR_SPACE))
        return false;
    while (mb_char_is((unsigned char)*s, MB_CHAR_SPACE))
        s++;
    if (strcasecmp(s, "rows") != 0 && strcasecmp(s, "row") != 0)
        return false;
    out->kind = MB_EXPECT_ROWS;
    out->rows = digits ? strtoll(out->text, NULL, 10) : 0;
    return true;
}

static bool read_number(mb_expectation *out)
{
    size_t len = strlen(out->text);

    if (len == 0 || mb_number_length(out->text, len) != len)
        return false;
    out->kind = MB_EXPECT_NUMBER;
    out->value = mb_strdup(out->text);
    return true;
}

static bool read_word(mb_expectation *out)
{
    static const struct {
        const char *word;
        mb_expected kind;
        const char *value;
    } words[] = {{"null", MB_EXPECT_NULL, ""},
                 {"true", MB_EXPECT_BOOLEAN, "t"},
                 {"false", MB_EXPECT_BOOLEAN, "f"}};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(out->text, words[i].word) != 0)
            continue;
        out->kind = words[i].kind;
        out->value = mb_strdup(words[i].value);
        return true;
    }
    return false;
}

/* 'O''Hara' */
static bool read_string(mb_expectation *out)
{
    const char *s = out->text;
    mb_buf value = {0};

    if (*s++ != '\'')
        return false;
    mb_buf_puts(&value, "");
    for (; *s && (*s != '\'' || s[1] == '\''); s++) {
        mb_buf_putc(&value, *s);
        s += *s == '\'';
    }
    out->kind = MB_EXPECT_STRING;
    out->value = value.data;
    return s[0] == '\'' && s[1] == '\0';
}

static bool read_form(mb_expectation *out, mb_error *err)
{
    if (read_rows(out) || read_number(out) || read_word(out) || read_string(out))
        return true;
    mb_fail(err, MB_ERR_FILE, "\"expect: %s\" is not a known form", out->text);
    return mb_fail_hint(err, "Write -- expect: no rows, -- expect: 3 rows, or -- expect: VALUE, "
                             "where VALUE is a number, true, false, NULL, or a string in single "
                             "quotes.");
}

bool mb_expectation_add(mb_expectations *list, const char *text, size_t len, mb_error *err)
{
    mb_expectation one = {.text = mb_strndup(text, len)};

    if (!read_form(&one, err)) {
        free_one(&one);
        return false;
    }
    list->items = mb_grow(list->items, list->n, sizeof *list->items);
    list->items[list->n++] = one;
    return true;
}
