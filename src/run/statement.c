/* statement.c -- a migration's statements, with the hooks before and after each of them. */
#include "moonbird/project/source.h"
#include "moonbird/run/exec.h"
#include "moonbird/run/run.h"

#include "moonbird/pg/pooled.h"

#include <string.h>

/* Add to a hook's error the statement that it is about. A script's statement is in its traceback. */
static bool add_place(const mb_source *source, const char *when, const mb_stmt *stmt,
                      mb_error *err)
{
    size_t used = strlen(err->context);

    if (!source->lua)
        mb_format_into(err->context + used, sizeof err->context - used, "%s%s %s:%d",
                       used ? "\n" : "", when, source->path, stmt->line);
    return false;
}

static bool run_hooks(const mb_run *run, mb_hook_event event, const mb_source *source,
                     const mb_call_statement *statement, mb_error *err)
{
    const char *when = event == MB_BEFORE_STATEMENT ? "before the statement at"
                                                    : "after the statement at";

    return mb_hook_statement(run, event, source, statement, err) ||
           add_place(source, when, statement->stmt, err);
}

static bool keep(mb_hook_watch *w, const mb_error *err)
{
    if (!w->failed)
        w->why = *err;
    w->failed = true;
    return false;
}

static bool before(void *self, const mb_stmt *stmt, mb_error *err)
{
    mb_hook_watch *w = self;
    const mb_call_statement statement = {stmt, MB_UNSET, MB_UNSET};

    return run_hooks(w->run, MB_BEFORE_STATEMENT, w->source, &statement, err) || keep(w, err);
}

static bool after(void *self, const mb_call_statement *done, mb_error *err)
{
    mb_hook_watch *w = self;

    return run_hooks(w->run, MB_AFTER_STATEMENT, w->source, done, err) || keep(w, err);
}

const mb_watch *mb_hook_watch_of(mb_hook_watch *out, const mb_run *run, const mb_source *source)
{
    out->watch = (mb_watch){out, before, after};
    out->run = run;
    out->source = source;
    out->failed = false;
    return mb_hook_is_there(run, MB_BEFORE_STATEMENT) || mb_hook_is_there(run, MB_AFTER_STATEMENT)
               ? &out->watch
               : NULL;
}

bool mb_hook_exec(const mb_run *run, const mb_source *source, mb_script *script,
                  const mb_stmt *stmt, size_t *at, mb_error *err)
{
    mb_hook_watch hooks;
    const mb_exec_with with = {run->reporter->rows, mb_hook_watch_of(&hooks, run, source)};
    bool ok = mb_exec_statement(run->conn, script, stmt, &with, &(int64_t){0}, err);

    if (hooks.failed)
        *at = 0;
    return ok;
}

bool mb_hook_alone(mb_run *run, const mb_source *source, const mb_stmt *stmt,
                   int64_t duration_us, mb_error *err)
{
    const mb_call_statement statement = {stmt, duration_us, MB_UNSET};
    mb_hook_event event = duration_us == MB_UNSET ? MB_BEFORE_STATEMENT : MB_AFTER_STATEMENT;

    if (!mb_hook_is_there(run, event))
        return true;
    return mb_owner_begin(run, source, NULL, err) && mb_tx_limits(run, source, err) &&
           run_hooks(run, event, source, &statement, err) && mb_pooled_clean(run->conn, err) &&
           mb_tx_commit(run, err);
}
