/* attempt.c -- the failures, runners and progress of the migrations in a status. */
#include "moonbird/report/attempt.h"

#include "moonbird/history/runner.h"
#include "moonbird/history/steps.h"
#include "moonbird/project/loaded.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/process_alive.h"

#include <stdlib.h>
#include <string.h>

/* ---- how much is done ---- */

static void add_count(mb_buf *out, size_t n, const char *what)
{
    if (n)
        mb_buf_printf(out, "%s%zu %s%s", out->len ? " and " : "", n, what, n == 1 ? "" : "s");
}

static void add_part(mb_attempt *out, mb_buf *rows, const mb_part *part)
{
    if (part->state == MB_PART_DONE) {
        (*(part->backfill ? &out->backfills : &out->steps))++;
    } else if (part->rows) {
        add_count(rows, (size_t)part->rows, "row");
        mb_buf_printf(rows, " of the backfill \"%s\"", part->name);
    }
}

static bool count_parts(mb_attempt *out, mb_project *project, const mb_row *row, mb_error *err)
{
    const mb_step_key key = {{row->stream, row->name}, row->direction};
    mb_part *parts;
    mb_buf rows = {0};
    size_t n;

    if (!project->history.layout.parts)
        return true;
    if (!mb_history_parts(&parts, &n, mb_project_store(project), &project->history, &key, err))
        return false;
    for (size_t i = 0; i < n; i++)
        add_part(out, &rows, &parts[i]);
    out->rows = rows.data;
    mb_parts_free(parts, n);
    return true;
}

char *mb_attempt_done(const mb_attempt *attempt, const mb_row *row)
{
    mb_buf text = {0};

    add_count(&text, attempt->steps, "step");
    add_count(&text, attempt->backfills, "backfill");
    if (attempt->rows)
        mb_buf_printf(&text, "%s%s", text.len ? " and " : "", attempt->rows);
    if (row->total) /* only SQL files have a number of statements */
        mb_buf_printf(&text, "%s%zu of %zu statement%s", text.len ? " and " : "", row->done,
                      row->total, row->total == 1 ? "" : "s");
    mb_buf_puts(&text, text.len ? " done" : "nothing done");
    return text.data;
}

static void add_failure(mb_buf *out, const mb_event *event)
{
    mb_buf_printf(out, "%s%s%s at %s by %s", out->len ? ", " : "",
                  strcmp(event->what, "down") == 0 ? "rollback " : "", event->outcome, event->at,
                  event->who);
    if (event->host)
        mb_buf_printf(out, "@%s", event->host);
    if (event->detail && strcmp(event->detail, event->outcome) != 0) /* "interrupted" is both */
        mb_buf_printf(out, ": %s", event->detail);
}

char *mb_attempt_text(const mb_attempt *attempt, const mb_row *row)
{
    char *done = row ? mb_attempt_done(attempt, row) : mb_strdup("");
    mb_buf text = {0};

    mb_buf_printf(&text, "%s%s", row && row->direction == MB_DOWN ? "rollback: " : "", done);
    if (attempt->runner)
        mb_buf_printf(&text, ", %s", attempt->runner);
    if (attempt->failure)
        add_failure(&text, attempt->failure);
    free(done);
    return text.data;
}

/* ---- is its runner alive? ---- */

static bool find_runner(mb_attempt *out, const mb_project *project, const mb_row *row,
                        mb_error *err)
{
    const mb_runner runner = mb_runner_of(row);
    char *holder;

    if (!mb_runner_lives(&out->alive, &holder, mb_project_store(project), &runner, err))
        return false;
    if (strcmp(row->host, mb_this_host()) == 0) {
        out->runner = mb_format(out->alive ? "pid %d on %s is working on it"
                                           : "its process, pid %d on %s, is gone",
                                row->pid, row->host);
        return true;
    }
    out->runner = holder ? mb_format("pid %d on %s began it; the run lock is held by %s", row->pid,
                                     row->host, holder)
                         : mb_format("its process, pid %d on %s, is gone: the run lock is free",
                                     row->pid, row->host);
    free(holder);
    return true;
}

bool mb_attempt_read(mb_attempt *out, mb_project *project, const mb_item *item, mb_error *err)
{
    const mb_row *row = item->row;

    *out = (mb_attempt){0};
    if (!row || row->state == MB_APPLIED)
        return true;
    return count_parts(out, project, row, err) &&
           (row->state != MB_RUNNING || find_runner(out, project, row, err));
}

void mb_attempt_free(mb_attempt *attempt)
{
    free(attempt->runner);
    free(attempt->rows);
    *attempt = (mb_attempt){0};
}

/* ---- the last failure ---- */

static mb_event *find_failure(const mb_attempts *attempts, const mb_item *item)
{
    const char *stream = mb_stream_name(item->stream);

    for (size_t i = 0; i < attempts->events.failures.n; i++) {
        mb_event *event = &attempts->events.failures.items[i];

        if (event->stream && event->name && strcmp(event->stream, stream) == 0 &&
            strcmp(event->name, item->name) == 0)
            return event;
    }
    return NULL;
}

static char *text_of(const char *s)
{
    return *s ? mb_strdup(s) : NULL;
}

/* The failure of a row whose event has another name: the migration was renamed. */
static void add_failure_of(mb_attempts *out, const mb_row *row)
{
    mb_events *events = &out->events.failures;

    events->items = mb_grow(events->items, events->n, sizeof *events->items);
    events->items[events->n++] = (mb_event){
        .at = text_of(row->applied_at),
        .who = text_of(row->applied_by),
        .host = text_of(row->host),
        .pid = row->pid,
        .environment = text_of(row->environment),
        .stream = mb_strdup(mb_stream_name(row->stream)),
        .name = mb_strdup(row->name),
        .what = mb_strdup(row->direction == MB_DOWN ? "down" : "up"),
        .outcome = mb_strdup("failed"),
        .detail = text_of(row->error),
    };
}

static void find_failures(mb_attempts *out, const mb_status *status)
{
    for (size_t i = 0; i < status->n; i++)
        if (status->items[i].state == MB_FAILED && !find_failure(out, &status->items[i]))
            add_failure_of(out, status->items[i].row);
    /* While a migration runs, or if its process is gone, the failure is of an earlier attempt. */
    for (size_t i = 0; i < status->n && out->events.failures.n; i++)
        if (status->items[i].state != MB_RUNNING)
            out->items[i].failure = find_failure(out, &status->items[i]);
}

static bool describe_items(mb_attempts *out, mb_project *project, mb_error *err)
{
    const mb_status *status = &project->status;

    out->n = status->n;
    out->items = mb_alloc(status->n * sizeof *out->items);
    for (size_t i = 0; i < status->n; i++)
        if (!mb_attempt_read(&out->items[i], project, &status->items[i], err))
            return false;
    find_failures(out, status);
    return true;
}

bool mb_project_status(const mb_status **out, mb_attempts *attempts, mb_project *project,
                       mb_error *err)
{
    *attempts = (mb_attempts){0};
    *out = &project->status;
    if (!mb_project_read_files(project, err) || !mb_project_present(project, err) ||
        !mb_history_load_attempts(&project->history, &attempts->events, mb_project_store(project),
                                  err))
        return false;
    mb_project_build_status(project);
    if (describe_items(attempts, project, err))
        return true;
    mb_attempts_free(attempts);
    return false;
}

void mb_attempts_free(mb_attempts *attempts)
{
    for (size_t i = 0; i < attempts->n; i++)
        mb_attempt_free(&attempts->items[i]);
    free(attempts->items);
    mb_attempted_free(&attempts->events);
    *attempts = (mb_attempts){0};
}
