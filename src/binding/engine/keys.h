/* keys.h -- the keys that a Lua file writes in its table constructors, read from its text. */
#ifndef MOONBIRD_BINDING_KEYS_H
#define MOONBIRD_BINDING_KEYS_H

#include "moonbird/base/error.h"

/*
 * MB_ERR_FILE with the line of a key that one constructor has twice: Lua keeps the last value and
 * drops the others in silence, and a policy or a function with them.  Looks at constructors outside
 * of functions, which say what a file declares; code may do as it likes.  `text` is valid Lua.
 */
MB_MUST_CHECK bool mb_lua_check_keys(const char *path, const char *text, size_t len,
                                     mb_error *err);

/*
 * MB_ERR_FILE with the line of one of the NULL-terminated `keys` whose value is `env "NAME"`, and that
 * variable is unset or empty: the value would be nil, as if nobody had written the key.
 */
MB_MUST_CHECK bool mb_lua_check_variables(const char *path, const char *text, size_t len,
                                          const char *const *keys, mb_error *err);

#endif
