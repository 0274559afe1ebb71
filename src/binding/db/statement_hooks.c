/*
 * statement_hooks.c -- runs the hooks before and after the statements of a migration's script.
 *
 * Statements that moonbird makes to answer a question, as db:has_table does, have no hooks.
 */
#include "binding/binding.h"

#include "binding/engine/place.h"

#include "moonbird/os/clock.h"
#include "moonbird/run/exec.h"

#include <string.h>

static mb_call_statement placed(const mb_call_statement *told, const mb_statement_watch *at)
{
    mb_call_statement statement = *told;

    statement.path = at->path;
    if (at->line)
        statement.line = at->line;
    return statement;
}

static bool before(void *self, const mb_call_statement *next, mb_error *err)
{
    const mb_statement_watch *at = self;
    mb_call_statement statement = placed(next, at);

    return at->to->before(at->to->self, &statement, err);
}

static bool after(void *self, const mb_call_statement *done, mb_error *err)
{
    const mb_statement_watch *at = self;
    mb_call_statement statement = placed(done, at);

    return at->to->after(at->to->self, &statement, err);
}

const mb_watch *mb_lua_watch_at(mb_statement_watch *out, const mb_db *db, const char *path)
{
    *out = (mb_statement_watch){{out, before, after}, db->watch, path, 0};
    return db->watch ? &out->watch : NULL;
}

const mb_watch *mb_lua_watch_here(lua_State *L, mb_statement_watch *out, const mb_db *db)
{
    const mb_watch *watch = mb_lua_watch_at(out, db, NULL);
    lua_Debug ar;

    if (watch && mb_lua_find_script(L, &ar)) {
        out->path = ar.source + 1;
        out->line = ar.currentline;
    }
    return watch;
}

/* Tells the watch of the first statement in `sql`: before it runs if `done` is NULL. */
static bool tell(lua_State *L, const mb_db *db, const char *sql, const mb_call_statement *done,
                 mb_error *err)
{
    mb_script *script = mb_exec_script(db->conn, sql, strlen(sql));
    mb_call_statement statement =
        done ? *done : (mb_call_statement){.duration_us = MB_UNSET, .rows = MB_UNSET};
    mb_statement_watch here;
    const mb_watch *watch = mb_lua_watch_here(L, &here, db);
    bool found, ok;
    mb_stmt stmt;

    statement.stmt = &stmt;
    ok = mb_script_next(script, &stmt, &found, err) &&
         (!found || (done ? watch->after(watch->self, &statement, err)
                          : watch->before(watch->self, &statement, err)));
    mb_script_close(script);
    return ok;
}

int64_t mb_lua_tell_before(lua_State *L, const mb_db *db, const char *sql)
{
    mb_error *err = mb_lua_scratch(L);

    if (!db->watch)
        return 0;
    if (!tell(L, db, sql, NULL, err))
        mb_lua_raise(L, err);
    return mb_now_us();
}

void mb_lua_tell_after(lua_State *L, const mb_db *db, const char *sql, int64_t since, int64_t rows)
{
    mb_error *err = mb_lua_scratch(L);
    mb_call_statement done = {.rows = rows};

    if (!db->watch)
        return;
    done.duration_us = mb_now_us() - since;
    if (!tell(L, db, sql, &done, err))
        mb_lua_raise(L, err);
}
