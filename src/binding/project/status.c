/*
 * status.c -- ctx.project:status and :manual: each returns what the core found as a plain table
 * with the keys that --json prints.
 */
#include "moonbird/history/runner.h"
#include "moonbird/project/loaded.h"
#include "moonbird/project/manual.h"
#include "moonbird/project/project.h"
#include "moonbird/report/adoption.h"
#include "moonbird/report/attempt.h"
#include "moonbird/report/verify.h"
#include "binding/value/field.h"
#include "methods.h"
#include "request.h"

#include "moonbird/os/log.h"

#include <stdlib.h>
#include <string.h>

#define ATTEMPTS "moonbird.attempts"

static int free_attempts(lua_State *L)
{
    mb_attempts_free(lua_touserdata(L, 1));
    return 0;
}

/* ---- one migration ---- */

void mb_runner_set(lua_State *L, const mb_runner *runner, bool alive)
{
    lua_createtable(L, 0, 5);
    mb_field_text(L, "who", runner->who);
    mb_field_text(L, "host", runner->host);
    mb_field_count(L, "pid", (size_t)runner->pid);
    mb_field_text(L, "at", runner->at);
    mb_field_flag(L, "alive", alive);
    lua_setfield(L, -2, "runner");
}

/* Sets how far a half-done migration is. */
static void set_done(lua_State *L, const mb_row *row, const mb_attempt *attempt)
{
    const mb_runner runner = mb_runner_of(row);

    mb_field_text(L, "direction", mb_direction_name(row->direction));
    mb_field_count(L, "statements_done", row->done);
    mb_field_count(L, "statements", row->total);
    mb_field_count(L, "steps_done", attempt->steps);
    mb_field_count(L, "backfills_done", attempt->backfills);
    mb_field_text(L, "error", *row->error ? row->error : NULL);
    if (attempt->runner)
        mb_runner_set(L, &runner, attempt->alive);
}

/* Sets the field to an attempt to apply or roll back a migration. */
static void set_attempt(lua_State *L, const char *key, const mb_event *event)
{
    lua_createtable(L, 0, 10);
    mb_field_text(L, "stream", event->stream);
    mb_field_text(L, "name", event->name);
    mb_field_text(L, "at", event->at);
    mb_field_text(L, "what", event->what);
    mb_field_text(L, "outcome", event->outcome);
    mb_field_text(L, "error", strcmp(event->outcome, "done") == 0 ? NULL : event->detail);
    mb_field_text(L, "who", event->who);
    mb_field_text(L, "host", event->host);
    mb_field_count(L, "pid", (size_t)event->pid);
    mb_field_text(L, "environment", event->environment);
    lua_setfield(L, -2, key);
}

/*
 * Sets `progress`, the same facts as text for people; `text` is an empty buffer before and after.
 */
static void set_progress(lua_State *L, const mb_row *row, const mb_attempt *attempt, mb_buf *text)
{
    char *progress = mb_attempt_text(attempt, row);

    mb_buf_puts(text, progress);
    free(progress);
    mb_field_text(L, "progress", mb_buf_str(text));
    mb_buf_clear(text);
}

static void push_item(lua_State *L, const mb_item *item, const mb_attempt *attempt, mb_buf *text)
{
    bool applied = item->row && item->state == MB_APPLIED;
    const mb_row *half_done = applied ? NULL : item->row;

    lua_createtable(L, 0, 15);
    mb_field_text(L, "name", item->name);
    mb_field_text(L, "file", item->file ? item->file->path : NULL);
    mb_field_text(L, "state", item->repeat ? "pending" : mb_state_name(item->state));
    mb_field_text(L, "applied_at", applied ? item->row->applied_at : NULL);
    if (applied)
        mb_field_ms(L, "duration_ms", item->row->duration_us);
    else
        mb_field_text(L, "duration_ms", NULL);
    mb_field_text(L, "checksum", item->row ? item->row->normalized_sum : NULL);
    if (item->row)
        mb_row_set_args(L, item->row);
    mb_field_flag(L, "changed", item->changed);
    mb_field_flag(L, "missing", item->missing && !item->hidden);
    if (item->hidden)
        mb_field_text(L, "hidden", item->hidden);
    mb_field_flag(L, "out_of_order", item->out_of_order);
    mb_field_flag(L, "orphan", item->orphan || mb_item_is_unlisted(item));
    if (item->repeat)
        mb_field_flag(L, "repeat", true);
    if (item->left_out)
        mb_field_flag(L, "left_out", true);
    if (item->replaced_by)
        mb_field_text(L, "replaced_by", item->replaced_by->name);
    if (item->renamed) {
        lua_pushfstring(L, "%s/%s", mb_stream_name(item->renamed->stream), item->renamed->name);
        lua_setfield(L, -2, "renamed_from");
    }
    if (half_done)
        set_done(L, half_done, attempt);
    if (attempt->failure)
        set_attempt(L, "last_failure", attempt->failure);
    if (half_done || attempt->failure)
        set_progress(L, half_done, attempt, text);
}

/* ---- all of them ---- */

static void set_auto(lua_State *L, const mb_status *status, const mb_attempts *attempts)
{
    mb_buf *text = mb_lua_new_buf(L); /* -- status text */

    mb_array_push(L);
    for (size_t i = 0; i < status->n; i++) {
        if (status->items[i].stream != MB_AUTO)
            continue;
        push_item(L, &status->items[i], &attempts->items[i], text);
        mb_array_append(L);
    }
    lua_setfield(L, -3, mb_stream_name(MB_AUTO));
    lua_pop(L, 1);
}

