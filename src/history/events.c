/* events.c -- reads the history's events, and finds the files that a migration ran. */
#include "moonbird/history/events.h"

#include "moonbird/history/history_sql.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/suggest.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/*
 * SQL condition: event `w` took the name of `of`, an alias with the columns stream and name, from
 * the migration that had it. Later events of this name belong to another migration.
 */
#define TAKES_NAME(of)                                                                             \
    "w.what" MB_EQ "'rename' AND w.detail" MB_EQ "pg_catalog.concat('was ', " of ".stream, '/', "  \
    of ".name)"

/*
 * `own`: the events of the migration that is now called $1/$2, under each name it has had, during
 * the time it had that name. `names` follows the renames back in time; `until` is the event at
 * which a name ended, and which belongs to the new one; `since` is the event at which the name was
 * taken from an earlier migration.
 */
#define OWN                                                                                        \
    "WITH RECURSIVE names AS (SELECT $1::pg_catalog.text AS stream, $2::pg_catalog.text AS name,"  \
    " 9223372036854775807::pg_catalog.int8 AS until"                                               \
    " UNION ALL SELECT pg_catalog.split_part(pg_catalog.substr(r.detail, 5), '/', 1),"             \
    " pg_catalog.split_part(r.detail, '/', 2), r.id FROM names n, LATERAL"                         \
    " (SELECT e.id, e.detail FROM $S.events e WHERE e.what" MB_EQ "'rename' AND e.stream" MB_EQ    \
    "n.stream AND e.name" MB_EQ "n.name AND e.id" MB_OP("<") "n.until AND NOT EXISTS (SELECT FROM" \
    " $S.events w WHERE " TAKES_NAME("n") " AND w.id" MB_OP(">") "e.id AND w.id" MB_OP("<")        \
    "n.until) ORDER BY e.id DESC LIMIT 1) r),"                                                     \
    " times AS (SELECT n.*, coalesce((SELECT pg_catalog.max(w.id) FROM $S.events w WHERE "         \
    TAKES_NAME("n") " AND w.id" MB_OP("<") "n.until), 0) AS since FROM names n),"                  \
    " own AS (SELECT e.id, e.what, e.outcome, e.detail FROM times n, $S.events e"                  \
    " WHERE e.stream" MB_EQ "n.stream AND e.name" MB_EQ "n.name AND e.id" MB_OP("<") "n.until"     \
    " AND e.id" MB_OP(">") "n.since"                                                               \
    " AND e.id" MB_OP(">=") "coalesce((SELECT pg_catalog.max(o.until) FROM names o"                \
    " WHERE o.until" MB_OP("<") "n.until), 0)) "

/* ---- all of them, or a selection ---- */

static char *text_of(const mb_result *res, size_t row, size_t column)
{
    const char *text = mb_result_value(res, row, column); /* "" for NULL */

    return *text ? mb_strdup(text) : NULL;
}

static void read_event(mb_event *out, const mb_result *res, size_t i)
{
    *out = (mb_event){
        .at = text_of(res, i, 0),
        .who = text_of(res, i, 1),
        .host = text_of(res, i, 2),
        .pid = (int)mb_result_int(res, i, 3),
        .environment = text_of(res, i, 4),
        .command = text_of(res, i, 5),
        .stream = text_of(res, i, 6),
        .name = text_of(res, i, 7),
        .what = text_of(res, i, 8),
        .outcome = text_of(res, i, 9),
        .detail = text_of(res, i, 10),
    };
}

static void add_event(mb_events *out, const mb_result *res, size_t row)
{
    out->items = mb_grow(out->items, out->n, sizeof *out->items);
    read_event(&out->items[out->n++], res, row);
}

static void add_events(void *out, const mb_result *res)
{
    for (size_t i = 0; i < mb_result_rows(res); i++)
        add_event(out, res, i);
}

#define EVENT                                                                                      \
    "SELECT " MB_ISO_UTC("e.at") ", e.who, e.runner_host, e.runner_pid, e.environment, e.command," \
    " e.stream, e.name, e.what, e.outcome, e.detail"
#define FROM_EVENTS " FROM $S.events e"

