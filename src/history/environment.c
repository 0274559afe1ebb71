/*
 * environment.c -- events that do not belong to a migration.
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
