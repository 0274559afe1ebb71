/* field.h -- reads and sets fields of plain tables, as methods of ctx.project take and return. */
#ifndef MOONBIRD_BINDING_VALUE_FIELD_H
#define MOONBIRD_BINDING_VALUE_FIELD_H

#include "binding/binding.h"

/* Pushes the field of the table at `index`, without metamethods, and returns its Lua type. */
int mb_field_get(lua_State *L, int index, const char *key);

/*
 * Raises when the table at `index` has a key that is not one of `known` (ends with NULL); `what` as
 * in mb_lua_unknown.
 */
void mb_field_check_names(lua_State *L, int index, const char *what, const char *const *known);

/* The number of items of a list; -1: the value is not a table, or has other keys than 1 to n. */
lua_Integer mb_list_length(lua_State *L, int index);

/* Each sets a field of the table on top of the stack; a NULL text becomes moonbird.null. */
void mb_field_text(lua_State *L, const char *key, const char *text);
void mb_field_flag(lua_State *L, const char *key, bool value);
void mb_field_count(lua_State *L, const char *key, size_t n);
void mb_field_ms(lua_State *L, const char *key, int64_t us); /* in milliseconds; negative: null */

void mb_array_push(lua_State *L);   /* pushes an empty array, which is [] in JSON */
void mb_array_append(lua_State *L); /* pops the value on top and appends it to the array below */
void mb_array_of_names(lua_State *L, char *const *names, size_t n); /* pushes an array of strings */

#endif
