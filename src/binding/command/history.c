/* history.c -- methods of ctx.project that read the history, or change it and run nothing. */
#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"
#include "moonbird/report/history.h"
#include "moonbird/report/adoption.h"
#include "moonbird/report/ejection.h"
#include "moonbird/report/amend.h"
#include "moonbird/report/verify.h"
#include "binding/value/field.h"
#include "request.h"

#define AMENDMENT "moonbird.amendment"
#define ADOPTION  "moonbird.adoption"
#define EJECTION  "moonbird.ejection"
#define HISTORY   "moonbird.history"
#define FINDINGS  "moonbird.findings"

static int free_amendment(lua_State *L)
{
    mb_amendment_free(lua_touserdata(L, 1));
    return 0;
}

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

static int free_history(lua_State *L)
{
    mb_history_view_free(lua_touserdata(L, 1));
    return 0;
}

static int free_findings(lua_State *L)
{
    mb_findings_free(lua_touserdata(L, 1));
    return 0;
}

/* ---- mark, forget, repair, baseline ---- */

static const char *text_or_null(const char *text)
{
    return text && *text ? text : NULL;
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

static mb_amendment *new_amendment(lua_State *L)
{
    return mb_lua_new_zeroed(L, sizeof(mb_amendment), AMENDMENT);
}

typedef bool (*amend_fn)(mb_amendment *out, mb_project *project, const char *const *names, size_t n,
                         const mb_reporter *reporter, mb_error *err);

static int amend(lua_State *L, amend_fn fn, const char *done)
{
    mb_project *project = mb_session_clean_project(L, 1);
    size_t n;
    const char *const *names = mb_request_push_names(L, 2, &n);
    mb_amendment *amendment = new_amendment(L);
    mb_report report;
    mb_error err;
    bool ok;

    mb_report_begin(&report, false);
    ok = fn(amendment, project, names, n, &report.reporter, &err);
    mb_report_end(&report);
    return ok ? push_amendment(L, amendment, done) : mb_lua_raise_plain(L, &err);
}

/* project:mark(name or names) -> { marked, skipped, pending } */
static int project_mark(lua_State *L)
{
    return amend(L, mb_project_mark, "marked");
}

/* project:forget(name or names) -> { forgotten, skipped, pending } */
static int project_forget(lua_State *L)
{
    return amend(L, mb_project_forget, "forgotten");
}

/* project:repair(name or names) -> { repaired, skipped, pending } */
static int project_repair(lua_State *L)
{
    return amend(L, mb_project_repair, "repaired");
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
    return amend(L, rename_row, "renamed");
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

/* Keeps argument 2, a name, on the stack; an empty list of names replaces nil. */
static void use_optional_name(lua_State *L)
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

    use_optional_name(L);
    return amend(L, force ? baseline_all : baseline, "marked");
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

    use_optional_name(L);
    return amend(L, force ? adopt_changed : adopt, "marked");
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
    return amend(L, eject, "ejected");
}

/* ---- history ---- */

static void push_row(lua_State *L, const mb_row *row)
{
    lua_createtable(L, 0, 17);
    mb_field_text(L, "name", row->name);
    mb_field_text(L, "stream", mb_stream_name(row->stream));
    mb_field_text(L, "state", mb_state_name(row->state));
    mb_field_text(L, "direction", mb_direction_name(row->direction));
    mb_field_text(L, "at", row->applied_at);
    mb_field_ms(L, "duration_ms", row->duration_us);
    mb_field_text(L, "applied_by", row->applied_by);
    mb_field_text(L, "host", text_or_null(row->host));
    mb_field_count(L, "pid", (size_t)row->pid);
    mb_field_text(L, "version", text_or_null(row->version));
    mb_field_text(L, "commit", text_or_null(row->commit));
    mb_field_text(L, "environment", text_or_null(row->environment));
    mb_field_text(L, "checksum", text_or_null(row->normalized_sum));
    mb_field_count(L, "statements", row->total);
    mb_field_count(L, "statements_done", row->done);
    mb_field_text(L, "error", text_or_null(row->error));
    mb_field_text(L, "backup", text_or_null(row->backup));
}

static void push_event(lua_State *L, const mb_event *event)
{
    lua_createtable(L, 0, 11);
    mb_field_text(L, "at", event->at);
    mb_field_text(L, "who", event->who);
    mb_field_text(L, "host", event->host);
    mb_field_count(L, "pid", (size_t)event->pid);
    mb_field_text(L, "environment", event->environment);
    mb_field_text(L, "command", event->command);
    mb_field_text(L, "stream", event->stream);
    mb_field_text(L, "name", event->name);
    mb_field_text(L, "what", event->what);
    mb_field_text(L, "outcome", event->outcome);
    mb_field_text(L, "detail", event->detail);
}

static void push_history(lua_State *L, const mb_history_view *history)
{
    lua_createtable(L, 0, 3);
    mb_array_push(L);
    for (size_t i = 0; i < history->n; i++) {
        push_row(L, history->rows[i]);
        mb_array_append(L);
    }
    lua_setfield(L, -2, "migrations");
    if (history->name)
        mb_field_text(L, "name", history->name);
    mb_array_push(L);
    for (size_t i = 0; i < history->events.n; i++) {
        push_event(L, &history->events.items[i]);
        mb_array_append(L);
    }
    lua_setfield(L, -2, "events");
}

/* Reads the optional table at `index`: n, what, since.  The texts are borrowed from it. */
static void read_filter(lua_State *L, int index, mb_event_filter *out)
{
    static const char *const known[] = {"n", "what", "since", NULL};

    if (lua_isnoneornil(L, index))
        return;
    luaL_checktype(L, index, LUA_TTABLE);
    mb_request_check_keys(L, index, known);
    out->limit = mb_request_limit(L, index);
    out->what = mb_request_text(L, index, "what");
    out->since = mb_request_text(L, index, "since");
}

/* project:history(name or nil, { n, what, since }) -> { migrations, events [, name] } */
static int project_history(lua_State *L)
{
    mb_project *project = (lua_settop(L, 3), mb_session_project(L, 1));
    mb_event_filter filter = {.name = lua_isnoneornil(L, 2) ? NULL : mb_lua_check_name(L, 2)};
    mb_history_view *history = mb_lua_new_zeroed(L, sizeof *history, HISTORY);
    mb_error err;

    read_filter(L, 3, &filter);
    if (!mb_project_history(history, project, &filter, &err))
        return mb_lua_raise_plain(L, &err);
    push_history(L, history);
    return 1;
}

/* ---- verify ---- */

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

    if (!mb_project_verify_loaded(findings, project, false, &err))
        mb_lua_raise_plain(L, &err);
    lua_insert(L, -2); /* -- findings status */
    set_findings(L, findings);
    lua_remove(L, -2);
}

