/* db.h -- db and ctx: a connection and a call as scripts see them. */
#ifndef MOONBIRD_BINDING_DB_DB_H
#define MOONBIRD_BINDING_DB_DB_H

#include "binding/engine/engine.h"

#include "moonbird/os/interrupt.h"
#include "moonbird/project/host.h"

#define MB_META_DB "moonbird.db"

typedef struct mb_rows mb_rows; /* an open cursor: cursors.h */

typedef struct mb_db {
    mb_conn *conn;    /* NULL: closed, or the call to which it was lent has ended */
    bool own;         /* it is from moonbird.connect, so the connection is closed with it */
    mb_lua *home;     /* the state whose list it is in; NULL: it is in none */
    struct mb_db *next;
    int depth;        /* open db:try calls */
    int inside; /* functions of the script that run inside a call on it; it cannot be closed */
    mb_rows *rows;    /* its open cursors, the newest first */
    char failed[256]; /* the message of the error that aborted the transaction */
    struct mb_durable *durable; /* of a migration that has steps; otherwise NULL */
    bool reads;       /* it is read-only, in separate transactions (read_only.c) */
    const char *held; /* why it `reads`, although it is declared writable, as a hint; or NULL */
    bool ending;      /* the COMMIT of such a transaction was sent, its result not read */
    bool unpinned;    /* mb_lua_pin is due when no transaction is open */
    const mb_watch *watch; /* is told of the script's statements; or NULL */
    bool unrecorded;  /* of a command or of `run`: mb_script_env.check_file decides on files */
    bool nulls_set;   /* a script has named array_nulls in its SQL, and may have set it */
    bool copy_without_nulls; /* array_nulls was off when the present COPY began */
    bool used;        /* a script has sent statements, which may have changed the session */
} mb_db;

/* ---- object.c: the object, and the checks before a statement ---- */

/*
 * Pushes a db for `conn`, which it borrows.  mb_lua_end_db must be called before the connection is
 * closed; a script that has kept the db then gets an error.  `ok` false: the transaction that a row
 * loop began is rolled back.
 */
mb_db *mb_lua_push_db(lua_State *L, mb_conn *conn);
void mb_lua_end_db(mb_db *db, bool ok);
void mb_lua_unlink_db(mb_db *db); /* removes it from the list of its state */

mb_db *mb_lua_check_db(lua_State *L, int index); /* raises when it is closed, or is not a db */

/*
 * As lua_pcall, for a function of the script that runs inside a call on `db`.  The function cannot
 * close the connection, which the call uses again afterwards.
 */
int mb_lua_call_inside(lua_State *L, mb_db *db, int nargs, int nresults);
void mb_lua_check_closable(lua_State *L, const mb_db *db); /* raises inside such a call */

/*
 * The connection of the db at `index`, ready for a statement: with its settings pinned, and with
 * the read-only transaction open if it has one.  Raises when the transaction is aborted.
 */
mb_conn *mb_lua_ready(lua_State *L, int index);

/*
 * The error of a script that ignored the failure of a statement, and left the transaction aborted:
 * a COMMIT would silently roll back.  Returns false.
 */
bool mb_lua_fail_ignored(const mb_db *db, mb_error *err);

/* Adds the line of `sql` and a caret to an error of the server that has no place yet. */
void mb_lua_show_sql(const char *sql, mb_error *err);

/* Raises the error of the statement `sql`, with its line, a caret and a hint; `index` is the db. */
int mb_lua_raise_sql(lua_State *L, int index, const char *sql, mb_error *err);

/* mb_lua_raise_sql for a statement with n values: an error about their number has both numbers. */
int mb_lua_raise_counted(lua_State *L, int index, const char *sql, size_t n, mb_error *err);

/* True when a transaction is open on any db of the state, other than those of read_only.c. */
bool mb_lua_in_transaction(lua_State *L);
mb_db **mb_lua_dbs(mb_lua *lua); /* the head of the state's list */

/* ---- allowed_sql.c: SQL that a script may send ---- */

/*
 * The SQL text at `arg`.  Raises for transaction control, and for statements that the db's state
 * forbids.
 */
