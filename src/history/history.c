/* history.c -- loads the history: what it is, and its rows. */
#include "moonbird/history/history.h"

#include "check_tables.h"
#include "foreign_tables.h"
#include "rows.h"
#include "moonbird/history/history_sql.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

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
    char *first = mb_format("%s%s%s", limits, guard, mb_rows_sql(seen, detail));
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
        mb_rows_read(r->history, part);
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

static void free_recorded(mb_recorded *recorded)
{
    if (!recorded)
        return;
    free(recorded->name);
    free(recorded->server);
    free(recorded);
}

void mb_history_free(mb_history *history)
{
    free_recorded(history->recorded);
    for (size_t i = 0; i < history->n; i++)
        free(history->rows[i].texts);
    free(history->rows);
    free(history->foreign);
    free(history->foreign_owner);
    free(history->caught_by);
    free(history->current_schema);
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
                          rows ? mb_rows_sql(seen, MB_DETAIL_PLAN) : NONE, other ? other : NONE);
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
        mb_rows_read(out, last[0]);
    if (mb_result_columns(last[1]) > 0)
        mb_foreign_read(out, last[1]);
    return check_rows(out, in.schema, err);
}
