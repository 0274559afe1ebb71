/* run.c -- the contents of a step's transactions: the history's row, the hooks, the file. */
#include "moonbird/run/run.h"
#include "moonbird/policy/policies.h"
#include "moonbird/project/source.h"
#include "moonbird/run/exec.h"

#include "moonbird/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- inside a transaction ---- */

/* Is the statement part of our own BEGIN or COMMIT, and so not sent? */
static bool is_wrapping(const mb_source *source, const mb_stmt *stmt)
{
    char *modes = stmt->number <= source->opening ? mb_stmt_modes(stmt) : NULL;
    bool opens = modes != NULL;

    free(modes);
    return opens || stmt->kind == MB_STMT_BEGIN || (source->shape == MB_SHAPE_WRAPPED && stmt->kind == MB_STMT_COMMIT);
}

static bool send_statements(const mb_run *run, const mb_source *source, mb_script *script,
                            size_t *at, mb_error *err)
{
    mb_stmt stmt;
    bool found;

    while (mb_script_next(script, &stmt, &found, err)) {
        if (!found)
            return mb_source_check_ran(source, script, err);
        *at = stmt.number;
        if (!is_wrapping(source, &stmt) &&
            (!mb_hook_exec(run, source, script, &stmt, at, err) ||
             (!mb_tx_still_open(run, err) && !mb_stmt_fail(err, script, &stmt))))
            return false;
    }
    return false;
}

static bool run_sql(const mb_run *run, const mb_source *source, size_t *at, mb_error *err)
{
    mb_script *script = NULL;
    bool ok =
        mb_source_script(&script, source, err) && send_statements(run, source, script, at, err);

    mb_script_close(script);
    return ok;
}

/* Call a function of the script with the arguments that the script declares. */
static bool call_lua(const mb_run *run, const mb_source *source, mb_entry entry, mb_error *err)
{
    mb_call call = mb_run_call(run, source);
    mb_setting *args =
        mb_args_of(mb_run_args(run, source), run->host->info(source->chunk), &call.n_args);
    mb_hook_watch watch;
    bool ok;

    call.args = args;
    call.may_skip = run->recorded && entry != MB_ENTRY_VERIFY && mb_source_is_atomic(source);
    call.watch = mb_hook_watch_of(&watch, run, source);
    ok = run->host->call(source->chunk, entry, run->conn, &call, err);
    if (ok && watch.failed)
        *err = watch.why;
    free(args);
    return ok && !watch.failed;
}

bool mb_run_lua(const mb_run *run, const mb_source *source, mb_error *err)
{
    return call_lua(run, source, source->direction == MB_DOWN ? MB_ENTRY_DOWN : MB_ENTRY_UP, err);
}

bool mb_run_verify(const mb_run *run, const mb_source *source, mb_error *err)
{
    return source->direction == MB_DOWN || !run->host->info(source->chunk)->has[MB_ENTRY_VERIFY] ||
           call_lua(run, source, MB_ENTRY_VERIFY, err);
}

/* An SQL file without "moonbird." cannot read a parameter. */
static const char *args_sum(char sum[MB_HASH_HEX], const mb_run *run, const mb_source *source)
{
    if (!source->lua && !source->names_args)
        return NULL;
    mb_args_sum_taken(sum, mb_run_args(run, source),
                      source->lua ? run->host->info(source->chunk) : NULL);
    return sum;
}

static bool refuse_args(const mb_source *source, mb_error *err)
{
    const mb_migration *file = source->file;
    bool manual = file->stream == MB_MANUAL, down = source->direction == MB_DOWN;
    const char *kept = source->step->item->row->args;
    const char *how = *kept ? "Give the same parameters with --set KEY=VALUE, or leave them out."
                            : "Give the same parameters with --set KEY=VALUE.";

    mb_fail(err, MB_ERR_POLICY, "a part of %s/%s already ran with other parameters",
            mb_stream_name(file->stream), file->name);
    if (*kept)
        mb_fail_detail(err, "It ran with %s.", kept);
    mb_fail_hint(err, "%s To start it over with these: moonbird %s%s --restart %s.", how,
                 manual ? "manual apply " : "up", manual ? file->name : "", file->name);
    if (down)
        mb_fail_hint(err, "%s", how);
    return mb_fail_at(err, source->path, 0, 0);
}

/* A transaction that fails puts the row back by itself. */
static void keep_row_before(mb_run *run, const mb_source *source, mb_resumed *resumed)
{
    bool begins = !source->step->resume && !source->step->restart;

    free(run->row_before);
    run->row_before = NULL;
    if (begins && !mb_source_is_atomic(source))
        run->row_before = resumed->row;
    else
        free(resumed->row);
}

/*
 * Set the history's row to running before the file's first statement: the second line of defence
 * after the run lock.
 */
