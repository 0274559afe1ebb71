/*
 * check_text.c -- finds a key that one table constructor has twice, and annotations for SQL files.
 *
 * A running chunk cannot notice this, since a constructor sets its fields without metamethods.  So
 * the text is read as tokens (section 3.1 of the Lua 5.4 manual).  Lua has compiled it before, so
 * it is valid.
 */
#include "check_text.h"

#include "moonbird/base/mem.h"
#include "moonbird/format/format.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum token_kind { NOTHING, NAME, STRING, NUMBER, SIGN } token_kind;

typedef struct token {
    token_kind kind;
    const char *text; /* a string without its quotes */
    size_t len;
    int line;
} token;

enum { BACK = 6, MOST_COMPARED = 1000 }; /* a longer constructor has data and is not checked */

typedef struct reader {
    const char *path, *at, *end;
    int line;
    token back[BACK]; /* the last tokens, the newest first */
    token *keys;      /* the keys of all open constructors */
    size_t n_keys;
    size_t *first; /* for each open constructor, the index of its first key */
    size_t n_first;
    int blocks, function; /* open blocks; the number of the outermost function's block, or 0 */
    int bad_comment;      /* the line of a comment that is refused; 0: there is none */
    mb_error why_bad;
} reader;

static char look(const reader *r, size_t n)
{
    return (size_t)(r->end - r->at) > n ? r->at[n] : '\0';
}

static void step(reader *r)
{
    r->line += *r->at++ == '\n';
}

/* ---- tokens ---- */

/* The length of `[[` or `[=[` at this place; 0: there is none. */
static size_t long_bracket(const reader *r)
{
    size_t n = 1;

    if (look(r, 0) != '[')
        return 0;
    while (look(r, n) == '=')
        n++;
    return look(r, n) == '[' ? n + 1 : 0;
}

static void read_long(reader *r, size_t n, token *out)
{
    r->at += n;
    *out = (token){STRING, r->at, 0, r->line};
    for (; r->at < r->end; step(r)) {
        size_t i = 1;

        if (*r->at != ']')
            continue;
        while (look(r, i) == '=')
            i++;
        if (i + 1 == n && look(r, i) == ']') {
            out->len = (size_t)(r->at - out->text);
            r->at += n;
            return;
        }
    }
}

static void read_quoted(reader *r, token *out)
{
    char quote = *r->at++;

    *out = (token){STRING, r->at, 0, r->line};
    while (r->at < r->end && *r->at != quote) {
        if (*r->at == '\\' && r->at + 1 < r->end)
            step(r);
        step(r);
    }
    out->len = (size_t)(r->at - out->text);
    if (r->at < r->end)
        r->at++;
}

static void pass_comment(reader *r)
{
    const char *from = r->at;
    size_t n;
    token unused;

    r->at += 2;
    n = long_bracket(r);
    if (n)
        read_long(r, n, &unused);
    while (!n && r->at < r->end && *r->at != '\n')
        r->at++;
    if (!n && r->bad_comment == 0 &&
        !mb_format_check_lua_comment(from, (size_t)(r->at - from), &r->why_bad))
        r->bad_comment = r->line;
}

static void pass_gap(reader *r)
{
    for (;;) {
        if (r->at < r->end && isspace((unsigned char)*r->at))
            step(r);
        else if (look(r, 0) == '-' && look(r, 1) == '-')
            pass_comment(r);
        else
            return;
    }
}

static bool is_word(char c)
{
    return c == '_' || isalnum((unsigned char)c);
}

/* `==`, `~=`, `<=` and `>=` are one token, so that their `=` does not count as an assignment. */
static size_t sign_length(const reader *r)
{
    return strchr("=~<>", *r->at) && look(r, 1) == '=' ? 2 : 1;
}

static bool next(reader *r, token *out)
{
    size_t n;

    pass_gap(r);
    if (r->at >= r->end)
        return false;
    n = long_bracket(r);
    *out = (token){SIGN, r->at, 0, r->line};
    if (n) {
        read_long(r, n, out);
    } else if (*r->at == '"' || *r->at == '\'') {
        read_quoted(r, out);
    } else if (is_word(*r->at)) {
        out->kind = isdigit((unsigned char)*r->at) ? NUMBER : NAME;
        while (r->at < r->end && (is_word(*r->at) || (out->kind == NUMBER && *r->at == '.')))
            r->at++;
        out->len = (size_t)(r->at - out->text);
    } else {
        out->len = *r->at ? sign_length(r) : 1;
        r->at += out->len;
    }
    return true;
}

static bool is(const token *t, token_kind kind, const char *text)
{
    return t->kind == kind && t->len == strlen(text) && memcmp(t->text, text, t->len) == 0;
}

static void remember(reader *r, const token *t)
{
    memmove(r->back + 1, r->back, (BACK - 1) * sizeof *r->back);
    r->back[0] = *t;
}

/* ---- constructors ---- */

static bool begins_field(const token *t)
{
    return is(t, SIGN, "{") || is(t, SIGN, ",") || is(t, SIGN, ";");
}

