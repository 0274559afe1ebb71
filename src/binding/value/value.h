/* value.h -- values of the server, JSON and the configuration as Lua values, and back. */
#ifndef MOONBIRD_BINDING_VALUE_VALUE_H
#define MOONBIRD_BINDING_VALUE_VALUE_H

#include "binding/engine/engine.h"

#include "moonbird/base/json.h"

/* ---- type.c: the types of the server ---- */

/* How Lua represents a type. */
typedef enum mb_kind {
    MB_KIND_TEXT, /* a string; every type that is not named below */
    MB_KIND_INTEGER,
    MB_KIND_FLOAT,
    MB_KIND_BOOL,
    MB_KIND_BYTEA,
    MB_KIND_JSON,
    MB_KIND_ARRAY,
    MB_KIND_VECTOR, /* int2vector and oidvector: numbers between spaces */
    MB_KIND_COMPOSITE,
} mb_kind;

enum { MB_OID_JSON = 114 };

typedef struct mb_type {
    uint32_t oid;
    mb_kind kind;
    uint32_t element; /* an array's element type */
    char delimiter;   /* an array's separator between elements */
    char name[64];
} mb_type;

/*
 * Finds the type by oid or by name.  A type that is not built in is asked from the server once for
 * each connection; `index` is the db.  Raises when the query fails, or no type has the name.
 */
void mb_lua_type(lua_State *L, int index, uint32_t oid, mb_type *out);
void mb_lua_type_named(lua_State *L, int index, const char *name, mb_type *out);

/* Finds a built-in type by name, without the server; false: it is not the name of one. */
bool mb_lua_type_built_in(const char *name, mb_type *out);

/* Pushes the array of { name =, type = } of a composite type; the names are keys of it too. */
void mb_lua_push_fields(lua_State *L, int index, const mb_type *type);

/* ---- value.c, array.c: values of SQL ---- */

typedef struct mb_column {
    mb_type type;
    mb_type element; /* an array's element type */
} mb_column;

/* Pushes a userdata with one mb_column for each column of the result; `index` is the db. */
const mb_column *mb_lua_push_columns(lua_State *L, int index, const mb_result *res);

/* Each pushes one value from the text that the server sent; it is not NULL. */
void mb_lua_push_value(lua_State *L, const mb_column *column, const char *text, size_t len);
void mb_lua_push_array(lua_State *L, const mb_column *column, const char *text, size_t len);
void mb_lua_push_vector(lua_State *L, const char *text);

/*
 * Pushes a userdata with the values at first .. first + n - 1 as parameters of `sql`, and replaces
 * each value by its text, which the parameter borrows.  Raises for a value that its type cannot
 * have; `index` is the db.
 */
const mb_param *mb_lua_push_params(lua_State *L, int index, const char *sql, int first, int n);

/*
 * Each appends a value in the form that the server reads for `type` (NULL: unknown).
 * mb_lua_add_value returns false for SQL's NULL, and then appends nothing.  `what` names the value
 * in errors; `db` is the index of the db, and `value` that of the value.  A moonbird.typed of a
 * built-in type is written as that type.  Each raises for a value that the type cannot have.
 * Tables are read without their metamethods, so that no code of the script runs while a value is
 * written.
 */
bool mb_lua_add_value(lua_State *L, mb_buf *out, int db, int value, const mb_type *type,
                      const char *what);
void mb_lua_add_vector(lua_State *L, mb_buf *out, int value, const mb_type *type,
                       const char *what);
void mb_lua_add_array(lua_State *L, mb_buf *out, int db, int value, const mb_type *type,
                      const char *what);

/*
 * Notes whether a script has set array_nulls to off, with which the server would read NULL in an
 * array as a text.  Call it before COPY, during which the server cannot be asked.  `index` is the
 * db.  Raises if the server cannot answer.
 */
void mb_lua_note_array_nulls(lua_State *L, int index);

/* ---- json.c ---- */

/*
 * Appends the value at `value` as JSON; raises if JSON cannot represent it, such as a string that
 * is not UTF-8. The error names the place inside of the value.
 */