/* Parameters: $1 stream, $2 name, $3 what, $4 since a moment, $5 since an age, $6 limit. */
#define EVENTS                                                                                     \
    EVENT FROM_EVENTS " WHERE ($3 IS NULL OR e.what" MB_EQ "$3 OR e.outcome" MB_EQ "$3)"                             \
    " AND e.at" MB_OP(">=") "coalesce($4::pg_catalog.timestamptz,"                                 \
    " pg_catalog.clock_timestamp()" MB_OP("-") "$5::interval, e.at)"
#define NEWEST " ORDER BY e.id DESC LIMIT $6::bigint"

static const char *events_sql(const mb_event_filter *filter)
{
    if (filter->name && filter->stream && !filter->name_only)
        return OWN EVENTS " AND e.id" MB_EQ "ANY (SELECT o.id FROM own o)" NEWEST;
    return filter->name ? EVENTS " AND e.name" MB_EQ "$2 AND ($1 IS NULL OR e.stream" MB_EQ "$1)"
                                 NEWEST
                        : EVENTS NEWEST;
}

/* ---- since when ---- */

static bool begins_with_date(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    return digits == 4 && text[digits] == '-';
}

/* A moment without a zone is in UTC, as all times that moonbird shows. The caller frees it. */
static char *moment_of(const char *text)
{
    size_t day = strcspn(text, "T ");
    const char *time = text + day + (text[day] ? 1 : 0);
    bool zone = strpbrk(time, "+-") != NULL;

    for (const char *c = time; *c; c++)
        zone = zone || isalpha((unsigned char)*c);
    return mb_format("%s%s", text, zone ? "" : " UTC");
}

/* "7d": a number and a unit, without which it could be a year or an hour. */
static bool is_age(const char *text)
{
    static const char *const units[] = {"s", "min", "h", "d", "w"};
    size_t digits = strspn(text, "0123456789");

    for (size_t i = 0; digits > 0 && i < sizeof units / sizeof units[0]; i++)
        if (strcmp(text + digits, units[i]) == 0)
            return true;
    return false;
}

static bool refuse_since(const char *text, mb_error *err)
{
    mb_fail(err, MB_ERR_USAGE, "\"%s\" is not a time", text);
    return mb_fail_hint(err, "Write a date or a time in UTC, such as 2026-11-29 or "
                             "2026-11-29T01:30, or how long ago it was: 90min, 12h, 7d.");
}

/* ---- kinds ---- */

static bool check_kind(const char *what, mb_error *err)
{
    static const char *const kinds[] = {
        "up",     "down",     "manual",      "skip",     "restart", "loaded",      "backfill",
        "mark",   "forget",   "repair",      "rename",   "baseline", "adopt",      "eject",
        "backup", "override",
        "run",    "console",  "connect",     "environment",
        "done",   "begun",    "failed",      "interrupted", "paused", "unpaused",  "resumed",
        "cancelled", "accepted",
    };
    const size_t n = sizeof kinds / sizeof kinds[0];
    const char *near;

    for (size_t i = 0; i < n; i++)
        if (strcmp(kinds[i], what) == 0)
            return true;
    mb_fail(err, MB_ERR_USAGE, "the history has no events of the kind \"%s\"", what);
    near = mb_nearest(what, kinds, n);
    if (near)
        return mb_fail_hint(err, "Did you mean \"%s\"?", near);
    return mb_fail_hint(err, "moonbird history shows the kinds of events in the column \"what\".");
}

enum { SELECTORS = 6 };

/* The query of a filter, and the memory that it borrows from. */
typedef struct selection {
    mb_query query;
    mb_param params[SELECTORS];
    char *moment, most[MB_NUMBER_SIZE];
} selection;

/* The caller frees out->moment. */
static bool select_events(selection *out, const mb_event_filter *filter, mb_error *err)
{
    const char *since = filter->since;
    bool date = since && begins_with_date(since);

    if (since && !date && !is_age(since))
        return refuse_since(since, err);
    out->moment = date ? moment_of(since) : NULL;
    out->params[0] = mb_history_text(filter->stream ? mb_stream_name(*filter->stream) : NULL);
    out->params[1] = mb_history_text(filter->name);
    out->params[2] = mb_history_text(filter->what);
    out->params[3] = mb_history_text(out->moment);
    out->params[4] = mb_history_text(date ? NULL : since);
    out->params[5] =
        mb_history_text(filter->limit ? mb_number_text(out->most, (int64_t)filter->limit) : NULL);
    out->query = (mb_query){events_sql(filter), SELECTORS, out->params};
    return true;
}

