/*
 * binding.h -- private header of the floor that knows both lua.h and moonbird.
 *
 * A binding has three acts.  Check: read every argument (may raise).  Call: one
 * core function (never raises, never sees Lua).  Push: hand the result over
 * (may raise).  Whatever the second act returns already sits in a userdata, so
 * a raise in the third leaks nothing.
 */
#ifndef MOONBIRD_BINDING_H
#define MOONBIRD_BINDING_H

#include "moonbird/project/settings.h"
#include "moonbird/project/source.h"
#include "moonbird/base/buf.h"
#include "moonbird/pg/cursor.h"
#include "moonbird/project/host.h"
#include "moonbird/os/interrupt.h"

#include <lauxlib.h>
#include <lua.h>

/* ---- engine: one Lua state a script, and one for the command line ---- */

/* Whose scripts these are; all text borrowed while a state lives. */
typedef struct mb_script_env {
    const char *root; /* the project's folder, "." */
    const char *lib;  /* where `require` looks, below root: "scripts/lib" */
    size_t memory;    /* bytes a script may use; 0 for 256 MiB */
    int time_limit_ms; /* of one call of a script; 0 for none */
    const char *config; /* moonbird.lua's table as JSON; NULL where there is none */
    const struct mb_settings *settings; /* of the command; NULL where there is none */
    const struct mb_openers *openers;   /* what a state is filled with: mb_lua_openers */
} mb_script_env;

/* What makes the libraries of a state: open.c has the one there is. */
typedef struct mb_openers {
    const lua_CFunction *modules; /* for every state; NULL ends them */
    lua_CFunction command_line;   /* for MB_LUA_COMMANDS, after those */
} mb_openers;

extern const mb_openers mb_lua_openers;

typedef enum mb_lua_kind {
    MB_LUA_SCRIPT,
    MB_LUA_COMMANDS, /* with the command line in it, which its commands do not see */
} mb_lua_kind;

typedef struct mb_lua mb_lua;

/* Both kinds are sandboxed alike; `env` is borrowed. */
MB_MUST_CHECK bool mb_lua_open(mb_lua **out, mb_lua_kind kind, const mb_script_env *env,
                               mb_error *err);
void mb_lua_close(mb_lua *lua); /* NULL is fine */

/* state.c: an empty state; NULL without memory.  enter.c fills it (mb_lua_open). */
mb_lua *mb_lua_new(const mb_script_env *env, lua_Hook on_instruction);

/* The state is the innermost one that runs, until mb_lua_left: an interrupt reaches it. */
lua_State *mb_lua_entered(mb_lua *lua);
void mb_lua_left(mb_lua *lua);

mb_lua *mb_lua_of(lua_State *L);
const mb_script_env *mb_lua_env(lua_State *L);
void mb_lua_set_env(lua_State *L, const mb_script_env *env);

/* Push the configuration's value of `key`, or nil. */
void mb_lua_push_config(lua_State *L, const char *key);

/* Run fn(payload) protected: how C gets into a state.  `payload` is a light userdata at index 1. */
MB_MUST_CHECK bool mb_lua_enter(mb_lua *lua, lua_CFunction fn, void *payload, mb_error *err);

/* Built-in Lua has chunk names below this; it is left out of places and tracebacks. */
#define MB_BUILTIN "@<moonbird>/"

/*
 * An error of the state's own, from a failed call to its raise.  For functions
 * that call back into Lua: an mb_error takes 11 KB of a stack on which Lua
 * allows 200 such calls.
 */
mb_error *mb_lua_scratch(lua_State *L);

/* Where built-in Lua is read instead of from the binary, for work on it; NULL for the binary. */
const char *mb_lua_builtin_folder(void);

/* A built-in file in the binary; NULL when there is none. */
const struct mb_asset *mb_lua_find_builtin(const char *file);

/* Push the chunk of a built-in file ("commands/up.lua"); false when there is none. */
bool mb_lua_load_builtin(lua_State *L, const char *file);

size_t mb_lua_memory(lua_State *L);     /* the limit, in bytes */

/* Count memory outside of Lua that goes from `had` to `has` bytes; false beyond the limit. */
MB_MUST_CHECK bool mb_lua_count(lua_State *L, size_t had, size_t has);
mb_error **mb_lua_caught(lua_State *L); /* where the innermost mb_lua_call wants its error */

/*
 * Push a chunk: text only, named "@path".  A syntax error is raised with its place, and so is a key
 * that a table has twice (keys.h).
 */
void mb_lua_load(lua_State *L, const char *path, const char *text, size_t len);

