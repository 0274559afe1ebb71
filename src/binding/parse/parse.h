/* parse.h -- statements and their parse trees as Lua values. */
#ifndef MOONBIRD_BINDING_PARSE_PARSE_H
#define MOONBIRD_BINDING_PARSE_PARSE_H

#include "binding/engine/engine.h"

#include "moonbird/project/source.h"
#include "moonbird/sql/script.h"

/* ---- tree.c ---- */

/*
 * Pushes the parse tree of one statement as tables.  A node has its type in `tag`, as "IndexStmt",
 * and its fields as PostgreSQL's parsenodes.h names them.  Lists are arrays; String and Integer
 * nodes are Lua strings and integers; the value of a constant is in `value`.  false: it cannot be
 * parsed, and nothing is pushed.
 */
bool mb_lua_push_tree(lua_State *L, const char *sql, mb_error *err);

/* ---- statement.c ---- */

/*
 * Pushes a table with path, line, kind, concurrently, alone and text of a statement.  Its `tree` and
 * `parse_error` are made when they are first read.
 */
void mb_lua_push_statement(lua_State *L, const mb_stmt *stmt, const char *path, int line);

/*
 * Reads the script to its end, and pushes the array of its statements, each with its column.
 * Raises an error of the script; the caller's userdata owns it.
 */
void mb_lua_push_statements(lua_State *L, mb_script *script, const char *path);

/* The same for the part of an SQL file that runs; raises unless it is what was inspected. */
void mb_lua_push_source_statements(lua_State *L, const mb_source *source);

/* statements(sql [, path]) -> array of statements; a C function for Lua */
int mb_lua_statements(lua_State *L);

int mb_open_statement(lua_State *L); /* makes the classes; returns 0 */

#endif
