/* batch.c -- one batch: changes a page of a chunk and records the key reached. */
#include "parts.h"

#include "moonbird/project/reporter.h"

#include "moonbird/os/clock.h"

#include <stdlib.h>

static bool decide(mb_batch *b, mb_batch_result *out, mb_error *err)
{
    mb_part_state state = b->chunk.state;

    b->worker->paused = b->chunk.paused;
    *out = MB_BATCH_DONE;
    if (state == MB_PART_RUNNING && b->chunk.number)
        return true;
    *out = state == MB_PART_DONE || (state != MB_PART_GONE && !b->chunk.left) ? MB_BATCH_FINISHED
                                                                              : MB_BATCH_WAIT;
    return *out == MB_BATCH_FINISHED || state == MB_PART_RUNNING ||
           mb_backfill_fail_stopped(b->worker, state, err);
}

static bool process(mb_batch *b, bool carefully, mb_batch_result *out, mb_error *err)
{
    mb_backfill_advance to;
    bool stale;

    b->worker->chunk = b->chunk.number;
    if (!mb_batch_before(b, err) ||
        !(b->worker->b->set ? mb_batch_update(b, err) : mb_batch_call_script(b, carefully, err)) ||
        !mb_batch_after(b, err))
        return false;
    to = (mb_backfill_advance){b->chunk.number, b->reached, b->last, b->rows};
    if (!mb_backfill_chunk_advance(&stale, b->worker, &to, err))
        return false;
    if (stale) {
        *out = MB_BATCH_STALE;
        return true;
    }
    if (!mb_batch_commit(b->worker, err))
        return false;
    b->worker->run->left.batches = true;
    b->worker->processed += b->rows;
    b->worker->refused += b->refused;
    mb_report_batch(b->worker->run->reporter, b->worker->source,
                    &(mb_call_batch){b->worker->b->name, b->chunk.number, b->rows},
                    mb_now_us() - b->since);
    mb_worker_choose_next(b->worker, mb_now_us() - b->since, b->rows, b->bytes, b->last);
    return true;
}

/* *by_row: one of the rows caused the error. */
static bool try_batch(mb_worker *worker, bool carefully, mb_batch_result *out, bool *by_row,
                      mb_error *err)
{
    mb_batch b = {.worker = worker};
    bool ok = mb_batch_begin(worker, err) && mb_backfill_chunk_claim(&b.chunk, worker, err) &&
              decide(&b, out, err) && (*out != MB_BATCH_DONE || process(&b, carefully, out, err));

    *by_row = !ok && mb_batch_is_caused_by_row(&b, err);
    if (!ok || *out != MB_BATCH_DONE)
        mb_conn_rollback(worker->run->conn);
    mb_backfill_chunk_free(&b.chunk);
    mb_result_free(b.page);
    free(b.reached);
    return ok;
}

bool mb_worker_batch(mb_worker *worker, mb_batch_result *out, mb_error *err)
{
    bool by_row;

    return try_batch(worker, false, out, &by_row, err) ||
           (worker->b->record_errors && by_row && try_batch(worker, true, out, &by_row, err));
}
