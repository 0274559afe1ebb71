/* call_script.c -- a batch by the script: `batch` changes the page, or `each` gives new values. */
#include "parts.h"

#include "moonbird/pg/savepoint.h"

bool mb_batch_run_rows(mb_batch *b, size_t first, size_t n, mb_error *err)
{
    const mb_backfill_script *script = &b->worker->b->script;
    mb_changes *changes = mb_changes_new(&b->worker->target, first, n);
    bool ok = script->each(script->self, b->page, first, n, changes, err) &&
              mb_changes_apply(changes, b->worker, b->page, mb_page_range(b), err);

    if (ok)
        b->refused += mb_changes_refused(changes);
    mb_changes_free(changes);
    return ok;
}

/* Runs one row in a savepoint, and sets it aside if it fails. */
static bool run_row_carefully(mb_batch *b, size_t row, mb_error *err)
{
    mb_conn *conn = b->worker->run->conn;
    mb_savepoint savepoint;
    mb_error why;

    if (!mb_savepoint_set(&savepoint, conn, "mb_row", err))
        return false;
    if (mb_batch_run_rows(b, row, 1, &why))
        return mb_savepoint_release(&savepoint, conn, err);
    if (!mb_batch_is_caused_by_row(b, &why)) {
        *err = why;
        return false;
    }
    return mb_savepoint_undo(&savepoint, conn, err) &&
           mb_reject_add(b->worker, mb_result_value(b->page, row, 0), why.message, err);
}

static bool run_carefully(mb_batch *b, mb_error *err)
{
    bool ok = true;

    for (size_t i = 0; ok && i < mb_result_rows(b->page); i++)
        ok = run_row_carefully(b, i, err);
    return ok;
}

static bool count_keys(const mb_batch *b, mb_key_rows *out, mb_error *err)
{
    return mb_key_count(out, b->worker->run->conn, &b->worker->target, mb_page_range(b), err);
}

/*
 * A function that changes keys does it in every batch, so only the first of each process is
 * checked.  The rows that a function deletes from a distributed table are not counted here, so they
 * could not be distinguished from rows with another key.
 */
static bool are_keys_counted(const mb_batch *b)
{
    return b->worker->processed == 0 && !b->worker->target.distributed;
}

static bool run_function(mb_batch *b, mb_error *err)
{
    const mb_backfill_script *script = &b->worker->b->script;
    mb_key_rows before, after;
    int64_t gone;

    if (!are_keys_counted(b))
        return script->batch(script->self, b->page, &b->rows, err);
    if (!count_keys(b, &before, err) || !script->batch(script->self, b->page, &b->rows, err) ||
        !count_keys(b, &after, err))
        return false;
    gone = before.inside - after.inside - (after.deleted - before.deleted);
    return gone <= 0 || mb_key_fail(&b->worker->target, b->worker->b->name, gone, err);
}

/* Each UPDATE of the core is checked, but not on a table with rules. */
static bool run_each(mb_batch *b, bool carefully, mb_error *err)
{
    if (!(carefully ? run_carefully(b, err) : mb_batch_run_rows(b, 0, (size_t)b->rows, err)))
        return false;
    return (!are_keys_counted(b) && !b->worker->target.has_rules) || mb_page_check(b, err);
}

bool mb_batch_call_script(mb_batch *b, bool carefully, mb_error *err)
{
    if (!mb_page_read(b, err))
        return false;
    if (b->rows == 0)
        return true;
    return b->worker->b->script.batch ? run_function(b, err) : run_each(b, carefully, err);
}
