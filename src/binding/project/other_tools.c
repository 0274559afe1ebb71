/* other_tools.c -- ctx.project:adopt and eject: the history of another tool, read or written. */
#include "moonbird/report/adoption.h"
#include "moonbird/report/ejection.h"

#include "amend.h"
#include "binding/value/field.h"
#include "methods.h"

#define ADOPTION "moonbird.adoption"
#define EJECTION "moonbird.ejection"

static int free_adoption(lua_State *L)
{
    mb_adoption_free(lua_touserdata(L, 1));
    return 0;
}

static int free_ejection(lua_State *L)
{
    mb_ejection_free(lua_touserdata(L, 1));
    return 0;
}

/* ---- adopt ---- */

static void push_adoption(lua_State *L, const mb_adoption *adoption)
{
    lua_createtable(L, 0, 2);
    mb_field_text(L, "table", adoption->table);
    mb_array_push(L);
    for (size_t i = 0; i < adoption->n; i++) {
        const mb_adoption_item *item = &adoption->items[i];

        lua_createtable(L, 0, 3);
        mb_field_text(L, "name", item->name);
        mb_field_text(L, "state", mb_adoption_state_name(item->state));
        if (item->at)
            mb_field_text(L, "at", item->at);
        mb_array_append(L);
    }
    lua_setfield(L, -2, "migrations");
}

/* project:compare_tool(tool or nil) -> { table, migrations } */
static int project_compare_tool(lua_State *L)
{
    mb_project *project = mb_session_clean_project(L, 1);
    const char *tool = luaL_optstring(L, 2, NULL);
    mb_adoption *adoption = mb_lua_new_zeroed(L, sizeof *adoption, ADOPTION);
    mb_error err;

    if (!mb_project_compare_tool(adoption, project, tool, &err))
        return mb_lua_raise_plain(L, &err);
    push_adoption(L, adoption);
    return 1;
}

static bool adopt(mb_amendment *out, mb_project *project, const char *const *names, size_t n,
                  const mb_reporter *reporter, mb_error *err)
{
    return mb_project_adopt(out, project, n ? names[0] : NULL, false, reporter, err);
}

static bool adopt_changed(mb_amendment *out, mb_project *project, const char *const *names,
                          size_t n, const mb_reporter *reporter, mb_error *err)
{
    return mb_project_adopt(out, project, n ? names[0] : NULL, true, reporter, err);
}

/* project:adopt(tool or nil, force) -> { marked, skipped, pending } */
static int project_adopt(lua_State *L)
{
    bool force = lua_toboolean(L, 3);

    mb_amend_optional_name(L);
    return mb_amend(L, force ? adopt_changed : adopt, "adopt", "marked");
}

/* ---- eject ---- */

static void push_ejection(lua_State *L, const mb_ejection *ejection)
{
    lua_createtable(L, 0, 3);
    mb_field_text(L, "table", ejection->table);
    lua_pushboolean(L, ejection->exists);
    lua_setfield(L, -2, "exists");
    mb_array_push(L);
    for (size_t i = 0; i < ejection->n; i++) {
        lua_createtable(L, 0, 2);
        mb_field_text(L, "name", ejection->items[i].name);
        mb_field_text(L, "state", mb_ejection_state_name(ejection->items[i].state));
        mb_array_append(L);
    }
    lua_setfield(L, -2, "migrations");
}

/* project:compare_ejection(tool) -> { table, exists, migrations } */
static int project_compare_ejection(lua_State *L)
{
    mb_project *project = mb_session_clean_project(L, 1);
    const char *tool = luaL_checkstring(L, 2);
    mb_ejection *ejection = mb_lua_new_zeroed(L, sizeof *ejection, EJECTION);
    mb_error err;

    if (!mb_project_compare_ejection(ejection, project, tool, &err))
        return mb_lua_raise_plain(L, &err);
    push_ejection(L, ejection);
    return 1;
}

static bool eject(mb_amendment *out, mb_project *project, const char *const *names, size_t n,
                  const mb_reporter *reporter, mb_error *err)
{
    (void)n;
    return mb_project_eject(out, project, names[0], reporter, err);
}

/* project:eject(tool) -> { ejected, skipped, pending } */
static int project_eject(lua_State *L)
{
    luaL_checkstring(L, 2);
    lua_settop(L, 2);
    return mb_amend(L, eject, "eject", "ejected");
}

const luaL_Reg mb_other_tools_methods[] = {
    {"adopt", project_adopt},
    {"compare_tool", project_compare_tool},
    {"eject", project_eject},
    {"compare_ejection", project_compare_ejection},
    {NULL, NULL},
};

int mb_open_other_tools(lua_State *L)
{
    static const luaL_Reg adoption[] = {{"__gc", free_adoption}, {NULL, NULL}};
    static const luaL_Reg ejection[] = {{"__gc", free_ejection}, {NULL, NULL}};

    mb_lua_new_class(L, ADOPTION, adoption);
    mb_lua_new_class(L, EJECTION, ejection);
    return 0;
}
