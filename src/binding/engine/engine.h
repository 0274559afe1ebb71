/* engine.h -- a Lua state: memory, errors, calls, loading, and objects of C in it. */
#ifndef MOONBIRD_BINDING_ENGINE_ENGINE_H
#define MOONBIRD_BINDING_ENGINE_ENGINE_H

#include "moonbird/binding/asset.h"
#include "moonbird/base/buf.h"
#include "moonbird/pg/cursor.h"
#include "moonbird/project/settings.h"

#include <lauxlib.h>
#include <lua.h>

/* ---- enter.c, state.c: states; each script has one, and the command line has one ---- */

/*
 * The project to which the scripts of a state belong; all texts are borrowed while the state lives.
 */
typedef struct mb_script_env {
    const char *root; /* the project's folder, "." */
    const char *lib;  /* the folder of `require`, relative to root: "scripts/lib" */
    size_t memory;    /* bytes that a script may use; 0: 256 MiB */
    int time_limit_ms; /* for one call of a script; 0: none */
    const char *config; /* the table of moonbird.lua as JSON; NULL: there is none */
    const struct mb_settings *settings; /* of the command; NULL: there are none */
    /* Why moonbird.connect opens only read-only connections, as a hint; NULL: it opens others too. */
    const char *only_reads;
    const struct mb_openers *openers;   /* the libraries of a state: mb_lua_openers */
    /* Runs the before_connect hooks for the declared database of that name. */
    bool (*before_connect)(char **conninfo, const char *database, void *session, mb_error *err);
    /* May an unrecorded script run this file? The policies can forbid those of migrations. */
    bool (*check_file)(void *session, const char *path, mb_error *err);
    void *session; /* for before_connect and check_file */
} mb_script_env;

/* The functions that make the libraries of a new state; each is called without arguments. */
typedef struct mb_openers {
    const lua_CFunction *modules; /* for every state; ends with NULL */
    lua_CFunction command_line;   /* for MB_LUA_COMMANDS, after `modules`; mb_lua_push_module */
} mb_openers;

extern const mb_openers mb_lua_openers; /* open.c */

typedef enum mb_lua_kind {
    MB_LUA_SCRIPT,
    MB_LUA_COMMANDS, /* it has the command line too, which its commands cannot reach */
} mb_lua_kind;

typedef struct mb_lua mb_lua; /* a state, and what C keeps for it */

/*
 * Opens a state; both kinds have the same sandbox.  `env` is borrowed until mb_lua_close.  false:
 * *out is NULL.
 */
MB_MUST_CHECK bool mb_lua_open(mb_lua **out, mb_lua_kind kind, const mb_script_env *env,
                               mb_error *err);
void mb_lua_close(mb_lua *lua); /* frees the state with everything in it; NULL is allowed */

/*
 * Makes an empty state, which mb_lua_open fills.  `on_instruction` is the hook that runs after a
 * tick or a signal.  NULL: there is not enough memory.
 */
mb_lua *mb_lua_new(const mb_script_env *env, lua_Hook on_instruction);

/*
 * Makes the state the innermost running one, which an interrupt reaches, and returns it.  Each call
 * needs one of mb_lua_left.
 */
lua_State *mb_lua_entered(mb_lua *lua);
void mb_lua_left(mb_lua *lua);

mb_lua *mb_lua_of(lua_State *L);
const mb_script_env *mb_lua_env(lua_State *L);
void mb_lua_set_env(lua_State *L, const mb_script_env *env); /* borrows `env` */

/*
 * Calls fn in the state with a light userdata, `payload`, at index 1; its results are dropped.  C
 * enters a state only in this way.  false: fn raised, and *err is the error.
 */
MB_MUST_CHECK bool mb_lua_enter(mb_lua *lua, lua_CFunction fn, void *payload, mb_error *err);

/*
 * The mb_error of the state, for the time between a failed call and its raise.  Functions that call
 * Lua back use it: an mb_error takes 11 KB of C stack, and Lua allows 200 nested calls.
 */
mb_error *mb_lua_scratch(lua_State *L);

size_t mb_lua_memory(lua_State *L); /* the memory limit, in bytes */
void mb_lua_set_memory(lua_State *L, size_t limit);

/*
 * Counts a block outside of Lua that changes from `had` to `has` bytes as memory of the script.
 * false: that would exceed the limit, and nothing was counted.  Does not allocate.
 */
