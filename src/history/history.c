/* history.c -- reads the rows of the history. */
#include "moonbird/history/history.h"

#include "check_tables.h"
#include "foreign_tables.h"
#include "moonbird/history/history_sql.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/sql/directive.h" /* MB_UNSET */
#include "moonbird/pg/qualified.h"

#include <stdlib.h>
#include <string.h>

static const char *const state_names[] = {"pending", "running", "applied", "failed"};

const char *mb_state_name(mb_state state)
{
    return state_names[state];
}

mb_state mb_state_of(const char *name)
{
    for (size_t i = 0; i < sizeof state_names / sizeof state_names[0]; i++)
        if (strcmp(state_names[i], name) == 0)
            return (mb_state)i;
    return MB_FAILED;
}

/* ---- reading ---- */

/*
 * The columns of a row in the order in which read_row reads them; those of MB_DETAIL_ALL are last.
 */
#define COUNTS      "stream, state, direction, position, statements_done, statements, duration_us"
#define PLAN_TEXTS  ", name, raw_checksum, checksum, done_checksum"
#define AT          MB_ISO_UTC("coalesce(applied_at, started_at)")
#define OTHER_TEXTS ", applied_by, runner_host, runner_version, git_commit, error, backup_path"
#define ROWS        " FROM $S.migrations ORDER BY position"

enum { TEXTS = 7, PID = 19, STARTED_US };

static size_t size_of_texts(const mb_result *res, size_t row)
{
    size_t size = 0;

    for (size_t i = TEXTS; i < PID && i < mb_result_columns(res); i++)
        size += mb_result_length(res, row, i) + 1;
    return size;
}

/* Copy a column's text to *to, and advance it; "" for a column that was not selected. */
static const char *keep(char **to, const mb_result *res, size_t row, size_t column)
{
    const char *kept = *to;

    if (column >= mb_result_columns(res))
        return "";
    *to = stpcpy(*to, mb_result_value(res, row, column)) + 1;
    return kept;
}

static void read_texts(mb_row *out, const mb_result *res, size_t i)
{
    char *to = out->texts = mb_alloc(size_of_texts(res, i));

    out->name = keep(&to, res, i, TEXTS);
    out->file_sum = keep(&to, res, i, TEXTS + 1);
    out->normalized_sum = keep(&to, res, i, TEXTS + 2);
    out->done_sum = keep(&to, res, i, TEXTS + 3);
    out->applied_at = keep(&to, res, i, TEXTS + 4);
    out->environment = keep(&to, res, i, TEXTS + 5);
    out->applied_by = keep(&to, res, i, TEXTS + 6);
    out->host = keep(&to, res, i, TEXTS + 7);
    out->version = keep(&to, res, i, TEXTS + 8);
    out->commit = keep(&to, res, i, TEXTS + 9);
    out->error = keep(&to, res, i, TEXTS + 10);
    out->backup = keep(&to, res, i, TEXTS + 11);
}

static void read_row(mb_row *out, const mb_result *res, size_t i)
{
    *out = (mb_row){
        .stream = strcmp(mb_result_value(res, i, 0), "auto") == 0 ? MB_AUTO : MB_MANUAL,
        .state = mb_state_of(mb_result_value(res, i, 1)),
        .direction = strcmp(mb_result_value(res, i, 2), "down") == 0 ? MB_DOWN : MB_UP,
        .position = mb_result_int(res, i, 3),
        .done = (size_t)mb_result_int(res, i, 4),
        .total = (size_t)mb_result_int(res, i, 5),
        .duration_us = mb_result_null(res, i, 6) ? MB_UNSET : mb_result_int(res, i, 6),
    };
    read_texts(out, res, i);
    if (mb_result_columns(res) > PID) {
        out->pid = (int)mb_result_int(res, i, PID);
        out->started_us = mb_result_int(res, i, STARTED_US);
    }
}

