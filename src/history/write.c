/* write.c -- the changes that a run makes to the history's rows, one by one and in a batch. */
#include "delete_parts.h"
#include "put_back.h"

#include "moonbird/history/history_sql.h"

#include "moonbird/base/sqlstate.h"
#include "moonbird/os/process_alive.h"
#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *mb_number_text(char text[MB_NUMBER_SIZE], int64_t n)
{
    snprintf(text, MB_NUMBER_SIZE, "%lld", (long long)n);
    return text;
}

/*
 * Parameters of every change below: $1 stream, $2 name, $3 host, $4 pid, $5 environment, $6
 * command, then its own. A change that ends a migration writes its event in the same statement, so
 * that neither exists without the other. The start and the progress have no event.
 */
enum { COMMON = 6, OWN_MAX = 12 };

/* NULL for "": the table holds NULL for unknown values. */
static const char *filled(const char *s)
{
    return s && *s ? s : NULL;
}

/* The parameters of one change: the common ones, then its own; values are borrowed. */
typedef struct parameters {
    mb_param items[COMMON + OWN_MAX];
    char pid[MB_NUMBER_SIZE];
} parameters;

static void bind_params(parameters *out, const mb_writer *by, mb_key key, size_t n,
                        const char *const *own)
{
    out->items[0] = mb_history_text(mb_stream_name(key.stream));
    out->items[1] = mb_history_text(key.name);
    out->items[2] = mb_history_text(mb_this_host());
    out->items[3] = mb_history_text(mb_number_text(out->pid, getpid()));
    out->items[4] = mb_history_text(filled(by->environment));
    out->items[5] = mb_history_text(by->command);
    for (size_t i = 0; i < n; i++)
        out->items[COMMON + i] = mb_history_text(own[i]);
}

static bool change(mb_result **out, const mb_writer *by, mb_key key, mb_edit edit, mb_error *err)
{
    parameters params;
    const mb_query query = {edit.sql, COMMON + edit.n, params.items};

    bind_params(&params, by, key, edit.n, edit.own);
    return by->with && !by->with->sent
               ? mb_history_query_with(out, by->in, query, by->with, err)
               : mb_history_query(out, by->in, query, err);
}

static bool exactly_one(mb_error *err, const mb_result *res, mb_key key)
{
    if (mb_result_affected(res) == 1)
        return true;
    mb_fail(err, MB_ERR_FAILED, "the history row of %s/%s has changed",
            mb_stream_name(key.stream), key.name);
    return mb_fail_hint(err, MB_HINT_ROW_CHANGED);
}

bool mb_history_change(const mb_writer *by, mb_key key, mb_edit edit, int64_t *value, mb_error *err)
{
    mb_result *res;
    bool ok;

    if (!change(&res, by, key, edit, err))
        return false;
    ok = exactly_one(err, res, key);
    if (ok && value)
        *value = mb_result_int(res, 0, 0);
    mb_result_free(res);
    return ok;
}

#define BEGIN_COLUMNS                                                                              \
    "stream, name, runner_host, runner_pid, environment, state, runner_version, git_commit, "      \
    "statements, backup_path"
#define BEGIN_VALUES                                                                               \
    "$1, $2, $3, $4::int, $5, 'running', $7, $8, $9::int, $10"

static bool refuse_unwritten(mb_error *err, const char *schema, mb_key key)
{
    mb_fail(err, MB_ERR_FAILED, "the history row of %s/%s was not written",
            mb_stream_name(key.stream), key.name);
    return mb_fail_hint(err, "An INSERT into %s.migrations has no effect. Look for a trigger or "
                             "a rule on that table.", schema);
}

#define START(columns, before_values, values)                                                      \
    "INSERT INTO $S.migrations (" BEGIN_COLUMNS                                                    \
    ", raw_checksum, args_checksum, args" columns before_values " VALUES (" BEGIN_VALUES           \
    ", $11, $12, $13" values ") RETURNING " MB_STARTED_US

