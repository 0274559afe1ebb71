/*
 * json.h -- JSON values (RFC 8259), read as a stream of tokens and written as text.
 *
 * The values are those of a database: a number keeps its text, so that one that
 * neither an integer nor a double holds exactly is written back unchanged.  The
 * reader allocates nothing.
 */
#ifndef MOONBIRD_BASE_JSON_H
#define MOONBIRD_BASE_JSON_H

#include "moonbird/base/buf.h"

enum { MB_JSON_DEPTH = 1000 }; /* arrays and objects may be nested this deep */

typedef enum mb_json_kind {
    MB_JSON_NULL,
    MB_JSON_TRUE,
    MB_JSON_FALSE,
    MB_JSON_NUMBER,
    MB_JSON_STRING,
    MB_JSON_KEY, /* a string; the member's value follows */
    MB_JSON_ARRAY,
    MB_JSON_ARRAY_END,
    MB_JSON_OBJECT,
    MB_JSON_OBJECT_END,
    MB_JSON_END, /* the end of the text */
} mb_json_kind;

/*
 * `text` is borrowed from the input: a number as written, a string or key escaped, without quotes.
 */
typedef struct mb_json_token {
    mb_json_kind kind;
    const char *text;
    size_t len;
} mb_json_token;

typedef struct mb_json {
    const char *text;
    size_t len, at; /* bytes of `text`; the byte that is read next */
    int depth;      /* arrays and objects that are open */
    bool before_value, after_value, after_key;    /* which tokens may come next */
    unsigned char objects[MB_JSON_DEPTH / 8 + 1]; /* one bit per level: it is an object */
    const char *wrong;                            /* after an error: its text, without the place */
    int line, column;                             /* after an error: its place, both from 1 */
} mb_json;

/* Prepares to read one value in UTF-8.  `text` is borrowed until the last token is used. */
void mb_json_read(mb_json *json, const char *text, size_t len);

/*
 * Reads the next token.  false: the text is not JSON; *err has line and column in it, and no file.
 */
MB_MUST_CHECK bool mb_json_next(mb_json *json, mb_json_token *out, mb_error *err);

/* Is the text one JSON value? */
bool mb_json_is_valid(const char *text, size_t len);

/*
 * Writes the characters of a string or key token to `out`, without a NUL, and returns how many
 * bytes they are: token->len at most, so `out` must have room for these.
 */
size_t mb_json_unescape(const mb_json_token *token, char *out);

/*
 * The lone surrogate at `s`, in three bytes that are not valid UTF-8; 0 when there is none. The
 * server's json type allows it, as an escape sequence; mb_json_unescape gives these bytes for it.
 */
unsigned mb_json_surrogate(const char *s, size_t len);

/*
 * Appends a string in quotes, escaped, and lone surrogates as escape sequences; other bytes from
 * 0x80 are not changed.
 */
void mb_json_add_string(mb_buf *out, const char *text, size_t len);

/* Appends a comma, the key, which is written as it is, and the text; NULL is null. */
void mb_json_add_member(mb_buf *out, const char *key, const char *text);

#endif
