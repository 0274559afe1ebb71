/*
 * console.c -- the functions below the prompt of `moonbird console`: it reads lines, and runs each
 * input in a separate transaction.
 *
 * Without --write the transaction is read-only.  It takes a snapshot before the input runs, since
 * until then SET TRANSACTION READ WRITE would be possible.
 */
#include "moonbird/policy/allow.h"
#include "moonbird/base/sqlstate.h"
#include "moonbird/project/project.h"
#include "moonbird/run/exec.h"
#include "session.h"
#include "binding/project/run_output.h"

#include "editor.h"

#include "moonbird/os/clock.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/os/live.h"
#include "moonbird/os/log.h"
#include "moonbird/os/print.h"
#include "moonbird/base/mem.h"
#include "moonbird/sql/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONSOLE "moonbird.console"

typedef struct console {
    mb_session *session; /* the first user value keeps it alive */
    mb_editor *editor;   /* NULL: there is no terminal */
    lua_State *L;        /* in which the completer runs */
    char *line;          /* the buffer of getline, without a terminal */
    size_t size;
    bool write;
    bool expanded; /* rows of SQL are shown in the expanded format */
    bool timing;   /* the time of each input is shown */
    int64_t since; /* when the input began (mb_now_us) */
} console;

enum { CONSOLE_SESSION = 1, CONSOLE_COMPLETER };

static console *check_console(lua_State *L)
{
    console *c = luaL_checkudata(L, 1, CONSOLE);

    luaL_argcheck(L, c->session && c->session->conn, 1, "the command has ended");
    return c;
}

static int console_gc(lua_State *L)
{
    console *c = luaL_checkudata(L, 1, CONSOLE);

    mb_editor_close(c->editor);
    free(c->line);
    *c = (console){0};
    return 0;
}

/* ---- lines ---- */

/* Calls the completer with the text before the cursor: -- words typed */
static size_t complete(void *self, const char *text, size_t len, mb_names *out)
{
    console *c = self;
    lua_State *L = c->L;
    int top = lua_gettop(L);
    size_t typed = 0;
    mb_error err;

    lua_getiuservalue(L, 1, CONSOLE_COMPLETER);
    lua_pushlstring(L, text, len);
    if (!lua_isnil(L, -2) && mb_lua_call(L, 1, 2, &err)) {
        lua_Integer n = (lua_Integer)lua_rawlen(L, -2);

        typed = (size_t)lua_tointeger(L, -1);
        for (lua_Integer i = 1; i <= n; i++) {
            if (lua_rawgeti(L, -2, i) == LUA_TSTRING) {
                out->items = mb_grow(out->items, out->n, sizeof *out->items);
                out->items[out->n++] = mb_strdup(lua_tostring(L, -1));
            }
            lua_pop(L, 1);
        }
    }
    lua_settop(L, top);
    return typed;
}

/* Pushes the next line of standard input; nil at its end. */
static int push_plain_line(lua_State *L, console *c)
{
    ssize_t n = getline(&c->line, &c->size, stdin);

    mb_lua_check_interrupt(L);
    if (n < 0)
        return 0;
    lua_pushlstring(L, c->line, (size_t)n - (n > 0 && c->line[n - 1] == '\n'));
    return 1;
}

/* console:line(prompt) -> text; false after Ctrl-C, nil at the end */
static int console_line(lua_State *L)
{
    console *c = check_console(L);
    const char *prompt = luaL_checkstring(L, 2), *text = NULL;

    if (!c->editor)
        return push_plain_line(L, c);
    c->L = L;
    switch (mb_editor_read(c->editor, prompt, &text)) {
    case MB_LINE_TEXT:
        lua_pushstring(L, text);
        return 1;
    case MB_LINE_CANCELLED:
        lua_pushboolean(L, false);
        return 1;
    case MB_LINE_END:
        mb_lua_check_interrupt(L); /* the signal may have come from another process */
        break;
    }
    return 0;
}

