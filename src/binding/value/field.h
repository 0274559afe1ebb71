/* field.h -- fields of plain tables, read and set; those that methods of ctx.project return. */
#ifndef MOONBIRD_FIELD_H
#define MOONBIRD_FIELD_H

#include "binding/binding.h"

/* Push the field as it is in the table at `index`: no metamethod is asked.  Gives its type. */
int mb_field_get(lua_State *L, int index, const char *key);

/* Set a field of the table at the top of the stack; a NULL text is moonbird.null. */
void mb_field_text(lua_State *L, const char *key, const char *text);
void mb_field_flag(lua_State *L, const char *key, bool value);
void mb_field_count(lua_State *L, const char *key, size_t n);
void mb_field_ms(lua_State *L, const char *key, int64_t us); /* as milliseconds; below 0: null */

void mb_array_push(lua_State *L);   /* an empty one, which JSON shows as [] */
void mb_array_append(lua_State *L); /* the value at the top to the array below it */

#endif
