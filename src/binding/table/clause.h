/* clause.h -- the parts that statements on one table share, from the tables of a script. */
#ifndef MOONBIRD_BINDING_TABLE_CLAUSE_H
#define MOONBIRD_BINDING_TABLE_CLAUSE_H

#include "binding/binding.h"

/* ---- clause.c ---- */

/*
 * Replaces nil at `options` by an empty table.  Raises for another value, and for an option that is
 * not in `names` (ends with NULL); `what` is as in mb_lua_unknown.
 */
void mb_clause_check_options(lua_State *L, int options, const char *what,
                             const char *const *names);

/*
 * Adds the names of the row's columns to the set at `seen`.  A row that was read also has the
 * columns that are NULL in it.  Raises for another key.
 */
void mb_clause_add_keys(lua_State *L, int row, int seen);

/* Replaces the set on top by a sorted array, so that equal tables give equal statements. */
void mb_clause_sort(lua_State *L);

/*
 * Pops a column's name and pushes its value in the row, raw.  false: the row has no such column, and
 * nil is pushed; a column of a row that was read is nil for NULL.
 */
bool mb_clause_push_value(lua_State *L, int row);

/* Raises unless the value on top is a list of columns that is not empty; `instead` is a hint. */
void mb_clause_check_list(lua_State *L, const char *what, const char *instead);

/* Appends the quoted names of the array at `names`, with commas. */
void mb_clause_add_names(lua_State *L, mb_buf *sql, int names);

/* Appends RETURNING for the option: "*", "id" or { "id", ... }; returns false when there is none. */
bool mb_clause_add_returning(lua_State *L, mb_buf *sql, int options);

/* ---- conflict.c ---- */

/* Appends ON CONFLICT for the option "on_conflict"; nothing when there is none. */
void mb_clause_add_conflict(lua_State *L, mb_buf *sql, int options);

/* ---- condition.c ---- */

/*
 * Appends WHERE for the condition at `where`, which is SQL, a list of SQL and its values, or a
 * table of columns and their values; pushes the values of its $1, $2 ... and returns how many.
 * Raises when there is no condition; `verb` says what would happen to all rows, for the error.
 */
int mb_clause_push_condition(lua_State *L, mb_buf *sql, int where, const char *verb);

#endif
