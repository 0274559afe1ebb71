/* backfill_control.c -- backfills from outside of the migration: list, tell, join, retry, accept. */
#include "backfill_job.h"

#include "guard.h"
#include "ledger_sql.h"

#include "moonbird/log.h"
#include "moonbird/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- what there is ---- */

static void take(mb_backfill_status *out, const mb_result *res, size_t i)
{
    *out = (mb_backfill_status){
        .id = mb_result_int(res, i, 0),
        .stream = strcmp(mb_result_value(res, i, 1), "manual") == 0 ? MB_MANUAL : MB_AUTO,
        .migration = mb_strdup(mb_result_value(res, i, 2)),
        .direction = strcmp(mb_result_value(res, i, 3), "down") == 0 ? MB_DOWN : MB_UP,
        .name = mb_strdup(mb_result_value(res, i, 4)),
        .state = mb_strdup(mb_result_value(res, i, 5)),
        .table = mb_strdup(mb_result_value(res, i, 6)),
        .checksum = mb_strdup(mb_result_value(res, i, 7)),
        .started_at = mb_strdup(mb_result_value(res, i, 8)),
        .error = mb_result_null(res, i, 9) ? NULL : mb_strdup(mb_result_value(res, i, 9)),
        .rows = mb_result_int(res, i, 10),
        .rows_estimated = mb_result_int(res, i, 11),
        .chunks = mb_result_int(res, i, 12),
        .chunks_done = mb_result_int(res, i, 13),
        .rejects = mb_result_int(res, i, 14),
        .remaining = mb_result_int(res, i, 15),
        .seconds = (double)mb_result_int(res, i, 16) / 1e6,
        .fraction = (double)mb_result_int(res, i, 17) / 1e6,
    };
}

bool mb_project_backfills(mb_backfills *out, mb_project *project, const char *name, mb_error *err)
{
    const mb_param params[] = {mb_ledger_text(name)};
    mb_result *res;

    *out = (mb_backfills){0};
    if (!mb_project_load(project, err))
        return false;
    if (project->ledger.outdated)
        return true;
    if (!mb_ledger_query(
            &res, project->conn, project->settings.schema,
            "SELECT b.id, b.stream, b.migration, b.direction, b.name,"
            " CASE WHEN b.state = 'running' AND b.paused THEN 'paused' ELSE b.state END,"
            " b.table_name, b.checksum,"
            " to_char(b.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'),"
            " b.error, c.rows, b.rows_estimated, c.n, c.done,"
            " (SELECT count(*) FROM $S.rejects WHERE backfill = b.id AND NOT accepted),"
            " b.remaining, (1000000 * extract(epoch from coalesce(b.ended_at, clock_timestamp())"
            " - b.started_at))::bigint, coalesce(c.fraction, 1000000)"
            " FROM $S.backfills b, LATERAL (SELECT sum(c.rows) AS rows, count(*) AS n,"
            " count(*) FILTER (WHERE c.done) AS done, " MB_FRACTION("a.n") " AS fraction"
            " FROM $S.chunks c, LATERAL (SELECT count(*) AS n FROM $S.chunks"
            " WHERE backfill = b.id) a WHERE c.backfill = b.id) c"
            " WHERE $1 IS NULL OR $1 IN (b.name, b.migration || '/' || b.name,"
            " b.stream || '/' || b.migration || '/' || b.name) ORDER BY b.id",
            1, params, err))
        return false;
    out->n = mb_result_rows(res);
    out->items = mb_alloc(out->n * sizeof *out->items);
    for (size_t i = 0; i < out->n; i++)
        take(&out->items[i], res, i);
    mb_result_free(res);
    return true;
}

void mb_backfills_free(mb_backfills *backfills)
{
    for (size_t i = 0; i < backfills->n; i++) {
        mb_backfill_status *s = &backfills->items[i];

        free(s->migration);
        free(s->name);
        free(s->state);
        free(s->table);
        free(s->checksum);
        free(s->started_at);
        free(s->error);
    }
    free(backfills->items);
    *backfills = (mb_backfills){0};
}

/* ---- one of them ---- */

static bool refuse_number(size_t n, const char *name, mb_error *err)
{
    if (n > 1) {
        mb_fail(err, MB_ERR_USAGE, "there are %zu backfills \"%s\"", n, name);
        return mb_fail_hint(err, "Say which: MIGRATION/NAME.");
    }
    mb_fail(err, MB_ERR_USAGE, "there is no backfill \"%s\"", name);
    return mb_fail_hint(err, "moonbird backfill lists those that were begun; moonbird up begins "
                             "one.");
}

/* *list keeps it. */
static bool find(mb_backfills *list, mb_project *project, const char *name, mb_error *err)
{
    if (!mb_project_backfills(list, project, name, err))
        return false;
    return list->n == 1 || refuse_number(list->n, name, err);
}