MB_MUST_CHECK bool mb_lua_count(lua_State *L, size_t had, size_t has);

/* The variable of the innermost mb_lua_call for its error; used by error.c alone. */
mb_error **mb_lua_caught(lua_State *L);

/* As lua_pcall with all results, for a function that resumes the coroutine `co`: ticks reach it. */
int mb_lua_switch(lua_State *L, lua_State *co, int nargs);

/*
 * After mb_lua_leave an interrupt has been raised: code that L runs on the way out (__close) gets
 * few instructions between two interrupts.  mb_lua_stay ends this, and the state can run again.
 */
void mb_lua_leave(lua_State *L);
void mb_lua_stay(lua_State *L);

/* ---- load.c: chunks ---- */

/* The folder from which built-in Lua is read, for work on it; NULL: it is read from the binary. */
const char *mb_lua_builtin_folder(void);

/* The built-in file in the binary; NULL when there is none. */
const struct mb_asset *mb_lua_find_builtin(const char *file);

/*
 * Pushes strings, and the chunk of a built-in file ("commands/up.lua") on top; false: no such file.
 */
bool mb_lua_load_builtin(lua_State *L, const char *file);

/*
 * Pushes a chunk with the name "@path"; it must be text.  Raises MB_ERR_FILE with its place for a
 * syntax error, and for a key that a table constructor has twice (check_text.h).
 */
void mb_lua_load(lua_State *L, const char *path, const char *text, size_t len);

/*
 * While the chunk of a script runs to return its value, functions that reach outside of the state
 * raise (mb_lua_check_loaded): commands that change nothing load files, too. After an error in the
 * chunk of a state that goes on, the caller ends it.
 */
void mb_lua_set_loading(lua_State *L, bool loading);
bool mb_lua_is_loading(lua_State *L);
void mb_lua_check_loaded(lua_State *L, const char *what); /* raises while a chunk runs */

/* Adds the file at `path` to the loaded files of the state, with its path in the project. */
void mb_lua_add_loaded(lua_State *L, const char *path);

/* The loaded files, one line "PATH CHECKSUM" for each; borrowed until another file is loaded. */
const char *mb_lua_loaded(const mb_lua *lua);
mb_buf *mb_lua_loaded_list(lua_State *L); /* the buffer of these lines */

/* require(name) of scripts: returns the value of the library. */
int mb_lua_require(lua_State *L);

/* require(name) of the command line: its upvalues are core and the table of its loaded modules. */
int mb_lua_require_builtin(lua_State *L);

/* Pops core.require, and keeps it for mb_lua_push_module. */
void mb_lua_keep_require(lua_State *L);

/*
 * Pushes the value of a module of the command line, as core.require gives it; raises.  The state of
 * a script gets core.require when it first needs it; the script itself cannot reach it.
 */
void mb_lua_push_module(lua_State *L, const char *name);

/* ---- path.c, text.c: texts that scripts give ---- */

/* The path of the innermost running script, to which paths are relative; "" when there is none. */
const char *mb_lua_script(lua_State *L);

/* The path at `arg`.  Raises for another type, and for a NUL, at which the system would stop. */
const char *mb_lua_check_path(lua_State *L, int arg);

/*
 * The string at `index`, for names of tables and variables and for settings, which C reads up to a
 * NUL.  Raises for another type, and for a NUL in it.
 */
const char *mb_lua_check_name(lua_State *L, int index);

/* Replaces the value at `index` by its text for people, with NUL as \x00, and returns it. */
const char *mb_lua_text(lua_State *L, int index);

/* Pushes and returns the path of a file that a script names, relative to that script. */
const char *mb_lua_push_path(lua_State *L, const char *path);

/* __concat of typed values, decimals and errors: concatenates both operands as tostring gives them. */
int mb_lua_concat(lua_State *L);

/* ---- error.c: an mb_error in Lua, and a Lua error as an mb_error ---- */

/* Each raises, and never returns.  An error without a place gets that of the innermost script. */
int mb_lua_raise(lua_State *L, const mb_error *err);
int mb_lua_fail(lua_State *L, mb_code code, const char *fmt, ...) MB_PRINTF(3, 4);
int mb_lua_raise_memory(lua_State *L); /* the script needs more memory than its limit */