static bool make_running(mb_run *run, const mb_source *source, bool *owned_by_other, mb_error *err)
{
    const mb_key key = mb_key_of(source->file);
    const mb_row *row = source->step->item->row;
    char sum[MB_HASH_HEX];
    const mb_own_args *own = mb_run_own_args(run, source);
    const mb_start start = {source->direction, source->statements, source->sums.file,
                            args_sum(sum, run, source), own ? own->text : NULL};
    bool is_new = source->reinsert_row || !row, ok;
    mb_resumed resumed;

    if (is_new)
        ok = mb_history_begin(&run->by, key, &start, row ? row->position : 0, owned_by_other, err);
    else
        ok = mb_owner_claim(run, source, err) &&
             mb_history_resume(&run->by, row, &start, source->step->resume, &resumed, err);
    if (is_new || !ok)
        return ok;
    keep_row_before(run, source, &resumed);
    return (resumed.same_args || refuse_args(source, err)) &&
           (!source->step->restart || mb_history_event(&run->by, key, "restart", "done", "", err));
}

/* Set the row to running, in one message with the statements before and after it. */
static bool claim_row(mb_run *run, const mb_source *source, mb_message with, mb_step_result *out,
                     mb_error *err)
{
    bool ok;

    run->by.with = &with;
    ok = make_running(run, source, &out->owned_by_other, err);
    run->by.with = NULL;
    if (ok)
        out->started_us = run->by.row_us;
    return ok;
}

/*
 * Begin (NULL: not needed; in an open transaction it is a savepoint), claim the row, and set the
 * file's limits if `enter`: in one message.
 */
static bool enter_body(mb_run *run, const mb_source *source, const char *begin, bool enter,
                       mb_step_result *out, mb_error *err)
{
    mb_buf before = {0}, after = {0};
    bool ok;

    if (begin) {
        if (mb_conn_tx(run->conn) == MB_TX_IDLE)
            mb_tx_add_begin(&before, run, begin);
        else
            mb_buf_puts(&before, begin);
        mb_buf_puts(&before, "; ");
    }
    if (enter)
        mb_tx_add_enter(&after, run, source);
    if (run->recorded) {
        const mb_message with = {.before = mb_buf_str(&before), .after = mb_buf_str(&after)};

        ok = claim_row(run, source, with, out, err);
    } else {
        mb_buf_puts(&before, mb_buf_str(&after));
        ok = mb_conn_exec(NULL, run->conn, mb_buf_str(&before), err);
    }
    mb_buf_free(&before);
    mb_buf_free(&after);
    return ok;
}

/* The list of files that a migration loaded so far on its way up; "" for none. */
static const char *loaded_files(const mb_run *run, const mb_source *source)
{
    bool up = source->lua && source->direction == MB_UP && run->host->loaded;

    return up ? run->host->loaded(source->chunk) : "";
}

bool mb_run_record_loaded(const mb_run *run, const mb_source *source, size_t *recorded,
                          mb_error *err)
{
    const char *files = loaded_files(run, source);
    size_t already = *recorded;

    *recorded = strlen(files); /* the list is append-only */
    return *recorded <= already ||
           ((!run->policies || mb_policies_check_loaded(run->policies, source, files, err)) &&
           mb_history_event(&run->by, mb_key_of(source->file), "loaded", "done", files, err));
}

/*
 * The hook gets moonbird's settings, not those of the file. Its effects on the session are undone
 * afterwards.
 */
static bool after_each(const mb_run *run, const mb_source *source, mb_error *err)
{
    return !mb_hook_is_there(run, MB_AFTER_EACH) ||
           (mb_tx_clean(run, source, err) && mb_hook_each(run, MB_AFTER_EACH, source, err));
}

/* The values for the second half of a redo, which another run has to do if this one is killed. */
static const char *args_to_redo(const mb_run *run, const mb_source *source)
{
    const mb_own_args *own = mb_run_own_args(run, source);

    return own && source->is_redone && !run->single_transaction ? own[1].text : NULL;
}

static bool finish_row(const mb_run *run, const mb_writer *by, const mb_source *source,
                       mb_step_result *out, mb_error *err)
{
    const mb_key key = mb_key_of(source->file);

    return source->direction == MB_UP
               ? mb_history_applied(by, key, &source->sums, source->statements, &out->duration_us,
                                    err)
               : mb_history_remove(by, key, args_to_redo(run, source), &out->duration_us, err);
}

/* Clean the session and finish the row in one message. */
static bool clean_and_finish(const mb_run *run, const mb_source *source, mb_step_result *out,
                             mb_error *err)
{
    mb_writer by = run->by;
    mb_message with;
    mb_buf clean = {0};
    bool ok;

    mb_tx_add_clean(&clean, run, source);
    mb_buf_puts(&clean, "; ");
    with = (mb_message){.before = mb_buf_str(&clean), .after = ""};
    by.with = &with;
    ok = finish_row(run, &by, source, out, err) || mb_tx_fail_clean(run, err);
    mb_buf_free(&clean);
    return ok;
}

/*
 * Does the end need messages between the message that cleans the session and the message that
 * finishes the row?
 */
static bool ends_apart(const mb_run *run, const mb_source *source)
{
    return mb_conn_pooled(run->conn) || run->mirror || *loaded_files(run, source);
}

static bool record_mirrored(const mb_run *run, const mb_source *source, mb_error *err)
{
    return !run->mirror ||
           mb_mirror_record(run->mirror, source->step->item, source->direction, NULL, err);
}

