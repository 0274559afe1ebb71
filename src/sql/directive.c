#include "moonbird/sql/directive.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/suggest.h"

#include "sql/lexer/chars.h"
#include "sql/lexer/comment.h"
#include "sql/lexer/lexer.h"
#include "sql/lexer/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RETRIES = 1000 };

/* A piece of the text that is read. */
typedef struct span {
    const char *s;
    size_t len;
} span;

typedef bool set_value(mb_directives *out, const char *value, mb_error *err);

const mb_directives mb_no_directives = {.lock_timeout_ms = MB_UNSET,
                                        .statement_timeout_ms = MB_UNSET,
                                        .transaction_timeout_ms = MB_UNSET,
                                        .retries = MB_UNSET};

void mb_directives_init(mb_directives *out)
{
    *out = mb_no_directives;
}

bool mb_directives_are_given(const mb_directives *d)
{
    return d->no_transaction || d->lock_timeout_ms != MB_UNSET ||
           d->statement_timeout_ms != MB_UNSET || d->transaction_timeout_ms != MB_UNSET ||
           d->retries != MB_UNSET || d->n_requires > 0 || d->n_conflicts > 0 || d->description ||
           d->irreversible || d->shelved || d->empty;
}

static char **copy_names(char *const *names, size_t n)
{
    char **out = mb_alloc(n * sizeof *out);

    for (size_t i = 0; i < n; i++)
        out[i] = mb_strdup(names[i]);
    return out;
}

static void free_names(char **names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
}

void mb_directives_copy(mb_directives *out, const mb_directives *from)
{
    *out = *from;
    out->description = mb_strdup(from->description);
    out->irreversible = mb_strdup(from->irreversible);
    out->shelved = mb_strdup(from->shelved);
    out->empty = mb_strdup(from->empty);
    out->requires = copy_names(from->requires, from->n_requires);
    out->conflicts = copy_names(from->conflicts, from->n_conflicts);
}

static void add_copies(char ***names, size_t *n, char *const *from, size_t n_from)
{
    for (size_t i = 0; i < n_from; i++) {
        *names = mb_grow(*names, *n, sizeof **names);
        (*names)[(*n)++] = mb_strdup(from[i]);
    }
}

/* Names and texts only: another tool's format has no limits. */
void mb_directives_add(mb_directives *to, const mb_directives *from)
{
    to->no_transaction = to->no_transaction || from->no_transaction;
    add_copies(&to->requires, &to->n_requires, from->requires, from->n_requires);
    add_copies(&to->conflicts, &to->n_conflicts, from->conflicts, from->n_conflicts);
    to->description = to->description ? to->description : mb_strdup(from->description);
    to->irreversible = to->irreversible ? to->irreversible : mb_strdup(from->irreversible);
}

void mb_directives_free(mb_directives *d)
{
    free_names(d->requires, d->n_requires);
    free_names(d->conflicts, d->n_conflicts);
    free(d->description);
    free(d->irreversible);
    free(d->shelved);
    free(d->empty);
    mb_directives_init(d);
}

static bool is_blank(char c)
{
    return mb_char_is((unsigned char)c, MB_CHAR_SPACE);
}

static bool fail_duration(const char *text, mb_error *err)
{
    mb_fail(err, MB_ERR_USAGE, "\"%s\" is not a duration", text);
    return mb_fail_hint(err, "Write milliseconds, or a number with us, ms, s, min, h or d: "
                             "250, 2s, 1min.");
}

bool mb_duration_parse(int *ms, const char *text, mb_error *err)
{
    static const struct {
        const char *name;
        double ms;
    } units[] = {{"", 1},      {"ms", 1},    {"us", 0.001}, {"s", 1000},
                 {"min", 6e4}, {"h", 3.6e6}, {"d", 8.64e7}};
    double number = 0, scale = 1, value;
    const char *s = text;

    if (!mb_char_is((unsigned char)*s, MB_CHAR_DIGIT))
        return fail_duration(text, err);
    for (; mb_char_is((unsigned char)*s, MB_CHAR_DIGIT); s++)
        number = number * 10 + (*s - '0');
    if (*s == '.')
        for (s++; mb_char_is((unsigned char)*s, MB_CHAR_DIGIT); s++)
            number += (*s - '0') * (scale /= 10);
    while (is_blank(*s))
        s++;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(s, units[i].name) != 0)
            continue;
        value = number * units[i].ms;
        if (value > INT_MAX)
            return mb_fail(err, MB_ERR_USAGE, "the duration \"%s\" is too long", text);
        *ms = value > 0 && value < 1 ? 1 : (int)(value + 0.5); /* 0 would be no limit */
        return true;
    }
    return fail_duration(text, err);
}

