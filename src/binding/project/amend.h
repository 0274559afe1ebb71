/* amend.h -- methods of ctx.project that change the history and run nothing. */
#ifndef MOONBIRD_BINDING_PROJECT_AMEND_H
#define MOONBIRD_BINDING_PROJECT_AMEND_H

#include "moonbird/report/amend.h"
#include "binding/binding.h"

typedef bool (*mb_amend_fn)(mb_amendment *out, mb_project *project, const char *const *names,
                            size_t n, const mb_reporter *reporter, mb_error *err);

/*
 * Calls `fn` with the name, or the list of names, in argument 2, and pushes its result
 * { [done] = migrations, skipped, pending }; runs the hooks around `command`.
 */
int mb_amend(lua_State *L, mb_amend_fn fn, const char *command, const char *done);

/* Keeps argument 2, a name, on the stack alone; an empty list of names replaces nil. */
void mb_amend_optional_name(lua_State *L);

#endif
