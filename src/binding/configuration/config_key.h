/* config_key.h -- the keys of moonbird.lua, and functions that read their values. */
#ifndef MOONBIRD_BINDING_CONFIGURATION_CONFIG_KEY_H
#define MOONBIRD_BINDING_CONFIGURATION_CONFIG_KEY_H

#include "binding/command/session.h"

typedef enum mb_key_kind {
    MB_KEY_TEXT,             /* const char *, kept with the session */
    MB_KEY_NAME,             /* const char *, not longer than an identifier of the server */
    MB_KEY_SCHEMA,           /* the same, and not the name of a schema of the server's own */
    MB_KEY_DURATION,         /* int, milliseconds */
    MB_KEY_COUNT,            /* int */
    MB_KEY_SIZE,             /* size_t, bytes */
    MB_KEY_FLAG,             /* bool */
    MB_KEY_REACTION,         /* int, an mb_reaction */
    MB_KEY_REACTION_CHANGED, /* int, an mb_reaction other than MB_ALLOW */
    MB_KEY_BACKUP,           /* mb_backup_when */
    MB_KEY_LINT,             /* bool: "off" or "error" */
    MB_KEY_WINDOW,           /* a text that window.h can read */
    MB_KEY_RETENTION,        /* a text that retention.h can read */
    MB_KEY_FORMAT,           /* the name of a file format */
    MB_KEY_MIRROR,           /* the name of a tool whose history moonbird can write; or false */
} mb_key_kind;

typedef struct mb_config_key {
    const char *name;
    mb_key_kind kind;
    size_t offset; /* of the struct's field for its value */
} mb_config_key;

/* The file that is read, for the places of errors. */
typedef struct mb_config_text {
    const char *path;
    const char *text;
} mb_config_text;

/* The path of the project's configuration, a constant; NULL: none.  Raises when there are two. */
const char *mb_config_find(lua_State *L);

/* Pops the value on top and writes it to its field of `base`; raises for a wrong value. */
void mb_config_key_read(lua_State *L, int session, const mb_config_text *src,
                        const mb_config_key *k, void *base);

/*
 * The key with this name in the list of `n`.  Raises when there is none; the hint has the nearest
 * name of the list and of `also` (NULL-terminated, or NULL).
 */
const mb_config_key *mb_config_key_find(lua_State *L, const mb_config_text *src,
                                        const mb_config_key *list, size_t n,
                                        const char *const *also, const char *name);

/*
 * Raises: `key` must be `wanted`, but is the value on top of the stack.  The message has only the
 * type of the value, which may be a misplaced connection string.
 */
int mb_key_refuse(lua_State *L, const mb_config_text *src, const char *key, const char *wanted);

/* Raises the same error for a value of the right type; the message does not mention the value. */
int mb_key_refuse_value(lua_State *L, const mb_config_text *src, const char *key,
                        const char *wanted);

/*
 * Raises unless the value on top of the stack is a table without a metatable.  Fields that an
 * __index would add, such as `protected = true`, would not be read.
 */
void mb_key_check_table(lua_State *L, const mb_config_text *src, const char *key);

/* The key at `index` as a borrowed name; "?", which is never a name, for another type. */
const char *mb_key_name(lua_State *L, int index);

#endif