static bool set_transaction(mb_directives *out, const char *value, mb_error *err)
{
    bool off = strcmp(value, "off") == 0;

    if (!off && strcmp(value, "on") != 0)
        return mb_fail(err, MB_ERR_FILE, "transaction must be \"on\" or \"off\", not \"%s\"",
                       value);
    out->no_transaction = off;
    return true;
}

static bool set_lock_timeout(mb_directives *out, const char *value, mb_error *err)
{
    return mb_duration_parse(&out->lock_timeout_ms, value, err);
}

static bool set_statement_timeout(mb_directives *out, const char *value, mb_error *err)
{
    return mb_duration_parse(&out->statement_timeout_ms, value, err);
}

static bool set_transaction_timeout(mb_directives *out, const char *value, mb_error *err)
{
    return mb_duration_parse(&out->transaction_timeout_ms, value, err);
}

static bool set_retries(mb_directives *out, const char *value, mb_error *err)
{
    size_t digits = strspn(value, "0123456789");

    if (value[digits] || digits > 4 || atoi(value) > MOST_RETRIES)
        return mb_fail(err, MB_ERR_FILE, "retries must be a number from 0 to %d, not \"%s\"",
                       MOST_RETRIES, value);
    out->retries = atoi(value);
    return true;
}

/* NAME,NAME */
static bool add_names(char ***names, size_t *n, const char *value, const char *key, mb_error *err)
{
    for (;;) {
        size_t len = strcspn(value, ",");

        if (len == 0)
            return mb_fail(err, MB_ERR_FILE, "\"%s\" is missing a name", key);
        *names = mb_grow(*names, *n, sizeof **names);
        (*names)[(*n)++] = mb_strndup(value, len);
        if (value[len] == '\0')
            return true;
        value += len + 1;
    }
}

static bool set_requires(mb_directives *out, const char *value, mb_error *err)
{
    return add_names(&out->requires, &out->n_requires, value, "requires", err);
}

static bool set_conflicts(mb_directives *out, const char *value, mb_error *err)
{
    return add_names(&out->conflicts, &out->n_conflicts, value, "conflicts", err);
}

static bool set_description(mb_directives *out, const char *value, mb_error *err)
{
    (void)err;
    out->description = mb_strdup(value);
    return true;
}

static bool set_irreversible(mb_directives *out, const char *value, mb_error *err)
{
    (void)err;
    out->irreversible = mb_strdup(value);
    return true;
}

static bool set_shelved(mb_directives *out, const char *value, mb_error *err)
{
    (void)err;
    out->shelved = mb_strdup(value);
    return true;
}

static bool set_empty(mb_directives *out, const char *value, mb_error *err)
{
    (void)err;
    out->empty = mb_strdup(value);
    return true;
}

static const struct {
    const char *name;
    bool whole_line; /* the value is the rest of the line */
    set_value *set;
} keys[] = {
    {"transaction", false, set_transaction},
    {"lock_timeout", false, set_lock_timeout},
    {"statement_timeout", false, set_statement_timeout},
    {"transaction_timeout", false, set_transaction_timeout},
    {"retries", false, set_retries},
    {"requires", false, set_requires},
    {"conflicts", false, set_conflicts},
    {"description", true, set_description},
    {"irreversible", true, set_irreversible},
    {"shelved", true, set_shelved},
    {"empty", true, set_empty},
};

enum { KEYS = sizeof keys / sizeof keys[0] };

static bool fail_key(const char *key, mb_error *err)
{
    const char *names[KEYS], *nearest;

    for (size_t i = 0; i < KEYS; i++)
        names[i] = keys[i].name;
    nearest = mb_nearest(key, names, KEYS);
    mb_fail(err, MB_ERR_FILE, "unknown directive \"%s\"", key);
    if (nearest)
        return mb_fail_hint(err, "Did you mean \"%s\"?", nearest);
    return mb_fail_hint(err, "The directives are transaction, lock_timeout, statement_timeout, "
                             "transaction_timeout, retries, requires, conflicts, description, "
                             "irreversible, shelved and empty.");
}

