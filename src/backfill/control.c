/* control.c -- backfills in the history: list, pause, resume, cancel, accept. */
#include "moonbird/project/declared_backfill.h"
#include "moonbird/project/loaded.h"
#include "moonbird/project/project.h"
#include "moonbird/project/settings.h"
#include "backfill/records/records.h"
#include "worker.h"

#include "moonbird/policy/policies.h"
#include "moonbird/history/create_tables.h"
#include "moonbird/history/history_sql.h"
#include "moonbird/history/runner.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- all of them ---- */

enum { FIRST_VERSION = 3 }; /* of the history's tables that the query below can read */

static void read_status(mb_backfill_status *out, const mb_result *res, size_t i)
{
    *out = (mb_backfill_status){
        .id = mb_result_int(res, i, 0),
        .stream = strcmp(mb_result_value(res, i, 1), "manual") == 0 ? MB_MANUAL : MB_AUTO,
        .migration = mb_strdup(mb_result_value(res, i, 2)),
        .direction = strcmp(mb_result_value(res, i, 3), "down") == 0 ? MB_DOWN : MB_UP,
        .name = mb_strdup(mb_result_value(res, i, 4)),
        .state = mb_part_state_of(mb_result_value(res, i, 5)),
        .table = mb_strdup(mb_result_value(res, i, 6)),
        .checksum = mb_strdup(mb_result_value(res, i, 7)),
        .started_at = mb_strdup(mb_result_value(res, i, 8)),
        .error = mb_result_copy(res, i, 9),
        .rows = mb_result_int(res, i, 10),
        .rows_estimated = mb_result_int(res, i, 11),
        .chunks = mb_result_int(res, i, 12),
        .chunks_done = mb_result_int(res, i, 13),
        .rejects = mb_result_int(res, i, 14),
        .remaining = mb_result_int(res, i, 15),
        .seconds = (double)mb_result_int(res, i, 16) / 1e6,
        .fraction = (double)mb_result_int(res, i, 17) / 1e6,
        .args = mb_strdup(mb_result_value(res, i, 18)),
        .table_id = mb_result_copy(res, i, 19),
        .ended_at = mb_result_copy(res, i, 20),
        .key = mb_strdup(mb_result_value(res, i, 21)),
        .last_key = mb_strdup(mb_result_value(res, i, 22)),
        .accepted = mb_result_int(res, i, 23),
    };
}

enum { RUNNER = 24 }; /* the first of its columns */

static bool read_runner(mb_backfill_status *out, mb_store in, const mb_result *res, size_t i,
                        mb_error *err)
{
    char *holder;

    if (mb_result_null(res, i, RUNNER))
        return true;
    out->runner = mb_alloc(sizeof *out->runner);
    *out->runner = (mb_runner){.at = mb_strdup(mb_result_value(res, i, RUNNER)),
                               .who = mb_strdup(mb_result_value(res, i, RUNNER + 1)),
                               .host = mb_strdup(mb_result_value(res, i, RUNNER + 2)),
                               .pid = (int)mb_result_int(res, i, RUNNER + 3),
                               .started_us = mb_result_int(res, i, RUNNER + 4)};
    if (!mb_runner_lives(&out->alive, &holder, in, out->runner, err))
        return false;
    free(holder);
    return true;
}

static bool read_list(mb_backfills *out, mb_store in, const mb_result *res, mb_error *err)
{
    bool ok = true;

    out->n = mb_result_rows(res);
    out->items = mb_alloc(out->n * sizeof *out->items);
    for (size_t i = 0; i < out->n; i++)
        read_status(&out->items[i], res, i);
    for (size_t i = 0; ok && i < out->n; i++)
        ok = read_runner(&out->items[i], in, res, i, err);
    return ok;
}

