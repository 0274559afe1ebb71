/* only_reads.c -- opens other databases read-only while a command works in a scratch database. */
#include "scratch.h"

static const char only_reads[] =
    "Other databases are only read while migrations are tried in a scratch database. A migration "
    "can skip such a part when ctx.command is \"test\".";

mb_session *mb_trial_only_reads(lua_State *L, int trial, const char **before)
{
    mb_session *s;

    lua_getiuservalue(L, trial, 1);
    s = mb_session_check(L, -1);
    lua_pop(L, 1);
    *before = s->env.only_reads;
    s->env.only_reads = only_reads;
    return s;
}

void mb_session_only_reads(mb_session *s, bool whether)
{
    s->env.only_reads = whether ? only_reads : NULL;
}