/* The path of the innermost script now running: what paths are relative to; "" when there is none.
 */
const char *mb_lua_script(lua_State *L);

/* The path at `arg`; a NUL in it, where the system would stop to read, is an argument error. */
const char *mb_lua_check_path(lua_State *L, int arg);

/* The string at `index`, which C reads as text: the name of a table or a variable, a setting.  Raises on a zero byte. */
const char *mb_lua_check_name(lua_State *L, int index);

/*
 * The value at `index` as text for people, which C reads whole: a zero byte is written out as \x00.
 * The string stays in place of the value.
 */
const char *mb_lua_text(lua_State *L, int index);

/* The state has loaded the file at `path`: mb_lua_loaded lists it as `shown`, with its sum. */
void mb_lua_add_loaded(lua_State *L, const char *shown, const char *path);
const char *mb_lua_loaded(const mb_lua *lua); /* borrowed */
mb_buf *mb_lua_loaded_list(lua_State *L);     /* the same, to add to */

/* `require`, of scripts; and the command line's own, with core and its table of modules as upvalues. */
int mb_lua_require(lua_State *L);
int mb_lua_require_builtin(lua_State *L);

/* The path of a file named by a script, relative to that script: pushed, and returned. */
const char *mb_lua_push_path(lua_State *L, const char *path);

/* ---- error.c: the same error on both sides ---- */

/* Raise *err; the place of the innermost script is added where it has none. */
int mb_lua_raise(lua_State *L, const mb_error *err);
int mb_lua_fail(lua_State *L, mb_code code, const char *fmt, ...) MB_PRINTF(3, 4);
int mb_lua_raise_memory(lua_State *L); /* the script needs more than its limit */

/* Raise it as it is, without a script's place and traceback: what is said to a person is the same
   whichever command, built-in or a team's own, asked for it. */
int mb_lua_raise_plain(lua_State *L, const mb_error *err);
void mb_lua_push_plain(lua_State *L, const mb_error *err);
/* Raise what luaL_loadbufferx left on top: `short name:line: what`, of the chunk "@path". */
int mb_lua_raise_syntax(lua_State *L, const char *path);

void mb_lua_push_error(lua_State *L, const mb_error *err);

/* Any error value, ours or not; raises nothing that a script did not write into a __tostring. */
void mb_lua_read_error(lua_State *L, int index, mb_error *err);

/*
 * How C calls a script: a Lua error of any kind becomes *err, with a traceback of scripts.  What
 * only has to clean up before the error goes on (db:try, a step) takes lua_pcall.
 */
MB_MUST_CHECK bool mb_lua_call(lua_State *L, int nargs, int nresults, mb_error *err);

/* After a failed protected call: an interrupt goes on, whoever catches. */
void mb_lua_check_interrupt(lua_State *L);

/* An interrupt is raised: what L runs on the way out (__close) gets a little time, and no more. */
void mb_lua_leave(lua_State *L);
void mb_lua_stay(lua_State *L); /* it has left, and the state goes on */

/* From now on this state's moonbird.connect gives no session that writes. */
void mb_lua_only_read(lua_State *L);
bool mb_lua_only_reads(lua_State *L);

/* A protected call that runs the coroutine `co`: the tick reaches who runs.  As lua_pcall. */
int mb_lua_switch(lua_State *L, lua_State *co, int nargs);

/* Raise MB_ERR_USAGE: `unknown WHAT "given"`, with the nearest of `words` (NULL-terminated) as the
 * hint. */
int mb_lua_unknown(lua_State *L, const char *what, const char *given, const char *const *words);

/* The same with the string keys of the table on top as the words. */
int mb_lua_unknown_key(lua_State *L, const char *what, const char *given);
const char *mb_lua_nearest_key(lua_State *L, const char *given);

/* ---- box.c: C things that the collector owns ---- */

/* A userdata with one pointer, NULL at first, so that it owns the thing from its first instant. */
void *mb_lua_new_handle(lua_State *L, const char *class);
void *mb_lua_check_handle(lua_State *L, int index, const char *class); /* the pointer's address */

/* The userdata at `index` of that class; else an error that tells who called a method with a dot. */
void *mb_lua_check_class(lua_State *L, int index, const char *class);

/*
 * An empty mb_buf; freed by the collector, or sooner by mb_lua_free_buf.  What grows with a
 * script's values is charged as it grows: it counts as the script's memory, and raises beyond
 * the limit.
 */
mb_buf *mb_lua_new_buf(lua_State *L);
void mb_lua_charge(lua_State *L, mb_buf *buf);
void mb_lua_free_buf(lua_State *L, mb_buf *buf);
mb_result **mb_lua_new_result(lua_State *L);