/*
 * Raises, or pushes, an error that gets no place of a script and no traceback.  A message for
 * people is then the same whether a built-in command or one of the project asked for it.
 */
int mb_lua_raise_plain(lua_State *L, const mb_error *err);
void mb_lua_push_plain(lua_State *L, const mb_error *err);

/* error(value [, level]), as Lua's, but the message handler can see the level. */
int mb_lua_error(lua_State *L);

/* Raises the message that luaL_loadbufferx left on top, for the chunk "@path", as MB_ERR_FILE. */
int mb_lua_raise_syntax(lua_State *L, const char *path);

/* Pushes the error as a table, unchanged. */
void mb_lua_push_error(lua_State *L, const mb_error *err);

/* True for a field that the table of an error can have. */
bool mb_lua_is_error_field(const char *name);

/* Reads any error value at `index`; raises only if a script's __tostring does. */
void mb_lua_read_error(lua_State *L, int index, mb_error *err);

/*
 * Calls a function as lua_pcall does, with `nargs` arguments above it, and pops both.  true: pushes
 * `nresults` results.  false: *err is the error, with a traceback of scripts, and nothing is
 * pushed. C calls scripts in this way; code that only cleans up and raises the error again uses
 * lua_pcall.
 */
MB_MUST_CHECK bool mb_lua_call(lua_State *L, int nargs, int nresults, mb_error *err);

/*
 * Call it after a failed protected call: raises an interrupt again, so that no script catches it.
 */
void mb_lua_check_interrupt(lua_State *L);

/*
 * Raises MB_ERR_USAGE: `unknown WHAT "given"`; the hint has the nearest of `words` (ends with
 * NULL).
 */
int mb_lua_unknown(lua_State *L, const char *what, const char *given, const char *const *words);

/*
 * The key of lua_next below the top, which must be a name (borrowed).  Raises for another key, such as
 * the number of a list; `what` as in mb_lua_unknown.
 */
const char *mb_lua_check_key(lua_State *L, const char *what);

/* As mb_lua_unknown, with the string keys of the table on top of the stack as the words. */
int mb_lua_unknown_key(lua_State *L, const char *what, const char *given);

/* The nearest string key of the table on top, or NULL; pushes a userdata of its own. */
const char *mb_lua_nearest_key(lua_State *L, const char *given);

/* ---- handle.c, buffer.c: objects of C that the collector frees ---- */

/*
 * Pushes a userdata of `size` bytes, all zero, with the class's metatable: its __gc frees what is
 * put into it, also where a later line raises.
 */
void *mb_lua_new_zeroed(lua_State *L, size_t size, const char *class);

/*
 * Pushes a userdata that holds one pointer, and returns the pointer's address.  The pointer is NULL
 * at first and is set by the call that makes the object, so the object always has an owner.
 */
void *mb_lua_new_handle(lua_State *L, const char *class);
void *mb_lua_check_handle(lua_State *L, int index, const char *class); /* that address, or raises */

/*
 * The userdata of this class at `index`.  Raises for another value; the usual cause is a method
 * that was called with a dot, and the hint says so.
 */
void *mb_lua_check_class(lua_State *L, int index, const char *class);

/*
 * Pushes a userdata with an empty mb_buf.  The collector frees it, or earlier mb_lua_free_buf.
 * mb_lua_charge counts its present size as memory of the script, and raises above the limit.
 */
mb_buf *mb_lua_new_buf(lua_State *L);
void mb_lua_charge(lua_State *L, mb_buf *buf);
void mb_lua_free_buf(lua_State *L, mb_buf *buf);

/* Pushes a handle for an mb_result, which the collector frees, or earlier mb_lua_free_result. */
mb_result **mb_lua_new_result(lua_State *L);

/*
 * Registers a metatable with these methods and metamethods.  Unless `methods` has its own __index,
 * an unknown method raises; scripts cannot read the metatable.
 */
void mb_lua_new_class(lua_State *L, const char *class, const luaL_Reg *methods);

/* ---- strict.c ---- */

/* Gives the table on top a metatable, so that a missing key raises `unknown WHAT "key"`. */
void mb_lua_strict(lua_State *L, const char *what);

/* ---- openers: each makes the classes or globals of one file, and returns 0 ---- */

int mb_open_error(lua_State *L);
int mb_open_handle(lua_State *L);
int mb_open_sandbox(lua_State *L);

#endif
