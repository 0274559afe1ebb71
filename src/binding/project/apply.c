/* apply.c -- methods of ctx.project that apply or roll back migrations, or run scripts. */
#include "moonbird/pg/lent_session.h"
#include "moonbird/policy/allow.h"
#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"
#include "moonbird/report/adoption.h"
#include "moonbird/run/apply.h"
#include "moonbird/run/exec.h"
#include "binding/value/field.h"
#include "request.h"
#include "methods.h"
#include "run_output.h"

#include "moonbird/os/file.h"
#include "moonbird/os/log.h"

#include <string.h>

#define OUTCOME "moonbird.outcome"

static int free_outcome(lua_State *L)
{
    mb_outcome_free(lua_touserdata(L, 1));
    return 0;
}

static mb_outcome *new_outcome(lua_State *L)
{
    return mb_lua_new_zeroed(L, sizeof(mb_outcome), OUTCOME);
}

static void set_done(lua_State *L, const char *key, const mb_outcome *outcome,
                     mb_direction direction)
{
    mb_array_push(L);
    for (size_t i = 0; i < outcome->n; i++) {
        const mb_finished *done = &outcome->done[i];

        if (done->direction != direction)
            continue;
        lua_createtable(L, 0, 4);
        mb_field_text(L, "name", done->name);
        mb_field_text(L, "stream", mb_stream_name(done->stream));
        mb_field_ms(L, "duration_ms", done->duration_us);
        mb_field_count(L, "statements", done->statements);
        mb_array_append(L);
    }
    lua_setfield(L, -2, key);
}

static void set_skipped(lua_State *L, const mb_outcome *outcome)
{
    mb_array_push(L);
    for (size_t i = 0; i < outcome->n_skipped; i++) {
        lua_createtable(L, 0, 2);
        mb_field_text(L, "name", outcome->skipped[i].name);
        mb_field_text(L, "why", outcome->skipped[i].why);
        mb_array_append(L);
    }
    lua_setfield(L, -2, "skipped");
}

/* Sets the key to a number that counts from 1; 0: the value does not exist. */
static void set_number(lua_State *L, const char *key, int number)
{
    if (number) {
        mb_field_count(L, key, (size_t)number);
        return;
    }
    mb_lua_push_null(L);
    lua_setfield(L, -2, key);
}

static void set_place(lua_State *L, const mb_error *err)
{
    mb_field_text(L, "file", *err->file ? err->file : NULL);
    set_number(L, "line", err->line);
    set_number(L, "column", err->column);
}

static void push_failure(lua_State *L, const char *name, const mb_error *err)
{
    lua_createtable(L, 0, 10);
    mb_field_text(L, "name", name);
    mb_field_text(L, "kind", mb_code_name(err->code));
    set_place(L, err);
    mb_field_text(L, "message", err->message);
    mb_field_text(L, "sqlstate", *err->sqlstate ? err->sqlstate : NULL);
    mb_field_text(L, "detail", *err->detail ? err->detail : NULL);
    mb_field_text(L, "hint", *err->hint ? err->hint : NULL);
    mb_field_text(L, "context", *err->context ? err->context : NULL);
}

/* Pushes the document of a run; `err` is NULL when the run succeeded. */
static void push_outcome(lua_State *L, const mb_outcome *outcome, mb_request_kind what,
                         const mb_error *err)
{
    lua_createtable(L, 0, 5);
    if (what != MB_DO_DOWN)
        set_done(L, "applied", outcome, MB_UP);
    if (what != MB_DO_UP)
        set_done(L, "rolled_back", outcome, MB_DOWN);
    set_skipped(L, outcome);
    if (err)
        push_failure(L, outcome->failed, err);
    else
        mb_lua_push_null(L);
    lua_setfield(L, -2, "failed");
    mb_field_count(L, "pending", outcome->pending);
    mb_field_count(L, "total", outcome->applied);
}

/*
 * project:apply(request or plan) -> { applied and/or rolled_back, skipped, failed, pending, total }
 *
 * When it fails, the error has that document as its field `outcome`, and as `kept` a clause about
 * what the migration that failed left.
 */
static int project_apply(lua_State *L)
{
    mb_session *s = mb_session_check(L, 1);
    mb_given given = {0};
    mb_outcome *outcome;
    mb_request request;
    mb_report report;
    mb_error err;
    bool ok;

    mb_request_read_plan(L, 2, &s->settings, &request);
    request.command = mb_request_command(&request);
    request.shelved = s->settings.yes;
    given.args = mb_request_push_args(L, 2, &given.n);
    mb_session_clean_project(L, 1);
    outcome = new_outcome(L);
    mb_report_begin(&report, request.stream == MB_MANUAL || mb_log_threshold() >= MB_LOG_DEBUG);
    ok = (request.what != MB_DO_UP || request.stream == MB_MANUAL ||
          mb_project_adopt_newer(s->project, &report.reporter, &err)) &&
         mb_project_apply(outcome, s->project, &request, given, &report.reporter, &err);
    mb_report_end(&report);
    if (ok) {
        push_outcome(L, outcome, request.what, NULL);
        return 1;
    }
    mb_lua_push_plain(L, &err);
    push_outcome(L, outcome, request.what, &err);
    lua_setfield(L, -2, "outcome");
    if (outcome->kept)
        mb_field_text(L, "kept", outcome->kept);
    return lua_error(L);
}

