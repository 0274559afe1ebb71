#include "moonbird/project/parameter.h"

#include "moonbird/base/json.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/number.h"
#include "moonbird/base/secret.h"
#include "moonbird/base/suggest.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LONGEST_SHOWN = 60 };

void mb_parameter_free(mb_parameter *arg)
{
    for (size_t i = 0; i < arg->n_choices; i++)
        free((char *)arg->choices[i]);
    free(arg->choices);
    free((char *)arg->name);
    free((char *)arg->help);
    free((char *)arg->preset);
    free((char *)arg->min);
    free((char *)arg->max);
    *arg = (mb_parameter){0};
}

/* ---- refusals ---- */

static void add_choices(mb_buf *out, const mb_parameter *arg)
{
    for (size_t i = 0; i < arg->n_choices; i++)
        mb_buf_printf(out, "%s%s", i ? ", " : "one of ", arg->choices[i]);
}

static void add_range(mb_buf *out, const mb_parameter *arg)
{
    if (arg->min && arg->max)
        mb_buf_printf(out, " from %s to %s", arg->min, arg->max);
    else if (arg->min || arg->max)
        mb_buf_printf(out, " of at %s %s", arg->min ? "least" : "most",
                      arg->min ? arg->min : arg->max);
}

void mb_parameter_describe(mb_buf *out, const mb_parameter *arg)
{
    static const char *const names[] = {
        [MB_PARAMETER_STRING] = "a string",
        [MB_PARAMETER_NUMBER] = "a number",
        [MB_PARAMETER_INTEGER] = "an integer",
        [MB_PARAMETER_FLAG] = "true or false",
        [MB_PARAMETER_DATE] = "a date such as 2026-11-29",
    };

    if (arg->type == MB_PARAMETER_CHOICE)
        add_choices(out, arg);
    else
        mb_buf_puts(out, names[arg->type]);
    add_range(out, arg);
}

/* A value that is on its way to a buffer. */
typedef struct reading {
    mb_buf *out;
    const mb_parameter *arg;
    const char *subject;
    mb_error *err;
} reading;

/* A value that may be a connection string, or a part of one, can contain a password. */
static bool may_be_shown(const char *text)
{
    return strlen(text) <= LONGEST_SHOWN && !strpbrk(text, "=@%") && !strstr(text, "://");
}

static const char *nearest_choice(const mb_parameter *arg, const char *text)
{
    for (size_t i = 0; i < arg->n_choices; i++)
        if (strcasecmp(arg->choices[i], text) == 0)
            return arg->choices[i];
    return mb_nearest(text, arg->choices, arg->n_choices);
}

static bool refuse(const reading *r, const char *text)
{
    const mb_parameter *arg = r->arg;
    const char *near = nearest_choice(arg, text);
    bool shown = may_be_shown(text);
    mb_buf wanted = {0};

    mb_parameter_describe(&wanted, arg);
    mb_fail(r->err, MB_ERR_USAGE, "%s%s must be %s%s%s%s", r->subject,
            arg->list ? ": each item" : "", wanted.data, shown ? ", not \"" : "", shown ? text : "",
            shown ? "\"" : "");
    mb_buf_free(&wanted);
    return near && mb_fail_hint(r->err, "Did you mean \"%s\"?", near);
}

static bool refuse_size(const reading *r, const char *text)
{
    refuse(r, text);
    return mb_fail_detail(r->err, "The value does not fit into %s.",
                          r->arg->type == MB_PARAMETER_INTEGER ? "a bigint" : "a double precision");
}

/* ---- one value ---- */

static bool is_within(const mb_parameter *arg, double value)
{
    return (!arg->min || value >= strtod(arg->min, NULL)) &&
           (!arg->max || value <= strtod(arg->max, NULL));
}

static bool add_integer(const reading *r, const char *text)
{
    char *end;
    long long value;

    errno = 0;
    value = strtoll(text, &end, 10);
    if (isspace((unsigned char)*text) || end == text || *end)
        return refuse(r, text);
    if (errno == ERANGE)
        return refuse_size(r, text);
    if (!is_within(r->arg, (double)value))
        return refuse(r, text);
    mb_number_add_integer(r->out, value);
    return true;
}

static bool add_number(const reading *r, const char *text)
{
    size_t len = strlen(text);
    int64_t integer;
    double number;

    if (len == 0 || mb_number_length(text, len) != len)
        return refuse(r, text);
    number = strtod(text, NULL);
    if (!isfinite(number))
        return refuse_size(r, text);
    if (!is_within(r->arg, number))
        return refuse(r, text);
    if (mb_number_read(text, len, &integer, &(double){0}) == MB_NUMBER_INTEGER)
        mb_number_add_integer(r->out, integer);
    else
        mb_number_add(r->out, number);
    return true;
}