/* The key before a `=`, as in `name =` or `["name"] =`; NULL: there is none. */
static const token *key_before(const reader *r)
{
    const token *back = r->back;

    if (back[0].kind == NAME && begins_field(&back[1]))
        return &back[0];
    if (is(&back[0], SIGN, "]") && back[1].kind == STRING && is(&back[2], SIGN, "[") &&
        begins_field(&back[3]))
        return &back[1];
    return NULL;
}

/* A key that looks like a URL is not shown, since a part of it may be a password. */
static bool refuse(const reader *r, const token *key, int before, mb_error *err)
{
    bool shown = !memmem(key->text, key->len, "://", 3);

    mb_fail(err, MB_ERR_FILE, "this table has the key \"%.*s\" twice, first in line %d",
            shown ? (int)key->len : 1, shown ? key->text : "?", before);
    mb_fail_hint(err, "Lua would keep only the last one. Remove one of them.");
    return mb_fail_at(err, r->path, key->line, 0);
}

static bool add_key(reader *r, const token *key, mb_error *err)
{
    size_t from = r->first[r->n_first - 1];

    if (r->n_keys - from >= MOST_COMPARED)
        return true;
    for (size_t i = from; i < r->n_keys; i++)
        if (r->keys[i].len == key->len && memcmp(r->keys[i].text, key->text, key->len) == 0)
            return refuse(r, key, r->keys[i].line, err);
    r->keys = mb_grow(r->keys, r->n_keys, sizeof *r->keys);
    r->keys[r->n_keys++] = *key;
    return true;
}

static void count_block(reader *r, const token *t)
{
    if (is(t, NAME, "function") || is(t, NAME, "do") || is(t, NAME, "if") ||
        is(t, NAME, "repeat")) {
        r->blocks++;
        if (!r->function && is(t, NAME, "function"))
            r->function = r->blocks;
    } else if (is(t, NAME, "end") || is(t, NAME, "until")) {
        if (r->function == r->blocks--)
            r->function = 0;
    }
}

static bool take(reader *r, const token *t, mb_error *err)
{
    const token *key = r->n_first && is(t, SIGN, "=") ? key_before(r) : NULL;

    count_block(r, t);
    if (r->function)
        return true;
    if (is(t, SIGN, "{")) {
        r->first = mb_grow(r->first, r->n_first, sizeof *r->first);
        r->first[r->n_first++] = r->n_keys;
    } else if (is(t, SIGN, "}") && r->n_first) {
        r->n_keys = r->first[--r->n_first];
    }
    return !key || add_key(r, key, err);
}

/* ---- values from variables ---- */

/* The variable of a field that ends here, `KEY = env "NAME"` or `KEY = env("NAME")`; NULL: none. */
static const token *variable_of(const reader *r, const token **key)
{
    const token *back = r->back;
    size_t shift = is(&back[0], SIGN, ")") && is(&back[2], SIGN, "(") ? 1 : 0;

    *key = &back[3 + 2 * shift];
    return back[shift].kind == STRING && is(&back[1 + 2 * shift], NAME, "env") &&
                   is(&back[2 + 2 * shift], SIGN, "=") && (*key)->kind == NAME
               ? &back[shift]
               : NULL;
}

static bool check_variable(const reader *r, const token *key, const token *variable,
                           mb_error *err)
{
    char name[128];
    const char *value;

    snprintf(name, sizeof name, "%.*s", (int)variable->len, variable->text);
    value = getenv(name);
    if (value && *value)
        return true;
    mb_fail(err, MB_ERR_FILE, "the policy \"%.*s\" comes from the variable %s, which is not set",
            (int)key->len, key->text, name);
    mb_fail_hint(err, "Without it the policy would not apply. Set the variable, or write the"
                      " policy in "
                      "the file.");
    return mb_fail_at(err, r->path, key->line, 0);
}

bool mb_lua_check_variables(const char *path, const char *text, size_t len,
                            const char *const *keys, mb_error *err)
{
    reader r = {.path = path, .at = text, .end = text + len, .line = 1};
    const token *key, *variable;
    bool ok = true;

    for (token t; ok && next(&r, &t); remember(&r, &t)) {
        variable = begins_field(&t) || is(&t, SIGN, "}") ? variable_of(&r, &key) : NULL;
        for (size_t i = 0; ok && variable && keys[i]; i++)
            ok = !is(key, NAME, keys[i]) || check_variable(&r, key, variable, err);
    }
    return ok;
}

/* ---- keys ---- */

bool mb_lua_check_keys(const char *path, const char *text, size_t len, mb_error *err)
{
    reader r = {.path = path, .at = text, .end = text + len, .line = 1};
    bool ok = true;

    for (token t; ok && next(&r, &t); remember(&r, &t))
        ok = take(&r, &t, err);
    free(r.keys);
    free(r.first);
    if (!ok || r.bad_comment == 0)
        return ok;
    *err = r.why_bad;
    return mb_fail_at(err, path, r.bad_comment, 0);
}
