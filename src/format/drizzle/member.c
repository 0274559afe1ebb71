#include "member.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/number.h"
#include "moonbird/base/utf8.h"

#include <stdlib.h>
#include <string.h>

bool mb_member_check(const mb_buf *text, const char *shown, mb_error *err)
{
    mb_json json;
    mb_json_token token;

    mb_json_read(&json, mb_buf_str(text), text->len);
    do {
        if (!mb_json_next(&json, &token, err)) {
            mb_fail(err, MB_ERR_FILE, "invalid JSON: %s", json.wrong);
            return mb_fail_at(err, shown, json.line, json.column);
        }
    } while (token.kind != MB_JSON_END);
    return true;
}

mb_json_token mb_member_next(mb_json *json)
{
    mb_json_token token;
    mb_error none;

    (void)!mb_json_next(json, &token, &none);
    return token;
}

bool mb_member_skip(mb_json *json)
{
    int depth = json->depth;
    mb_json_token token = mb_member_next(json);

    if (token.kind == MB_JSON_ARRAY_END || token.kind == MB_JSON_OBJECT_END)
        return false;
    while (json->depth > depth)
        mb_member_next(json);
    return true;
}

/* The characters of a token, which the caller frees; NULL when they have a NUL or are not UTF-8. */
static char *text_of(const mb_json_token *token)
{
    char *text = mb_alloc(token->len + 1);
    size_t len = mb_json_unescape(token, text);

    text[len] = '\0';
    if (mb_text_bad(text, len) == len)
        return text;
    free(text);
    return NULL;
}

bool mb_member_find(mb_json *out, const mb_json *object, const char *name)
{
    mb_json json = *object;
    bool found = false;

    if (mb_member_next(&json).kind != MB_JSON_OBJECT)
        return false;
    for (mb_json_token key; (key = mb_member_next(&json)).kind == MB_JSON_KEY;) {
        char *text = text_of(&key);

        if (text && strcmp(text, name) == 0) {
            *out = json;
            found = true;
        }
        free(text);
        mb_member_skip(&json);
    }
    return found;
}

char *mb_member_string(const mb_json *object, const char *name)
{
    mb_json json;
    mb_json_token token;

    if (!mb_member_find(&json, object, name))
        return NULL;
    token = mb_member_next(&json);
    return token.kind == MB_JSON_STRING ? text_of(&token) : NULL;
}

int64_t mb_member_integer(const mb_json *object, const char *name)
{
    mb_json json;
    mb_json_token token;
    int64_t integer;
    double number;

    if (!mb_member_find(&json, object, name))
        return 0;
    token = mb_member_next(&json);
    return token.kind == MB_JSON_NUMBER &&
                   mb_number_read(token.text, token.len, &integer, &number) == MB_NUMBER_INTEGER
               ? integer
               : 0;
}
