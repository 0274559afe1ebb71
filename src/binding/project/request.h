/* request.h -- reads the request that a command passes to the core. */
#ifndef MOONBIRD_BINDING_PROJECT_REQUEST_H
#define MOONBIRD_BINDING_PROJECT_REQUEST_H

#include "moonbird/project/settings.h"
#include "binding/command/session.h"

/*
 * Reads the table at `index`: direction ("up", "down", "redo"), stream, to or names, n, again,
 * single_transaction, force_empty_history, restart.  It pushes the array of the names, which are
 * borrowed from the table.  Raises for a wrong value.
 */
void mb_request_read(lua_State *L, int index, const mb_settings *settings, mb_request *out);

/*
 * Reads the argument of project:apply: a request, or a plan that project:plan returned.  A plan is
 * replaced at `index` by its request, and out->plan is its id, with which the run must agree.
 */
void mb_request_read_plan(lua_State *L, int index, const mb_settings *settings, mb_request *out);

/*
 * Pushes the name, or the list of names, at `index` as an array of *n names, which are borrowed from
 * the value.  Raises for another value.
 */
const char *const *mb_request_push_names(lua_State *L, int index, size_t *n);

/* The name that hooks and events have for the command of a request. */
const char *mb_request_command(const mb_request *request);

/*
 * The boolean `field` of the optional table at `index`; false when it is absent.  Raises when the
 * table has another field.
 */
bool mb_request_flag(lua_State *L, int index, const char *field);

/* The field `n` of the table at `index`, above 0; 0 when it is absent.  Raises for another value. */
size_t mb_request_limit(lua_State *L, int index);

/*
 * The string `field` of the table at `index`, borrowed from it; NULL when it is absent.  Raises for
 * another type.
 */
const char *mb_request_text(lua_State *L, int index, const char *field);

/*
 * Pushes the field `args` of the table at `index`, a table of the texts of its values and, as a
 * userdata, its *n arguments sorted by name.  They borrow from both tables.
 */
const mb_setting *mb_request_push_args(lua_State *L, int index, size_t *n);

#endif