static const char list_sql[] =
    "SELECT b.id, b.stream, b.migration, b.direction, b.name,"
    " CASE WHEN b.state" MB_EQ "'running' AND b.paused THEN 'paused' ELSE b.state END,"
    " b.table_name, b.checksum,"
    " " MB_ISO_UTC("b.started_at") ", b.error, c.rows, b.rows_estimated, c.n, c.done,"
    " (SELECT pg_catalog.count(*) FROM $S.rejects WHERE backfill" MB_EQ "b.id AND NOT"
    " accepted),"
    " b.remaining, " MB_US("b.started_at", "coalesce(b.ended_at, pg_catalog.clock_timestamp())")
    ", coalesce(c.fraction, 1000000), coalesce(b.args_checksum, ''),"
    " pg_catalog.to_jsonb(b)" MB_OP("->>") "'table_id'," /* version 3 has no such column */
    " " MB_ISO_UTC("b.ended_at") ", pg_catalog.array_to_json(b.key),"
    " coalesce((SELECT pg_catalog.array_to_json(reached) FROM $S.chunks WHERE backfill" MB_EQ
    "b.id AND reached IS NOT NULL ORDER BY number DESC LIMIT 1), 'null'),"
    " (SELECT pg_catalog.count(*) FROM $S.rejects WHERE backfill" MB_EQ "b.id AND accepted),"
    " CASE WHEN m.state" MB_EQ "'running' THEN " MB_ISO_UTC("m.started_at") " END,"
    " m.applied_by, m.runner_host, m.runner_pid, " MB_US_OF("m.started_at")
    " FROM $S.backfills b JOIN $S.migrations m ON m.stream" MB_EQ "b.stream AND m.name" MB_EQ
    "b.migration, LATERAL (SELECT pg_catalog.sum(c.rows) AS rows, pg_catalog.count(*)"
    " AS n,"
    " pg_catalog.count(*) FILTER (WHERE c.done) AS done, " MB_FRACTION("a.n") " AS fraction"
    " FROM $S.chunks c, LATERAL (SELECT pg_catalog.count(*) AS n FROM $S.chunks"
    " WHERE backfill" MB_EQ "b.id) a WHERE c.backfill" MB_EQ "b.id) c"
    " WHERE $1 IS NULL OR $1" MB_EQ "ANY (ARRAY[b.name,"
    " pg_catalog.concat_ws('/', b.migration, b.name),"
    " pg_catalog.concat_ws('/', b.stream, b.migration, b.name)]) ORDER BY b.id";

bool mb_project_backfills(mb_backfills *out, mb_project *project, const char *name, mb_error *err)
{
    const mb_param params[] = {mb_history_text(name)};
    mb_history history;
    mb_result *res;
    bool ok;

    *out = (mb_backfills){0};
    if (!mb_history_inspect(&history, mb_project_store(project), MB_DETAIL_ALL, err))
        return false;
    if (history.layout.version < FIRST_VERSION || !history.layout.parts) {
        mb_history_free(&history);
        return true;
    }
    ok = mb_history_read(&res, mb_project_store(project), &history,
                         "$S.backfills, $S.chunks, $S.rejects, $S.migrations",
                         (mb_query){list_sql, 1, params}, err);
    mb_history_free(&history);
    if (!ok)
        return false;
    ok = read_list(out, mb_project_store(project), res, err);
    mb_result_free(res);
    return ok;
}

static void free_runner(mb_runner *runner)
{
    if (!runner)
        return;
    free((char *)runner->who);
    free((char *)runner->host);
    free((char *)runner->at);
    free(runner);
}

void mb_backfills_free(mb_backfills *backfills)
{
    for (size_t i = 0; i < backfills->n; i++) {
        mb_backfill_status *s = &backfills->items[i];

        free(s->migration);
        free(s->name);
        free(s->table);
        free(s->table_id);
        free(s->checksum);
        free(s->args);
        free(s->started_at);
        free(s->ended_at);
        free(s->error);
        free(s->key);
        free(s->last_key);
        free_runner(s->runner);
        if (s->declared)
            mb_declared_backfill_free(s->declared);
        free(s->declared);
    }
    free(backfills->items);
    *backfills = (mb_backfills){0};
}

