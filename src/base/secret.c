#include "moonbird/base/secret.h"

#include "moonbird/base/mem.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    LEAST_INSIDE = 4, /* a shorter secret is masked only where no letter or digit touches it */
    LEAST_LINE = 8,   /* shorter lines of a secret are not secrets: they may be common words */
    LEAST_PART =
        4, /* a beginning or end of a secret is masked from this length, where it was cut */
    PART_BITS = 18,
    LONG_PART = 12, /* a part of this length is masked everywhere */
    LEAST_CODE = 8, /* shorter codes of a secret, without the mark \x, may be other numbers */
};

typedef struct value {
    char *text;
    size_t len;
    size_t least; /* a beginning or end of this length is masked where it was cut */
} value;

static struct {
    value *items;
    size_t n;
    bool parts[1 << PART_BITS]; /* hashes of each LEAST_PART letters: a filter before match_part */
} all;

static unsigned char fold(char c)
{
    return (unsigned char)tolower((unsigned char)c);
}

static bool *part_at(const char *text)
{
    uint32_t hash = 0;

    for (size_t i = 0; i < LEAST_PART; i++)
        hash = (hash + fold(text[i])) * 0x9E3779B1U;
    return &all.parts[hash >> (32 - PART_BITS)];
}

static void keep_from(const char *text, size_t len, size_t least)
{
    for (size_t i = 0; i < all.n; i++)
        if (all.items[i].len == len && memcmp(all.items[i].text, text, len) == 0)
            return;
    all.items = mb_grow(all.items, all.n, sizeof *all.items);
    all.items[all.n++] = (value){mb_strndup(text, len), len, least};
    for (size_t i = 0; i + LEAST_PART <= len; i++)
        *part_at(text + i) = true;
}

static void keep(const char *text, size_t len)
{
    keep_from(text, len, LEAST_PART);
}

/* Its beginning alone is not masked: four digits are often something else. */
static void keep_code(const char *text, size_t len)
{
    if (len >= LEAST_CODE)
        keep_from(text, len, LONG_PART);
}

/* The letter that JSON has for a control character, or NULL. */
static const char *json_letter(char c)
{
    static const char letters[] = "\bb\ff\nn\rr\tt";
    const char *at = strchr(letters, c);

    return at && (unsigned char)c < 0x20 ? at + 1 : NULL;
}

/*
 * Keeps the text as a JSON string.  PostgreSQL writes a control character as \n where JSON has a
 * letter for it, moonbird.json.encode always as \u000a.
 */
static void keep_json(const char *text, bool letters)
{
    mb_buf out = {0};

    for (; *text; text++) {
        const char *letter = letters ? json_letter(*text) : NULL;

        if (letter)
            mb_buf_printf(&out, "\\%c", *letter);
        else if ((unsigned char)*text < 0x20)
            mb_buf_printf(&out, "\\u%04x", (unsigned char)*text);
        else
            mb_buf_printf(&out, "%s%c", *text == '"' || *text == '\\' ? "\\" : "", *text);
    }
    keep(out.data, out.len);
    explicit_bzero(out.data, out.cap);
    mb_buf_free(&out);
}

/* Keeps the text as string.format("%q") of Lua writes it. */
static void keep_lua(const char *text)
{
    mb_buf out = {0};

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (strchr("\"\\\n", c))
            mb_buf_printf(&out, "\\%c", c);
        else if (iscntrl(c))
            mb_buf_printf(&out, isdigit((unsigned char)text[1]) ? "\\%03d" : "\\%d", c);
        else
            mb_buf_putc(&out, *text);
    }
    keep(out.data, out.len);
    explicit_bzero(out.data, out.cap);
    mb_buf_free(&out);
}

/* Keeps the text as a column of COPY, in which other control characters stay as they are. */
static void keep_copy(const char *text)
{
    static const char letters[] = "\bb\ff\nn\rr\tt\vv\\\\";
    mb_buf out = {0};

    for (; *text; text++) {
        const char *at = isalpha((unsigned char)*text) ? NULL : strchr(letters, *text);

        if (at)
            mb_buf_putc(&out, '\\');
        mb_buf_putc(&out, at ? at[1] : *text);
    }
    keep(out.data, out.len);
    explicit_bzero(out.data, out.cap);
    mb_buf_free(&out);
}