/* console:remember(text) */
static int console_remember(lua_State *L)
{
    console *c = check_console(L);
    const char *text = luaL_checkstring(L, 2);

    if (c->editor)
        mb_editor_remember(c->editor, text);
    return 0;
}

/* console:on_complete(function(text) return words, typed end) */
static int console_on_complete(lua_State *L)
{
    check_console(L);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    lua_setiuservalue(L, 1, CONSOLE_COMPLETER);
    return 0;
}

/* Pushes the table of the names that can follow `value.` or `value:`; false: there is none. */
static bool push_members(lua_State *L, int value)
{
    if (lua_istable(L, value)) {
        lua_pushvalue(L, value);
        return true;
    }
    if (luaL_getmetafield(L, value, "__index") == LUA_TNIL)
        return false;
    if (lua_iscfunction(L, -1) && lua_getupvalue(L, -1, 1))
        lua_remove(L, -2);
    return lua_istable(L, -1);
}

/* console:members(value) -> the names that can follow it */
static int console_members(lua_State *L)
{
    check_console(L);
    lua_settop(L, 2);
    lua_newtable(L); /* -- console value names */
    if (!push_members(L, 2)) {
        lua_settop(L, 3);
        return 1;
    }
    for (lua_pushnil(L); lua_next(L, 4); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            continue;
        lua_pushvalue(L, -2);
        lua_rawseti(L, 3, (lua_Integer)lua_rawlen(L, 3) + 1);
    }
    lua_settop(L, 3);
    return 1;
}

/* ---- transactions ---- */

static bool connect(const console *c, mb_error *err)
{
    mb_db *db = c->session->db;

    if (mb_conn_tx(db->conn) == MB_TX_LOST) {
        if (!mb_conn_reconnect(db->conn, err) ||
            (c->write && !mb_project_allow_again(c->session->project, "console", err)))
            return false;
        mb_log(MB_LOG_WARN, "the connection was lost; this is a new session");
        db->unpinned = true;
    } else if (c->write && !mb_project_still_allows(c->session->project, "console", err)) {
        return false;
    }
    return mb_lua_pin_db(db, err);
}

/* Settings of an input stay in effect for the next one, but not behind a pooler. */
static bool begin(console *c, mb_error *err)
{
    mb_conn *conn = c->session->conn;

    c->since = mb_now_us();
    if (!connect(c, err))
        return false;
    if (mb_conn_pooled(conn))
        return mb_lua_set_pins(conn, c->write ? "BEGIN; " : MB_BEGIN_READING "; ", err);
    return mb_conn_exec(NULL, conn, c->write ? "BEGIN" : MB_BEGIN_READING, err);
}

/*
 * Ends the transaction of the input, and drops the cache of types, which the input may have
 * changed.
 */
static bool finish(const console *c, bool ok, mb_error *err)
{
    mb_db *db = c->session->db;

    ok = ok && mb_conn_settle(db->conn, err) &&
         (mb_conn_tx(db->conn) != MB_TX_FAILED || mb_lua_fail_ignored(db, err));
    mb_rows_close_all(db, ok);
    ok = ok && mb_lua_commit(db->conn, err);
    if (!ok)
        mb_conn_rollback(db->conn);
    db->depth = 0;
    db->failed[0] = '\0';
    mb_conn_forget(db->conn);
    return ok;
}

/* Adds a hint that the server cannot give: why the session is read-only. */
static void add_hint(const console *c, mb_error *err)
{
    bool refused = mb_error_is(err, MB_SQLSTATE_READ_ONLY_SQL_TRANSACTION) ||
                   mb_error_is(err, MB_SQLSTATE_ACTIVE_SQL_TRANSACTION);

    if (!c->write && refused)
        mb_fail_hint(err, "Start the console with --write.");
}