bool mb_history_begin(mb_writer *by, mb_key key, const mb_start *start, int64_t position,
                      bool *exists, mb_error *err)
{
    static const char none_before[] =
        "WITH " MB_DELETE_PARTS("stream" MB_EQ "$1 AND migration" MB_EQ "$2") " ";
    static const char as_new[] = START("", ")", "");
    static const char in_place[] =
        START(", position", ") OVERRIDING SYSTEM VALUE", ", $14::bigint");
    char *sql = mb_format("%s%s", by->history->layout.parts ? none_before : "",
                          position ? in_place : as_new);
    mb_result *res;
    char count[MB_NUMBER_SIZE], place[MB_NUMBER_SIZE];
    const char *own[] = {MB_VERSION, filled(by->commit),
                         mb_number_text(count, (int64_t)start->total), by->backup, start->file_sum,
                         start->args_sum, start->args, mb_number_text(place, position)};
    const mb_edit edit = {sql, position ? 8 : 7, own};
    bool ok = change(&res, by, key, edit, err);

    *exists = false;
    free(sql);
    if (ok) {
        bool one = mb_result_rows(res) == 1;

        by->row_us = one ? mb_result_int(res, 0, 0) : 0;
        mb_result_free(res);
        return one || refuse_unwritten(err, by->in.schema, key);
    }
    *exists = mb_error_is(err, MB_SQLSTATE_UNIQUE_VIOLATION);
    return false;
}

/*
 * Conditions that match this process's row, and this try's row; `us` is the parameter with
 * by->row_us.
 */
#define OF_PROCESS " AND runner_host" MB_EQ "$3 AND runner_pid" MB_EQ "$4::int"
#define OF_WRITER(us) OF_PROCESS " AND " MB_STARTED_US MB_EQ us "::bigint"

#define OWNER                                                                                      \
    "SELECT state, runner_host" MB_EQ "$3 AND runner_pid" MB_EQ "$4::int, duration_us,"            \
    " pg_catalog.format('pid %s on %s, since %s', runner_pid, runner_host,"                        \
    " pg_catalog.to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC')),"            \
    " statements_done, runner_host, runner_pid, " MB_STARTED_US                                    \
    " FROM $S.migrations WHERE stream" MB_EQ "$1 AND name" MB_EQ "$2"

bool mb_history_owner(mb_owner *out, const mb_writer *by, mb_key key, bool lock, mb_error *err)
{
    const char *sql = lock ? OWNER " FOR NO KEY UPDATE NOWAIT" : OWNER;
    mb_result *res;
    bool ok;

    if (!change(&res, by, key, (mb_edit){sql, 0, NULL}, err))
        return false;
    ok = mb_result_rows(res) == 1;
    if (ok)
        *out = (mb_owner){
            .state = mb_state_of(mb_result_value(res, 0, 0)),
            .own = mb_result_bool(res, 0, 1),
            .duration_us = mb_result_int(res, 0, 2),
            .done = (size_t)mb_result_int(res, 0, 4),
            .pid = (int)mb_result_int(res, 0, 6),
            .started_us = mb_result_int(res, 0, 7),
        };
    if (ok) {
        snprintf(out->who, sizeof out->who, "%s", mb_result_value(res, 0, 3));
        snprintf(out->host, sizeof out->host, "%s", mb_result_value(res, 0, 5));
    } else {
        exactly_one(err, res, key);
    }
    mb_result_free(res);
    return ok;
}

/* The event of a migration that went up, from the row that a statement returned. */
#define APPLIED_EVENT                                                                              \
    ", event AS (INSERT INTO $S.events (" MB_EVENT_COLUMNS ", detail)"                             \
    " SELECT " MB_EVENT_VALUES ", CASE WHEN $1" MB_EQ "'manual' THEN 'manual' ELSE 'up' END,"      \
    " 'done', args FROM row) SELECT "

bool mb_history_applied(const mb_writer *by, mb_key key, const mb_checksums *sums,
                        size_t statements, int64_t *duration_us, mb_error *err)
{
    static const char sql[] =
        "WITH row AS (UPDATE $S.migrations SET state = 'applied', raw_checksum = $7,"
        " checksum = $8, statements = $9::int, statements_done = $9::int, done_checksum = NULL,"
        " error = NULL, applied_at = pg_catalog.clock_timestamp(),"
        " duration_us = " MB_US("started_at", "pg_catalog.clock_timestamp()")
        " WHERE stream" MB_EQ "$1 AND name" MB_EQ "$2 AND state" MB_EQ "'running'"
        " AND direction" MB_EQ "'up'" OF_WRITER("$10")
        " RETURNING duration_us, args)" APPLIED_EVENT "duration_us FROM row";
    char count[MB_NUMBER_SIZE], us[MB_NUMBER_SIZE];
    const char *own[] = {sums->file, sums->normalized, mb_number_text(count, (int64_t)statements),
                         mb_number_text(us, by->row_us)};

    return mb_history_change(by, key, (mb_edit){sql, 4, own}, duration_us, err);
}

