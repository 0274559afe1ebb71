/*
 * json.h -- JSON values (RFC 8259), read as a stream of tokens and written as text.
 *
 * For what a database holds: numbers keep their text, so that what a program's
 * integer or double does not hold exactly goes back unchanged.  The reader
 * allocates nothing.
 */
#ifndef MOONBIRD_JSON_H
#define MOONBIRD_JSON_H

#include "moonbird/base/buf.h"

enum { MB_JSON_DEPTH = 1000 }; /* of nested arrays and objects */

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
    MB_JSON_END, /* of the text */
} mb_json_kind;

typedef struct mb_json_token {
    mb_json_kind kind;
    const char *text; /* number: as written; string and key: between the quotes, still escaped */
    size_t len;
} mb_json_token;

typedef struct mb_json {
    const char *text;
    size_t len, at;
    int depth;
    bool before_value, after_value, after_key;    /* what may come next */
    unsigned char objects[MB_JSON_DEPTH / 8 + 1]; /* a bit a level */
    const char *wrong;                            /* after an error: what is wrong, and where */
    int line, column;
} mb_json;

/* One value in UTF-8; `text` is borrowed while it is read. */
void mb_json_read(mb_json *json, const char *text, size_t len);

/* The next token; an error says line and column in the text, without a file. */
MB_MUST_CHECK bool mb_json_next(mb_json *json, mb_json_token *out, mb_error *err);

/* The characters of a string or key token: into `out`, which has room for token->len bytes. */
size_t mb_json_unescape(const mb_json_token *token, char *out);

/* A string in quotes, escaped; bytes from 0x80 as they are. */
void mb_json_add_string(mb_buf *out, const char *text, size_t len);

#endif