/* `ok`: the events were read. Finds out whether the filter is to blame if there are none. */
static bool check_filter(bool ok, mb_events *events, const mb_event_filter *filter, mb_error *err)
{
    if (!ok && filter->since && strncmp(err->sqlstate, "22", 2) == 0) /* 22: `since` is wrong */
        ok = refuse_since(filter->since, err);
    if (ok && (events->n > 0 || !filter->what || check_kind(filter->what, err)))
        return true;
    mb_events_free(events);
    return false;
}

bool mb_history_events(mb_events *out, mb_store in, const mb_history *history,
                       const mb_event_filter *filter, mb_error *err)
{
    selection selected;
    mb_result *res = NULL;
    bool ok;

    *out = (mb_events){0};
    if (!select_events(&selected, filter, err))
        return false;
    ok = mb_history_read(&res, in, history, "$S.events", selected.query, err);
    free(selected.moment);
    if (ok)
        add_events(out, res);
    mb_result_free(res);
    return check_filter(ok, out, filter, err);
}

bool mb_history_load_events(mb_history *history, mb_events *out, mb_store in,
                            const mb_event_filter *filter, mb_error *err)
{
    selection selected;
    bool ok;

    *out = (mb_events){0};
    if (!select_events(&selected, filter, err))
        return false;
    ok = mb_history_load_with(history, in, MB_DETAIL_ALL,
                              &(mb_second_query){selected.query, add_events, out}, err);
    free(selected.moment);
    return check_filter(ok, out, filter, err);
}

#define IS_ATTEMPT "e.what" MB_EQ "ANY ('{up,down,manual}'::pg_catalog.text[])"

enum { IS_LAST = 11 }; /* the column after those of the event */

/*
 * Other events of a migration, such as `skip` or `backfill`, neither are attempts nor end one.
 * The last attempt is found by its id: with ORDER BY and LIMIT the server would format the time of
 * every event before it sorts.
 */
static const char attempts_sql[] =
    EVENT ", true, e.id" FROM_EVENTS " WHERE e.id" MB_EQ
    "(SELECT pg_catalog.max(e.id)" FROM_EVENTS " WHERE " IS_ATTEMPT ")"
    " UNION ALL " EVENT ", false, e.id" FROM_EVENTS " WHERE " IS_ATTEMPT
    " AND e.outcome" MB_EQ "ANY ('{failed,interrupted}'::pg_catalog.text[])"
    " AND NOT EXISTS (SELECT FROM $S.events w WHERE w.id" MB_OP(">") "e.id AND (w.stream" MB_EQ
    "e.stream AND w.name" MB_EQ "e.name AND w.what" MB_EQ
    "ANY ('{up,down,manual,mark,baseline,forget}'::pg_catalog.text[]) OR " TAKES_NAME("e") "))"
    " ORDER BY 13 DESC";

static void add_attempts(void *self, const mb_result *res)
{
    mb_attempted *out = self;

    for (size_t i = 0; i < mb_result_rows(res); i++)
        if (!mb_result_bool(res, i, IS_LAST))
            add_event(&out->failures, res, i);
        else if (!out->last.at)
            read_event(&out->last, res, i);
}

bool mb_history_load_attempts(mb_history *history, mb_attempted *out, mb_store in, mb_error *err)
{
    const mb_second_query second = {{attempts_sql, 0, NULL}, add_attempts, out};

    *out = (mb_attempted){0};
    if (mb_history_load_with(history, in, MB_DETAIL_ALL, &second, err))
        return true;
    mb_attempted_free(out);
    return false;
}

void mb_attempted_free(mb_attempted *attempted)
{
    mb_events_free(&attempted->failures);
    mb_event_free(&attempted->last);
}