/* Keeps the text with each character of `what` doubled or after a backslash, if it has any. */
static void keep_escaped(const char *text, const char *what, bool doubled)
{
    mb_buf out = {0};

    if (!strpbrk(text, what))
        return;
    for (; *text; text++) {
        if (strchr(what, *text))
            mb_buf_putc(&out, doubled ? *text : '\\');
        mb_buf_putc(&out, *text);
    }
    keep(out.data, out.len);
    explicit_bzero(out.data, out.cap);
    mb_buf_free(&out);
}

/* Keeps the bytes in hexadecimal, as bytea has them, with and without its mark. */
static void keep_hex(const char *text)
{
    mb_buf out = {0};

    mb_buf_puts(&out, "\\x");
    for (const char *c = text; *c; c++)
        mb_buf_printf(&out, "%02x", (unsigned char)*c);
    keep(out.data, out.len);
    keep_code(out.data + 2, out.len - 2);
    explicit_bzero(out.data, out.cap);
    mb_buf_free(&out);
}

/* Keeps the bytes as bytea has them with bytea_output = escape. */
static void keep_octal(const char *text)
{
    mb_buf out = {0};

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c < 0x20 || c > 0x7E)
            mb_buf_printf(&out, "\\%03o", c);
        else
            mb_buf_printf(&out, "%s%c", c == '\\' ? "\\" : "", c);
    }
    keep(out.data, out.len);
    keep_escaped(out.data, "\"\\", true);  /* in a composite value */
    keep_escaped(out.data, "\"\\", false); /* in an array, and in JSON */
    explicit_bzero(out.data, out.cap);
    mb_buf_free(&out);
}

/*
 * Keeps the letters that the bytes alone make in base64, from the first, second and third byte on:
 * the secret may begin anywhere in what is encoded.
 */
static void keep_base64(const char *text)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t len = strlen(text);

    for (size_t skip = 0; skip < 3 && skip < len; skip++) {
        mb_buf out = {0};

        for (size_t bit = skip * 8; bit + 6 <= len * 8; bit += 6) {
            const unsigned char *b = (const unsigned char *)text + bit / 8;

            mb_buf_putc(&out, letters[((unsigned)b[0] << 8 | b[1]) >> (10 - bit % 8) & 63]);
        }
        if (out.len) {
            keep_code(out.data, out.len);
            explicit_bzero(out.data, out.cap);
        }
        mb_buf_free(&out);
    }
}

/* Keeps the bytes as a URL has them: letters, digits and `plain` stay as they are. */
static void keep_percent(const char *text, const char *plain, const char *blank)
{
    mb_buf out = {0};

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == ' ')
            mb_buf_puts(&out, blank);
        else if ((c < 0x80 && isalnum(c)) || strchr(plain, c))
            mb_buf_putc(&out, *text);
        else
            mb_buf_printf(&out, "%%%02X", c); /* lower case matches too, as in any secret */
    }
    keep(out.data, out.len);
    explicit_bzero(out.data, out.cap);
    mb_buf_free(&out);
}

/* A secret of one character is often something else in a URL, such as + for a blank. */
static void keep_url(const char *text)
{
    static const char *const plain[] = {
        "", "-._~", "*-._", "-_.!~*'()", "-_.!~*'();,/?:@&=+$#",
    };

    for (size_t i = 0; text[1] && i < sizeof plain / sizeof plain[0]; i++) {
        keep_percent(text, plain[i], "%20");
        keep_percent(text, plain[i], "+");
    }
}

static void keep_lines(const char *text)
{
    bool more = strchr(text, '\n') != NULL;

    while (more) {
        size_t len = strcspn(text, "\r\n");

        if (len >= LEAST_LINE)
            keep(text, len);
        more = strchr(text, '\n') != NULL;
        text += strcspn(text, "\n") + more;
    }
}

void mb_secret_add(const char *text)
{
    if (!*text)
        return;
    keep(text, strlen(text));
    keep_escaped(text, "'", true);    /* 'literal' */
    keep_escaped(text, "'\\", true);  /* E'literal' */
    keep_escaped(text, "'\\", false); /* a connection string */
    keep_escaped(text, "\"", true);   /* "identifier" */
    keep_escaped(text, "\"\\", true); /* a composite value */
    keep_copy(text);
    keep_lua(text);
    keep_json(text, false);
    keep_json(text, true);
    keep_hex(text);
    keep_octal(text);
    keep_base64(text);
    keep_url(text);
    keep_lines(text);
}