const char *mb_lua_check_sql(lua_State *L, int arg);

/* Checks `arg` likewise, and pushes its statement, which must be the only one, without semicolon. */
mb_buf *mb_lua_push_query(lua_State *L, int arg);

/* The SQL text of one statement of a batch: COPY and nontransactional statements raise too. */
const char *mb_lua_check_batched(lua_State *L, int arg, const mb_conn *conn);

/*
 * Call it after `sql`, as the last use of the connection: drops cached names and types that it can
 * have changed, and sends the COMMIT that keeps a setting on a read-only db.
 */
void mb_lua_sent(mb_db *db, const char *sql, size_t len);

/* ---- statement.c: one statement, and its rows ---- */

/*
 * Runs one query with the values at first .. first + n - 1 as parameters, pushes the parameters and
 * then a handle for the result, and returns that.  Raises the server's error.
 */
mb_result **mb_lua_query(lua_State *L, int index, const char *sql, int first, int n);

/* Frees the result now, before the collector does, and sets the handle to NULL. */
void mb_lua_free_result(mb_result **res);

/* Appends the rows to the array at `list` and frees the result; `index` is the db. */
void mb_lua_add_rows(lua_State *L, int index, int list, mb_result **res);

/* ---- statement_hooks.c: the statements that the db's watch gets ---- */

/* A watch that gives the watch of a db the place of a statement in the scripts. */
typedef struct mb_statement_watch {
    mb_watch watch;
    const mb_watch *to;
    const char *path; /* NULL: not known */
    int line;         /* 0: that of the statement in its text */
} mb_statement_watch;

/*
 * Fill in *out, which must not move in memory, and return its watch: for the statements of the file
 * `path`, and for those that the running script sends. NULL if the db has no watch.
 */
const mb_watch *mb_lua_watch_at(mb_statement_watch *out, const mb_db *db, const char *path);
const mb_watch *mb_lua_watch_here(lua_State *L, mb_statement_watch *out, const mb_db *db);

/*
 * Call them before and after a statement of the script; each raises if a hook fails. The first one
 * returns the time, which the second one takes. `rows` may be MB_UNSET. Without a watch they do
 * nothing.
 */
int64_t mb_lua_tell_before(lua_State *L, const mb_db *db, const char *sql);
void mb_lua_tell_after(lua_State *L, const mb_db *db, const char *sql, int64_t since,
                       int64_t rows);

/* mb_lua_query for a statement of the script, which the watch gets. */
mb_result **mb_lua_query_told(lua_State *L, int index, const char *sql, int first, int n);

/* ---- outside_transaction.c: statements outside of a transaction, behind a pooler ---- */

/* Raises when the statement, or a search_path, would stay in a session that the pooler lends on. */
void mb_lua_check_outside(lua_State *L, const mb_db *db, const char *sql, size_t len);
void mb_lua_check_schema_outside(lua_State *L, const mb_db *db);

/*
 * Calls `send`, which sends the SQL (NULL: that of a file).  Behind a pooler it does so in a
 * transaction, if the statement allows one, and restores the session afterwards.
 */
MB_MUST_CHECK bool mb_lua_send(mb_conn *conn, const char *sql, size_t len,
                               bool (*send)(void *self, mb_conn *conn, mb_error *err), void *self,
                               mb_error *err);

/* ---- session_settings.c: the settings under which scripts read and write values ---- */

/*
 * Sets them for the session, outside of a transaction.  It first finds out whether there is a
 * pooler (mb_conn_set_pooled), and then sets nothing, since other clients would get the session.
 */
MB_MUST_CHECK bool mb_lua_pin(mb_conn *conn, mb_error *err);

/* The statements that begin a transaction with them; the caller frees it. */
char *mb_lua_begin_sql(const mb_conn *conn);

/* Sets them in the transaction that `begin` opens ("BEGIN; "), or for the session (""). */
MB_MUST_CHECK bool mb_lua_set_pins(mb_conn *conn, const char *begin, mb_error *err);

