/*
 * member.h -- the members of an object in JSON, found by their names.
 *
 * mb_member_check must have read the text, so that no other call meets an error in it.
 */
#ifndef MOONBIRD_FORMAT_DRIZZLE_MEMBER_H
#define MOONBIRD_FORMAT_DRIZZLE_MEMBER_H

#include "moonbird/base/json.h"

#include <stdint.h>

/* Reads the whole text once.  MB_ERR_FILE, with the place in the file `shown`: it is not JSON. */
MB_MUST_CHECK bool mb_member_check(const mb_buf *text, const char *shown, mb_error *err);

/* The next token of a text that mb_member_check has read, so it cannot fail. */
mb_json_token mb_member_next(mb_json *json);

/* Skips one whole value; false when the array or object ends instead. */
bool mb_member_skip(mb_json *json);

/* Points *out at the last member of this name; false when `object` is not an object or has none. */
bool mb_member_find(mb_json *out, const mb_json *object, const char *name);

/*
 * The characters of a member, which the caller frees; NULL when it is not a string, has a NUL or is
 * not UTF-8.
 */
char *mb_member_string(const mb_json *object, const char *name);

/* The value of a member; 0 when it is not an integer. */
int64_t mb_member_integer(const mb_json *object, const char *name);

#endif
