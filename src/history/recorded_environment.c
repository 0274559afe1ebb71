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