/* A script that is no migration ends with COMMIT, so the session is cleaned in that message. */
static bool clean_at_commit(mb_run *run, const mb_source *source)
{
    mb_buf sql = {0};

    mb_tx_add_clean(&sql, run, source);
    mb_buf_puts(&sql, "; ");
    run->before_commit = sql.data;
    return true;
}

/* The file has run: an error from here on belongs to none of its statements. */
static bool end_body(mb_run *run, const mb_source *source, mb_step_result *out, size_t *at,
                     mb_error *err)
{
    size_t recorded = 0;

    *at = 0;
    out->statements = source->statements;
    if (!after_each(run, source, err))
        return false;
    if (run->recorded && !ends_apart(run, source))
        return clean_and_finish(run, source, out, err);
    if (!run->recorded && !mb_conn_pooled(run->conn))
        return clean_at_commit(run, source);
    return mb_tx_clean(run, source, err) &&
           (!run->recorded ||
            (mb_run_record_loaded(run, source, &recorded, err) &&
             record_mirrored(run, source, err) && finish_row(run, &run->by, source, out, err)));
}

static bool begin_mirrored(const mb_run *run, const mb_source *source, mb_error *err)
{
    return !run->mirror || mb_mirror_begin(run->mirror, source->step->item, source->direction, err);
}

bool mb_run_body(mb_run *run, const mb_source *source, const char *begin, mb_step_result *out,
                 size_t *at, mb_error *err)
{
    *at = 0;
    return enter_body(run, source, begin, true, out, err) && begin_mirrored(run, source, err) &&
           mb_hook_each(run, MB_BEFORE_EACH, source, err) &&
           (source->lua ? mb_run_lua(run, source, err) && mb_run_verify(run, source, err)
                        : run_sql(run, source, at, err)) &&
           end_body(run, source, out, at, err);
}

/* ---- one transaction ---- */

/*
 * Begin with the isolation level that the file sets, because it can only be set before our first
 * statement.
 */
bool mb_run_atomic(mb_run *run, const mb_source *source, mb_step_result *out, size_t *at,
                   mb_error *err)
{
    char *begin = mb_format("BEGIN %s", source->modes ? source->modes : "");
    bool ok = mb_run_body(run, source, begin, out, at, err) && mb_tx_commit(run, err);

    free(begin);
    if (ok)
        return true;
    mb_conn_rollback(run->conn);
    return out->owned_by_other;
}

/* ---- segments ---- */

/* Read the settings that decide who owns a new object, and in which schema it is. */
static bool read_owner_settings(char **out, const mb_run *run, mb_error *err)
{
    mb_result *res;

    if (!mb_conn_exec(&res, run->conn, "SELECT pg_catalog.concat_ws(' ', session_user,"
                                       " current_user,"
                                       " pg_catalog.current_setting('search_path'))", err))
        return false;
    *out = mb_strdup(mb_result_value(res, 0, 0));
    mb_result_free(res);
    return true;
}

static bool refuse_lost_settings(const mb_source *source, mb_error *err)
{
    mb_fail(err, MB_ERR_SCRIPT,
            "a before_each hook changed the role or search_path, but this migration is not atomic: "
            "it %s",
            mb_source_why_not_atomic(source));
    mb_fail_at(err, source->path, 0, 0);
    return mb_fail_hint(err, "Set it in the file or in each step. The hook can check ctx.atomic, "
                             "which is false for such a migration.");
}

/*
 * Before segments, the before_each hook runs in the transaction of the intent. A role or
 * search_path that it sets cannot reach the segments, so that is refused.
 */
static bool before_segments(const mb_run *run, const mb_source *source, mb_error *err)
{
    char *was = NULL, *is = NULL;
    bool ok;

    if (!mb_hook_is_there(run, MB_BEFORE_EACH))
        return true;
    ok = read_owner_settings(&was, run, err) && mb_tx_enter(run, source, err) &&
         mb_hook_each(run, MB_BEFORE_EACH, source, err) &&
         read_owner_settings(&is, run, err) &&
         (strcmp(was, is) == 0 || refuse_lost_settings(source, err)) &&
         mb_tx_reset(run, source, err);
    free(was);
    free(is);
    return ok;
}

/*
 * The intent is committed before the first segment, so that other sessions see that the migration
 * is running. The file is checked before that: no transaction could undo what another file began.
 */
bool mb_run_start_row(mb_run *run, const mb_source *source, mb_step_result *out, mb_error *err)
{
    if (!source->lua && !mb_source_check_file(source, err))
        return false;
    if (!run->recorded || (enter_body(run, source, "BEGIN", false, out, err) &&
                           before_segments(run, source, err) && mb_tx_commit(run, err)))
        return true;
    mb_conn_rollback(run->conn);
    return false;
}

bool mb_run_finish_row(mb_run *run, const mb_source *source, mb_step_result *out, size_t *at,
                       mb_error *err)
{
    mb_mirror_begin_apart(run->mirror);
    return mb_owner_begin(run, source, NULL, err) && end_body(run, source, out, at, err) &&
           mb_tx_commit(run, err);
}
