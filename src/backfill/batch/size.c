/* size.c -- how many rows the next batch of a backfill has. */
#include "batch.h"

/* Limits of a batch: the memory of a page, the rows for a script, the rows of one UPDATE. */
enum { PAGE_BYTES = 2 << 20, SCRIPT_ROWS = 10000, SET_ROWS = 1000000 };

/* Half of the limit at most, or batches would grow until it cancels one of them. */
static int64_t target_us(const mb_worker *worker)
{
    int64_t target = worker->b->target_ms * INT64_C(1000), half = worker->timeout_us / 2;

    return half > 0 && half < target ? half : target;
}

/* After this number of batches, the time of a batch says little about the present. */
enum { OLD_BATCH = 10 };

/*
 * The part of a batch's time that fewer rows do not make shorter: round trips, the servers of a
 * distributed table, a busy machine. Two batches of clearly different sizes show it.
 */
static void learn_fixed(mb_worker *worker, int64_t us, int64_t rows)
{
    mb_batch_time *was = &worker->compared;
    bool differs =
        rows > 0 && was->rows > 0 && (rows * 4 <= was->rows * 3 || rows * 3 >= was->rows * 4);
    double fixed;

    if (differs) {
        fixed = ((double)us * (double)was->rows - (double)was->us * (double)rows) /
                (double)(was->rows - rows);
        fixed = fixed < 0 ? 0 : fixed > (double)us ? (double)us : fixed;
        worker->fixed_us = (worker->fixed_us + (int64_t)fixed) / 2;
    }
    if (rows > 0 && (differs || was->rows == 0 || ++was->age == OLD_BATCH))
        *was = (mb_batch_time){.us = us, .rows = rows};
}

/*
 * The factor by which the next batch grows or shrinks. If no timeout forbids it, a batch may take
 * twice its fixed part: otherwise batches would shrink to single rows and not become faster.
 */
static double factor_of(const mb_worker *worker, int64_t us)
{
    double fixed = worker->fixed_us < us ? (double)worker->fixed_us : (double)us;
    double target = (double)target_us(worker), rest = (double)us - fixed;

    if (target < 2 * fixed && worker->timeout_us <= 0)
        target = 2 * fixed;
    return target <= fixed ? 1 : (target - fixed) / (rest > 1 ? rest : 1);
}

/*
 * A batch that took more than twice as long as the one before was perhaps disturbed.  The next one
 * tells whether batches have to shrink.
 */
void mb_worker_choose_next(mb_worker *worker, int64_t us, int64_t rows, size_t bytes, bool last)
{
    size_t most = worker->b->set ? SET_ROWS : SCRIPT_ROWS;
    bool disturbed = worker->last_us > 0 && us > 2 * worker->last_us;
    double factor = 1;

    if (!disturbed) {
        learn_fixed(worker, us, rows);
        factor = factor_of(worker, us);
    }
    if (!last)
        worker->last_us = us;
    factor = factor < 0.5 ? 0.5 : factor > 2 ? 2 : factor;
    if (factor < 1 ||
        !last) /* a short batch at the end of a chunk does not show that larger ones are possible */
        worker->rows = (size_t)((double)worker->rows * factor);
    if (bytes > PAGE_BYTES && rows > 0)
        most = (size_t)((double)PAGE_BYTES / (double)bytes * (double)rows);
    worker->rows = worker->rows > most ? most : worker->rows;
    worker->rows = worker->rows < 1 ? 1 : worker->rows;
}

void mb_worker_choose_first(mb_worker *worker)
{
    int64_t width =
        worker->target.estimate > 0 ? worker->target.bytes / worker->target.estimate : 0;
    size_t most = width > 0 ? (size_t)(PAGE_BYTES / width) : worker->rows;

    if (worker->b->set)
        return;
    worker->rows = worker->rows > most ? most : worker->rows;
    worker->rows = worker->rows < 1 ? 1 : worker->rows;
}