/* True when the bytes before and at `at` are both letters or digits, so `at` is inside a word. */
static bool is_inside(const char *text, size_t len, size_t at)
{
    return at > 0 && at < len && isalnum((unsigned char)text[at - 1]) &&
           isalnum((unsigned char)text[at]);
}

/* True at the end of the text and before "...", with which PostgreSQL marks a text that it cut. */
static bool is_cut_at(const char *text, size_t len, size_t at)
{
    return at == len || (len - at >= 3 && memcmp(text + at, "...", 3) == 0);
}

/*
 * The length of the longest part of the secret at `at` that must be masked, or of all of it in
 * other letters.  PostgreSQL quotes the surroundings of an error, cut at both ends, and writes
 * some names in lower case.
 */
static size_t match_part(const value *v, const char *text, size_t len, size_t at)
{
    bool cut = at >= 3 && memcmp(text + at - 3, "...", 3) == 0;
    size_t longest = 0;

    for (size_t from = 0; from + LEAST_PART <= v->len; from++) {
        size_t n = 0;

        while (from + n < v->len && at + n < len && fold(text[at + n]) == fold(v->text[from + n]))
            n++;
        if (n > longest &&
            (n >= LONG_PART || n == v->len || (cut && n >= v->least && from + n == v->len)))
            longest = n;
    }
    return longest;
}

/* How many bytes at `at` are this secret, or its beginning where the text was cut; 0 for none. */
static size_t match(const value *v, const char *text, size_t len, size_t at)
{
    size_t n = 0;

    while (n < v->len && at + n < len && text[at + n] == v->text[n])
        n++;
    if (n == v->len)
        return n >= LEAST_INSIDE || (!is_inside(text, len, at) && !is_inside(text, len, at + n))
                   ? n
                   : 0;
    return n >= v->least && is_cut_at(text, len, at + n) ? n : 0;
}

/* The length of the longest secret, or part of one, that begins at `at`. */
static size_t match_any(const char *text, size_t len, size_t at)
{
    size_t longest = 0;

    for (size_t i = 0; i < all.n; i++) {
        const value *v = &all.items[i];
        size_t n = v->text[0] == text[at] ? match(v, text, len, at) : 0;
        size_t part =
            at + LEAST_PART <= len && *part_at(text + at) ? match_part(v, text, len, at) : 0;

        longest = n > longest ? n : longest;
        longest = part > longest ? part : longest;
    }
    return longest;
}

size_t mb_secret_mark(void)
{
    return all.n;
}

void mb_secret_forget(size_t mark)
{
    while (all.n > mark) {
        value *v = &all.items[--all.n];

        explicit_bzero(v->text, v->len);
        free(v->text);
    }
}

bool mb_secret_any(void)
{
    return all.n > 0;
}

bool mb_secret_in(const char *text, size_t len)
{
    for (size_t at = 0; all.n && at < len; at++)
        if (match_any(text, len, at))
            return true;
    return false;
}

void mb_secret_mask(mb_buf *out, const char *text, size_t len)
{
    size_t from = 0, at = 0;

    while (all.n && at < len) {
        size_t n = match_any(text, len, at);

        if (!n) {
            at++;
            continue;
        }
        mb_buf_add(out, text + from, at - from);
        mb_buf_puts(out, "***");
        from = at += n;
    }
    mb_buf_add(out, text + from, len - from);
}

/* True when the text is a part of a secret, in upper or lower case. */
static bool is_part(const char *text, size_t len)
{
    for (size_t i = 0; i < all.n; i++)
        for (size_t from = 0; from + len <= all.items[i].len; from++)
            if (strncasecmp(all.items[i].text + from, text, len) == 0)
                return true;
    return false;
}

void mb_secret_mask_quoted(mb_buf *out, const char *text)
{
    mb_buf whole = {0};
    const char *begin, *end;

    /* A secret that has double quotes of its own is masked before its parts are looked for. */
    mb_secret_mask(&whole, text, strlen(text));
    text = mb_buf_str(&whole);
    while ((begin = strchr(text, '"')) && (end = strchr(begin + 1, '"'))) {
        size_t len = (size_t)(end - begin - 1);
        bool part = len >= LEAST_PART && is_part(begin + 1, len);

        mb_buf_add(out, text, (size_t)(part ? begin + 1 - text : end - text));
        if (part)
            mb_buf_puts(out, "***");
        mb_buf_add(out, end, part);
        text = end + part;
    }
    mb_buf_puts(out, text);
    mb_buf_free(&whole);
}
