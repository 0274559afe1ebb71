/*
 * object.c -- a db that a call of a script borrows.
 *
 * It does not own the connection, and loses it when the call ends.  A script that has kept the db
 * then gets an error.
 */
#include "binding/binding.h"

#include "moonbird/base/sqlstate.h"
#include "moonbird/run/exec.h"
#include "moonbird/sql/fragment.h"
#include "moonbird/sql/script.h"

#include <ctype.h>
#include <string.h>

#define DB MB_META_DB
#define GIVE_VALUES "Give one value for each of $1, $2 and so on in the SQL."

mb_db *mb_lua_push_db(lua_State *L, mb_conn *conn)
{
    mb_db *db = lua_newuserdatauv(L, sizeof *db, 1);

    *db = (mb_db){.conn = conn, .home = mb_lua_of(L), .next = *mb_lua_dbs(mb_lua_of(L))};
    *mb_lua_dbs(db->home) = db;
    luaL_setmetatable(L, DB);
    return db;
}

void mb_lua_unlink_db(mb_db *db)
{
    mb_db **p = db->home ? mb_lua_dbs(db->home) : NULL;

    while (p && *p != db)
        p = &(*p)->next;
    if (p)
        *p = db->next;
    db->home = NULL;
}

void mb_lua_end_db(mb_db *db, bool ok)
{
    if (db->conn)
        mb_rows_close_all(db, ok);
    mb_lua_unlink_db(db);
    if (db->own)
        mb_conn_close(db->conn);
    db->conn = NULL;
}

mb_db *mb_lua_check_db(lua_State *L, int index)
{
    mb_db *db = mb_lua_check_class(L, index, DB);

    if (!db->conn)
        mb_lua_fail(L, MB_ERR_USAGE,
                    db->own ? "the connection is closed"
                            : "this connection is no longer valid: the call that it was made for "
                              "has ended");
    return db;
}

bool mb_lua_in_transaction(lua_State *L)
{
    for (const mb_db *db = *mb_lua_dbs(mb_lua_of(L)); db; db = db->next)
        if (db->conn && !db->ending && !mb_lua_is_reading(db) &&
            mb_conn_tx(db->conn) != MB_TX_IDLE && mb_conn_tx(db->conn) != MB_TX_LOST)
            return true;
    return false;
}

int mb_lua_call_inside(lua_State *L, mb_db *db, int nargs, int nresults)
{
    int status;

    db->inside++;
    status = lua_pcall(L, nargs, nresults, 0);
    db->inside--;
    return status;
}

void mb_lua_check_closable(lua_State *L, const mb_db *db)
{
    mb_error err;

    if (db->inside == 0)
        return;
    mb_fail(&err, MB_ERR_USAGE, "the connection is in use and cannot be closed here");
    mb_fail_hint(&err, "Close it after the call that uses it (try, transaction, batch, copy, "
                       "with_schema) has returned.");
    mb_lua_raise(L, &err);
}

bool mb_lua_pin_db(mb_db *db, mb_error *err)
{
    if (!db->unpinned || mb_conn_tx(db->conn) != MB_TX_IDLE)
        return true;
    if (!mb_lua_pin(db->conn, err))
        return false;
    db->unpinned = false;
    return true;
}

/* An aborted transaction refuses every statement; this error says why, better than the server's. */
mb_conn *mb_lua_ready(lua_State *L, int index)
{
    mb_db *db = mb_lua_check_db(L, index);
    mb_error err;

    if (!mb_lua_pin_db(db, &err) || !mb_lua_begin_reading(db, &err))
        mb_lua_raise(L, &err);
    db->used = true;
    if (mb_conn_tx(db->conn) != MB_TX_FAILED)
        return db->conn;
    mb_fail(&err, MB_ERR_USAGE, "an earlier statement failed and aborted the transaction");
    if (db->failed[0])
        mb_fail_detail(&err, "The first error was: %s", db->failed);
    mb_fail_hint(&err, "Wrap statements that may fail in db:try(function() ... end): it undoes "
                       "what failed, and the transaction continues.");
    mb_lua_raise(L, &err);
    return NULL;
}

/* True if the server stopped at $1 or another parameter. */
static bool stopped_at_parameter(const mb_error *err)
{
    const char *at = err->source;

    for (int column = 1; column < err->caret && *at; column++)
        do
            at++;
        while (((unsigned char)*at & 0xC0) == 0x80);
    return err->caret > 0 && at[0] == '$' && isdigit((unsigned char)at[1]);
}