static bool refuse_state(const mb_backfill_status *s, const char *hint, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "backfill \"%s\" is %s", s->name, s->state);
    return mb_fail_hint(err, "%s", hint);
}

bool mb_project_rejects(mb_result **out, mb_project *project, const char *name, mb_error *err)
{
    char id[MB_NUMBER_SIZE];
    mb_backfills list;
    bool ok = find(&list, project, name, err);

    if (ok) {
        const mb_param params[] = {mb_ledger_text(mb_number_text(id, list.items[0].id))};

        ok = mb_ledger_query(out, project->conn, project->settings.schema,
                             "SELECT key, error, to_char(at AT TIME ZONE 'UTC',"
                             " 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') AS at FROM $S.rejects"
                             " WHERE backfill = $1::bigint AND NOT accepted ORDER BY rejects.at",
                             1, params, err);
    }
    mb_backfills_free(&list);
    return ok;
}

/* `sql` changes rows of $1, the backfill's id; and an event says what was done. */
static bool change(mb_project *project, const mb_backfill_status *s, const char *sql,
                   const char *what, int64_t *changed, mb_error *err)
{
    const mb_writer by = mb_writer_of(&project->settings, "backfill");
    char id[MB_NUMBER_SIZE];
    const mb_param params[] = {mb_ledger_text(mb_number_text(id, s->id))};
    mb_result *res = NULL;
    bool ok = mb_conn_exec(NULL, project->conn, "BEGIN", err) &&
              mb_ledger_query(&res, project->conn, by.schema, sql, 1, params, err);

    *changed = ok ? mb_result_affected(res) : 0;
    ok = ok &&
         (*changed == 0 || mb_ledger_event(project->conn, &by, s->stream, s->migration, "backfill",
                                           what, s->name, err)) &&
         mb_conn_exec(NULL, project->conn, "COMMIT", err);
    mb_result_free(res);
    if (!ok)
        mb_conn_rollback(project->conn);
    return ok;
}

bool mb_project_backfill_tell(mb_project *project, const char *name, mb_backfill_verb verb,
                              bool *changed, mb_error *err)
{
    static const struct {
        const char *sql, *what;
    } verbs[] = {
        [MB_BACKFILL_PAUSE] = {"UPDATE $S.backfills SET paused = true WHERE id = $1::bigint"
                               " AND state = 'running' AND NOT paused", "paused"},
        [MB_BACKFILL_RESUME] = {"UPDATE $S.backfills SET paused = false WHERE id = $1::bigint"
                                " AND paused", "unpaused"},
        [MB_BACKFILL_CANCEL] = {"UPDATE $S.backfills SET state = 'cancelled', paused = false,"
                                " ended_at = clock_timestamp() WHERE id = $1::bigint"
                                " AND state = 'running'", "cancelled"},
    };
    mb_backfills list;
    int64_t n = 0;
    bool ok = find(&list, project, name, err) &&
              (verb == MB_BACKFILL_RESUME || strcmp(list.items[0].state, "running") == 0 ||
               strcmp(list.items[0].state, "paused") == 0 ||
               refuse_state(&list.items[0], "Only one that runs can be told to stop.", err)) &&
              change(project, &list.items[0], verbs[verb].sql, verbs[verb].what, &n, err);

    *changed = n > 0;
    mb_backfills_free(&list);
    return ok;
}

bool mb_project_backfill_accept(int64_t *accepted, mb_project *project, const char *name,
                                mb_error *err)
{
    const mb_deed deed = {.kind = MB_DEED_LEDGER, .command = "backfill"};
    mb_backfills list;
    bool ok = find(&list, project, name, err) && mb_guard_allow(project->guard, &deed, err) &&
              change(project, &list.items[0],
                     "UPDATE $S.rejects SET accepted = true WHERE backfill = $1::bigint"
                     " AND NOT accepted", "accepted", accepted, err);

    mb_backfills_free(&list);
    return ok;
}

/* ---- work on one, with the migration's file ---- */

typedef struct visit {
    mb_project *project;
    const mb_backfill_status *status;
    mb_run *run;
    mb_unit *unit;
    bool (*work)(mb_job *job, void *self, mb_error *err);
    void *self;
    bool same_file; /* as began it */
} visit;

static bool work(void *arg, const mb_backfill *b, mb_error *err)
{
    visit *v = arg;
    mb_job job = {.run = v->run, .unit = v->unit, .b = b, .rows = b->rows, .id = v->status->id};
    bool ok = mb_target_read(&job.target, v->run->conn, b, err) && v->work(&job, v->self, err);

    mb_job_free(&job);
    return ok;
}

static bool refuse_file(const mb_unit *unit, const char *what, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "%s", what);
    mb_fail_at(err, unit->path, 0, 0);
    return mb_fail_hint(err, "Every process of a backfill works with the same file.");
}

