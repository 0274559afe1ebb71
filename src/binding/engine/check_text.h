/* check_text.h -- checks on the text of a Lua file: keys in table constructors, and comments. */
#ifndef MOONBIRD_BINDING_ENGINE_CHECK_TEXT_H
#define MOONBIRD_BINDING_ENGINE_CHECK_TEXT_H

#include "moonbird/base/error.h"

/*
 * false (MB_ERR_FILE, with the line): a constructor has a key twice.  Lua would keep the last value
 * and silently drop the others, for example a policy or a function.  Only constructors outside of
 * functions are checked, because they are the declarations of a file.  Or a comment is an annotation
 * for SQL files, such as `-- moonbird: requires=NAME`.  `text` must be valid Lua.
 */
MB_MUST_CHECK bool mb_lua_check_keys(const char *path, const char *text, size_t len,
                                     mb_error *err);

/*
 * false (MB_ERR_FILE, with the line): one of the NULL-terminated `keys` has the value `env "NAME"`,
 * and this variable is unset or empty.  The value would be nil, as if the key were not there.
 */
MB_MUST_CHECK bool mb_lua_check_variables(const char *path, const char *text, size_t len,
                                          const char *const *keys, mb_error *err);

#endif