/* The value that moonbird never writes, and its column; NULL where there is none. */
static const char *bad_value(const mb_result *res, size_t i, const char **column)
{
    static const struct {
        const char *column;
        const char *words[3]; /* empty: the column is a count */
    } known[] = {
        {"stream", {"auto", "manual"}}, {"state", {"running", "applied", "failed"}},
        {"direction", {"up", "down"}},  {"position", {0}},
        {"statements_done", {0}},       {"statements", {0}},
    };

    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        const char *value = mb_result_value(res, i, k);
        bool good = !known[k].words[0] && mb_result_int(res, i, k) >= 0;

        for (size_t w = 0; w < 3 && known[k].words[w]; w++)
            good |= strcmp(value, known[k].words[w]) == 0;
        *column = known[k].column;
        if (!good)
            return value;
    }
    *column = "name";
    return *mb_result_value(res, i, TEXTS) ? NULL : "";
}

static char *describe_bad_row(const mb_result *res, size_t i)
{
    const char *column, *value = bad_value(res, i, &column);

    return value ? mb_format("row %s/%s has %s \"%s\"", mb_result_value(res, i, 0),
                             mb_result_value(res, i, TEXTS), column, value)
                 : NULL;
}

static void read_rows(mb_history *out, const mb_result *res)
{
    for (size_t i = 0; i < mb_result_rows(res); i++) {
        if (!out->bad_row)
            out->bad_row = describe_bad_row(res, i);
        out->rows = mb_grow(out->rows, out->n, sizeof *out->rows);
        read_row(&out->rows[out->n++], res, i);
    }
}

#define PLAN_ROWS                                                                                  \
    "SELECT " COUNTS PLAN_TEXTS ", CASE WHEN stream" MB_EQ "'manual' THEN " AT                     \
    " END, environment" ROWS

static const char *const rows_sql[] = {
    [MB_DETAIL_QUICK] = PLAN_ROWS,
    [MB_DETAIL_PLAN] = PLAN_ROWS,
    [MB_DETAIL_ALL] = "SELECT " COUNTS PLAN_TEXTS ", " AT ", environment" OTHER_TEXTS
                      ", runner_pid, " MB_STARTED_US ROWS,
};

/* Refuse rows that were edited by hand: they could lead to a wrong plan. */
static bool check_rows(mb_history *history, const char *schema, mb_error *err)
{
    char *table;

    if (!history->bad_row)
        return true;
    table = mb_history_sql("$S.migrations", schema);
    mb_fail(err, MB_ERR_POLICY, "the history was edited: %s", history->bad_row);
    mb_fail_hint(err, "moonbird never writes this value. Correct the row in %s.", table);
    free(table);
    mb_history_free(history);
    return false;
}

static char *rows_message(mb_store in, const mb_history *seen, mb_detail detail,
                          const mb_second_query *second)
{
    size_t n;
    char *limits = mb_conn_limits_sql(in.conn, &n);
    char *guard = mb_tables_guard_for(seen,
                                      second ? "$S.migrations, $S.events" : "$S.migrations");
    char *first = mb_format("%s%s%s", limits, guard, rows_sql[detail]);
    char *rows = mb_history_sql(first, in.schema);
    char *more = second ? mb_history_literals(second->query, in.schema) : mb_strdup("");
    char *all = mb_format("%s; %s", rows, more), *sent = mb_history_for_primary(all);

    free(limits);
    free(guard);
    free(first);
    free(rows);
    free(more);
    free(all);
    return sent;
}

/* The results of that message: the guard has one, if there is a guard. */
enum { GUARD = 1, ROWS_OF_HISTORY, SECOND };

typedef struct reader {
    mb_history *history;
    const mb_second_query *second; /* may be NULL */
    int result;                    /* the one that arrives */
} reader;

/*
 * Keep each row as it arrives: the whole result would need more memory than the rows that are kept.
 */
static void read_part(void *self, const mb_result *part, bool first)
{
    reader *r = self;

    r->result += first;
    if (r->result == ROWS_OF_HISTORY)
        read_rows(r->history, part);
    else if (r->result == SECOND && r->second)
        r->second->read(r->second->self, part);
}