/* ---- one of them ---- */

static bool refuse_number(size_t n, const char *name, mb_error *err)
{
    if (n > 1) {
        mb_fail(err, MB_ERR_USAGE, "%zu backfills are named \"%s\"", n, name);
        return mb_fail_hint(err, "Write MIGRATION/NAME.");
    }
    mb_fail(err, MB_ERR_USAGE, "backfill \"%s\" does not exist", name);
    return mb_fail_hint(err, "moonbird backfill lists the backfills that were started. moonbird "
                             "up starts one.");
}

bool mb_backfill_find(mb_backfills *list, mb_project *project, const char *name, mb_error *err)
{
    if (!mb_project_backfills(list, project, name, err))
        return false;
    return list->n == 1 || refuse_number(list->n, name, err);
}

bool mb_backfill_refuse(const mb_backfill_status *s, const char *hint, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "backfill \"%s\" is in state \"%s\"", s->name,
            mb_part_state_name(s->state));
    return mb_fail_hint(err, "%s", hint);
}

/* Reads rows that belong to one backfill: `sql` has its id as $1, and reads `table`. */
static bool read_of(mb_result **out, mb_project *project, const char *name, const char *table,
                    const char *sql, mb_error *err)
{
    char id[MB_NUMBER_SIZE];
    mb_backfills list;
    mb_history history = {0};
    bool ok = mb_backfill_find(&list, project, name, err) &&
              mb_history_inspect(&history, mb_project_store(project), MB_DETAIL_ALL, err);

    if (ok) {
        const mb_param params[] = {mb_history_text(mb_number_text(id, list.items[0].id))};

        ok = mb_history_read(out, mb_project_store(project), &history, table,
                             (mb_query){sql, 1, params}, err);
    }
    mb_history_free(&history);
    mb_backfills_free(&list);
    return ok;
}

bool mb_project_rejects(mb_result **out, mb_project *project, const char *name, mb_error *err)
{
    static const char sql[] =
        "SELECT key, error, " MB_ISO_UTC("at") " AS at FROM $S.rejects"
        " WHERE backfill" MB_EQ "$1::bigint AND NOT accepted ORDER BY rejects.at";

    return read_of(out, project, name, "$S.rejects", sql, err);
}

bool mb_project_chunks(mb_result **out, mb_project *project, const char *name, mb_error *err)
{
    static const char sql[] =
        "SELECT number, CASE WHEN done THEN 'done' WHEN reached IS NULL THEN 'waiting'"
        " ELSE 'begun' END AS state, rows, high AS last_key, reached FROM $S.chunks"
        " WHERE backfill" MB_EQ "$1::bigint ORDER BY number";

    return read_of(out, project, name, "$S.chunks", sql, err);
}

/* A change of one backfill that a command makes. */
typedef struct order {
    const char *sql;  /* changes rows of $1, the backfill's id */
    const char *what; /* the outcome that the event records */
    bool guarded;     /* the policies were checked */
    bool newest;      /* needs the newest layout of the history's tables */
} order;

/* Records the events: the change, and the policies that were overridden for it. */
static bool record(const mb_project *project, const mb_writer *by, const mb_backfill_status *s,
                   const order *o, mb_error *err)
{
    return (!o->guarded || mb_policies_record(project->policies, by, s->stream, err)) &&
           mb_history_event(by, (mb_key){s->stream, s->migration}, "backfill", o->what, s->name,
                            err);
}

static bool upgrade(mb_writer by, mb_error *err)
{
    mb_history history;
    bool ok;

    if (!mb_history_inspect(&history, by.in, MB_DETAIL_ALL, err))
        return false;
    by.history = &history;
    ok = mb_history_need(&by, true, err);
    mb_history_free(&history);
    return ok;
}