/* A Lua file that `moonbird run` runs. */
typedef struct running {
    const mb_session *session;
    const char *path;
    const mb_reporter *reporter;
    bool recorded; /* the history has its beginning, and not yet its end */
} running;

static bool check_directives(void *self, const char *path, const mb_directives *directives,
                             mb_error *err)
{
    const running *r = self;

    return mb_project_check_script(r->session->project, path, directives, err);
}

static bool begin(void *self, char *(*sql)(const mb_conn *conn), mb_error *err)
{
    running *r = self;
    const mb_script_start start = {.command = "run", .what = r->path, .begin = sql};

    return mb_project_begin_script(&r->recorded, r->session->project, &start, r->reporter, err);
}

static bool commit(void *self, mb_error *err)
{
    running *r = self;
    bool ended, ok;

    if (!r->recorded)
        return mb_lua_commit(r->session->conn, err);
    ok = mb_pooled_end(r->session->conn, err) &&
         mb_project_script_commit(&ended, r->session->project, "run", r->path, err);
    r->recorded = !(ok && ended);
    return ok;
}

static bool before_statement(void *self, const mb_call_statement *next, mb_error *err)
{
    (void)self, (void)next, (void)err;
    return true;
}

static bool show_statement(void *self, const mb_call_statement *done, mb_error *err)
{
    const mb_reporter *reporter = self;

    (void)err;
    reporter->statement(reporter->self, NULL, done);
    return true;
}

static bool run_lua(const mb_session *s, const char *path, mb_given given,
                    mb_reporter *reporter, mb_error *err)
{
    const mb_watch watch = {reporter, before_statement, show_statement};
    mb_call call = {
        .name = mb_path_base(path),
        .stream = "",
        .direction = "up",
        .command = "run",
        .unrecorded = true,
        .environment = s->settings.environment,
        .attempt = 1,
        .args = given.args,
        .n_args = given.n,
        .watch = reporter->statement ? &watch : NULL,
    };
    running own = {s, path, reporter, false};
    const mb_script_caller caller = {&own, check_directives, begin, commit};
    bool ok = mb_lua_run_file(&s->env, path, s->conn, &call, &caller, err);

    if (own.recorded)
        mb_project_script_ended(s->project, "run", path, ok ? NULL : err);
    return ok;
}

/* A command of the project goes on in the session, without the settings of the script. */
static void leave_session(const mb_session *s)
{
    mb_error ignored;

    if (s->db)
        s->db->used = !s->own || !mb_project_clean_session(s->project, &ignored);
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);

    return n >= m && strcmp(s + n - m, end) == 0;
}

/* Runs the script, and the hooks around it. */
static bool run_script(const mb_session *s, const char *path, mb_given given,
                       mb_reporter *reporter, size_t *statements, mb_error *err)
{
    const mb_about about = {.command = "run", .names = &path, .n = 1, .given = given};
    bool lua = ends_with(path, ".lua");

    return mb_command_hooks(s, MB_BEFORE_COMMAND, &about, err) &&
           (lua ? run_lua(s, path, given, reporter, err)
                : mb_project_run_sql(s->project, path, given, reporter, statements, err)) &&
           mb_command_hooks(s, MB_AFTER_COMMAND, &about, err);
}

/* project:run(path [, { args = … }]) -> { file, statements }: one script, unrecorded */
static int project_run(lua_State *L)
{
    mb_session *s = mb_session_check(L, 1);
    const char *path = mb_lua_check_path(L, 2);
    size_t statements = 0;
    mb_given given = {0};
    mb_report report;
    mb_error err;
    bool ok;

    lua_settop(L, 3);
    if (lua_isnil(L, 3)) {
        lua_newtable(L);
        lua_replace(L, 3);
    }
    luaL_checktype(L, 3, LUA_TTABLE);
    given.args = mb_request_push_args(L, 3, &given.n);
    mb_session_clean_project(L, 1);
    if (!mb_project_check_unrecorded(s->project, path, &err))
        return mb_lua_raise_plain(L, &err);
    mb_report_begin(&report, true);
    ok = run_script(s, path, given, &report.reporter, &statements, &err);
    mb_report_end(&report);
    leave_session(s);
    if (!ok)
        return mb_lua_raise_plain(L, &err);
    lua_createtable(L, 0, 2);
    mb_field_text(L, "file", path);
    mb_field_count(L, "statements", statements);
    return 1;
}

const luaL_Reg mb_apply_methods[] = {
    {"apply", project_apply},
    {"run", project_run},
    {NULL, NULL},
};

int mb_open_apply(lua_State *L)
{
    static const luaL_Reg outcome[] = {{"__gc", free_outcome}, {NULL, NULL}};

    mb_lua_new_class(L, OUTCOME, outcome);
    return 0;
}
