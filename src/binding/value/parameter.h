/* parameter.h -- the parameters that migrations and commands declare in Lua, and their values. */
#ifndef MOONBIRD_BINDING_VALUE_PARAMETER_H
#define MOONBIRD_BINDING_VALUE_PARAMETER_H

#include "binding/binding.h"

/*
 * False when the declaration of the parameter `name` at `index` has a key that no declaration has;
 * *bad is then that key, or NULL when it is not a string.
 */
bool mb_lua_parameter_check_keys(lua_State *L, int index, const char *name, const char **bad,
                                 mb_error *err);

/*
 * Read the declaration at `index` into *out, whose name is set.  MB_ERR_FILE names it as `what`,
 * such as "option", and the name.  The caller frees *out with mb_parameter_free, also when this
 * raises; other keys than those of mb_lua_parameter_check_keys are not looked at.
 */
MB_MUST_CHECK bool mb_lua_parameter_read(lua_State *L, int index, const char *what,
                                         mb_parameter *out, mb_error *err);

/* Push the value of a text as Lua has it, or of a string if `arg` is NULL.  Raises MB_ERR_USAGE. */
void mb_lua_parameter_push(lua_State *L, const mb_parameter *arg, const char *subject,
                           const char *text);

/*
 * Append the text of the Lua value at `index`, which must have the declared type.  `subject` as in
 * mb_parameter_normalize.
 */
MB_MUST_CHECK bool mb_lua_parameter_text(lua_State *L, int index, const mb_parameter *arg,
                                         const char *subject, mb_buf *out, mb_error *err);

/* Append the text of a value whose declaration is not known.  false: its type has no text. */
bool mb_lua_parameter_add_text(lua_State *L, int index, mb_buf *out);

#endif