/* A metatable with these methods and metamethods; __index is itself unless given. */
void mb_lua_new_class(lua_State *L, const char *class, const luaL_Reg *methods);

/* ---- db.c: a connection as scripts see it ---- */

#define MB_META_DB "moonbird.db"

typedef struct mb_rows mb_rows;

typedef struct mb_db {
    mb_conn *conn;    /* NULL once the call that it was lent to ended, or closed */
    bool own;         /* by moonbird.connect: the connection goes with it */
    mb_lua *home;     /* in whose list it is */
    struct mb_db *next;
    int depth;        /* db:try calls under way */
    int inside;       /* functions of the script that run inside a call on it: it stays open */
    mb_rows *rows;    /* cursors open on it, the newest first */
    char failed[256]; /* what aborted the transaction */
    struct mb_durable *durable; /* of a migration that has steps; else NULL */
    bool reads;       /* it only reads, in transactions of its own (reading.c) */
    bool ending;      /* the COMMIT of such a one is under way */
    bool unpinned;    /* mb_lua_pin is to be asked for, once no transaction is open */
    bool used;        /* a script sent statements, which may have left something in the session */
} mb_db;

/* outside.c: raise where this statement, or a search_path, would stay in a session that a pooler lends. */
void mb_lua_check_outside(lua_State *L, const mb_db *db, const char *sql, size_t len);
void mb_lua_check_schema_outside(lua_State *L, const mb_db *db);

/* outside.c: let `send` send the SQL (NULL: a file's), so that nothing of it stays in such a session. */
MB_MUST_CHECK bool mb_lua_send(mb_conn *conn, const char *sql, size_t len,
                               bool (*send)(void *self, mb_conn *conn, mb_error *err), void *self,
                               mb_error *err);

/*
 * MB_PINS for what is read outside of transactions, where the session is ours alone: behind a
 * pooler, which this finds out (mb_conn_set_pooled), it would stay with others.
 */
MB_MUST_CHECK bool mb_lua_pin(mb_conn *conn, mb_error *err);

/* mb_conn_pins, in the transaction that `begin` opens ("BEGIN; "), or for the session (""). */
MB_MUST_CHECK bool mb_lua_set_pins(mb_conn *conn, const char *begin, mb_error *err);

/* The end of such a transaction; a pooled session goes back as it came. */
MB_MUST_CHECK bool mb_lua_commit(mb_conn *conn, mb_error *err);
MB_MUST_CHECK bool mb_lua_pin_db(mb_db *db, mb_error *err); /* unless it is done */

/*
 * reading.c: a db that only reads.  Before a statement: a transaction is open in which it may be
 * sent, and those of other such dbs, which wait for nothing, are ended.
 */
MB_MUST_CHECK bool mb_lua_begin_reading(mb_db *db, mb_error *err);

/* Is that transaction open, and nothing but it? */
bool mb_lua_is_reading(const mb_db *db);

/* What was set in that transaction holds after an error, too. */
void mb_lua_keep_setting(mb_db *db);

/* The session is another's to use: that transaction is ended. */
void mb_lua_end_reading(mb_db *db);

/* Push `conn`, lent: mb_lua_end_db takes it back, whatever the script kept. */
mb_db *mb_lua_push_db(lua_State *L, mb_conn *conn);
void mb_lua_end_db(mb_db *db, bool ok); /* not ok: what a row loop began is rolled back */
void mb_lua_unlink_db(mb_db *db);         /* it is no longer in its state's list */
mb_db *mb_lua_check_db(lua_State *L, int index);

/*
 * lua_pcall for a script's function that runs in the middle of a call on `db`.  The function
 * cannot close the connection, which the call uses again when the function has returned.
 */
int mb_lua_call_inside(lua_State *L, mb_db *db, int nargs, int nresults);
void mb_lua_check_closable(lua_State *L, const mb_db *db); /* raises inside such a call */

/* Check that a statement may be sent now. */
mb_conn *mb_lua_ready(lua_State *L, int index);

/* sendable.c: a text that a script may send: transaction control is refused. */
const char *mb_lua_check_sql(lua_State *L, int arg);

/* The same for one statement of a batch, where COPY and what needs to be alone are refused too. */
const char *mb_lua_check_batched(lua_State *L, int arg, const mb_conn *conn);

/* A text that was sent: what was known of names is forgotten where it can have changed that. */
void mb_lua_sent(mb_db *db, const char *sql, size_t len);

