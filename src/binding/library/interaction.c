/* interaction.c -- moonbird.progress, confirm and sleep. */
#include "binding/binding.h"

#include "moonbird/os/interrupt.h"
#include "moonbird/os/terminal.h"
#include "moonbird/os/progress.h"

#define PROGRESS "moonbird.progress"

/* progress(label [, total]) -> progress */
int mb_lua_progress(lua_State *L)
{
    const char *label = (luaL_checkstring(L, 1), mb_lua_text(L, 1));
    lua_Integer total = luaL_optinteger(L, 2, 0);
    mb_progress **handle = mb_lua_new_handle(L, PROGRESS);

    *handle = mb_progress_start(label, total > 0 ? total : 0);
    return 1;
}

/* progress:add([n]) */
static int progress_add(lua_State *L)
{
    mb_progress **handle = mb_lua_check_handle(L, 1, PROGRESS);
    lua_Integer n = luaL_optinteger(L, 2, 1);

    luaL_argcheck(L, *handle, 1, "it has ended");
    mb_progress_add(*handle, n);
    return 0;
}

static int progress_done(lua_State *L)
{
    mb_progress **handle = mb_lua_check_handle(L, 1, PROGRESS);

    mb_progress_end(*handle);
    *handle = NULL;
    return 0;
}

/* __close(progress, error), __gc: ends the progress without reporting the work as done. */
static int progress_drop(lua_State *L)
{
    mb_progress **handle = mb_lua_check_handle(L, 1, PROGRESS);

    mb_progress_drop(*handle);
    *handle = NULL;
    return 0;
}

static int fail_confirm(lua_State *L, const char *question, const char *why, const char *hint)
{
    mb_error err;

    mb_fail(&err, MB_ERR_USAGE, "%s: %s", why, question);
    mb_fail_hint(&err, "%s", hint);
    return mb_lua_raise(L, &err);
}

/* confirm(question) -> was the answer, or --yes, yes?  Raises in a transaction, which has locks. */
int mb_lua_confirm(lua_State *L)
{
    const char *question = (luaL_checkstring(L, 1), mb_lua_text(L, 1));
    const char *line = lua_pushfstring(L, "%s [y/N] ", question);
    char answer[16] = "";

    if (mb_lua_in_transaction(L))
        return fail_confirm(L, question, "moonbird does not ask while a transaction is open",
                            "Call moonbird.confirm before the transaction begins, in a hook or a "
                            "command.");
    if (!mb_assume_yes() && !mb_input_is_terminal())
        return fail_confirm(L, question, "confirmation needed",
                            "Use --yes when there is no terminal.");
    if (!mb_assume_yes())
        mb_prompt(line, answer, sizeof answer);
    lua_pushboolean(L, mb_assume_yes() || *answer == 'y' || *answer == 'Y');
    mb_lua_check_interrupt(L);
    return 1;
}

/* sleep(seconds) */
int mb_lua_sleep(lua_State *L)
{
    lua_Number seconds = luaL_checknumber(L, 1);
    mb_error err;

    luaL_argcheck(L, seconds >= 0 && seconds < 1e9, 1, "the number of seconds must be 0 or more");
    if (!mb_sleep(seconds, &err))
        return mb_lua_raise(L, &err);
    return 0;
}

int mb_open_interaction(lua_State *L)
{
    static const luaL_Reg methods[] = {{"add", progress_add},
                                       {"done", progress_done},
                                       {"__close", progress_drop},
                                       {"__gc", progress_drop},
                                       {NULL, NULL}};

    mb_lua_new_class(L, PROGRESS, methods);
    return 0;
}
