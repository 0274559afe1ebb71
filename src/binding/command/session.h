/*
 * session.h -- what one command works on: configuration, database, project.
 *
 * One userdata owns all of it and closes it in order; scripts know it as
 * ctx.project.
 */
#ifndef MOONBIRD_SESSION_H
#define MOONBIRD_SESSION_H

#include "moonbird/project/reporter.h"
#include "moonbird/project/settings.h"
#include "binding/script/hook_files.h"

#include "moonbird/project/project.h"

#define MB_META_SESSION "moonbird.project" /* as scripts know it: ctx.project */

typedef struct mb_session {
    mb_settings settings; /* its text is anchored in SESSION_TEXT */
    mb_script_env world;  /* likewise */
    const mb_script_env *outer; /* that of the state before */
    const char *tests;    /* the folder of spec files, below the project's; likewise */
    mb_folder_origin tests_from;
    mb_host host;
    mb_hooks hooks;
    mb_scripted *scripted; /* the hooks' scripts */
    mb_conn *conn;        /* NULL until connected */
    mb_db *db;            /* `conn` as scripts see it */
    mb_project *project;  /* NULL until asked for */
    bool allowed;         /* a command of the project may write; the policies were asked */
    bool closed;
} mb_session;

/* User values of the userdata. */
enum {
    SESSION_CONFIG = 1, /* moonbird.lua's table */
    SESSION_TEXT,       /* the strings that `settings` borrows */
    SESSION_DB,
};

mb_session *mb_session_check(lua_State *L, int index); /* raises when it is closed */

/* Keep the string at the top of the stack alive with the session, pop it, and return its text. */
const char *mb_session_keep(lua_State *L, int session);

/* Call the chunk at the top of the stack for its value; an error in it is one of the file: exit 2. */
void mb_session_call(lua_State *L);

/* The project; opened at the first call, with the connection where there is one. */
mb_project *mb_session_project(lua_State *L, int index);

/*
 * Raises where a transaction of the command's script is open.  The COMMIT of what begins transactions of
 * its own would commit what the script has written and may still roll back.
 */
void mb_session_check_idle(lua_State *L, int index);

/*
 * The same as mb_session_project, before it changes something: no transaction of the script is open, and
 * what the command's own statements set or left is gone.
 */
mb_project *mb_session_clean_project(lua_State *L, int index);

/* config.c: .env and the file `given` (NULL: moonbird.lua where there is one) into settings and user values. */
void mb_config_read(lua_State *L, int session, const char *given);

/* target.c: what is said of an environment elsewhere, DATABASE_<NAME>_URL; kept with the session, or NULL. */
const char *mb_target_keep_url(lua_State *L, int session, const char *name);

/* target.c: push the conninfo that -d and -e (NULL when not given) and the configuration mean. */
const char *mb_target_push(lua_State *L, int session, const char *database, const char *env);

/*
 * target.c: the connection failed: say in the detail where its address came from, with the arguments
 * of mb_target_push.  That of -d needs no such words.  `changed`: a hook gave another.
 */
void mb_target_add_origin(lua_State *L, int session, const char *database, const char *env,
                          bool changed, mb_error *err);

/* target.c: push the name of the environment that the connection is; nil when it is none. */
void mb_target_push_environment(lua_State *L, int session, const char *env);

/* report.c: what a run says while it goes on. */
typedef struct mb_report {
    mb_reporter reporter;
    mb_sink sink;
    struct mb_table *table; /* of the result that is coming in */
    bool quiet;             /* no progress: the output is JSON */
    int64_t told;           /* when progress was last said, without a terminal */
} mb_report;

/* `rows`: print what statements return.  The report must not move until its end. */
void mb_report_begin(mb_report *report, bool rows);
void mb_report_end(mb_report *report);

/* How long something took, as people read it: "7 ms", "1.5 s", "2 min 3 s". */
void mb_add_time(mb_buf *out, int64_t us);

/* history.c: what verify finds in the status just read, as the field `findings` of the table on top. */
void mb_findings_set(lua_State *L, mb_project *project);

/*
 * scripts.c: is there such a folder in the project at `root`? For one in scripts/ it refuses a folder
 * beside it that holds Lua and whose name is nearly that of one where moonbird looks.
 */
MB_MUST_CHECK bool mb_scripts_find(bool *found, const char *root, const char *folder, mb_error *err);

/* scripts.c: push the names of the .lua files in a folder, without .lua; it may be absent. */
void mb_scripts_push(lua_State *L, const char *folder);

/* Append `name` without .lua to the array on top, where it ends so; a case that is wrong is an error. */
void mb_scripts_add(lua_State *L, const char *folder, const char *name);

void mb_open_scripts(lua_State *L);
int mb_open_session(lua_State *L); /* pushes session(file, wait, yes) */
int mb_open_apply(lua_State *L);
int mb_open_backfills(lua_State *L);
int mb_open_checks(lua_State *L);
void mb_open_console(lua_State *L);
int mb_open_files(lua_State *L);
int mb_open_history(lua_State *L);
void mb_open_out(lua_State *L);   /* adds what prints to the table at the top of the stack */
int mb_open_server(lua_State *L); /* pushes ctx.server */
int mb_open_specs(lua_State *L);

int mb_session_console(lua_State *L); /* console.c: project:console(write) */

/* Methods of the session's class that stand in files of their own; each ends with { NULL, NULL }. */
extern const luaL_Reg mb_inspect_methods[], mb_apply_methods[], mb_checks_methods[],
    mb_files_methods[], mb_history_methods[], mb_specs_methods[], mb_backfills_methods[];

#endif