static bool set_key(mb_directives *out, bool seen[KEYS], const char *key, const char *value,
                    mb_error *err)
{
    size_t i = 0;

    while (i < KEYS && strcmp(keys[i].name, key) != 0)
        i++;
    if (i == KEYS)
        return fail_key(key, err);
    if (seen[i])
        return mb_fail(err, MB_ERR_FILE, "the directive \"%s\" is given twice", key);
    if (!value || !*value) {
        mb_fail(err, MB_ERR_FILE, "the directive \"%s\" has no value", key);
        return mb_fail_hint(err, "Write %s=value, without blanks around the \"=\".", key);
    }
    seen[i] = true;
    return keys[i].set(out, value, err);
}

static bool takes_line(span item, size_t key_len)
{
    for (size_t i = 0; i < KEYS; i++)
        if (keys[i].whole_line && strlen(keys[i].name) == key_len &&
            memcmp(keys[i].name, item.s, key_len) == 0)
            return true;
    return false;
}

/* Cuts `key=value` off the front of *rest, with the blanks after it. */
static span next_item(span *rest)
{
    span item = *rest;
    size_t key = 0;

    while (key < item.len && !is_blank(item.s[key]) && item.s[key] != '=')
        key++;
    if (!takes_line(item, key) || key == item.len || item.s[key] != '=')
        for (item.len = key; item.len < rest->len && !is_blank(item.s[item.len]);)
            item.len++;
    rest->s += item.len;
    rest->len -= item.len;
    while (rest->len > 0 && is_blank(*rest->s))
        rest->s++, rest->len--;
    return item;
}

/*
 * Refuses a key inside a value that takes the rest of the line: it was meant as a separate
 * directive.
 */
static bool check_line(span *item, mb_error *err)
{
    const char *equals = memchr(item->s, '=', item->len), *end = item->s + item->len, *s = equals;

    if (!equals || !takes_line(*item, (size_t)(equals - item->s)))
        return true;
    while ((s = memchr(s + 1, '=', (size_t)(end - s - 1))) != NULL)
        for (size_t i = 0; i < KEYS; i++) {
            size_t len = strlen(keys[i].name);
            const char *word = s - len;

            if (word <= equals || memcmp(word, keys[i].name, len) != 0 || !is_blank(word[-1]))
                continue;
            mb_fail(err, MB_ERR_FILE, "the directive \"%s\" is inside \"%.*s\", which takes the "
                                      "rest of the line", keys[i].name, (int)(equals - item->s),
                    item->s);
            item->s = word;
            return mb_fail_hint(err, "Write it first, or on a separate line.");
        }
    return true;
}

static bool read_item(mb_directives *out, bool seen[KEYS], span item, mb_error *err)
{
    char *key = mb_strndup(item.s, item.len), *value = strchr(key, '=');
    bool ok;

    if (value)
        *value++ = '\0';
    while (value && is_blank(*value))
        value++;
    ok = set_key(out, seen, key, value, err);
    free(key);
    return ok;
}

static bool read_comment(mb_directives *out, bool seen[KEYS], span rest, span text,
                         const char *file, mb_error *err)
{
    while (rest.len > 0) {
        span item = next_item(&rest);
        mb_place place = {1, 1};

        if (check_line(&item, err) && read_item(out, seen, item, err))
            continue;
        mb_place_pass(&place, text.s, (size_t)(item.s - text.s));
        err->code = MB_ERR_FILE;
        return mb_fail_at(err, file, place.line, place.column);
    }
    return true;
}

static bool read_head(mb_directives *out, span text, const char *file, mb_error *err)
{
    mb_reader in = mb_reader_over(text.s, text.len);
    mb_lexer lexer = {.in = &in};
    bool seen[KEYS] = {false};
    mb_token token = {0};

    for (mb_lex(&lexer, 0, &token); mb_token_is_gap(token.kind); mb_lex(&lexer, token.to, &token)) {
        span rest = {NULL, 0};

        if (token.kind == MB_TOKEN_LINE_COMMENT)
            rest.s = mb_comment_directive(text.s + token.from, token.to - token.from, &rest.len);
        if (!rest.s)
            continue;
        if (mb_directive_is_down(rest.s, rest.len))
            break;
        if (!read_comment(out, seen, rest, text, file, err))
            return false;
    }
    return true;
}

bool mb_directives_read(mb_directives *out, const char *text, size_t len, const char *file,
                        mb_error *err)
{
    size_t skip = len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

    mb_directives_init(out);
    if (read_head(out, (span){text + skip, len - skip}, file, err))
        return true;
    mb_directives_free(out);
    return false;
}
