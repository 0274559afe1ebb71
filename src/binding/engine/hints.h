/* hints.h -- hints for habits from SQL and other languages that Lua's messages do not explain. */
#ifndef MOONBIRD_BINDING_ENGINE_HINTS_H
#define MOONBIRD_BINDING_ENGINE_HINTS_H

/*
 * Each returns a hint, or NULL: for a message of Lua's parser, such as "'then' expected near '!'";
 * for a message of a running script; for the name of a variable that is not defined; and for the
 * name of a method that strings do not have.
 */
const char *mb_lua_syntax_hint(const char *message);
const char *mb_lua_running_hint(const char *message);
const char *mb_lua_name_hint(const char *name);
const char *mb_lua_string_hint(const char *name);

#endif