bool mb_history_rolled_back(mb_events *out, mb_store in, const mb_history *history,
                            mb_stream stream, mb_error *err)
{
    static const char sql[] = EVENT FROM_EVENTS
        " WHERE e.stream" MB_EQ "$1 AND e.what" MB_EQ "'down' AND e.outcome" MB_EQ "'done'"
        " AND NOT EXISTS (SELECT FROM $S.events n WHERE n.stream" MB_EQ "e.stream"
        " AND n.name" MB_EQ "e.name AND n.id" MB_OP(
            ">") "e.id AND n.outcome" MB_EQ "'done'"
                 " AND n.what" MB_EQ
                 "ANY ('{up,down,manual,mark,adopt,baseline,forget}'::pg_catalog.text[]))";
    const mb_param params[] = {mb_history_text(mb_stream_name(stream))};
    mb_result *res;

    *out = (mb_events){0};
    if (!mb_history_read(&res, in, history, "$S.events", (mb_query){sql, 1, params}, err))
        return false;
    add_events(out, res);
    mb_result_free(res);
    return true;
}

void mb_event_free(mb_event *event)
{
    free(event->at);
    free(event->who);
    free(event->host);
    free(event->environment);
    free(event->command);
    free(event->stream);
    free(event->name);
    free(event->what);
    free(event->outcome);
    free(event->detail);
    *event = (mb_event){0};
}

void mb_events_free(mb_events *events)
{
    for (size_t i = 0; i < events->n; i++)
        mb_event_free(&events->items[i]);
    free(events->items);
    *events = (mb_events){0};
}

/* ---- what ran: the events of a migration since it was last applied ---- */

/* The event of the last time it was applied. */
#define APPLIED                                                                                    \
    "SELECT pg_catalog.max(d.id) FROM own d WHERE d.outcome" MB_EQ "'done'"                        \
    " AND (d.what" MB_EQ "'up' OR d.what" MB_EQ "'manual')"

/*
 * The last event that reset the migration before the run that applied it. Events after that one
 * belong to this run, or to a run that it resumed.
 */
#define BEGUN                                                                                      \
    "SELECT pg_catalog.max(d.id) FROM own d WHERE d.id" MB_OP("<") "(" APPLIED ")"                 \
    " AND (d.what" MB_EQ "ANY ('{forget,restart}'::pg_catalog.text[]) OR d.outcome" MB_EQ "'done'" \
    " AND d.what" MB_EQ "ANY ('{up,manual,down}'::pg_catalog.text[]))"

static bool ask(char **out, mb_store in, mb_key key, const char *sql, mb_error *err)
{
    const mb_param params[] = {mb_history_text(mb_stream_name(key.stream)),
                               mb_history_text(key.name)};
    mb_result *res;

    *out = NULL;
    if (!mb_history_query(&res, in, (mb_query){sql, 2, params}, err))
        return false;
    if (mb_result_rows(res) == 1 && !mb_result_null(res, 0, 0))
        *out = mb_strdup(mb_result_value(res, 0, 0));
    mb_result_free(res);
    return true;
}

bool mb_history_loaded(char **files, mb_store in, mb_key key, mb_error *err)
{
    return ask(files, in, key,
               OWN "SELECT pg_catalog.string_agg(e.detail, pg_catalog.chr(10) ORDER BY e.id)"
               " FROM own e WHERE e.what" MB_EQ "'loaded' AND e.id" MB_OP(">") "coalesce((" BEGUN
               "), 0)",
               err);
}

bool mb_history_repaired(bool *any, mb_store in, mb_error *err)
{
    static const char sql[] = "SELECT FROM $S.events WHERE what" MB_EQ "'repair' LIMIT 1";
    mb_result *res;

    if (!mb_history_query(&res, in, (mb_query){sql, 0, NULL}, err))
        return false;
    *any = mb_result_rows(res) > 0;
    mb_result_free(res);
    return true;
}

/* The detail of a repair's event is "checksum NEW, was OLD; raw NEW, was OLD". */
bool mb_history_ran(char **normalized, mb_store in, mb_key key, mb_error *err)
{
    return ask(normalized, in, key,
               OWN
               "SELECT pg_catalog.split_part(pg_catalog.split_part(e.detail, ', was ', 2), ';', 1)"
               " FROM own e WHERE e.what" MB_EQ
               "'repair' AND e.id" MB_OP(">") "coalesce((" APPLIED "), 0) ORDER BY e.id LIMIT 1",
               err);
}