/* project:verify { run = } -> { findings, checked, verified } */
static int project_verify(lua_State *L)
{
    mb_project *project = mb_session_project(L, 1);
    bool run = mb_request_flag(L, 2, "run");
    mb_session *s = mb_session_check(L, 1);
    const char *before = s->env.only_reads;
    mb_findings *findings = new_findings(L);
    mb_error err;
    bool ok;

    if (run)
        mb_session_check_idle(L, 1);
    s->env.only_reads = "verify --run is read-only, in other databases too.";
    ok = mb_project_verify(findings, project, run, &err);
    s->env.only_reads = before;
    if (!ok)
        return mb_lua_raise_plain(L, &err);
    lua_createtable(L, 0, 3);
    set_findings(L, findings);
    mb_field_count(L, "checked", findings->checked);
    mb_field_count(L, "verified", findings->verified);
    return 1;
}

const luaL_Reg mb_history_methods[] = {
    {"history", project_history},
    {"mark", project_mark},
    {"forget", project_forget},
    {"repair", project_repair},
    {"baseline", project_baseline},
    {"adopt", project_adopt},
    {"compare_tool", project_compare_tool},
    {"eject", project_eject},
    {"compare_ejection", project_compare_ejection},
    {"verify", project_verify},
    {"rename", project_rename},
    {NULL, NULL},
};

int mb_open_history(lua_State *L)
{
    static const luaL_Reg amendment[] = {{"__gc", free_amendment}, {NULL, NULL}};
    static const luaL_Reg adoption[] = {{"__gc", free_adoption}, {NULL, NULL}};
    static const luaL_Reg ejection[] = {{"__gc", free_ejection}, {NULL, NULL}};
    static const luaL_Reg history[] = {{"__gc", free_history}, {NULL, NULL}};
    static const luaL_Reg findings[] = {{"__gc", free_findings}, {NULL, NULL}};

    mb_lua_new_class(L, AMENDMENT, amendment);
    mb_lua_new_class(L, ADOPTION, adoption);
    mb_lua_new_class(L, EJECTION, ejection);
    mb_lua_new_class(L, HISTORY, history);
    mb_lua_new_class(L, FINDINGS, findings);
    return 0;
}