static bool ask_rows(mb_history *out, mb_store in, mb_detail detail, const mb_second_query *second,
                     mb_error *err)
{
    reader r = {out, second, out->foreign_owner ? 0 : GUARD};
    const mb_sink sink = {.self = &r, .rows = read_part};
    char *sql;
    bool ok;

    if (!out->exists)
        return true;
    sql = rows_message(in, out, detail, second);
    ok = mb_conn_run_each(in.conn, sql, &sink, err) && !mb_result_missed(err) &&
         (r.result >= (second ? SECOND : ROWS_OF_HISTORY) ||
          mb_result_refuse(err, "fewer statements than were sent"));
    free(sql);
    if (!ok) {
        mb_history_add_hint(err, in);
        mb_history_explain(in, out, err);
        mb_history_free(out);
    }
    return ok;
}

bool mb_history_is_there(bool *exists, mb_store in, const char *trusted, mb_error *err)
{
    mb_history seen;
    bool ok = mb_history_inspect(&seen, in, MB_DETAIL_ALL, err);

    *exists = ok && seen.exists;
    ok = ok && (!seen.exists || mb_history_check_owner(&seen, in, trusted, err));
    mb_history_free(&seen);
    return ok;
}

bool mb_history_load_with(mb_history *out, mb_store in, mb_detail detail,
                          const mb_second_query *second, mb_error *err)
{
    return mb_history_inspect(out, in, detail, err) && ask_rows(out, in, detail, second, err) &&
           check_rows(out, in.schema, err);
}

bool mb_history_load(mb_history *out, mb_store in, mb_detail detail, mb_error *err)
{
    return mb_history_load_with(out, in, detail, NULL, err);
}

void mb_history_free(mb_history *history)
{
    for (size_t i = 0; i < history->n; i++)
        free(history->rows[i].texts);
    free(history->rows);
    free(history->foreign);
    free(history->foreign_owner);
    free(history->bad_row);
    *history = (mb_history){0};
}

const mb_row *mb_history_find(const mb_history *history, mb_key key)
{
    for (size_t i = 0; i < history->n; i++)
        if (history->rows[i].stream == key.stream && strcmp(history->rows[i].name, key.name) == 0)
            return &history->rows[i];
    return NULL;
}

/* ---- read again, under the run lock ---- */

/*
 * The statements give the look's answer first; the last two answers are the rows and the foreign
 * table. NONE takes the place of a statement that is not needed.
 */
#define NONE "SELECT"

enum { AT_ONCE = 1000 }; /* more rows than this are read in a separate round trip, row by row */

char *mb_history_reload_sql(const mb_history *seen, const char *schema, bool foreign)
{
    bool rows = seen->exists && seen->n <= AT_ONCE;
    char *guard = mb_tables_guard_for(seen, "$S.migrations, $S.events");
    char *other = foreign ? mb_foreign_sql(seen) : NULL;
    char *sql = mb_format("%s; %s%s; %s", mb_history_inspect_sql, guard,
                          rows ? rows_sql[MB_DETAIL_PLAN] : NONE, other ? other : NONE);
    char *out = mb_history_sql(sql, schema);

    free(other);
    free(guard);
    free(sql);
    return out;
}

bool mb_history_reload(mb_history *out, mb_store in, mb_answers *answers, mb_error *err)
{
    mb_result **last = answers->items + answers->n - 2;
    bool with_rows = answers->n > 2 && mb_result_columns(last[0]) > 0;

    if (answers->n < 3)
        return mb_result_refuse(err, "fewer statements than were sent");
    if (!mb_history_read_inspection(out, in, answers->items[0], err))
        return false;
    if (!with_rows && out->exists)
        return ask_rows(out, in, MB_DETAIL_PLAN, NULL, err) && check_rows(out, in.schema, err);
    if (with_rows)
        read_rows(out, last[0]);
    if (mb_result_columns(last[1]) > 0)
        mb_foreign_read(out, last[1]);
    return check_rows(out, in.schema, err);
}