/* ---- the row of a migration in a batch ---- */

struct mb_history_batch {
    const mb_writer *by; /* borrowed */
    char *record;        /* the statement, as it is sent; owned */
};

mb_history_batch *mb_history_batch_new(const mb_writer *by, const char *only_if)
{
    mb_history_batch *out = mb_alloc(sizeof *out);

    /*
     * Where no row was written, or `only_if` is false, this divides by zero, so that the
     * transaction fails before its COMMIT.
     */
    char *sql = mb_format(
        "WITH row AS (INSERT INTO $S.migrations (stream, name, runner_host, runner_pid,"
        " environment, state, runner_version, git_commit, backup_path, raw_checksum, checksum,"
        " statements, statements_done, started_at, applied_at, duration_us) VALUES ($1, $2, $3,"
        " $4::int, $5, 'applied', $7, $8, $9, $10, $11, $12::int, $12::int,"
        " pg_catalog.transaction_timestamp(), pg_catalog.clock_timestamp(), "
        MB_US("pg_catalog.transaction_timestamp()", "pg_catalog.clock_timestamp()")
        ") RETURNING duration_us, args)" APPLIED_EVENT "pg_catalog.max(duration_us), 1" MB_OP("/")
        "(pg_catalog.count(*)" MB_OP("*") "(%s)::int) FROM row", only_if);

    out->by = by;
    out->record = mb_history_sql(sql, by->in.schema);
    free(sql);
    return out;
}

void mb_history_batch_free(mb_history_batch *rows)
{
    if (!rows)
        return;
    free(rows->record);
    free(rows);
}

bool mb_history_batch_record(const mb_history_batch *rows, mb_round_trip *batch, mb_key key,
                             const mb_checksums *sums, size_t statements, mb_error *err)
{
    char count[MB_NUMBER_SIZE];
    const char *own[] = {MB_VERSION, filled(rows->by->commit), rows->by->backup, sums->file,
                         sums->normalized, mb_number_text(count, (int64_t)statements)};
    parameters params;

    bind_params(&params, rows->by, key, 6, own);
    return mb_round_trip_send(batch, rows->record, COMMON + 6, params.items, true, err);
}

/* The parameters with which a part of the migration ran in this direction; no row: no part did. */
#define RAN_WITH                                                                                   \
    "SELECT m.args_checksum FROM $S.migrations m WHERE $17::boolean AND m.stream" MB_EQ "$1"       \
    " AND m.name" MB_EQ "$2 AND (m.statements_done" MB_OP(">") "0"
#define HAS_PARTS                                                                                  \
    " OR EXISTS (SELECT FROM $S.steps s WHERE s.stream" MB_EQ "$1 AND s.migration" MB_EQ "$2"      \
    " AND s.direction" MB_EQ "$7) OR EXISTS (SELECT FROM $S.backfills b WHERE b.stream" MB_EQ      \
    "$1 AND b.migration" MB_EQ "$2 AND b.direction" MB_EQ "$7)"
/* The event of the runner that left the row in state running, because it was killed. */
#define KILLED                                                                                     \
    "WITH killed AS (INSERT INTO $S.events (stream, name, who, runner_host, runner_pid,"           \
    " environment, what, outcome, detail) SELECT m.stream, m.name, m.applied_by, m.runner_host,"   \
    " m.runner_pid, m.environment, CASE WHEN m.direction" MB_EQ "'down' THEN 'down' WHEN $1" MB_EQ \
    "'manual' THEN 'manual' ELSE 'up' END, 'interrupted', 'its process is gone'"                   \
    " FROM $S.migrations m WHERE m.stream" MB_EQ "$1 AND m.name" MB_EQ "$2 AND m.state" MB_EQ      \
    "'running' AND m.position" MB_EQ "$14::bigint)"
#define START_OVER                                                                                 \
    ", " MB_DELETE_PARTS("NOT $11::boolean AND stream" MB_EQ "$1 AND migration" MB_EQ              \
                         "$2 AND direction" MB_EQ "$7") " "
