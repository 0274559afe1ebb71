/*
 * expectation.c -- the forms of an expectation, and the statement that it belongs to.
 *
 * Expectations right below a statement wait until the line of the next one is known: a comment that
 * touches both could mean either, and checking the wrong statement would be worse than an error.
 */
#include "splitter.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/number.h"
#include "moonbird/base/utf8.h"
#include "sql/lexer/chars.h"
#include "sql/lexer/comment.h"

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

static bool has_form(mb_expectation *out)
{
    return read_rows(out) || read_number(out) || read_word(out) || read_string(out);
}

static bool read_form(mb_expectation *out, mb_error *err)
{
    if (has_form(out))
        return true;
    mb_fail(err, MB_ERR_FILE, "\"expect: %s\" is not a valid expectation", out->text);
    return mb_fail_hint(err, "Write -- expect: no rows, -- expect: 3 rows, or -- expect: VALUE, "
                             "where VALUE is a number, true, false, NULL, or a string in single "
                             "quotes.");
}

/* Append the expectation in `text`, which follows "expect:". */
static bool add(mb_expectations *list, const char *text, size_t len, mb_error *err)
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

/*
 * Refuses a comment that would be an expectation if it began with "expect:": its author believes
 * that it is checked.
 */
static bool refuse_near(mb_script *script, const mb_token *token, mb_error *err)
{
    mb_expectation one = {0};
    mb_buf plain = {0};
    const char *form;
    size_t len;
    bool near;

    mb_utf8_plain_blanks(&plain, script->in.data + token->from, token->to - token->from);
    form = mb_comment_near_expectation(plain.data, plain.len, &len);
    one.text = mb_strndup(form ? form : "", form ? len : 0);
    near = has_form(&one);
    mb_buf_free(&plain);
    if (near) {
        mb_fail(err, MB_ERR_FILE, "this comment looks like an expectation, but is not one");
        mb_fail_hint(err,
                     "To check what the statement returns, write -- expect: %s. Otherwise, write "
                     "the remark in other words.",
                     one.text);
    }
    free_one(&one);
    return !near || mb_script_fail_at(script, token->from, err);
}

/* ---- places ---- */

void mb_script_expect(mb_script *script, mb_expectations *out)
{
    script->expecting.found = out;
    script->expecting.known = out->n;
}

static bool is_on(const mb_script *script)
{
    return script->expecting.found && mb_script_wants(script);
}

static bool fail_at(const mb_script *script, const mb_expectation *one, mb_error *err)
{
    return mb_fail_at(err, script->name, one->line, one->column);
}

/* The expectations that wait belong to this statement. */
static bool assign(mb_script *script, size_t statement, mb_error *err)
{
    mb_expecting *e = &script->expecting;

    for (; e->known < e->found->n; e->known++) {
        mb_expectation *one = &e->found->items[e->known];

        one->statement = statement;
        if (e->known == 0 || one[-1].statement != statement)
            continue;
        mb_fail(err, MB_ERR_FILE, "the statement has two expectations");
        mb_fail_hint(err, "Write only one for each statement.");
        return fail_at(script, one, err);
    }
    return true;
}

/* The first expectation that waits; NULL: none. */
static const mb_expectation *waiting(const mb_script *script)
{
    const mb_expecting *e = &script->expecting;

    return e->known < e->found->n ? &e->found->items[e->known] : NULL;
}

bool mb_expect_comment(mb_script *script, const mb_token *token, bool inside, mb_error *err)
{
    mb_expecting *e = &script->expecting;
    mb_place place = script->place;
    const char *text = NULL;
    size_t len;

    if (!is_on(script))
        return true;
    if (token->kind == MB_TOKEN_LINE_COMMENT)
        text = mb_comment_expectation(script->in.data + token->from, token->to - token->from, &len);
    if (!text)
        return refuse_near(script, token, err);
    if (!add(e->found, text, len, err))
        return mb_script_fail_at(script, token->from, err);
    mb_place_pass(&place, script->in.data, token->from);
    e->found->items[e->found->n - 1].line = place.line;
    e->found->items[e->found->n - 1].column = place.column;
    if (inside)
        return assign(script, script->number + 1, err);
    return !e->above || place.line != e->above_line || assign(script, e->above, err);
}

/* A line starts here at the beginning of the text and below the data of COPY: nothing is above. */
void mb_expect_above(mb_script *script)
{
    bool above = mb_script_wants(script) && !script->line_start;

    script->expecting.above = above ? script->number : 0;
    script->expecting.above_line = script->expecting.last_line = script->place.line;
}

bool mb_expect_separate(mb_script *script, mb_error *err)
{
    const mb_expectation *one = is_on(script) ? waiting(script) : NULL;
    size_t above = script->expecting.above;

    script->expecting.above = 0;
    if (!one || above)
        return !one || assign(script, above, err);
    mb_fail(err, MB_ERR_FILE, "this expectation does not belong to a statement");
    mb_fail_hint(err, "Write it right below or above its statement, without an empty line.");
    return fail_at(script, one, err);
}

/* An empty line before line `line`? */
static bool is_apart(const mb_script *script, int line)
{
    return line > script->expecting.last_line + 1;
}

bool mb_expect_passed(mb_script *script, const mb_token *token, mb_error *err)
{
    if (token->kind != MB_TOKEN_SPACE) {
        script->expecting.last_line = script->place.line;
        return true;
    }
    return !is_apart(script, script->place.line) || mb_expect_separate(script, err);
}

bool mb_expect_below(mb_script *script, mb_error *err)
{
    const mb_expectation *one = is_on(script) ? waiting(script) : NULL;

    if (!one || !script->expecting.above)
        return !one || assign(script, script->number + 1, err);
    mb_fail(err, MB_ERR_FILE, "this expectation could belong to the statement above or below it");
    mb_fail_hint(err, "Write it on the line where its statement ends, or put an empty line between "
                      "it and the other statement.");
    return fail_at(script, one, err);
}
