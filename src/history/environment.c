/*
 * environment.c -- events that do not belong to a migration, and what a migration ran.
 *
 * An event with `what` = "environment" says which environment the database is; its `name` is the
 * server and database, "SYSTEM_IDENTIFIER/DATABASE_OID". A new one is written only where it differs
 * from the last one.
 */
#include "moonbird/history/environment.h"

#include "moonbird/history/history_sql.h"

#include "moonbird/base/mem.h"

/* The columns without `stream`: these events have none. */
#define OWN_COLUMNS "name, runner_host, runner_pid, environment, command, what, outcome"
#define OWN_VALUES  "$2, $3, $4::int, $5, $6"

#define LAST                                                                                       \
    "(SELECT environment, name FROM $S.events WHERE what" MB_EQ "'environment'"                    \
    " ORDER BY id DESC LIMIT 1)"

bool mb_history_environment(char **name, char **server, mb_store in, const mb_history *seen,
                            mb_error *err)
{
    static const char sql[] = "SELECT l.environment, l.name FROM " LAST " l";
    mb_result *res = NULL;

    *name = *server = NULL;
    if (seen->exists &&
        !mb_history_read(&res, in, seen, "$S.events", (mb_query){sql, 0, NULL}, err))
        return false;
    if (res && mb_result_rows(res) == 1) {
        *name = mb_strdup(mb_result_value(res, 0, 0));
        *server = mb_strdup(mb_result_value(res, 0, 1));
    }
    mb_result_free(res);
    return true;
}

bool mb_history_set_environment(const mb_writer *by, const char *server, mb_error *err)
{
    static const char sql[] =
        "INSERT INTO $S.events (" OWN_COLUMNS ")"
        " SELECT " OWN_VALUES ", 'environment', 'done'"
        " WHERE NOT EXISTS (SELECT FROM " LAST " l WHERE l.environment" MB_EQ
        "$5 AND l.name" MB_EQ "$2)";

    return mb_history_write(by, server, (mb_edit){sql, 0, NULL}, err);
}

bool mb_history_event_of(const mb_writer *by, const char *name, const char *what,
                         const char *outcome, const char *detail, mb_error *err)
{
    static const char sql[] =
        "INSERT INTO $S.events (" OWN_COLUMNS ", detail)"
        " VALUES (" OWN_VALUES ", $7, $8, $9)";
    const char *own[] = {what, outcome, detail};

    return mb_history_write(by, name, (mb_edit){sql, 3, own}, err);
}

/* ---- what ran: the events of a migration since it was last applied ---- */

/*
 * `own`: the events of the migration that is now called $1/$2, under each name it has had, during
 * the time it had that name. `names` follows the renames back in time; `until` is the event at
 * which a name ended.
 */
#define OWN                                                                                        \
    "WITH RECURSIVE names AS (SELECT $1::pg_catalog.text AS stream, $2::pg_catalog.text AS name,"  \
    " 9223372036854775807::pg_catalog.int8 AS until"                                               \
    " UNION ALL SELECT pg_catalog.split_part(pg_catalog.substr(r.detail, 5), '/', 1),"             \
    " pg_catalog.split_part(r.detail, '/', 2), r.id FROM names n, LATERAL"                         \
    " (SELECT e.id, e.detail FROM $S.events e WHERE e.what" MB_EQ "'rename' AND e.stream" MB_EQ    \
    "n.stream AND e.name" MB_EQ "n.name AND e.id" MB_OP("<") "n.until"                             \
    " ORDER BY e.id DESC LIMIT 1) r),"                                                             \
    " own AS (SELECT e.id, e.what, e.outcome, e.detail FROM names n, $S.events e"                  \
    " WHERE e.stream" MB_EQ "n.stream AND e.name" MB_EQ "n.name AND e.id" MB_OP("<") "n.until"     \
    " AND e.id" MB_OP(">") "coalesce((SELECT pg_catalog.max(o.until) FROM names o"                 \
    " WHERE o.until" MB_OP("<") "n.until), 0)) "

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
