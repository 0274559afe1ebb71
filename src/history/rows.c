#include "rows.h"

#include "moonbird/history/history_sql.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/pg/qualified.h"
#include "moonbird/sql/directive.h" /* MB_UNSET */

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

/*
 * The columns, in the order of the enum below. Each column of each row costs the server and libpq
 * time, and nearly all rows are ordinary: the migration is in the auto stream and ran to its end,
 * without parameters. So one column, `other`, stands for all columns whose values are the same in ordinary rows.  It is
 * NULL in ordinary rows.
 */
#define AT MB_ISO_UTC("coalesce(applied_at, started_at)")
#define ORDINARY                                                                                   \
    "stream" MB_EQ "'auto' AND state" MB_EQ "'applied' AND direction" MB_EQ "'up'"                 \
    " AND statements_done" MB_EQ "statements AND duration_us IS NOT NULL"
#define OTHER "stream, state, direction, statements_done, duration_us, done_checksum, " AT
#define COLUMNS(ordinary, other)                                                                   \
    "position, statements, name, raw_checksum, checksum, environment,"                             \
    " CASE WHEN " ordinary " THEN NULL ELSE (" other ") END"
#define BEFORE_ARGS COLUMNS(ORDINARY, OTHER) /* the tables of a version without the column args */
#define WITH_ARGS   COLUMNS(ORDINARY " AND args IS NULL", OTHER ", args")
#define REST                                                                                       \
    ", " AT ", applied_by, runner_host, runner_version, git_commit, error, backup_path,"           \
    " duration_us, runner_pid, " MB_STARTED_US
#define ROWS(columns) "SELECT " columns " FROM $S.migrations ORDER BY position"

enum { ARGS_VERSION = 5 };

const char *mb_rows_sql(const mb_history *history, mb_detail detail)
{
    bool args = history->layout.version >= ARGS_VERSION;

    if (detail == MB_DETAIL_ALL)
        return args ? ROWS(WITH_ARGS REST) : ROWS(BEFORE_ARGS REST);
    return args ? ROWS(WITH_ARGS) : ROWS(BEFORE_ARGS);
}

enum {
    POSITION,
    STATEMENTS,
    TEXTS,
    PLAN_TEXTS = 5,
    ALL_TEXTS = 12,
    DURATION_US = TEXTS + ALL_TEXTS,
    PID,
    STARTED_US
};

/* The first value of a row that moonbird never writes, and its column; NULL: there is none. */
typedef struct bad_value {
    const char *column, *text;
} bad_value;

static void expect(bad_value *bad, bool good, const char *column, const char *text)
{
    if (!good && !bad->column)
        *bad = (bad_value){column, text};
}

static int64_t read_count(bad_value *bad, const char *column, const char *text)
{
    int64_t count = strtoll(text, NULL, 10);

    expect(bad, count >= 0, column, text);
    return count;
}

/* Copy the texts of a row to *memory; NULL is "", and so is a column that was not selected. */
static void copy_texts(char *texts[ALL_TEXTS], char **memory, const mb_result *res, size_t row)
{
    size_t n = mb_result_columns(res) > DURATION_US ? ALL_TEXTS : PLAN_TEXTS;
    size_t lengths[ALL_TEXTS] = {0}, size = 0;
    const char *cells[ALL_TEXTS] = {0};
    char *to;

    for (size_t i = 0; i < n; i++)
        cells[i] = mb_result_cell(res, row, TEXTS + i, &lengths[i]);
    for (size_t i = 0; i < ALL_TEXTS; i++)
        size += lengths[i] + 1;
    to = *memory = mb_alloc(size);
    for (size_t i = 0; i < ALL_TEXTS; i++) {
        texts[i] = cells[i] ? memcpy(to, cells[i], lengths[i]) : to;
        to += lengths[i] + 1;
    }
}

/*
 * The next field of a record as record_out() writes it; NULL is "". In double quotes, a double
 * quote or a backslash is written twice.
 */
static char *next_field(char **at)
{
    char *field = *at, *from = field, *to = field;
    bool quoted = false;

    while (*from && (quoted || (*from != ',' && *from != ')'))) {
        if (quoted && (*from == '"' || *from == '\\') && from[1] == *from)
            from++;
        else if (*from == '"') {
            quoted = !quoted;
            from++;
            continue;
        }
        *to++ = *from++;
    }
    *at = *from ? from + 1 : from;
    *to = '\0';
    return field;
}

static int64_t read_duration(const char *text)
{
    return *text ? strtoll(text, NULL, 10) : MB_UNSET;
}

static void read_other(mb_row *out, char *record, bad_value *bad)
{
    char *at = record + strspn(record, "(");
    const char *stream = next_field(&at), *state = next_field(&at), *direction = next_field(&at);

    out->stream = strcmp(stream, "auto") == 0 ? MB_AUTO : MB_MANUAL;
    expect(bad, strcmp(stream, mb_stream_name(out->stream)) == 0, "stream", stream);
    out->state = mb_state_of(state);
    expect(bad, out->state != MB_PENDING && strcmp(state, mb_state_name(out->state)) == 0, "state",
           state);
    out->direction = strcmp(direction, "up") == 0 ? MB_UP : MB_DOWN;
    expect(bad, strcmp(direction, mb_direction_name(out->direction)) == 0, "direction", direction);
    out->done = (size_t)read_count(bad, "statements_done", next_field(&at));
    out->duration_us = read_duration(next_field(&at));
    out->done_sum = next_field(&at);
    out->applied_at = next_field(&at);
    out->args = next_field(&at);
}

static void read_row(mb_row *out, bad_value *bad, const mb_result *res, size_t i)
{
    char *texts[ALL_TEXTS];

    *out = (mb_row){.stream = MB_AUTO, .state = MB_APPLIED, .direction = MB_UP};
    copy_texts(texts, &out->texts, res, i);
    out->position = read_count(bad, "position", mb_result_value(res, i, POSITION));
    out->total = (size_t)read_count(bad, "statements", mb_result_value(res, i, STATEMENTS));
    out->done = out->total;
    out->name = texts[0];
    out->file_sum = texts[1];
    out->normalized_sum = texts[2];
    out->environment = texts[3];
    out->done_sum = out->args = "";
    out->applied_at = texts[5];
    out->applied_by = texts[6];
    out->host = texts[7];
    out->version = texts[8];
    out->commit = texts[9];
    out->error = texts[10];
    out->backup = texts[11];
    if (*texts[4])
        read_other(out, texts[4], bad);
    if (mb_result_columns(res) > DURATION_US) {
        out->duration_us = read_duration(mb_result_value(res, i, DURATION_US));
        out->pid = (int)mb_result_int(res, i, PID);
        out->started_us = mb_result_int(res, i, STARTED_US);
    }
    expect(bad, *out->name, "name", out->name);
}

static char *describe(const mb_row *row, const bad_value *bad)
{
    const char *stream =
        strcmp(bad->column, "stream") == 0 ? bad->text : mb_stream_name(row->stream);

    return mb_format("row %s/%s has %s \"%s\"", stream, row->name, bad->column, bad->text);
}

void mb_rows_read(mb_history *history, const mb_result *res)
{
    for (size_t i = 0; i < mb_result_rows(res); i++) {
        bad_value bad = {0};
        mb_row *row;

        history->rows = mb_grow(history->rows, history->n, sizeof *history->rows);
        row = &history->rows[history->n++];
        read_row(row, &bad, res, i);
        if (bad.column && !history->bad_row)
            history->bad_row = describe(row, &bad);
    }
}