/* Hints for SQL that the script has to write in another way. */
static void add_rewrite(mb_error *err)
{
    if (mb_error_is(err, MB_SQLSTATE_UNSAFE_NEW_ENUM_VALUE_USAGE))
        mb_fail_hint(err, "A new enum value can be used only after it is committed. Put ADD "
                          "VALUE into a separate migration before this one.");
    else if (mb_error_is(err, MB_SQLSTATE_PROTOCOL_VIOLATION) && err->code == MB_ERR_SQL &&
             !err->hint[0]) /* a pooler's refusal has this SQLSTATE and a hint */
        mb_fail_hint(err, "%s", GIVE_VALUES);
    else if (mb_error_is(err, MB_SQLSTATE_SYNTAX_ERROR) && stopped_at_parameter(err))
        mb_fail_hint(err, "A parameter is not allowed here. Write the name or the value into the "
                          "SQL: db:format(\"... %%I ... %%L\", name, value).");
    else if (mb_error_is(err, MB_SQLSTATE_INDETERMINATE_DATATYPE) && !err->hint[0])
        mb_fail_hint(err, "In SELECT, INSERT, UPDATE and DELETE, write its type: $1::text. In "
                          "other statements, write the value into the SQL: db:format(\"... "
                          "%%L\", value).");
    else if (mb_error_is(err, MB_SQLSTATE_DATETIME_FIELD_OVERFLOW) && err->hint[0])
        mb_fail_hint(err, "Write dates as YYYY-MM-DD. For seconds since 1970, as os.time() returns "
                          "them, write to_timestamp($1).");
    else if (mb_error_is(err, MB_SQLSTATE_GENERATED_ALWAYS) && err->hint[0])
        mb_fail_hint(err, "Give db:insert the option overriding = \"system\", or write OVERRIDING "
                          "SYSTEM VALUE before VALUES or SELECT.");
    else if (mb_error_is(err, MB_SQLSTATE_GENERATED_ALWAYS))
        mb_fail_hint(err, "Leave this column out: PostgreSQL generates its value. To write rows "
                          "that you read, select only the other columns.");
}

/* Adds a hint that the server cannot give, since it does not know migrations and read-only dbs. */
static void add_hint(mb_error *err, const mb_db *db)
{
    bool writes = mb_error_is(err, MB_SQLSTATE_READ_ONLY_SQL_TRANSACTION);

    if (db->held && writes)
        mb_fail_hint(err, "%s", db->held);
    else if (db->reads && writes && db->own)
        mb_fail_hint(err, "The database is read-only here: declare it with writable = true in "
                          "moonbird.lua.");
    else if (db->reads && writes)
        mb_fail_hint(err, "In this environment a command is read-only unless it declares needs = "
                          "{ write = true }.");
    else if (db->reads && mb_error_is(err, MB_SQLSTATE_ACTIVE_SQL_TRANSACTION))
        mb_fail_hint(err,
                     "The database is read-only here, and each statement is in a transaction.");
    else if (db->durable && writes)
        mb_fail_hint(err, "Outside its steps, a migration with transaction = false is read-only. "
                          "Write in db:step(name, function() ... end).");
    else if (mb_error_needs_no_transaction(err))
        mb_fail_hint(err, "Put the statement into an SQL migration, which runs it outside a "
                          "transaction.");
    else
        add_rewrite(err);
}

bool mb_lua_fail_ignored(const mb_db *db, mb_error *err)
{
    mb_fail(err, MB_ERR_FAILED, "a statement failed, but the script ignored its error");
    if (db->failed[0])
        mb_fail_detail(err, "The error was: %s", db->failed);
    return mb_fail_hint(err, "Wrap statements that may fail in db:try(function() ... end).");
}

void mb_lua_show_sql(const char *sql, mb_error *err)
{
    mb_stmt stmt = {.sql = sql, .len = strlen(sql), .number = 1, .line = 1, .column = 1};

    if (err->code != MB_ERR_SQL || err->file[0] || err->source[0])
        return;
    mb_sql_fail(err, "", &stmt);
    err->line = err->column = 0;
}

int mb_lua_raise_sql(lua_State *L, int index, const char *sql, mb_error *err)
{
    mb_db *db = mb_lua_check_db(L, index);

    mb_lua_show_sql(sql, err);
    add_hint(err, db);
    if (mb_conn_tx(db->conn) == MB_TX_FAILED)
        mb_format_into(db->failed, sizeof db->failed, "%s", err->message);
    return mb_lua_raise(L, err);
}

/* Did the server refuse a text with several statements?  Other syntax errors have a position. */
static bool refused_several(const mb_conn *conn, const char *sql, const mb_error *err)
{
    mb_script *script;
    mb_error unread;
    mb_stmt stmt;
    bool several;

    if (!mb_error_is(err, MB_SQLSTATE_SYNTAX_ERROR) || err->position > 0)
        return false;
    script = mb_exec_script(conn, sql, strlen(sql));
    several = mb_script_next(script, &stmt, &several, &unread) && several &&
              mb_script_next(script, &stmt, &several, &unread) && several;
    mb_script_close(script);
    return several;
}

int mb_lua_raise_counted(lua_State *L, int index, const char *sql, size_t n, mb_error *err)
{
    size_t wanted = mb_sql_positional_parameters(sql);
    bool counts = mb_error_is(err, MB_SQLSTATE_PROTOCOL_VIOLATION) ||
                  mb_error_is(err, MB_SQLSTATE_INDETERMINATE_DATATYPE);

    if (counts && err->code == MB_ERR_SQL && wanted != n) {
        mb_format_into(err->message, sizeof err->message,
                       "the statement has %zu parameter%s, but %zu value%s given", wanted,
                       wanted == 1 ? "" : "s", n, n == 1 ? " is" : "s are");
        mb_fail_hint(err, "%s", GIVE_VALUES);
    } else if (refused_several(mb_lua_check_db(L, index)->conn, sql, err)) {
        mb_fail_hint(err,
                     "Run each statement with its own call. Only db:exec without values can run "
                     "several.");
    } else if (mb_error_is(err, MB_SQLSTATE_SYNTAX_ERROR) && wanted == 0 && n > 0) {
        mb_lua_show_sql(sql, err);
        mb_fail_hint(err, "The SQL has no parameter for the given value%s: write $1, $2 and so on.",
                     n == 1 ? "" : "s");
    }
    return mb_lua_raise_sql(L, index, sql, err);
}
