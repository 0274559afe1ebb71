/* databases.c -- ctx.project's database itself: found, created, dropped, waited for. */
#include "binding/project/request.h"
#include "binding/project/methods.h"
#include "binding/project/run_output.h"
#include "binding/command/session.h"
#include "binding/value/field.h"
#include "database.h"

#include "moonbird/os/clock.h"
#include "moonbird/os/log.h"
#include "moonbird/os/progress.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define FACTS "moonbird.database"

static int free_facts(lua_State *L)
{
    mb_database_facts_free(lua_touserdata(L, 1));
    return 0;
}

mb_database_at mb_database_at_of(lua_State *L, int session, const char *command)
{
    const mb_session *s = mb_session_check(L, session);

    if (!s->conninfo)
        mb_lua_fail(L, MB_ERR_USAGE, "the command needs a server: declare "
                                     "needs = { target = true }");
    return (mb_database_at){
        .settings = &s->settings,
        .conninfo = s->conninfo,
        .command = command,
    };
}

void mb_database_push(lua_State *L, const mb_database_facts *facts)
{
    char oid[16];

    snprintf(oid, sizeof oid, "%u", facts->oid);
    lua_createtable(L, 0, 10);
    mb_field_text(L, "database", facts->name);
    mb_field_flag(L, "exists", facts->oid != 0);
    mb_field_text(L, "target", facts->target);
    mb_field_count(L, "bytes", (size_t)facts->contents.bytes);
    mb_field_count(L, "tables", (size_t)facts->contents.tables);
    mb_field_count(L, "objects", (size_t)facts->contents.objects);
    mb_field_count(L, "sessions", (size_t)facts->contents.sessions);
    mb_field_count(L, "applied", (size_t)facts->applied);
    mb_field_text(L, "oid", oid);
    mb_field_text(L, "server", facts->system);
}

/*
 * project:database() -> { database, exists, target, bytes, tables, objects, sessions, applied, oid,
 * server }: what drop_database would drop
 */
static int project_database(lua_State *L)
{
    mb_database_at at = mb_database_at_of(L, 1, "database drop");
    mb_database_facts *facts = mb_lua_new_zeroed(L, sizeof *facts, FACTS);
    mb_error err;

    if (!mb_database_inspect(facts, &at, &err))
        return mb_lua_raise_plain(L, &err);
    mb_database_push(L, facts);
    return 1;
}

/* project:create_database({ owner, template }) -> { database, created } */
static int project_create_database(lua_State *L)
{
    static const char *const known[] = {"owner", "template", NULL};
    mb_database_at at = mb_database_at_of(L, 1, "database create");
    mb_database_options options = {0};
    mb_buf *name;
    bool created = false, ok;
    mb_error err;

    mb_session_check_may_change(L, 1);
    if (!lua_isnoneornil(L, 2)) {
        luaL_checktype(L, 2, LUA_TTABLE);
        mb_field_check_names(L, 2, "field", known);
        options.owner = mb_request_text(L, 2, "owner");
        options.template = mb_request_text(L, 2, "template");
    }
    name = mb_lua_new_buf(L);
    ok = mb_database_make(&name->data, &created, &at, &options, &err);
    if (!ok)
        return mb_lua_raise_plain(L, &err);
    lua_createtable(L, 0, 2);
    mb_field_text(L, "database", name->data);
    mb_field_flag(L, "created", created);
    mb_buf_free(name);
    return 1;
}

/*
 * project:drop_database(shown, force) -> { database, dropped }: the database that project:database
 * returned
 */
static int project_drop_database(lua_State *L)
{
    mb_report report;
    mb_database_at at = mb_database_at_of(L, 1, "database drop");
    mb_database_facts shown = {0};
    const char *oid;
    mb_error err;
    bool ok;

    mb_session_check_may_change(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    oid = mb_request_text(L, 2, "oid");
    shown.name = (char *)mb_request_text(L, 2, "database");
    shown.system = (char *)mb_request_text(L, 2, "server");
    if (!oid || !shown.name || !shown.system)
        return mb_lua_fail(L, MB_ERR_USAGE, "the argument must be the table that "
                                            "project:database() returned");
    shown.oid = (uint32_t)strtoul(oid, NULL, 10);
    if (shown.oid) {
        mb_report_begin(&report, false);
        at.reporter = &report.reporter;
        ok = mb_database_remove(&shown, &at, lua_toboolean(L, 3), &err);
        mb_report_end(&report);
        if (!ok)
            return mb_lua_raise_plain(L, &err);
    }
    lua_createtable(L, 0, 2);
    mb_field_text(L, "database", shown.name);
    mb_field_flag(L, "dropped", shown.oid != 0);
    return 1;
}

/* ---- waiting ---- */

/* Elsewhere than at a terminal, a line now and then. */
static void on_waiting(void *self, int64_t waited_us, const char *why)
{
    int64_t *said = self;

    if (*said && waited_us - *said < MB_PROGRESS_LINE_US)
        return;
    *said = waited_us;
    mb_log(MB_LOG_INFO, "waiting for the server for %lld s: %s", (long long)(waited_us / 1000000),
           why);
}

/* project:wait_for_server(seconds) -> { exists, waited_ms } */
static int project_wait(lua_State *L)
{
    mb_database_at at = mb_database_at_of(L, 1, "database wait");
    lua_Number seconds = luaL_checknumber(L, 2);
    int64_t said = 0, waited = 0;
    const mb_server_wait_for what = {
        .conninfo = at.conninfo,
        .limit_us = seconds < INT_MAX ? (int64_t)(seconds * 1e6) : INT64_MAX,
        .waiting = on_waiting,
        .self = &said,
    };
    mb_error err;
    bool exists;

    if (!mb_server_wait(&exists, &waited, &what, &err))
        return mb_lua_raise_plain(L, &err);
    lua_createtable(L, 0, 2);
    mb_field_flag(L, "exists", exists);
    mb_field_ms(L, "waited_ms", waited);
    return 1;
}

const luaL_Reg mb_databases_methods[] = {
    {"database", project_database},
    {"create_database", project_create_database},
    {"drop_database", project_drop_database},
    {"wait_for_server", project_wait},
    {NULL, NULL},
};

void mb_open_databases(lua_State *L)
{
    static const luaL_Reg facts[] = {{"__gc", free_facts}, {NULL, NULL}};

    mb_lua_new_class(L, FACTS, facts);
}
