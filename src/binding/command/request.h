/* request.h -- what a script asks of the project, as the core takes it. */
#ifndef MOONBIRD_REQUEST_H
#define MOONBIRD_REQUEST_H

#include "moonbird/project/settings.h"
#include "session.h"

/*
 * The table at `index`: direction ("up", "down", "redo"), stream, to or names,
 * n, again, single_transaction, force_empty_history, restart.  Names are borrowed from
 * the table, their array is pushed.
 */
void mb_request_read(lua_State *L, int index, const mb_settings *settings, mb_request *out);

/*
 * What project:apply was given: a request, or a plan that project:plan made, in
 * whose place its request is put, to come to that plan or to nothing.
 */
void mb_request_read_plan(lua_State *L, int index, const mb_settings *settings, mb_request *out);

/* Raise when the table has a field that is none of `known` (NULL-terminated). */
void mb_request_check_keys(lua_State *L, int index, const char *const *known);

/* The only field that the optional table at `index` may have; false where it is absent. */
bool mb_request_flag(lua_State *L, int index, const char *field);

/* The field `args` of the table at `index`, sorted by name: an array that is pushed. */
const mb_setting *mb_request_push_args(lua_State *L, int index, size_t *n);

#endif