/* As psql shows it. */
static void print_time(int64_t us)
{
    char text[64];

    mb_format_into(text, sizeof text, "Time: %.3f ms\n", (double)us / 1e3);
    mb_print(text, strlen(text));
}

/* At a terminal an error is shown, and the prompt returns; otherwise it ends the command with 1. */
static int report(lua_State *L, const console *c, bool ok, mb_error *err)
{
    if (!ok)
        add_hint(c, err);
    if (!ok && !c->editor) {
        if (mb_code_exit(err->code) != 1 && err->code != MB_ERR_INTERRUPTED)
            err->code = MB_ERR_SCRIPT;
        return mb_lua_raise_plain(L, err);
    }
    mb_live_stop();
    if (!ok)
        mb_log_error(MB_LOG_ERROR, err);
    else if (c->timing)
        print_time(mb_now_us() - c->since);
    mb_interrupt_clear();
    mb_lua_stay(L);
    lua_pushboolean(L, ok);
    return 1;
}

/*
 * console:compile(text, line, env) -> function, or nil and the error.  `line` is the number of the
 * text's first line.  `load` cannot be used, because it does not allow the name of a file, which
 * errors need for their place.
 */
static int console_compile(lua_State *L)
{
    const console *c = check_console(L);
    lua_Integer line = luaL_checkinteger(L, 3);
    size_t len;
    const char *text = luaL_checklstring(L, 2, &len);
    luaL_Buffer whole;

    luaL_checktype(L, 4, LUA_TTABLE);
    luaL_buffinit(L, &whole);
    while (line-- > 1)
        luaL_addchar(&whole, '\n');
    luaL_addlstring(&whole, text, len);
    luaL_pushresult(&whole);
    text = lua_tolstring(L, -1, &len);
    if (luaL_loadbufferx(L, text, len, c->editor ? "@input" : "@stdin", "t") != LUA_OK) {
        lua_pushnil(L);
        lua_insert(L, -2);
        return 2;
    }
    lua_pushvalue(L, 4);
    lua_setupvalue(L, -2, 1);
    return 1;
}

/* console:run(fn, ...) -> did it succeed? */
static int console_run(lua_State *L)
{
    console *c = check_console(L);
    mb_error err;
    bool ok;

    luaL_checktype(L, 2, LUA_TFUNCTION);
    ok = begin(c, &err) && mb_lua_call(L, lua_gettop(L) - 2, 0, &err);
    return report(L, c, finish(c, ok, &err), &err);
}

/* ---- SQL ---- */

/* True for a single statement that cannot run in a transaction. */
static bool is_alone(const mb_conn *conn, const char *sql, size_t len)
{
    mb_script *script = mb_exec_script(conn, sql, len);
    bool found = false, alone = false;
    mb_error err;
    mb_stmt stmt;

    if (mb_script_next(script, &stmt, &found, &err) && found && stmt.kind == MB_STMT_NO_TRANSACTION)
        alone = mb_script_next(script, &stmt, &found, &err) && !found;
    mb_script_close(script);
    return alone;
}

static bool run_sql(const console *c, const char *sql, size_t len, mb_error *err)
{
    mb_conn *conn = c->session->conn;
    mb_report shown;
    bool ok;

    mb_report_begin(&shown, true);
    shown.expanded = c->expanded;
    ok = mb_exec_text(conn, sql, len, &(mb_exec_with){.rows = &shown.sink}, NULL, err);
    mb_report_end(&shown);
    if (!ok)
        mb_lua_show_sql(sql, err);
    return ok;
}

/* console:expand(flag): show rows of SQL in the expanded format */
static int console_expand(lua_State *L)
{
    check_console(L)->expanded = lua_toboolean(L, 2);
    return 0;
}

/* console:time(flag): show how long each input takes */
static int console_time(lua_State *L)
{
    check_console(L)->timing = lua_toboolean(L, 2);
    return 0;
}

