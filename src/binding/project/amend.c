/* amend.c -- ctx.project:mark, forget, repair, rename and baseline. */
#include "amend.h"

#include "binding/value/field.h"
#include "methods.h"
#include "request.h"
#include "run_output.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define AMENDMENT "moonbird.amendment"

static int free_amendment(lua_State *L)
{
    mb_amendment_free(lua_touserdata(L, 1));
    return 0;
}

static void set_sums(lua_State *L, const char *key, const mb_checksums *sums)
{
    if (!sums->file[0])
        return;
    lua_createtable(L, 0, 2);
    mb_field_text(L, "raw", sums->file);
    mb_field_text(L, "checksum", sums->normalized);
    lua_setfield(L, -2, key);
}

static void push_amended(lua_State *L, const mb_amended *item)
{
    lua_createtable(L, 0, 4);
    mb_field_text(L, "name", item->name);
    mb_field_text(L, "stream", mb_stream_name(item->stream));
    if (item->why)
        mb_field_text(L, "why", item->why);
    if (item->to)
        mb_field_text(L, "to", item->to);
    set_sums(L, "before", &item->before);
    set_sums(L, "after", &item->after);
}

static void set_amended(lua_State *L, const char *key, const mb_amendment *amendment, bool done)
{
    mb_array_push(L);
    for (size_t i = 0; i < amendment->n; i++) {
        if ((amendment->items[i].why == NULL) != done)
            continue;
        push_amended(L, &amendment->items[i]);
        mb_array_append(L);
    }
    lua_setfield(L, -2, key);
}

static int push_amendment(lua_State *L, const mb_amendment *amendment, const char *done)
{
    lua_createtable(L, 0, 3);
    set_amended(L, done, amendment, true);
    set_amended(L, "skipped", amendment, false);
    mb_field_count(L, "pending", amendment->pending);
    return 1;
}

/* ---- the hooks around a command ---- */

typedef struct calling {
    const mb_session *session;
    const char *command;
} calling;

/* The names of the migrations; after the old name of a renamed one, its new one. */
static size_t list_names(const char **names, const mb_amendment *amendment)
{
    size_t n = 0;

    for (size_t i = 0; i < amendment->n; i++) {
        names[n++] = amendment->items[i].name;
        if (amendment->items[i].to)
            names[n++] = strchr(amendment->items[i].to, '/') + 1;
    }
    return n;
}

static bool call_hooks(const calling *what, mb_hook_event event, const mb_amendment *amendment,
                       mb_error *err)
{
    const char **names = mb_alloc((2 * amendment->n + 1) * sizeof *names);
    const mb_about about = {
        .command = what->command, .names = names, .n = list_names(names, amendment)};
    bool ok = mb_command_hooks(what->session, event, &about, err);

    free(names);
    return ok;
}

static bool call_before(void *self, const mb_amendment *found, mb_error *err)
{
    return call_hooks(self, MB_BEFORE_COMMAND, found, err);
}

int mb_amend(lua_State *L, mb_amend_fn fn, const char *command, const char *done)
{
    mb_project *project = mb_session_clean_project(L, 1);
    size_t n;
    const char *const *names = mb_request_push_names(L, 2, &n);
    mb_amendment *amendment = mb_lua_new_zeroed(L, sizeof *amendment, AMENDMENT);
    calling what = {mb_session_check(L, 1), command};
    const mb_amend_before before = {call_before, &what};
    mb_report report;
    mb_error err;
    bool ok;

    mb_report_begin(&report, false);
    mb_project_before_amend(project, &before);
    ok = fn(amendment, project, names, n, &report.reporter, &err);
    mb_project_before_amend(project, NULL);
    ok = ok && call_hooks(&what, MB_AFTER_COMMAND, amendment, &err);
    mb_report_end(&report);
    return ok ? push_amendment(L, amendment, done) : mb_lua_raise_plain(L, &err);
}

/* project:mark(name or names) -> { marked, skipped, pending } */
static int project_mark(lua_State *L)
{
    return mb_amend(L, mb_project_mark, "mark", "marked");
}

/* project:forget(name or names) -> { forgotten, skipped, pending } */
static int project_forget(lua_State *L)
{
    return mb_amend(L, mb_project_forget, "forget", "forgotten");
}

/* project:repair(name or names) -> { repaired, skipped, pending } */
static int project_repair(lua_State *L)
{
    return mb_amend(L, mb_project_repair, "repair", "repaired");
}

static bool rename_row(mb_amendment *out, mb_project *project, const char *const *names, size_t n,
                       const mb_reporter *reporter, mb_error *err)
{
    (void)n;
    return mb_project_rename(out, project, names[0], names[1], reporter, err);
}

/* project:rename(old, new) -> { renamed, skipped, pending } */
static int project_rename(lua_State *L)
{
    luaL_checkstring(L, 2);
    luaL_checkstring(L, 3);
    lua_settop(L, 3);
    lua_createtable(L, 2, 0); /* -- project old new names */
    lua_insert(L, 2);
    lua_rawseti(L, 2, 2);
    lua_rawseti(L, 2, 1); /* -- project names */
    return mb_amend(L, rename_row, "rename", "renamed");
}

static bool rename_all(mb_amendment *out, mb_project *project, const char *const *names, size_t n,
                       const mb_reporter *reporter, mb_error *err)
{
    (void)names;
    (void)n;
    return mb_project_rename_all(out, project, reporter, err);
}

/* project:rename_all() -> { renamed, skipped, pending } */
static int project_rename_all(lua_State *L)
{
    lua_settop(L, 1);
    mb_amend_optional_name(L);
    return mb_amend(L, rename_all, "rename", "renamed");
}

static bool baseline(mb_amendment *out, mb_project *project, const char *const *names, size_t n,
                     const mb_reporter *reporter, mb_error *err)
{
    return mb_project_baseline(out, project, n ? names[0] : NULL, false, reporter, err);
}

static bool baseline_all(mb_amendment *out, mb_project *project, const char *const *names, size_t n,
                         const mb_reporter *reporter, mb_error *err)
{
    return mb_project_baseline(out, project, n ? names[0] : NULL, true, reporter, err);
}

void mb_amend_optional_name(lua_State *L)
{
    lua_settop(L, 2);
    if (lua_isnil(L, 2)) {
        lua_newtable(L);
        lua_replace(L, 2);
    }
}

/* project:baseline(name or nil, force) -> { marked, skipped, pending } */
static int project_baseline(lua_State *L)
{
    bool force = lua_toboolean(L, 3);

    mb_amend_optional_name(L);
    return mb_amend(L, force ? baseline_all : baseline, "baseline", "marked");
}

const luaL_Reg mb_amend_methods[] = {
    {"mark", project_mark},
    {"forget", project_forget},
    {"repair", project_repair},
    {"rename", project_rename},
    {"rename_all", project_rename_all},
    {"baseline", project_baseline},
    {NULL, NULL},
};

int mb_open_amend(lua_State *L)
{
    static const luaL_Reg amendment[] = {{"__gc", free_amendment}, {NULL, NULL}};

    mb_lua_new_class(L, AMENDMENT, amendment);
    return 0;
}