void mb_directives_set(lua_State *L, const mb_directives *d)
{
    mb_field_text(L, "description", d->description);
    mb_field_text(L, "shelved", d->shelved);
    mb_array_of_names(L, d->requires, d->n_requires);
    lua_setfield(L, -2, "requires");
    mb_array_of_names(L, d->conflicts, d->n_conflicts);
    lua_setfield(L, -2, "conflicts");
}

/* Sets the keys that only a manual migration has. */
static void set_manual(lua_State *L, const mb_manual *manual)
{
    mb_directives_set(L, &manual->directives);
    mb_field_text(L, "invalid", manual->invalid);
    mb_field_text(L, "lacks", manual->lacks);
    mb_field_text(L, "excluded_by", NULL);
    if (!manual->conflict)
        return;
    lua_pushfstring(L, "%s/%s", mb_stream_name(manual->conflict->stream), manual->conflict->name);
    lua_setfield(L, -2, "excluded_by");
}

/* Pushes the array of the manual migrations; `rolled_back`: with the time when each was. */
static void push_manual(lua_State *L, mb_project *project, const mb_status *status,
                        const mb_attempts *attempts, bool rolled_back)
{
    mb_buf *text = mb_lua_new_buf(L); /* -- text */
    size_t n;
    const mb_manual *manual = mb_project_manual(project, &n);

    mb_array_push(L);
    for (size_t i = 0; i < n; i++) {
        push_item(L, manual[i].item, &attempts->items[manual[i].item - status->items], text);
        set_manual(L, &manual[i]);
        if (rolled_back)
            mb_field_text(L, "rolled_back_at", manual[i].rolled_back_at);
        mb_array_append(L);
    }
    lua_remove(L, -2);
}

static void set_database(lua_State *L, const mb_conn *conn)
{
    mb_buf *text;

    if (!conn) {
        mb_field_text(L, "database", NULL);
        return;
    }
    text = mb_lua_new_buf(L);
    text->data = mb_conn_describe(conn);
    lua_pushstring(L, text->data);
    lua_setfield(L, -3, "database");
    lua_pop(L, 1);
}

static void set_folders(lua_State *L, const mb_settings *settings)
{
    lua_createtable(L, 0, 2);
    mb_field_text(L, "auto", settings->migrations);
    mb_field_text(L, "manual", settings->manual);
    lua_setfield(L, -2, "folders");
}

/* The status shows moonbird's history; an error of the other one is told by `up`. */
static void note_newer(mb_project *project)
{
    const char *tool;
    mb_error ignored;

    if (mb_project_find_newer(&tool, project, &ignored) && tool)
        mb_log(
            MB_LOG_INFO,
            "note: %s has applied migrations that moonbird has not recorded: moonbird up records "
            "them",
            tool);
}

static void note_difference(void *self, const mb_item *item, const mb_error *why)
{
    (void)self;
    (void)item;
    mb_log(MB_LOG_INFO, "note: %s", why->message);
}

static void note_differences(mb_project *project)
{
    mb_error ignored;
    bool compared = mb_verify_mirror(project, note_difference, NULL, &ignored);

    (void)compared; /* `up` tells why the other history cannot be compared */
}

/* project:status { check = } -> { environment, database, auto, ... [, findings] } */
static int project_status(lua_State *L)
{
    mb_session *s = mb_session_check(L, 1);
    bool check = mb_request_flag(L, 2, "check");
    mb_project *project = mb_session_project(L, 1);
    mb_attempts *attempts = mb_lua_new_zeroed(L, sizeof *attempts, ATTEMPTS);
    const mb_status *status = NULL;
    mb_error err;

    note_newer(project);
    if (!mb_project_status(&status, attempts, project, &err))
        return mb_lua_raise_plain(L, &err);
    lua_createtable(L, 0, 8);
    mb_field_text(L, "environment", *s->settings.environment ? s->settings.environment : NULL);
    set_database(L, s->conn);
    set_auto(L, status, attempts);
    push_manual(L, project, status, attempts, false);
    lua_setfield(L, -2, mb_stream_name(MB_MANUAL));
    mb_field_count(L, "pending", status->pending);
    if (attempts->events.last.at)
        set_attempt(L, "last_run", &attempts->events.last);
    else
        mb_field_text(L, "last_run", NULL);
    set_folders(L, &s->settings);
    mb_field_text(L, "format", status->format);
    if (check)
        mb_findings_set(L, s->project);
    else
        note_differences(project);
    return 1;
}

/* project:manual() -> list of the manual migrations, as in status, with rolled_back_at */
static int project_manual(lua_State *L)
{
    mb_project *project = mb_session_project(L, 1);
    mb_attempts *attempts = mb_lua_new_zeroed(L, sizeof *attempts, ATTEMPTS);
    const mb_status *status = NULL;
    mb_error err;

    if (!mb_project_status(&status, attempts, project, &err) ||
        !mb_project_find_rolled_back(project, &err))
        return mb_lua_raise_plain(L, &err);
    push_manual(L, project, status, attempts, true);
    return 1;
}

/* project:notes() -> the notes about the files that were read last, as `up` shows them */
static int project_notes(lua_State *L)
{
    const mb_names *notes = mb_session_project(L, 1)->status.notes;

    mb_array_of_names(L, notes ? notes->items : NULL, notes ? notes->n : 0);
    return 1;
}

const luaL_Reg mb_status_methods[] = {
    {"status", project_status},
    {"manual", project_manual},
    {"notes", project_notes},
    {NULL, NULL},
};

int mb_open_status(lua_State *L)
{
    static const luaL_Reg attempts[] = {{"__gc", free_attempts}, {NULL, NULL}};

    mb_lua_new_class(L, ATTEMPTS, attempts);
    return 0;
}