/* Put the line of `sql` and a caret into an error of it that has no place yet. */
void mb_lua_show_sql(const char *sql, mb_error *err);

/* Raise what the server said of `sql`, with its line and a caret. */
int mb_lua_raise_sql(lua_State *L, int index, const char *sql, mb_error *err);

/* One query with the values at first .. first + n - 1; rows are pushed by the caller. */
mb_result **mb_lua_query(lua_State *L, int index, const char *sql, int first, int n);

bool mb_lua_in_transaction(lua_State *L); /* is one open on any db of the state? */
mb_db **mb_lua_dbs(mb_lua *lua);          /* the list of them */

void mb_rows_close_all(mb_db *db, bool keep);
void mb_rows_lose(mb_db *db, int depth);    /* what was opened in a db:try that is undone */
void mb_rows_release(mb_db *db, int depth); /* a db:try is done: its cursors are the outer one's */

/* Methods of db that stand in files of their own; each ends with { NULL, NULL }. */
extern const luaL_Reg mb_db_rows[], mb_db_insert[], mb_db_transaction[], mb_db_batch[],
    mb_db_copy[], mb_db_schema[], mb_db_step[];
int mb_lua_transaction(lua_State *L); /* db:transaction(fn, ...) */
void mb_lua_add_catalog(lua_State *L); /* to the table on top */

/* Free the rows now, not when the collector comes to them. */
void mb_lua_free_result(mb_result **res);

/* Append the rows to the array at `list`, and free them. */
void mb_lua_add_rows(lua_State *L, int index, int list, mb_result **res);

/* ---- ctx.c: db and ctx, lent to a script for one call ---- */

typedef struct mb_call_scope {
    mb_db *db;             /* NULL: the call has no session */
    const mb_call **call;
    bool limited;          /* in time, by its own limit; */
    mb_deadline before;    /* of whoever called in the middle of another script */
} mb_call_scope;

/* Push db (nil without `conn`) and ctx; mb_call_scope_end takes them back, whatever the script
 * kept. */
void mb_call_scope_begin(lua_State *L, mb_call_scope *out, mb_conn *conn, const mb_call *call);
void mb_call_scope_end(mb_call_scope *lent, bool ok);

/* Push the ctx that was lent last. */
void mb_call_scope_push_ctx(lua_State *L);

/* ---- type.c: what the server's types are to Lua ---- */

typedef enum mb_kind {
    MB_KIND_TEXT,
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
    uint32_t element; /* of an array */
    char delimiter;   /* between its elements */
    char name[64];
} mb_type;

/* The type `oid`; one that is not built in is asked for once.  `index` is the db. */
void mb_lua_type(lua_State *L, int index, uint32_t oid, mb_type *out);
void mb_lua_type_named(lua_State *L, int index, const char *name, mb_type *out);

/* The same where the server is not asked: false where the name is not that of a built-in type. */
bool mb_lua_type_built_in(const char *name, mb_type *out);

/* Push the array of { name =, type = } of a composite type; its names are keys of it too. */
void mb_lua_push_fields(lua_State *L, int index, const mb_type *type);

/* ---- value.c, array.c, json.c, special.c: values in and out ---- */

typedef struct mb_column {
    mb_type type;
    mb_type element; /* of an array */
} mb_column;

/* Push a userdata with one mb_column for each column. */
const mb_column *mb_lua_push_columns(lua_State *L, int index, const mb_result *res);
void mb_lua_push_value(lua_State *L, const mb_column *column, const char *text, size_t len);
void mb_lua_push_array(lua_State *L, const mb_column *column, const char *text, size_t len);
void mb_lua_push_vector(lua_State *L, const char *text);

/*
 * The values at first .. first + n - 1 as parameters of `sql`: an array that is
 * pushed; the texts stand in the values' places.
 */
const mb_param *mb_lua_push_params(lua_State *L, int index, const char *sql, int first, int n);

/*
 * Tables are read without their metamethods: nothing of a script's runs while a value is written.
 *
 * Append the value at `value` as the server reads a `type` (NULL where it is not known); false
 * for SQL's NULL, nothing appended.  `what` names it in errors.  A moonbird.typed of a built-in
 * type is written as that type.
 */
bool mb_lua_add_value(lua_State *L, mb_buf *out, int db, int value, const mb_type *type,
                      const char *what);
void mb_lua_add_vector(lua_State *L, mb_buf *out, int value, const mb_type *type,
                       const char *what);
void mb_lua_add_array(lua_State *L, mb_buf *out, int db, int value, const mb_type *type,
                      const char *what);
