#include "moonbird/base/json.h"

#include "moonbird/base/number.h"

#include <stdlib.h>
#include <string.h>

void mb_json_read(mb_json *json, const char *text, size_t len)
{
    *json = (mb_json){.text = text, .len = len, .before_value = true};
}

static bool fail(mb_json *json, mb_error *err, const char *what)
{
    json->wrong = what;
    json->line = json->column = 1;
    for (size_t i = 0; i < json->at && i < json->len; i++) {
        if (json->text[i] == '\n') {
            json->line++;
            json->column = 1;
        } else if (((unsigned char)json->text[i] & 0xC0) != 0x80) {
            json->column++;
        }
    }
    return mb_fail(err, MB_ERR_FAILED, "%s in JSON at line %d, column %d", what, json->line,
                   json->column);
}

static char peek(const mb_json *json)
{
    return json->at < json->len ? json->text[json->at] : '\0';
}

static void skip_space(mb_json *json)
{
    while (json->at < json->len && strchr(" \t\r\n", json->text[json->at]) && peek(json))
        json->at++;
}

static bool in_object(const mb_json *json)
{
    int level = json->depth - 1;

    return level >= 0 && (json->objects[level / 8] >> (level % 8) & 1);
}

static bool push(mb_json *json, bool object, mb_error *err)
{
    unsigned char *byte = &json->objects[json->depth / 8];
    unsigned bit = 1u << (json->depth % 8);

    if (json->depth == MB_JSON_DEPTH)
        return fail(json, err, "more than 1000 nested levels");
    *byte = (unsigned char)(object ? *byte | bit : *byte & ~bit);
    json->depth++;
    json->at++;
    json->before_value = !object;
    json->after_value = false;
    json->after_key = false;
    return true;
}

static size_t hex_digits(const char *s, size_t len)
{
    size_t n = 0;

    while (n < len && n < 4 && strchr("0123456789abcdefABCDEF", s[n]) && s[n])
        n++;
    return n;
}

/* The length of the escape sequence at `s`, without its backslash; 0 when there is none. */
static size_t escape_length(const char *s, size_t len)
{
    if (len == 0)
        return 0;
    if (*s == 'u')
        return hex_digits(s + 1, len - 1) == 4 ? 5 : 0;
    return *s && strchr("\"\\/bfnrt", *s) ? 1 : 0;
}

static bool read_string(mb_json *json, mb_json_token *out, mb_error *err)
{
    size_t start = ++json->at;

    while (json->at < json->len && json->text[json->at] != '"') {
        unsigned char c = (unsigned char)json->text[json->at];
        size_t escape = 0;

        if (c < 0x20)
            return fail(json, err, "a control character");
        if (c == '\\') {
            escape = escape_length(json->text + json->at + 1, json->len - json->at - 1);
            if (escape == 0)
                return fail(json, err, "an invalid escape");
        }
        json->at += 1 + escape;
    }
    if (json->at >= json->len)
        return fail(json, err, "an unterminated string");
    out->text = json->text + start;
    out->len = json->at++ - start;
    return true;
}

static bool read_scalar(mb_json *json, mb_json_token *out, mb_error *err)
{
    static const struct {
        const char *word;
        mb_json_kind kind;
    } words[] = {{"null", MB_JSON_NULL}, {"true", MB_JSON_TRUE}, {"false", MB_JSON_FALSE}};
    const char *s = json->text + json->at;
    size_t left = json->len - json->at, n = mb_number_length(s, left);

    if (n > 0) {
        *out = (mb_json_token){MB_JSON_NUMBER, s, n};
        json->at += n;
        return true;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        n = strlen(words[i].word);
        if (left < n || memcmp(s, words[i].word, n) != 0)
            continue;
        out->kind = words[i].kind;
        json->at += n;
        return true;
    }
    return fail(json, err, left ? "an unexpected character" : "an unexpected end");
}

static void end_value(mb_json *json)
{
    json->before_value = false;
    json->after_value = true;
    json->after_key = false;
}

static bool read_value(mb_json *json, mb_json_token *out, mb_error *err)
{
    char c = peek(json);

    if (c == '[' || c == '{') {
        out->kind = c == '[' ? MB_JSON_ARRAY : MB_JSON_OBJECT;
        return push(json, c == '{', err);
    }
    if (c == '"') {
        out->kind = MB_JSON_STRING;
        if (!read_string(json, out, err))
            return false;
    } else if (!read_scalar(json, out, err)) {
        return false;
    }
    end_value(json);
    return true;
}

static bool read_key(mb_json *json, mb_json_token *out, mb_error *err)
{
    out->kind = MB_JSON_KEY;
    if (peek(json) != '"')
        return fail(json, err, "a missing name");
    if (!read_string(json, out, err))
        return false;
    skip_space(json);
    if (peek(json) != ':')
        return fail(json, err, "a missing colon");
    json->at++;
    json->after_key = true;
    return true;
}