static bool call_host(visit *v, mb_error *err)
{
    const mb_call call = mb_run_call(v->run, v->unit);

    if (!v->unit->lua)
        return refuse_file(v->unit, "the migration is no Lua file", err);
    if (v->same_file && strcmp(v->unit->sums.canonical, v->status->checksum) != 0)
        return refuse_file(v->unit, "the file is not the one that began the backfill", err);
    return v->run->host->backfill(v->unit->chunk, v->status->name, v->run->conn, &call, work, v,
                                  err);
}

/* Whoever joins does what the policies let begin; who changes rows anew asks them. */
static bool is_allowed(const visit *v, mb_error *err)
{
    const mb_deed deed = {
        .kind = MB_DEED_MIGRATIONS,
        .command = "backfill",
        .stream = v->status->stream,
        .units = v->unit,
        .n_units = 1,
    };

    return mb_guard_allow(v->project->guard, &deed, err) &&
           mb_guard_enter(v->project->guard, &deed, v->run, err);
}

static const mb_item *item_of(const mb_project *project, const mb_backfill_status *s)
{
    for (size_t i = 0; i < project->status.n; i++) {
        const mb_item *item = &project->status.items[i];

        if (item->stream == s->stream && strcmp(item->name, s->migration) == 0 && item->file)
            return item;
    }
    return NULL;
}

static const mb_reporter silent = {0};

static bool open_and_call(visit *v, const mb_reporter *reporter, mb_error *err)
{
    mb_project *p = v->project;
    mb_step step = {.item = item_of(p, v->status), .direction = v->status->direction};
    mb_run run = {
        .conn = p->conn,
        .settings = &p->settings,
        .host = p->host,
        .hooks = p->hooks,
        .attempt = 1,
        .reporter = reporter ? reporter : &silent,
        .by = mb_writer_of(&p->settings, "backfill"),
        .recorded = true,
    };
    mb_unit unit;
    bool ok;

    if (!step.item)
        return mb_fail(err, MB_ERR_FILE, "%s/%s has no file", mb_stream_name(v->status->stream),
                       v->status->migration);
    if (!mb_unit_open(&unit, &p->settings, p->host, &step, err))
        return false;
    v->run = &run;
    v->unit = &unit;
    ok = mb_hook_load(p->hooks, err) && (v->same_file || is_allowed(v, err)) && call_host(v, err);
    if (!ok)
        mb_conn_rollback(p->conn);
    v->run = NULL;
    v->unit = NULL;
    mb_unit_close(&unit, p->host);
    return ok;
}

static bool pay_visit(mb_project *project, const mb_backfill_status *status,
                      bool (*fn)(mb_job *job, void *self, mb_error *err), void *self, bool same_file,
                      const mb_reporter *reporter, mb_error *err)
{
    visit v = {.project = project, .status = status, .work = fn, .self = self,
               .same_file = same_file};

    return open_and_call(&v, reporter, err);
}

static bool work_to_the_end(mb_job *job, void *self, mb_error *err)
{
    int64_t *rows = self;
    bool ok = mb_job_work(job, err);

    *rows = job->met;
    return ok;
}

bool mb_project_backfill_join(int64_t *rows, mb_project *project, const char *name,
                              const mb_reporter *reporter, mb_error *err)
{
    mb_backfills list;
    bool ok = find(&list, project, name, err);

    *rows = 0;
    if (ok && strcmp(list.items[0].state, "done") != 0) {
        ok = (strcmp(list.items[0].state, "running") == 0 ||
              strcmp(list.items[0].state, "paused") == 0 ||
              refuse_state(&list.items[0], "moonbird up goes on with it.", err)) &&
             pay_visit(project, &list.items[0], work_to_the_end, rows, true, reporter, err);
    }
    mb_backfills_free(&list);
    return ok;
}

typedef struct tally {
    int64_t done, left;
} tally;

static bool retry_all(mb_job *job, void *self, mb_error *err)
{
    tally *t = self;
    mb_result *keys;
    bool ok = mb_rejects_read(&keys, job, err);

    if (!ok)
        return false;
    for (size_t i = 0; ok && i < mb_result_rows(keys); i++) {
        bool failed;

        ok = mb_job_retry(job, mb_result_value(keys, i, 0), &failed, err);
        if (ok)
            failed ? t->left++ : t->done++;
    }
    mb_result_free(keys);
    return ok;
}

bool mb_project_backfill_retry(int64_t *done, int64_t *left, mb_project *project, const char *name,
                               const mb_reporter *reporter, mb_error *err)
{
    mb_backfills list;
    tally t = {0};
    bool ok = find(&list, project, name, err) &&
              (list.items[0].rejects == 0 ||
               pay_visit(project, &list.items[0], retry_all, &t, false, reporter, err));

    *done = t.done;
    *left = t.left;
    mb_backfills_free(&list);
    return ok;
}
