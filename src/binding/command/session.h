/*
 * session.h -- the objects that one command uses: configuration, connection, project.
 *
 * One userdata owns all of them and closes them in order.  In scripts it is ctx.project.
 */
#ifndef MOONBIRD_BINDING_COMMAND_SESSION_H
#define MOONBIRD_BINDING_COMMAND_SESSION_H

#include "moonbird/history/runner.h"
#include "moonbird/project/reporter.h"
#include "moonbird/project/settings.h"
#include "binding/script/format_scripts.h"
#include "binding/script/hook_files.h"

#include "moonbird/project/project.h"

#define MB_META_SESSION "moonbird.project" /* named after ctx.project, for messages */

/* May a page of the studio change rows, with project:edit? */
typedef enum mb_edits {
    MB_EDITS_NEVER, /* the studio has no --write */
    MB_EDITS_LATER, /* the request only reads: a page is opened by a link, also by that of another site */
    MB_EDITS_NOW,   /* the request is a POST */
} mb_edits;

typedef struct mb_session {
    mb_settings settings; /* SESSION_TEXT keeps its texts alive, and those of the next one */
    mb_names confirmed; /* settings.confirmed */
    mb_script_env env;  /* the environment of the command's scripts */
    const mb_script_env *outer; /* the state's environment before, restored at the end */
    const char *tests;    /* the folder of spec files, relative to the project; in SESSION_TEXT */
    mb_key_origin tests_from, scratch_from;
    const char *scratch; /* a server for scratch databases, which Lua reads; in SESSION_TEXT; or NULL */
    mb_host host;
    mb_hooks hooks;
    mb_hook_scripts *hook_scripts; /* the scripts of the hooks */
    mb_format_scripts *format_scripts; /* for settings.formats; NULL: there are none */
    const char *command;  /* the command that connects, for before_connect hooks; in SESSION_TEXT */
    const char *conninfo; /* of the database that was named; in SESSION_TEXT; NULL: not yet known */
    mb_conn *conn;        /* NULL: not connected yet */
    mb_db *db;            /* `conn` for scripts */
    mb_project *project;  /* NULL: not opened yet */
    const char *script; /* a command of the project whose beginning is recorded; in SESSION_TEXT;
                           or NULL */
    bool own;             /* a command of the project uses `db` */
    bool browses;         /* a page of the studio: nothing may be changed */
    mb_edits edits;       /* but rows, with project:edit */
    bool allowed;         /* the policies were checked: a command of the project may write */
    bool closed;
} mb_session;

/* User values of the userdata. */
enum {
    SESSION_CONFIG = 1, /* the table of moonbird.lua */
    SESSION_TEXT,       /* the strings that `settings` borrows */
    SESSION_DB,
};

/* In the functions below, `index` and `session` are stack indexes of the session. */

mb_session *mb_session_check(lua_State *L, int index); /* raises when it is closed */

/* Pops the string on top, and returns its text, which lives as long as the session. */
const char *mb_session_keep(lua_State *L, int session);

/* Replaces the chunk on top by its value; an error in it becomes MB_ERR_FILE (exit status 2). */
void mb_session_call(lua_State *L);

/* The project, opened at the first call, with the connection if there is one. */
mb_project *mb_session_project(lua_State *L, int index);

/*
 * Raises when the command's script has a transaction open.  A function of the core that begins its
 * own transactions would otherwise commit changes that the script may still roll back.
 */
void mb_session_check_idle(lua_State *L, int index);

/*
 * As mb_session_project, for a method that runs code of the project: it first checks that no
 * transaction of the script is open, and resets the settings that the command made in the session.
 */
mb_project *mb_session_reset_project(lua_State *L, int index);

/* Raises in a page of the studio: a request to look at something must not change anything. */
void mb_session_check_may_change(lua_State *L, int index);

/* mb_session_reset_project for a method that changes the database; it checks that it may. */
mb_project *mb_session_clean_project(lua_State *L, int index);

/*
 * config.c: reads .env and the file `given` (NULL: moonbird.lua if there is one) into the settings
 * and the user values.
 */
void mb_config_read(lua_State *L, int session, const char *given);

/*
 * target.c: the URL of the variable DATABASE_<NAME>_URL, kept with the session; NULL: it is unset.
 */
const char *mb_target_keep_url(lua_State *L, int session, const char *name);

/*
 * target.c: pushes the conninfo that follows from -d, -e (NULL: not given) and the configuration.
 */
const char *mb_target_push(lua_State *L, int session, const char *database, const char *env);

/*
 * target.c: adds to the error of a failed connection where its address came from, unless that was
 * -d.  The arguments are those of mb_target_push; `changed`: a hook replaced the address.
 */
void mb_target_add_origin(lua_State *L, int session, const char *database, const char *env,
                          bool changed, mb_error *err);

/* target.c: pushes the name of the environment to which the session is connected; nil: to none. */
void mb_target_push_environment(lua_State *L, int session, const char *env);

/*
 * script_folders.c: *found: the project at `root` has this folder.  false (MB_ERR_FILE): it is a
 * folder in scripts/, and another folder there has Lua files and nearly the name of one that
 * moonbird uses.
 */
MB_MUST_CHECK bool mb_scripts_find(bool *found, const char *root, const char *folder,
                                   mb_error *err);

/*
 * scripts.c: pushes the names of the .lua files in a folder, without .lua; {} without the folder.
 */
void mb_scripts_push(lua_State *L, const char *folder);

/* scripts.c: pushes a userdata with an empty list of names, which the collector frees. */
mb_names *mb_lua_new_names(lua_State *L);

/*
 * Appends `name` without .lua to the array on top if it ends in it; raises for .LUA and the like.
 */
void mb_scripts_add(lua_State *L, const char *folder, const char *name);

/* scripts.c: built_in(folder) -> the names of the .lua files in a folder of built-in Lua, without .lua */
int mb_lua_built_in(lua_State *L);

void mb_open_scripts(lua_State *L);
/*
 * Openers of the folder.  Functions that return int push one value and return 1, or make a class
 * and return 0; the others add to the table on top.
 */
int mb_open_session(lua_State *L); /* pushes session(file, wait, yes, outside_window) */
void mb_open_console(lua_State *L);
void mb_open_out(lua_State *L);   /* adds the printing functions to the table on top */
int mb_open_server(lua_State *L); /* pushes ctx.server */

/* lint.c: gives the host the linter, which runs in this state. */
void mb_lint_set(mb_host *host, lua_State *L);

int mb_session_console(lua_State *L); /* console.c: project:console(write) */

#endif