/* Reads the end of the innermost array or object; false when it is not here or not allowed here. */
static bool read_end(mb_json *json, mb_json_token *out)
{
    bool object = in_object(json);

    if (peek(json) != (object ? '}' : ']'))
        return false;
    out->kind = object ? MB_JSON_OBJECT_END : MB_JSON_ARRAY_END;
    json->at++;
    json->depth--;
    end_value(json);
    return true;
}

bool mb_json_next(mb_json *json, mb_json_token *out, mb_error *err)
{
    bool comma = false;

    *out = (mb_json_token){.kind = MB_JSON_END};
    skip_space(json);
    if (json->depth == 0) {
        if (json->before_value)
            return read_value(json, out, err);
        return json->at == json->len || fail(json, err, "unexpected characters after the value");
    }
    if (json->after_key)
        return read_value(json, out, err);
    if (json->after_value && peek(json) == ',') {
        comma = true;
        json->at++;
        skip_space(json);
    }
    if (!comma && read_end(json, out))
        return true;
    if (!comma && json->after_value)
        return fail(json, err, "a missing comma");
    return in_object(json) ? read_key(json, out, err) : read_value(json, out, err);
}

static unsigned read_hex(const char *s)
{
    char digits[5] = {s[0], s[1], s[2], s[3], '\0'};

    return (unsigned)strtoul(digits, NULL, 16);
}

static char *add_utf8(char *out, unsigned c)
{
    if (c < 0x80) {
        *out++ = (char)c;
        return out;
    }
    if (c < 0x800) {
        *out++ = (char)(0xC0 | c >> 6);
    } else if (c < 0x10000) {
        *out++ = (char)(0xE0 | c >> 12);
        *out++ = (char)(0x80 | (c >> 6 & 0x3F));
    } else {
        *out++ = (char)(0xF0 | c >> 18);
        *out++ = (char)(0x80 | (c >> 12 & 0x3F));
        *out++ = (char)(0x80 | (c >> 6 & 0x3F));
    }
    *out++ = (char)(0x80 | (c & 0x3F));
    return out;
}

/*
 * Reads the character of a \uXXXX; `s` is after the u.  A lone surrogate, which the server's json
 * type allows, is kept as three bytes: mb_json_add_string writes them as \uXXXX again.
 */
static const char *read_unicode(const char *s, const char *end, unsigned *out)
{
    unsigned c = read_hex(s);

    s += 4;
    *out = c;
    if (c < 0xD800 || c > 0xDFFF)
        return s;
    if (c < 0xDC00 && end - s >= 6 && s[0] == '\\' && s[1] == 'u') {
        unsigned low = read_hex(s + 2);

        if (low >= 0xDC00 && low <= 0xDFFF) {
            *out = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            s += 6;
        }
    }
    return s;
}

bool mb_json_is_valid(const char *text, size_t len)
{
    mb_json json;
    mb_json_token token;
    mb_error err;

    mb_json_read(&json, text, len);
    do
        if (!mb_json_next(&json, &token, &err))
            return false;
    while (token.kind != MB_JSON_END);
    return true;
}

size_t mb_json_unescape(const mb_json_token *token, char *out)
{
    static const char names[] = "bfnrt", values[] = "\b\f\n\r\t";
    const char *s = token->text, *end = s + token->len;
    char *start = out;

    while (s < end) {
        const char *name;
        unsigned c;

        if (*s != '\\') {
            *out++ = *s++;
        } else if (s[1] == 'u') {
            s = read_unicode(s + 2, end, &c);
            out = add_utf8(out, c);
        } else {
            name = strchr(names, s[1]);
            *out++ = name ? values[name - names] : s[1];
            s += 2;
        }
    }
    return (size_t)(out - start);
}

unsigned mb_json_surrogate(const char *s, size_t len)
{
    const unsigned char *c = (const unsigned char *)s;

    if (len < 3 || c[0] != 0xED || c[1] < 0xA0 || c[1] > 0xBF || (c[2] & 0xC0) != 0x80)
        return 0;
    return 0xD000 | (c[1] & 0x3Fu) << 6 | (c[2] & 0x3Fu);
}

void mb_json_add_string(mb_buf *out, const char *text, size_t len)
{
    mb_buf_putc(out, '"');
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        unsigned surrogate = c == 0xED ? mb_json_surrogate(text + i, len - i) : 0;

        if (c == '"' || c == '\\')
            mb_buf_putc(out, '\\');
        if (surrogate)
            i += 2;
        if (c < 0x20 || surrogate)
            mb_buf_printf(out, "\\u%04x", surrogate ? surrogate : c);
        else
            mb_buf_putc(out, (char)c);
    }
    mb_buf_putc(out, '"');
}

void mb_json_add_member(mb_buf *out, const char *key, const char *text)
{
    mb_buf_printf(out, ",\"%s\":", key);
    if (text)
        mb_json_add_string(out, text, strlen(text));
    else
        mb_buf_puts(out, "null");
}