/* As in PostgreSQL's parse_bool(), a word may be shortened while it is unique. */
static bool add_flag(const reading *r, const char *text)
{
    static const struct {
        const char *word;
        size_t least;
        bool value;
    } words[] = {{"true", 1, true}, {"false", 1, false}, {"yes", 1, true}, {"no", 1, false},
                 {"on", 2, true},   {"off", 2, false},   {"1", 1, true},   {"0", 1, false}};
    size_t len = strlen(text);

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (len >= words[i].least && len <= strlen(words[i].word) &&
            strncasecmp(text, words[i].word, len) == 0) {
            mb_buf_puts(r->out, words[i].value ? "true" : "false");
            return true;
        }
    return refuse(r, text);
}

static bool add_string(const reading *r, const char *text)
{
    mb_buf_puts(r->out, text);
    return true;
}

static bool add_choice(const reading *r, const char *text)
{
    for (size_t i = 0; i < r->arg->n_choices; i++)
        if (strcmp(r->arg->choices[i], text) == 0)
            return add_string(r, text);
    return refuse(r, text);
}

static int number_in(const char *text, int n)
{
    int value = 0;

    for (int i = 0; i < n; i++)
        value = value * 10 + (text[i] - '0');
    return value;
}

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

static bool is_date(const char *text)
{
    static const char form[] = "0000-00-00";
    int year, month, day;

    for (size_t i = 0; i < sizeof form; i++) /* with the NUL */
        if (form[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
            return false;
    year = number_in(text, 4);
    month = number_in(text + 5, 2);
    day = number_in(text + 8, 2);
    return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= days_of(year, month);
}

static bool add_date(const reading *r, const char *text)
{
    return is_date(text) ? add_string(r, text) : refuse(r, text);
}

static bool add_value(const reading *r, const char *text)
{
    static bool (*const add[])(const reading *, const char *) = {
        [MB_PARAMETER_STRING] = add_string,   [MB_PARAMETER_NUMBER] = add_number,
        [MB_PARAMETER_INTEGER] = add_integer, [MB_PARAMETER_FLAG] = add_flag,
        [MB_PARAMETER_CHOICE] = add_choice,   [MB_PARAMETER_DATE] = add_date,
    };

    return add[r->arg->type](r, text);
}

/* The text that was given, and the value that scripts get, which can be written in another way. */
static void keep_secret(const mb_parameter *arg, const char *text, const char *value)
{
    if (!arg->secret)
        return;
    mb_secret_add(text);
    mb_secret_add(value);
}

/* ---- a list ---- */

static bool add_item(const reading *list, const char *text)
{
    mb_parameter_type type = list->arg->type;
    mb_buf value = {0};
    reading item = *list;
    bool ok;

    item.out = &value;
    ok = add_value(&item, text);
    keep_secret(list->arg, text, mb_buf_str(&value));
    if (ok && list->out->data[list->out->len - 1] != '[')
        mb_buf_putc(list->out, ',');
    if (ok && (type == MB_PARAMETER_NUMBER || type == MB_PARAMETER_INTEGER))
        mb_buf_puts(list->out, value.data);
    else if (ok)
        mb_json_add_string(list->out, mb_buf_str(&value), value.len);
    mb_buf_free(&value);
    return ok;
}

static bool add_separated(const reading *r, const char *text)
{
    bool ok = true, more = *text != '\0';

    while (ok && more) {
        size_t len = strcspn(text, ",");
        char *item = mb_strndup(text, len);

        ok = add_item(r, item);
        free(item);
        more = text[len] != '\0';
        text += len + 1;
    }
    return ok;
}

static bool refuse_array(const reading *r)
{
    mb_fail(r->err, MB_ERR_USAGE, "%s is not a valid list", r->subject);
    return mb_fail_hint(r->err, "Separate the items with commas, or write a JSON array of strings "
                                "and numbers: [\"a, b\", \"c\"].");
}

static bool add_token(const reading *r, const mb_json_token *token)
{
    char *text = mb_strndup(token->text, token->len);
    size_t len = token->kind == MB_JSON_STRING ? mb_json_unescape(token, text) : token->len;
    bool ok;

    text[len] = '\0';
    ok = strlen(text) == len ? add_item(r, text) : refuse_array(r);
    free(text);
    return ok;
}

static bool add_array(const reading *r, const char *text)
{
    mb_json json;
    mb_json_token token;
    bool ok;

    mb_json_read(&json, text, strlen(text));
    ok = mb_json_next(&json, &token, r->err);
    while (ok && (ok = mb_json_next(&json, &token, r->err)) && token.kind != MB_JSON_ARRAY_END) {
        if (token.kind != MB_JSON_STRING && token.kind != MB_JSON_NUMBER)
            return refuse_array(r);
        if (!add_token(r, &token))
            return false;
    }
    return (ok && mb_json_next(&json, &token, r->err)) || refuse_array(r);
}

bool mb_parameter_normalize(mb_buf *out, const mb_parameter *arg, const char *subject,
                            const char *text, mb_error *err)
{
    reading r = {.out = out, .arg = arg, .subject = subject};
    size_t start = out->len;
    bool ok;

    r.err = err;
    if (!arg->list) {
        ok = add_value(&r, text);
        keep_secret(arg, text, mb_buf_str(out) + start);
        return ok;
    }
    mb_buf_putc(out, '[');
    ok = *text == '[' ? add_array(&r, text) : add_separated(&r, text);
    mb_buf_putc(out, ']');
    return ok;
}
