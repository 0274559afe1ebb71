/*
 * told.c -- the statements of a migration's script, of which its hooks are told.
 *
 * Statements that moonbird makes to answer a question, as db:has_table does, are not told.
 */
#include "binding/binding.h"

#include "moonbird/os/clock.h"
#include "moonbird/run/exec.h"

#include <string.h>

/* Tell of the first statement in `sql`: before it if `done` is NULL. */
static bool tell(const mb_db *db, const char *sql, const mb_call_statement *done, mb_error *err)
{
    mb_script *script = mb_exec_script(db->conn, sql, strlen(sql));
    const mb_watch *watch = db->watch;
    mb_call_statement statement = done ? *done : (mb_call_statement){0};
    bool found, ok;
    mb_stmt stmt;

    statement.stmt = &stmt;
    ok = mb_script_next(script, &stmt, &found, err) &&
         (!found || (done ? watch->after(watch->self, &statement, err)
                          : watch->before(watch->self, &stmt, err)));
    mb_script_close(script);
    return ok;
}

int64_t mb_lua_tell_before(lua_State *L, const mb_db *db, const char *sql)
{
    mb_error *err = mb_lua_scratch(L);

    if (!db->watch)
        return 0;
    if (!tell(db, sql, NULL, err))
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
    if (!tell(db, sql, &done, err))
        mb_lua_raise(L, err);
}