/* console:sql(text) -> did it succeed? */
static int console_sql(lua_State *L)
{
    console *c = check_console(L);
    mb_conn *conn = c->session->conn;
    size_t len;
    const char *sql = luaL_checklstring(L, 2, &len);
    mb_error err;
    bool ok;

    if (c->write && is_alone(conn, sql, len)) {
        c->since = mb_now_us();
        ok = connect(c, &err) && run_sql(c, sql, len, &err);
        return report(L, c, ok, &err);
    }
    ok = begin(c, &err) && run_sql(c, sql, len, &err);
    return report(L, c, finish(c, ok, &err), &err);
}

/*
 * console:is_whole(sql) -> is its last statement complete?  It is when a word appended to the text
 * would begin a new statement, and would not continue a quote, a comment or the last statement.
 */
static int console_is_whole(lua_State *L)
{
    static const char word[] = "x";
    const console *c = check_console(L);
    const char *sql =
        (luaL_checkstring(L, 2), lua_pushfstring(L, "%s\n%s", lua_tostring(L, 2), word));
    mb_script *script = mb_exec_script(c->session->conn, sql, strlen(sql));
    bool found = true, ok = true, whole = false;
    mb_error err = {0};
    mb_stmt stmt;

    while (ok && found) {
        ok = mb_script_next(script, &stmt, &found, &err);
        if (ok && found)
            whole = strcmp(stmt.sql, word) == 0;
    }
    /* Any other error of the text is reported when it runs. */
    lua_pushboolean(L, ok ? whole : !mb_script_is_unterminated(script));
    mb_script_close(script);
    return 1;
}

/* ---- project:console ---- */

/* Pushes the path of the history file; nil without a home directory. */
static const char *push_history_path(lua_State *L)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

    if (state && state[0] == '/')
        return lua_pushfstring(L, "%s/moonbird/history", state);
    if (home && *home)
        return lua_pushfstring(L, "%s/.local/state/moonbird/history", home);
    lua_pushnil(L);
    return NULL;
}

static void allow_write(lua_State *L)
{
    mb_project *project = mb_session_project(L, 1);
    mb_report shown;
    mb_error err;
    bool recorded, ok;

    mb_report_begin(&shown, false);
    ok = mb_project_allow_script(&recorded, project, "console", NULL, &shown.reporter, &err);
    mb_report_end(&shown);
    if (!ok)
        mb_lua_raise_plain(L, &err);
}

/* project:console(write) -> console, is it at a terminal? */
int mb_session_console(lua_State *L)
{
    mb_session *s = mb_session_check(L, 1);
    bool write = lua_toboolean(L, 2);
    console *c;

    luaL_argcheck(L, s->conn, 1, "not connected");
    mb_session_check_idle(L, 1);
    if (write)
        allow_write(L);
    else
        s->env.only_reads = "Start the console with --write.";
    c = lua_newuserdatauv(L, sizeof *c, CONSOLE_COMPLETER);
    *c = (console){.session = s, .write = write};
    luaL_setmetatable(L, CONSOLE);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, CONSOLE_SESSION);
    if (isatty(STDIN_FILENO) && mb_print_is_terminal()) {
        const mb_completer completer = {.self = c, .complete = complete};
        mb_error err;

        if (!mb_editor_open(&c->editor, push_history_path(L), &completer, &err))
            return mb_lua_raise_plain(L, &err);
        lua_pop(L, 1);
    }
    lua_pushboolean(L, c->editor != NULL);
    return 2;
}

void mb_open_console(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"line", console_line},
        {"remember", console_remember},
        {"on_complete", console_on_complete},
        {"members", console_members},
        {"compile", console_compile},
        {"run", console_run},
        {"sql", console_sql},
        {"expand", console_expand},
        {"time", console_time},
        {"is_whole", console_is_whole},
        {"__gc", console_gc},
        {NULL, NULL},
    };

    mb_lua_new_class(L, CONSOLE, methods);
}