#define RESUME(has_parts)                                                                          \
    "UPDATE $S.migrations SET"                                                                     \
    " statements_done = CASE WHEN $11::boolean THEN statements_done ELSE 0 END,"                   \
    " done_checksum = CASE WHEN $11::boolean THEN done_checksum END,"                              \
    " state = 'running', direction = $7, statements = $8::int, runner_host = $3,"                  \
    " runner_pid = $4::int, environment = $5, runner_version = $9,"                                \
    " git_commit = $10, started_at = pg_catalog.clock_timestamp(), error = NULL,"                  \
    " raw_checksum = CASE WHEN $7" MB_EQ "'up' THEN $15 ELSE raw_checksum END,"                    \
    " args_checksum = $16,"                                                                        \
    " args = CASE WHEN $7" MB_EQ "'up' THEN $18 ELSE coalesce($18, args) END,"                     \
    " backup_path = coalesce($12, backup_path)"                                                    \
    " WHERE stream" MB_EQ "$1 AND name" MB_EQ "$2 AND state" MB_EQ "$13"                           \
    " AND position" MB_EQ "$14::bigint RETURNING " MB_STARTED_US ","                               \
    " coalesce((" RAN_WITH has_parts "))" MB_EQ "$16, true), (" MB_ROW_BEFORE ")"

bool mb_history_resume(mb_writer *by, const mb_row *was, const mb_start *start, bool keep,
                       mb_resumed *out, mb_error *err)
{
    static const char row_alone[] = KILLED " " RESUME(""),
                      with_parts[] = KILLED START_OVER RESUME(HAS_PARTS);
    const char *sql = by->history->layout.parts ? with_parts : row_alone;
    const mb_key key = {was->stream, was->name};
    bool part = keep && was->state != MB_APPLIED && was->direction == start->direction, ok;
    char count[MB_NUMBER_SIZE], place[MB_NUMBER_SIZE];
    const char *own[] = {mb_direction_name(start->direction),
                         mb_number_text(count, (int64_t)start->total),
                         MB_VERSION, filled(by->commit), keep ? "true" : "false", by->backup,
                         mb_state_name(was->state), mb_number_text(place, was->position),
                         start->file_sum, start->args_sum, part ? "true" : "false", start->args};
    mb_result *res;

    if (!change(&res, by, key, (mb_edit){sql, 12, own}, err))
        return false;
    ok = exactly_one(err, res, key);
    if (ok) {
        by->row_us = mb_result_int(res, 0, 0);
        *out = (mb_resumed){mb_result_bool(res, 0, 1), mb_strdup(mb_result_value(res, 0, 2))};
    }
    mb_result_free(res);
    return ok;
}

bool mb_history_progress(const mb_writer *by, mb_key key, size_t done, const char *done_sum,
                         mb_error *err)
{
    static const char sql[] =
        "UPDATE $S.migrations SET statements_done = $7::int, done_checksum = $8"
        " WHERE stream" MB_EQ "$1 AND name" MB_EQ "$2 AND state" MB_EQ "'running'"
        OF_WRITER("$9");
    char count[MB_NUMBER_SIZE], us[MB_NUMBER_SIZE];
    const char *own[] = {mb_number_text(count, (int64_t)done), done_sum,
                         mb_number_text(us, by->row_us)};

    return mb_history_change(by, key, (mb_edit){sql, 3, own}, NULL, err);
}

#define REMOVE                                                                                     \
    "WITH row AS (DELETE FROM $S.migrations"                                                       \
    " WHERE stream" MB_EQ "$1 AND name" MB_EQ "$2 AND state" MB_EQ "'running'"                     \
    " AND direction" MB_EQ "'down'" OF_WRITER("$7") " RETURNING " MB_US(                           \
        "started_at", "pg_catalog.clock_timestamp()") " AS us)"
#define REMOVED_EVENT                                                                              \
    ", event AS (INSERT INTO $S.events (" MB_EVENT_COLUMNS ", detail)"                             \
    " SELECT " MB_EVENT_VALUES ", 'down', 'done', $8 FROM row) SELECT us FROM row"

