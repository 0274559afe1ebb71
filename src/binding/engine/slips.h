/* slips.h -- habits from SQL and other languages that Lua answers with words that do not help. */
#ifndef MOONBIRD_BINDING_SLIPS_H
#define MOONBIRD_BINDING_SLIPS_H

/*
 * Each returns a hint, or NULL: for a message of Lua's parser, such as "'then' expected near '!'";
 * for a message of a running script; for the name of a variable that is not defined; and for the
 * name of a method that strings do not have.
 */
const char *mb_lua_syntax_slip(const char *message);
const char *mb_lua_running_slip(const char *message);
const char *mb_lua_name_slip(const char *name);
const char *mb_lua_string_slip(const char *name);

#endif