void mb_lua_add_json(lua_State *L, mb_buf *out, int value, const char *what);

/* The same for a reader of our own, which takes strings with any bytes. */
void mb_lua_add_json_bytes(lua_State *L, mb_buf *out, int value, const char *what);

/* Pushes the value of a JSON text; raises when the text is not JSON. */
void mb_lua_push_json(lua_State *L, const char *text, size_t len);

/* For other readers of JSON: the next token, and the text of a key or a string.  A flaw raises. */
void mb_lua_next_json(lua_State *L, mb_json *json, mb_json_token *token);
void mb_lua_push_json_text(lua_State *L, const mb_json_token *token);

/*
 * Pushes the value of a json or jsonb column.  A string or null at the top level becomes a
 * moonbird.typed, so that it is written back as JSON.
 */
void mb_lua_push_json_value(lua_State *L, const mb_type *type, const char *text, size_t len);

void mb_lua_mark_array(lua_State *L); /* marks the table on top as an array, even an empty one */
bool mb_lua_is_array(lua_State *L, int index); /* does it have that mark? */

/* Marks the table on top as an SQL array, or as one of its dimensions. */
void mb_lua_mark_sql_array(lua_State *L);
bool mb_lua_is_sql_array(lua_State *L, int index);

/* The shape that the keys of a table give it: positions 1 to n, names, or neither. */
typedef enum mb_table_shape { MB_EMPTY, MB_SEQUENCE, MB_OBJECT, MB_NEITHER } mb_table_shape;

/* The shape of the table at `index`; *n is the number of its positions. */
mb_table_shape mb_lua_shape(lua_State *L, int index, lua_Integer *n);

/* ---- null.c: moonbird.null ---- */

void mb_lua_push_null(lua_State *L); /* pushes moonbird.null */
bool mb_lua_is_null(lua_State *L, int index);

/* ---- typed.c: moonbird.typed ---- */

int mb_lua_typed(lua_State *L); /* moonbird.typed(value, type) */

/*
 * For a moonbird.typed: pushes its value and the name of its type; false: another value, no push.
 */
bool mb_lua_push_typed(lua_State *L, int index);
void mb_lua_make_typed(lua_State *L,
                       const char *type); /* replaces the value on top by a typed one */

/* ---- decimal.c: moonbird.decimal ---- */

int mb_lua_decimal(lua_State *L); /* moonbird.decimal(number or text) */

/* The text of a decimal, borrowed from it; NULL for another value. */
const char *mb_lua_to_decimal(lua_State *L, int index);
void mb_lua_push_decimal(lua_State *L, const char *text, size_t len);

/* ---- row.c: rows as tables with the names of their columns ---- */

/*
 * Pushes the array of the column names, and then the class of their rows, which raise for a name
 * that is not a column.  Raises when two columns have the same name.
 */
void mb_lua_push_names(lua_State *L, const mb_result *res);

/* Pushes the class of rows with the names in the array at `names`. */
void mb_lua_push_row_class(lua_State *L, int names);

/*
 * Pushes a row, from the column `first` on.  `names` is the index of the array of their names; the
 * class must be above it.
 */
void mb_lua_push_row(lua_State *L, const mb_result *res, size_t row, size_t first,
                     const mb_column *columns, int names);

/*
 * For a row that was read: pushes the set of its columns; false: another table, nothing is pushed.
 */
bool mb_lua_push_row_columns(lua_State *L, int index);

/* ---- config.c ---- */

/* Pushes the value of `key` in moonbird.lua; nil when it has none.  NULL: pushes its table. */
void mb_lua_push_config(lua_State *L, const char *key);

/* ---- openers ---- */

int mb_open_null(lua_State *L);    /* makes the class of null; returns 0 */
int mb_open_typed(lua_State *L);   /* makes the class; returns 0 */
int mb_open_decimal(lua_State *L); /* makes the class; returns 0 */
int mb_open_json(lua_State *L);    /* pushes moonbird.json */

#endif