static bool change(mb_project *project, const mb_backfill_status *s, const order *o,
                   int64_t *changed, mb_error *err)
{
    mb_writer by = mb_writer_of(project, "backfill");
    char id[MB_NUMBER_SIZE];
    const mb_param params[] = {mb_history_text(mb_number_text(id, s->id))};
    mb_result *res = NULL;
    bool exists;
    bool ok = mb_history_is_there(&exists, by.in, project->settings.history_owner, err) &&
              (!o->newest || upgrade(by, err)) && mb_history_begin_change(by.in, err) &&
              mb_history_query(&res, by.in, (mb_query){o->sql, 1, params}, err);

    *changed = ok ? mb_result_affected(res) : 0;
    ok = ok && (*changed == 0 || record(project, &by, s, o, err)) &&
         mb_conn_exec(NULL, project->conn, "COMMIT", err);
    mb_result_free(res);
    if (!ok)
        mb_conn_rollback(project->conn);
    return ok;
}

static bool is_in_state(const mb_backfill_status *s, mb_backfill_verb verb, mb_error *err)
{
    if (verb == MB_BACKFILL_RESUME || s->state == MB_PART_RUNNING ||
        s->state == MB_PART_PAUSED)
        return true;
    if (verb == MB_BACKFILL_CANCEL)
        return s->state == MB_PART_FAILED ||
               mb_backfill_refuse(s, "Only an unfinished backfill can be cancelled.", err);
    return mb_backfill_refuse(s, "Only a running backfill can be paused.", err);
}

bool mb_project_backfill_control(mb_project *project, const char *name, mb_backfill_verb verb,
                                 bool *changed, mb_error *err)
{
    static const order orders[] = {
        [MB_BACKFILL_PAUSE] = {"UPDATE $S.backfills SET paused = true WHERE id" MB_EQ "$1::bigint"
                               " AND state" MB_EQ "'running' AND NOT paused",
                               .what = "paused"},
        [MB_BACKFILL_RESUME] = {"UPDATE $S.backfills SET paused = false, table_id = CASE WHEN"
                                " state" MB_EQ "'running' THEN table_id ELSE"
                                " pg_catalog.regexp_replace(table_id, '^[^ ]*', '') END"
                                " WHERE id" MB_EQ "$1::bigint AND (paused OR state" MB_NE
                                "ALL ('{running,done}') AND table_id" MB_OP("~") "'^[0-9]')",
                                "unpaused", .newest = true},
        [MB_BACKFILL_CANCEL] = {"UPDATE $S.backfills SET state = 'cancelled', paused = false,"
                                " ended_at = pg_catalog.clock_timestamp() WHERE id" MB_EQ
                                "$1::bigint"
                                " AND state" MB_EQ "ANY ('{running,failed}')",
                                .what = "cancelled"},
    };
    mb_backfills list;
    int64_t n = 0;
    bool ok = mb_backfill_find(&list, project, name, err) &&
              is_in_state(&list.items[0], verb, err) &&
              change(project, &list.items[0], &orders[verb], &n, err);

    *changed = n > 0;
    mb_backfills_free(&list);
    return ok;
}

bool mb_project_backfill_accept(int64_t *accepted, mb_project *project, const char *name,
                                mb_error *err)
{
    static const order accept = {"UPDATE $S.rejects SET accepted = true"
                                 " WHERE backfill" MB_EQ "$1::bigint AND NOT accepted",
                                 "accepted", .guarded = true};
    const mb_operation operation = {.command = "backfill", .check_unconfigured = true};
    mb_backfills list;
    bool ok = mb_backfill_find(&list, project, name, err) &&
              mb_policies_allow(project->policies, &operation, err) &&
              change(project, &list.items[0], &accept, accepted, err);

    mb_backfills_free(&list);
    return ok;
}
