/* steps.c -- the history's records of durable steps. */
#include "moonbird/history/steps.h"

#include "moonbird/history/history_sql.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { KEY = 4 };

/* Bind $1 stream, $2 migration, $3 direction, $4 name. */
static void bind_key(mb_param params[KEY], const mb_step_key *key, const char *name)
{
    params[0] = mb_history_text(mb_stream_name(key->migration.stream));
    params[1] = mb_history_text(key->migration.name);
    params[2] = mb_history_text(mb_direction_name(key->direction));
    params[3] = mb_history_text(name);
}

#define OF_KEY "stream" MB_EQ "$1 AND migration" MB_EQ "$2 AND direction" MB_EQ "$3"

bool mb_history_steps(mb_records *out, mb_store in, const mb_step_key *key, mb_error *err)
{
    static const char sql[] =
        "SELECT name, state" MB_EQ "'done', result FROM $S.steps WHERE " OF_KEY
        " ORDER BY position";
    mb_param params[KEY];
    mb_result *res;

    *out = (mb_records){0};
    bind_key(params, key, NULL);
    if (!mb_history_query(&res, in, (mb_query){sql, KEY - 1, params}, err))
        return false;
    out->n = mb_result_rows(res);
    out->items = mb_alloc(out->n * sizeof *out->items);
    for (size_t i = 0; i < out->n; i++)
        out->items[i] = (mb_record){
            .name = mb_strdup(mb_result_value(res, i, 0)),
            .done = mb_result_bool(res, i, 1),
            .result = mb_strdup(mb_result_null(res, i, 2) ? "null" : mb_result_value(res, i, 2)),
        };
    mb_result_free(res);
    return true;
}

void mb_records_free(mb_records *records)
{
    for (size_t i = 0; i < records->n; i++) {
        free(records->items[i].name);
        free(records->items[i].result);
    }
    free(records->items);
    *records = (mb_records){0};
}

static const char *const state_names[] = {
    [MB_PART_GONE] = "gone", [MB_PART_RUNNING] = "running", [MB_PART_PAUSED] = "paused",
    [MB_PART_DONE] = "done", [MB_PART_FAILED] = "failed",   [MB_PART_CANCELLED] = "cancelled",
};

const char *mb_part_state_name(mb_part_state state)
{
    return state_names[state];
}

mb_part_state mb_part_state_of(const char *name)
{
    for (size_t i = 0; i < sizeof state_names / sizeof state_names[0]; i++)
        if (strcmp(state_names[i], name) == 0)
            return (mb_part_state)i;
    return MB_PART_FAILED;
}

bool mb_history_parts(mb_part **out, size_t *n, mb_store in, const mb_history *history,
                      const mb_step_key *key, mb_error *err)
{
    static const char sql[] =
        "SELECT false, name, state, position::bigint, 0 FROM $S.steps WHERE " OF_KEY
        " UNION ALL SELECT true, name, CASE WHEN state" MB_EQ "'running' AND paused THEN 'paused'"
        " ELSE state END, id, (SELECT pg_catalog.sum(c.rows) FROM $S.chunks c WHERE "
        "c.backfill" MB_EQ "b.id)::bigint FROM $S.backfills b WHERE " OF_KEY " ORDER BY 1, 4";
    mb_param params[KEY];
    mb_result *res;

    bind_key(params, key, NULL);
    if (!mb_history_read(&res, in, history, "$S.steps, $S.backfills, $S.chunks",
                         (mb_query){sql, KEY - 1, params}, err))
        return false;
    *n = mb_result_rows(res);
    *out = mb_alloc(*n * sizeof **out);
    for (size_t i = 0; i < *n; i++)
        (*out)[i] = (mb_part){
            .backfill = mb_result_bool(res, i, 0),
            .name = mb_strdup(mb_result_value(res, i, 1)),
            .state = mb_part_state_of(mb_result_value(res, i, 2)),
            .rows = mb_result_int(res, i, 4),
        };
    mb_result_free(res);
    return true;
}

void mb_parts_free(mb_part *parts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(parts[i].name);
    free(parts);
}

bool mb_history_step_begin(mb_store in, const mb_step_key *key, const char *name, size_t position,
                           mb_error *err)
{
    static const char sql[] =
        "INSERT INTO $S.steps (stream, migration, direction, name, position,"
        " state) VALUES ($1, $2, $3, $4, $5::int, 'running')";
    char number[MB_NUMBER_SIZE];
    mb_param params[KEY + 1];

    bind_key(params, key, name);
    params[KEY] = mb_history_text(mb_number_text(number, (int64_t)position));
    return mb_history_query(NULL, in, (mb_query){sql, KEY + 1, params}, err);
}

bool mb_history_step_done(mb_store in, const mb_step_key *key, const char *name, const char *result,
                          mb_error *err)
{
    static const char sql[] =
        "UPDATE $S.steps SET state = 'done', result = $5::pg_catalog.json,"
        " done_at = pg_catalog.clock_timestamp()"
        " WHERE " OF_KEY " AND name" MB_EQ "$4 AND state" MB_EQ "'running'";
    mb_param params[KEY + 1];
    mb_result *res;
    bool one;

    bind_key(params, key, name);
    params[KEY] = mb_history_text(result);
    if (!mb_history_query(&res, in, (mb_query){sql, KEY + 1, params}, err))
        return false;
    one = mb_result_affected(res) == 1;
    mb_result_free(res);
    if (one)
        return true;
    mb_fail(err, MB_ERR_FAILED, "the history row of step \"%s\" is gone", name);
    return mb_fail_hint(err, MB_HINT_ROW_CHANGED);
}
