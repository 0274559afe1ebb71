/* join.c -- work on a backfill that another process began: join it, or retry its rejected rows. */
#include "moonbird/project/loaded.h"
#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"
#include "moonbird/project/settings.h"
#include "moonbird/project/source.h"
#include "moonbird/run/run.h"
#include "backfill/records/records.h"
#include "backfill/batch/batch.h"
#include "worker.h"

#include "moonbird/policy/policies.h"
#include "moonbird/project/half_done_hint.h"

#include "moonbird/os/process_alive.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct joining {
    mb_project *project;
    const mb_backfill_status *status;
    mb_run *run;
    mb_source *source;
    bool (*work)(mb_worker *worker, void *self, mb_error *err);
    void *self;
    bool same_file; /* the file must be the one that began the backfill */
    mb_given given;
    const mb_reporter *reporter;
} joining;

static bool work(void *arg, const mb_backfill *b, mb_error *err)
{
    joining *v = arg;
    mb_worker worker = {
        .run = v->run, .source = v->source, .b = b, .rows = b->rows, .id = v->status->id};
    bool ok =
        mb_target_read(&worker.target, v->run->conn, b, err) &&
        mb_identity_check_table(&worker, v->status->table_id, worker.target.id, err) &&
        v->work(&worker, v->self, err);

    mb_worker_free(&worker);
    return ok;
}

static bool refuse_file(const mb_source *source, const char *what, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "%s", what);
    mb_fail_at(err, source->path, 0, 0);
    return mb_fail_hint(err, "All processes of a backfill must use the same file.");
}

static bool check_file(const joining *v, mb_error *err)
{
    if (!v->source->lua)
        return refuse_file(v->source, "the migration is not a Lua file", err);
    return !v->same_file || strcmp(v->source->sums.normalized, v->status->checksum) == 0 ||
           refuse_file(v->source, "the file is not the one that started the backfill", err);
}

/* All processes need the same arguments; otherwise each would change its rows differently. */
static bool read_args(const joining *v, mb_error *err)
{
    const mb_chunk_info *const infos[] = {v->run->host->info(v->source->chunk), NULL};
    char sum[MB_HASH_HEX];

    if (!mb_args_check(v->given.args, v->given.n, err) ||
        !mb_args_read(&v->run->scripts, infos, 2, v->given, err))
        return false;
    mb_args_sum(sum, &v->run->scripts, infos[0]);
    if (!*v->status->args || strcmp(sum, v->status->args) == 0)
        return true;
    mb_fail(err, MB_ERR_POLICY, "backfill \"%s\" was started with other parameters",
            v->status->name);
    return mb_fail_hint(err, "Give the same parameters with --set KEY=VALUE, and secrets in "
                             "environment variables.");
}

static bool call_host(joining *v, mb_error *err)
{
    const mb_chunk_info *info = v->run->host->info(v->source->chunk);
    mb_call call = mb_run_call(v->run, v->source);
    mb_setting *args = mb_args_of(&v->run->scripts, info, &call.n_args);
    bool ok;

    call.args = args;
    ok = v->run->host->backfill(v->source->chunk, v->status->name, v->run->conn, &call, work, v,
                                err);
    free(args);
    return ok;
}

/*
 * True in a process that the runner started: its run has already checked the policies, and the user
 * has confirmed them.
 */
static bool is_child(const joining *v)
{
    const mb_row *row = v->source->step->item->row;

    return v->same_file && row && row->pid == (int)getppid() &&
           strcmp(row->host, mb_this_host()) == 0;
}

/*
 * A process that joins changes rows too, so policies apply; the backup exists since the first run.
 */
static bool is_allowed(const joining *v, const mb_operation *operation, mb_error *err)
{
    const mb_recording at = mb_run_recording(v->run);

    if (is_child(v))
        return mb_policies_promote(v->project->policies, operation, err);
    v->run->operation = operation;
    return mb_policies_allow(v->project->policies, operation, err) &&
           (v->same_file
                ? mb_policies_record(v->project->policies, &v->run->by, operation->stream, err)
                : mb_policies_begin(v->project->policies, operation, &at, err));
}

static const mb_reporter silent = {0};

