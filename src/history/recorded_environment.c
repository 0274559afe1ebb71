/*
 * recorded_environment.c -- the events that say which environment the database is.
 *
 * Such an event has `what` = "environment", and is not one of a migration. Its `name` is the
 * server and database, "SYSTEM_IDENTIFIER/DATABASE_OID". A new one is written only where it differs
 * from the last one.
 */
#include "moonbird/history/recorded_environment.h"

#include "moonbird/history/history_sql.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/sqlstate.h"

#define LAST                                                                                       \
    "(SELECT environment, name FROM $S.events WHERE what" MB_EQ "'environment'"                    \
    " ORDER BY id DESC LIMIT 1)"

static const char last_sql[] = "SELECT l.environment, l.name FROM " LAST " l";

static void keep(mb_recorded *out, const mb_result *res)
{
    out->read = true;
    if (mb_result_rows(res) == 0)
        return;
    out->name = mb_strdup(mb_result_value(res, 0, 0));
    out->server = mb_strdup(mb_result_value(res, 0, 1));
}

static char *copy(const char *text)
{
    return text ? mb_strdup(text) : NULL;
}

bool mb_history_environment(char **name, char **server, mb_store in, const mb_history *seen,
                            mb_error *err)
{
    mb_recorded *recorded = seen->recorded;
    mb_result *res;

    *name = *server = NULL;
    if (!recorded)
        return true;
    if (!recorded->read) {
        if (!mb_history_read(&res, in, seen, "$S.events", (mb_query){last_sql, 0, NULL}, err))
            return false;
        keep(recorded, res);
        mb_result_free(res);
    }
    *name = copy(recorded->name);
    *server = copy(recorded->server);
    return true;
}

static void keep_part(void *history, const mb_result *part)
{
    const mb_history *out = history;

    if (!out->recorded->read)
        keep(out->recorded, part);
}

bool mb_history_load_recorded(mb_history *out, mb_store in, mb_detail detail, mb_error *err)
{
    const mb_second_query second = {{last_sql, 0, NULL}, keep_part, out};

    if (mb_history_load_with(out, in, detail, &second, err))
        return true;
    /* a role that may read "migrations" alone can still make a plan */
    return mb_error_is(err, MB_SQLSTATE_INSUFFICIENT_PRIVILEGE) &&
           mb_history_load(out, in, detail, err);
}

bool mb_history_begin_without_environment(bool *begun, const mb_writer *by, const char *name,
                                          mb_error *err)
{
    static const char sql[] =
        "INSERT INTO $S.events (" MB_OTHER_EVENT_COLUMNS ")"
        " SELECT " MB_OTHER_EVENT_VALUES ", $6, 'begun'"
        " WHERE NOT EXISTS (SELECT FROM " LAST " l) RETURNING id";

    return mb_history_write_if(begun, by, name, (mb_edit){sql, 0, NULL}, err);
}

bool mb_history_set_environment(const mb_writer *by, const char *server, mb_error *err)
{
    static const char sql[] =
        "INSERT INTO $S.events (" MB_OTHER_EVENT_COLUMNS ")"
        " SELECT " MB_OTHER_EVENT_VALUES ", 'environment', 'done'"
        " WHERE NOT EXISTS (SELECT FROM " LAST " l WHERE l.environment" MB_EQ
        "$5 AND l.name" MB_EQ "$2)";

    return mb_history_write(by, server, (mb_edit){sql, 0, NULL}, err);
}