void mb_lua_add_json(lua_State *L, mb_buf *out, int value, const char *what);
void mb_lua_push_json(lua_State *L, const char *text, size_t len);

/* A column's: a string or null at the top level becomes a moonbird.typed, which goes back as JSON. */
void mb_lua_push_json_value(lua_State *L, const mb_type *type, const char *text, size_t len);
void mb_lua_mark_array(lua_State *L); /* the table on top is an array, also when it is empty */

/* The table on top is an array of SQL's, or one of its dimensions. */
void mb_lua_mark_sql_array(lua_State *L);
bool mb_lua_is_sql_array(lua_State *L, int index);

/* Append in double quotes with \\ and \" escaped, as in an array or a composite. */
void mb_lua_add_quoted(mb_buf *out, const char *text, size_t len);

/* What the keys of a table make it: 1 to n, names, or neither. */
typedef enum mb_table_shape { MB_EMPTY, MB_SEQUENCE, MB_OBJECT, MB_NEITHER } mb_table_shape;

/* *n is the number of positions; a sequence has those and no others. */
mb_table_shape mb_lua_shape(lua_State *L, int index, lua_Integer *n);

void mb_lua_push_null(lua_State *L); /* moonbird.null */
bool mb_lua_is_null(lua_State *L, int index);
int mb_lua_decimal(lua_State *L);                       /* moonbird.decimal(text) */
int mb_lua_typed(lua_State *L);                         /* moonbird.typed(value, type) */
const char *mb_lua_to_decimal(lua_State *L, int index); /* NULL when it is none */
void mb_lua_push_decimal(lua_State *L, const char *text, size_t len);

/* A moonbird.typed: pushes value and type name, and returns true. */
bool mb_lua_push_typed(lua_State *L, int index);

/* __concat: both operands as tostring gives them. */
int mb_lua_concat(lua_State *L);
void mb_lua_make_typed(lua_State *L, const char *type); /* of the value on top */

/* A moonbird.irreversible: why; NULL when it is none. */
const char *mb_lua_to_irreversible(lua_State *L, int index);

/* ---- row.c: rows by name ---- */

/*
 * Push the names of the columns as an array, and above it the class of their rows, which are
 * tables that raise for a name that is not a column.  Duplicate names are an error.
 */
void mb_lua_push_names(lua_State *L, const mb_result *res);

/* Push the class of rows with the names in the array at `names`. */
void mb_lua_push_row_class(lua_State *L, int names);

/* Push a row; the class stands above `names`. */
void mb_lua_push_row(lua_State *L, const mb_result *res, size_t row, const mb_column *columns,
                     int names);

/* Push the set of the columns of a table that was read as a row, and return true. */
bool mb_lua_push_row_columns(lua_State *L, int index);

/* ---- host.c: scripts as the core runs them ---- */

void mb_lua_host(mb_host *out, const mb_script_env *env);

/*
 * `moonbird run FILE.lua`: a function(db, ctx) or a migration's table, in a
 * transaction unless that says otherwise; unrecorded.
 */
MB_MUST_CHECK bool mb_lua_run_file(const mb_script_env *env, const char *path, mb_conn *conn,
                                   const mb_call *call, mb_error *err);

/* ---- functions of moonbird in files of their own ---- */

int mb_lua_connect(lua_State *L);
int mb_lua_csv(lua_State *L);
int mb_lua_hmac(lua_State *L);
int mb_lua_encrypt(lua_State *L);
int mb_lua_decrypt(lua_State *L);
int mb_lua_progress(lua_State *L);
int mb_lua_confirm(lua_State *L);
int mb_lua_sleep(lua_State *L);
int mb_lua_exec(lua_State *L);
int mb_lua_write(lua_State *L);
int mb_lua_list(lua_State *L);
int mb_lua_remove(lua_State *L);

/* ---- modules: openers; open.c lists them ---- */

/* Make a missing key of the table on top an error: `unknown WHAT "key"`. */
void mb_lua_strict(lua_State *L, const char *what);

int mb_open_error(lua_State *L);
int mb_open_handle(lua_State *L);
int mb_open_sentinels(lua_State *L);
int mb_open_json(lua_State *L); /* pushes moonbird.json */
int mb_open_db(lua_State *L);
int mb_open_rows(lua_State *L);
int mb_open_batch(lua_State *L);
int mb_open_csv(lua_State *L);
int mb_open_interaction(lua_State *L);
int mb_open_grant(lua_State *L);
int mb_open_moonbird(lua_State *L);
int mb_open_sandbox(lua_State *L);
int mb_open_core(lua_State *L); /* pushes the command line's own module */

#endif
