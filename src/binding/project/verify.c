/* verify.c -- ctx.project:verify: how the files differ from the history. */
#include "moonbird/report/verify.h"

#include "binding/value/field.h"
#include "methods.h"
#include "request.h"

#define FINDINGS "moonbird.findings"

static int free_findings(lua_State *L)
{
    mb_findings_free(lua_touserdata(L, 1));
    return 0;
}

static void push_finding(lua_State *L, const mb_finding *finding)
{
    lua_createtable(L, 0, 10);
    mb_field_text(L, "kind", finding->kind);
    mb_field_text(L, "stream", mb_stream_name(finding->stream));
    mb_field_text(L, "name", finding->name);
    mb_field_text(L, "file", finding->file);
    if (finding->line)
        mb_field_count(L, "line", (size_t)finding->line);
    if (finding->column)
        mb_field_count(L, "column", (size_t)finding->column);
    mb_field_text(L, "message", finding->message);
    mb_field_text(L, "detail", finding->detail);
    mb_field_text(L, "hint", finding->hint);
    if (finding->diff)
        mb_field_text(L, "diff", finding->diff);
}

static mb_findings *new_findings(lua_State *L)
{
    return mb_lua_new_zeroed(L, sizeof(mb_findings), FINDINGS);
}

static void set_findings(lua_State *L, const mb_findings *findings)
{
    mb_array_push(L);
    for (size_t i = 0; i < findings->n; i++) {
        push_finding(L, &findings->items[i]);
        mb_array_append(L);
    }
    lua_setfield(L, -2, "findings");
}

void mb_findings_set(lua_State *L, mb_project *project)
{
    mb_findings *findings = new_findings(L); /* -- status findings */
    mb_error err;

    if (!mb_project_verify_loaded(findings, project, &err))
        mb_lua_raise_plain(L, &err);
    lua_insert(L, -2); /* -- findings status */
    set_findings(L, findings);
    lua_remove(L, -2);
}

/* Checks the options, which can be absent. -> is `run` set? */
static bool check_options(lua_State *L)
{
    static const char *const known[] = {"run", "args", NULL};
    bool run = false;

    if (lua_isnoneornil(L, 2))
        return false;
    luaL_checktype(L, 2, LUA_TTABLE);
    mb_field_check_names(L, 2, "field", known);
    if (mb_field_get(L, 2, "run") != LUA_TNIL && !lua_isboolean(L, -1))
        mb_lua_fail(L, MB_ERR_USAGE, "\"run\" must be true or false, not a %s",
                    luaL_typename(L, -1));
    run = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return run;
}

/* project:verify { run =, args = } -> { findings, checked, verified } */
static int project_verify(lua_State *L)
{
    mb_project *project = mb_session_project(L, 1);
    bool run = check_options(L);
    mb_given given = {0};
    mb_session *s = mb_session_check(L, 1);
    const char *before = s->env.only_reads;
    mb_findings *findings = new_findings(L);
    mb_error err;
    bool ok;

    if (run) {
        mb_session_check_idle(L, 1);
        given.args = mb_request_push_args(L, 2, &given.n);
    }
    s->env.only_reads = "verify --run is read-only, in other databases too.";
    ok = mb_project_verify(findings, project, run ? &given : NULL, &err);
    s->env.only_reads = before;
    if (!ok)
        return mb_lua_raise_plain(L, &err);
    lua_createtable(L, 0, 3);
    set_findings(L, findings);
    mb_field_count(L, "checked", findings->checked);
    mb_field_count(L, "verified", findings->verified);
    return 1;
}

const luaL_Reg mb_verify_methods[] = {{"verify", project_verify}, {NULL, NULL}};

int mb_open_verify(lua_State *L)
{
    static const luaL_Reg findings[] = {{"__gc", free_findings}, {NULL, NULL}};

    mb_lua_new_class(L, FINDINGS, findings);
    return 0;
}
