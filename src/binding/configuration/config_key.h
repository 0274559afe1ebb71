/* config_key.h -- keys of moonbird.lua, one row each, and how their values are read. */
#ifndef MOONBIRD_BINDING_KEY_H
#define MOONBIRD_BINDING_KEY_H

#include "binding/command/session.h"

typedef enum mb_key_kind {
    MB_KEY_TEXT,           /* const char *, kept with the session */
    MB_KEY_NAME,           /* the same; what an identifier of the server holds */
    MB_KEY_DURATION,       /* int, milliseconds */
    MB_KEY_COUNT,          /* int */
    MB_KEY_SIZE,           /* size_t, bytes */
    MB_KEY_FLAG,           /* bool */
    MB_KEY_POLICY,         /* int, an mb_policy */
    MB_KEY_POLICY_CHANGED, /* the same, but not MB_ALLOW */
    MB_KEY_BACKUP,         /* mb_backup_when */
    MB_KEY_WINDOW,         /* a text of window.h */
} mb_key_kind;

typedef struct mb_config_key {
    const char *name;
    mb_key_kind kind;
    size_t offset; /* of its field */
} mb_config_key;

/* The file being read, for the places of errors. */
typedef struct mb_config_text {
    const char *path;
    const char *text;
} mb_config_text;

/* The path of the project's configuration; NULL where the project has none. */
const char *mb_config_find(lua_State *L);

/* The line on which `key` is first set; 0 when it is nowhere to be seen. */
int mb_key_line(const char *text, const char *key);

/* The value at the top of the stack into its field of `base`; pops it. */
void mb_config_key_read(lua_State *L, int session, const mb_config_text *src,
                        const mb_config_key *k, void *base);

/* The key of this name among `n`, or raise, with the nearest of them and of `also` (NULL-terminated, or NULL). */
const mb_config_key *mb_config_key_find(lua_State *L, const mb_config_text *src,
                                        const mb_config_key *list, size_t n,
                                        const char *const *also, const char *name);

/*
 * Raise: `key` must be what is `wanted`, and not the value at the top of the stack.  The message
 * has its type at most: a value may be a connection string that went astray.
 */
int mb_key_refuse(lua_State *L, const mb_config_text *src, const char *key, const char *wanted);

/* The same for a value of the right type, which says nothing of it. */
int mb_key_refuse_value(lua_State *L, const mb_config_text *src, const char *key,
                        const char *wanted);

/*
 * Raise unless the value at the top of the stack is a table as written: what a metatable would add
 * (an __index with `protected = true`) is not read, so a table that has one is refused.
 */
void mb_key_check_table(lua_State *L, const mb_config_text *src, const char *key);

/* The key at `index` as a name; "?", which none has, for what cannot be one. Borrowed. */
const char *mb_key_name(lua_State *L, int index);

#endif