static bool call_with(joining v, mb_run *run, mb_source *source, mb_error *err)
{
    const mb_operation operation = {
        .command = "backfill",
        .stream = v.status->stream,
        .sources = source,
        .n_sources = 1,
        .check_unconfigured = true,
    };
    bool ok;

    v.run = run;
    v.source = source;
    ok = check_file(&v, err) && read_args(&v, err) && mb_hook_load(run->hooks, err) &&
         is_allowed(&v, &operation, err) && call_host(&v, err);
    run->operation = NULL;
    return ok;
}

static bool attach(const joining *v, mb_error *err)
{
    mb_project *p = v->project;
    mb_step step = {.direction = v->status->direction};
    mb_run run = {
        .conn = p->conn,
        .settings = &p->settings,
        .host = p->host,
        .hooks = p->hooks,
        .attempt = 1,
        .reporter = v->reporter ? v->reporter : &silent,
        .given = v->given,
        .policies = p->policies,
        .by = mb_writer_of(p, "backfill"),
        .recorded = true,
    };
    mb_source source;
    bool ok;

    if (!mb_project_load(p, MB_DETAIL_ALL, err) || !mb_project_may_write(p, err))
        return false;
    step.item = mb_backfill_item(p, v->status);
    if (!step.item)
        return mb_fail(err, MB_ERR_FILE, "%s/%s has no file", mb_stream_name(v->status->stream),
                       v->status->migration);
    if (v->same_file && step.item->row)
        run.by.environment =
            step.item->row->environment; /* all its processes record the same one */
    if (!mb_source_open(&source, &p->settings, p->host, &step, err))
        return false;
    ok = call_with(*v, &run, &source, err);
    if (!ok)
        mb_conn_rollback(p->conn);
    mb_args_free(&run.scripts);
    mb_source_close(&source, p->host);
    return ok;
}

static bool work_to_the_end(mb_worker *worker, void *self, mb_error *err)
{
    int64_t *rows = self;
    bool ok = mb_worker_work(worker, err);

    *rows = worker->processed;
    return ok;
}

static bool refuse_ended(const mb_backfill_status *b, mb_error *err)
{
    mb_backfill_refuse(b, "", err);
    return mb_hint_continues(err, b->stream, b->direction, b->migration);
}

bool mb_project_backfill_join(int64_t *rows, mb_project *project, const char *name, mb_given given,
                              const mb_reporter *reporter, mb_error *err)
{
    joining v = {.project = project,
                 .work = work_to_the_end,
                 .self = rows,
                 .same_file = true,
                 .given = given,
                 .reporter = reporter};
    mb_backfills list;
    bool ok = mb_backfill_find(&list, project, name, err);

    *rows = 0;
    v.status = list.items;
    if (ok && list.items[0].state != MB_PART_DONE) {
        ok = (list.items[0].state == MB_PART_RUNNING || list.items[0].state == MB_PART_PAUSED ||
              refuse_ended(&list.items[0], err)) &&
             attach(&v, err);
    }
    mb_backfills_free(&list);
    return ok;
}

static bool retry_all(mb_worker *worker, void *self, mb_error *err)
{
    mb_backfill_retried *t = self;
    mb_result *keys;
    bool ok = mb_rejects_read(&keys, worker, err);

    if (!ok)
        return false;
    worker->rows = 1;
    worker->target.may_refuse = true; /* no chunk is advanced, which would notice new triggers */
    for (size_t i = 0; ok && i < mb_result_rows(keys); i++) {
        mb_retry_result result;

        ok = mb_worker_retry(worker, mb_result_value(keys, i, 0), &result, err);
        if (ok)
            ++*(result == MB_RETRY_DONE ? &t->done : result == MB_RETRY_GONE ? &t->gone : &t->left);
    }
    mb_result_free(keys);
    mb_worker_note_unchanged(worker);
    return ok;
}

bool mb_project_backfill_retry(mb_backfill_retried *out, mb_project *project, const char *name,
                               mb_given given, const mb_reporter *reporter, mb_error *err)
{
    joining v = {
        .project = project, .work = retry_all, .self = out, .given = given, .reporter = reporter};
    mb_backfills list;
    bool ok = mb_backfill_find(&list, project, name, err);

    *out = (mb_backfill_retried){0};
    v.status = list.items;
    ok = ok && (list.items[0].rejects == 0 || attach(&v, err));
    mb_backfills_free(&list);
    return ok;
}