bool mb_history_remove(const mb_writer *by, mb_key key, const char *redo_args, int64_t *duration_us,
                       mb_error *err)
{
    static const char row_alone[] = REMOVE REMOVED_EVENT,
                      with_parts[] = REMOVE MB_DELETE_PARTS_OF_ROW REMOVED_EVENT;
    const char *sql = by->history->layout.parts ? with_parts : row_alone;
    char us[MB_NUMBER_SIZE];
    const char *own[] = {mb_number_text(us, by->row_us), redo_args};

    return mb_history_change(by, key, (mb_edit){sql, 2, own}, duration_us, err);
}

bool mb_history_did(bool *by_us, const mb_writer *by, mb_key key, const char *what, mb_error *err)
{
    static const char sql[] =
        "SELECT what" MB_EQ "$7 AND outcome" MB_EQ "'done'" OF_PROCESS
        " FROM $S.events WHERE stream" MB_EQ "$1 AND name" MB_EQ "$2"
        " ORDER BY id DESC LIMIT 1";
    mb_result *res;

    if (!change(&res, by, key, (mb_edit){sql, 1, &what}, err))
        return false;
    *by_us = mb_result_rows(res) == 1 && mb_result_bool(res, 0, 0);
    mb_result_free(res);
    return true;
}

bool mb_history_failed(const mb_writer *by, mb_key key, mb_direction direction, const mb_error *why,
                       mb_error *err)
{
    static const char sql[] =
        "WITH row AS (UPDATE $S.migrations SET state = 'failed', error = $9"
        " WHERE stream" MB_EQ "$1 AND name" MB_EQ "$2 AND state" MB_EQ "'running'"
        OF_WRITER("$11") ")"
        " INSERT INTO $S.events (" MB_EVENT_COLUMNS ", detail) VALUES (" MB_EVENT_VALUES
        ", $7, $8, pg_catalog.concat($9, ' ('" MB_CAT "$10" MB_CAT "')'))";
    char us[MB_NUMBER_SIZE];
    const char *own[] = {direction == MB_DOWN       ? "down"
                         : key.stream == MB_MANUAL  ? "manual"
                                                    : "up",
                         why->code == MB_ERR_INTERRUPTED ? "interrupted" : "failed", why->message,
                         filled(why->sqlstate), mb_number_text(us, by->row_us)};

    return change(NULL, by, key, (mb_edit){sql, 5, own}, err);
}

bool mb_history_write_if(bool *written, const mb_writer *by, const char *name, mb_edit edit,
                         mb_error *err)
{
    mb_result *res;

    if (!change(&res, by, (mb_key){MB_AUTO, name}, edit, err))
        return false;
    *written = mb_result_rows(res) > 0;
    mb_result_free(res);
    return true;
}

bool mb_history_write(const mb_writer *by, const char *name, mb_edit edit, mb_error *err)
{
    return change(NULL, by, (mb_key){MB_AUTO, name}, edit, err);
}

bool mb_history_event(const mb_writer *by, mb_key key, const char *what, const char *outcome,
                      const char *detail, mb_error *err)
{
    static const char sql[] =
        "INSERT INTO $S.events (" MB_EVENT_COLUMNS ", detail) VALUES (" MB_EVENT_VALUES
        ", $7, $8, $9)";
    const char *own[] = {what, outcome, filled(detail)};

    return change(NULL, by, key, (mb_edit){sql, 3, own}, err);
}

bool mb_history_event_of(const mb_writer *by, const char *name, const char *what,
                         const char *outcome, const char *detail, mb_error *err)
{
    static const char sql[] =
        "INSERT INTO $S.events (" MB_OTHER_EVENT_COLUMNS ", detail)"
        " VALUES (" MB_OTHER_EVENT_VALUES ", $7, $8, $9)";
    const char *own[] = {what, outcome, detail};

    return mb_history_write(by, name, (mb_edit){sql, 3, own}, err);
}

bool mb_history_event_after(const mb_writer *by, const char *first, const mb_script_event *event,
                            mb_error *err)
{
    char *limits = mb_conn_pins(by->in.conn, "LOCAL");
    char *guard = mb_history_sql(mb_history_events_guard, by->in.schema);
    char *before = mb_format("%s%s; %s", first, limits, guard);
    mb_message with = {.before = before, .after = ""};
    mb_writer writer = *by;
    bool ok;

    writer.with = &with;
    ok = mb_history_event_of(&writer, event->name, event->what, event->outcome, event->detail, err);
    free(before);
    free(guard);
    free(limits);
    return ok;
}
