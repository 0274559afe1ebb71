/*
 * methods.h -- the methods of ctx.project.
 *
 * Each file has a list of them and, if they need a class or a function of the built-in Lua, an
 * opener.
 */
#ifndef MOONBIRD_BINDING_PROJECT_METHODS_H
#define MOONBIRD_BINDING_PROJECT_METHODS_H

#include "moonbird/history/runner.h"
#include "moonbird/project/args.h"
#include "moonbird/project/hook_events.h"
#include "moonbird/project/project.h"
#include "moonbird/sql/directive.h"
#include "binding/command/session.h"

/* Each list ends with { NULL, NULL }. */
extern const luaL_Reg mb_after_generate_methods[], mb_amend_methods[], mb_apply_methods[], mb_backfills_methods[],
    mb_backups_methods[], mb_checks_methods[], mb_databases_methods[], mb_drizzle_methods[],
    mb_files_methods[], mb_history_methods[], mb_journal_methods[], mb_migrations_methods[],
    mb_other_tools_methods[], mb_parameters_methods[], mb_plan_methods[], mb_schema_methods[],
    mb_sources_methods[], mb_specs_methods[], mb_status_methods[], mb_verify_methods[];

/* Functions that return int make a class and return 0; the others add to the table on top. */
int mb_open_amend(lua_State *L);
int mb_open_apply(lua_State *L);
int mb_open_backfills(lua_State *L);
void mb_open_backups(lua_State *L);
int mb_open_checks(lua_State *L);
void mb_open_databases(lua_State *L);
int mb_open_drizzle(lua_State *L);
int mb_open_files(lua_State *L);
int mb_open_history(lua_State *L);
int mb_open_journal(lua_State *L);
int mb_open_migration_files(lua_State *L);
int mb_open_other_tools(lua_State *L);
void mb_open_parameters(lua_State *L);
int mb_open_specs(lua_State *L);
int mb_open_status(lua_State *L);
int mb_open_verify(lua_State *L);

/*
 * migrations.c: pushes the iterator of project:migrations.  The session must stay open while it is
 * used.
 */
void mb_migrations_push(lua_State *L, const mb_session *session);

/* status.c: sets the field `runner` of the table on top. */
void mb_runner_set(lua_State *L, const mb_runner *runner, bool alive);

/* status.c: sets the description of a migration and its relations to others. */
void mb_directives_set(lua_State *L, const mb_directives *directives);

/*
 * verify.c: sets the field `findings` of the table on top to the findings of verify, for the status
 * that the project has just read.
 */
void mb_findings_set(lua_State *L, mb_project *project);

/* A command that runs no migration; borrowed. */
typedef struct mb_about {
    const char *command;      /* "run", "mark", ... */
    const char *const *names; /* the file, or the full names of the migrations */
    size_t n;
    mb_given given;
} mb_about;

/*
 * command_hooks.c: run the hooks of before_command or after_command, outside a transaction, and
 * undo their settings for the session.
 */
MB_MUST_CHECK bool mb_command_hooks(const mb_session *s, mb_hook_event event,
                                    const mb_about *about, mb_error *err);

/*
 * history.c: set `args`, the parameters with which the migration was applied, in the table on top;
 * does nothing if the row has none.
 */
void mb_row_set_args(lua_State *L, const mb_row *row);

#endif
