/* pace.c -- how many rows the next batch of a backfill has. */
#include "job.h"

#include <string.h>

/* What a page may hold on this side, whatever its rows' width; and how many rows a script gets. */
enum { PAGE_BYTES = 2 << 20, SCRIPT_ROWS = 10000, SET_ROWS = 1000000 };

void mb_job_pace(mb_job *job, int64_t us, int64_t rows, size_t bytes, bool last)
{
    size_t most = job->b->set ? SET_ROWS : SCRIPT_ROWS;
    double factor = (double)job->b->target_ms * 1000 / (double)(us > 0 ? us : 1);

    factor = factor < 0.5 ? 0.5 : factor > 2 ? 2 : factor;
    if (factor < 1 || !last) /* a chunk's short end says nothing about more rows */
        job->rows = (size_t)((double)job->rows * factor);
    if (bytes > PAGE_BYTES && rows > 0)
        most = (size_t)((double)PAGE_BYTES / (double)bytes * (double)rows);
    job->rows = job->rows > most ? most : job->rows;
    job->rows = job->rows < 1 ? 1 : job->rows;
}

void mb_job_choose_first(mb_job *job)
{
    int64_t width = job->target.estimate > 0 ? job->target.bytes / job->target.estimate : 0;
    size_t most = width > 0 ? (size_t)(PAGE_BYTES / width) : job->rows;

    if (job->b->set)
        return;
    job->rows = job->rows > most ? most : job->rows;
    job->rows = job->rows < 1 ? 1 : job->rows;
}

bool mb_job_is_conflict(const mb_job *job, const mb_error *err)
{
    if (strcmp(err->sqlstate, "57014") == 0)
        return job->rows > 1;
    return mb_error_is_conflict(err);
}