/* Commits such a transaction; behind a pooler it restores the session first. */
MB_MUST_CHECK bool mb_lua_commit(mb_conn *conn, mb_error *err);
MB_MUST_CHECK bool mb_lua_pin_db(mb_db *db, mb_error *err); /* mb_lua_pin, if the db needs it */

/* ---- read_only.c: a read-only db ---- */

/*
 * Call it before each statement.  It opens the read-only transaction of `db` if it has none, and
 * ends those of other read-only dbs of the state, without waiting for the result.
 */
MB_MUST_CHECK bool mb_lua_begin_reading(mb_db *db, mb_error *err);

/* True when the read-only transaction is open, and no db:try or cursor is open in it. */
bool mb_lua_is_reading(const mb_db *db);

/* Commits the read-only transaction, so that a setting made in it survives a later error. */
void mb_lua_keep_setting(mb_db *db);

/* Rolls the read-only transaction back, before something else uses the session. */
void mb_lua_end_reading(mb_db *db);

/* ---- cursors.c: the open cursors of a db ---- */

void mb_rows_close_all(mb_db *db, bool keep); /* `keep`: their own transaction is not rolled back */
void mb_rows_lose(mb_db *db, int depth);    /* a db:try was undone, and its cursors with it */
void mb_rows_release(mb_db *db,
                     int depth); /* a db:try succeeded: its cursors become the outer one's */

/* ---- methods of db, one list for each file; each ends with { NULL, NULL } ---- */

extern const luaL_Reg mb_db_rows[], mb_db_text[], mb_db_insert[], mb_db_change[],
    mb_db_copy[], mb_db_transaction[], mb_db_batch[], mb_db_schema[], mb_db_step[];
int mb_lua_transaction(lua_State *L);  /* db:transaction(fn, ...); returns the results of fn */
void mb_lua_add_catalog(lua_State *L); /* adds the methods of catalog.c to the table on top */
int mb_lua_connect(lua_State *L);      /* moonbird.connect(name [, options]); returns a db */

/*
 * Pushes a db with a connection of its own, which is closed with it; raises when it cannot be
 * opened.  `reads`: read_only.c.  No hook and no policy has been asked.
 */
void mb_lua_push_own(lua_State *L, const char *conninfo, bool reads);

/* ---- ctx.c: db and ctx for one call of a script ---- */

typedef struct mb_call_scope {
    mb_db *db;             /* NULL: the call has no connection */
    const mb_call **call;  /* the pointer that ctx reads, NULL after the call */
    char **skipped;        /* the reason that ctx:skip gave, which the script may have caught */
    bool limited;          /* a time limit is set */
    mb_deadline before;    /* the limit of the calling script, restored at the end */
} mb_call_scope;

/*
 * Pushes db (nil when `conn` is NULL) and ctx, and starts the time limit of the call.  `conn` and
 * `call` are borrowed until mb_call_scope_end, after which a db or ctx that the script has kept is
 * unusable.  `ok` is as for mb_lua_end_db.
 */
void mb_call_scope_begin(lua_State *L, mb_call_scope *out, mb_conn *conn, const mb_call *call);
void mb_call_scope_end(mb_call_scope *scope, bool ok);

/* false: the script called ctx:skip, and caught the error.  Sets *err to MB_ERR_SKIPPED. */
MB_MUST_CHECK bool mb_call_scope_not_skipped(const mb_call_scope *scope, mb_error *err);

/* What the script in this state was called with; NULL: the call has ended. */
const mb_call *mb_call_scope_call(lua_State *L);

/* Push the db, and the ctx, of the last mb_call_scope_begin. */
void mb_call_scope_push_db(lua_State *L);
void mb_call_scope_push_ctx(lua_State *L);

/* ---- migration.c: ctx.migration ---- */

/*
 * Pushes the table, which makes its fields when they are read. `handle` is the index of the
 * userdata with the pointer to the call (mb_call_scope.call); the call has a source.
 */
void mb_lua_push_migration(lua_State *L, int handle);

/* ---- openers: each makes the classes of one file, and returns 0 ---- */

int mb_open_db(lua_State *L);
int mb_open_rows(lua_State *L);
int mb_open_batch(lua_State *L);

#endif
