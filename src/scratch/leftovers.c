#include "leftovers.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/log.h"
#include "moonbird/pg/qualified.h"

#include <stdlib.h>

#define RUN(name)                                                                                  \
    "pg_catalog.substring(" name "::pg_catalog.text,"                                              \
    " '^(moonbird_test_[0-9]{10}_[0-9a-f]{16})_[0-9]+$')"

/*
 * A run that has not ended has its name as the application_name of its first session, and most of
 * the time it has sessions in its databases.
 */
static const char sql[] =
    "SELECT d.datname FROM pg_catalog.pg_database d"
    " WHERE pg_catalog.split_part(" RUN("d.datname") ", '_', 3)" MB_OP("<")
    " (pg_catalog.date_part('epoch', pg_catalog.now())::pg_catalog.int8" MB_OP("-")
    " 86400::pg_catalog.int8)::pg_catalog.text"
    " AND pg_catalog.pg_has_role(d.datdba, 'USAGE') AND NOT EXISTS (SELECT FROM"
    " pg_catalog.pg_stat_activity a WHERE a.application_name" MB_EQ RUN("d.datname")
    " OR " RUN("a.datname") MB_EQ RUN("d.datname") ")";

static void drop(mb_conn *server, const char *name)
{
    char *statement = mb_format("DROP DATABASE IF EXISTS %s", name);
    mb_error unseen; /* another run can drop it in the same moment */

    if (mb_conn_exec_alone(server, statement, &unseen))
        mb_log(MB_LOG_INFO, "dropped database \"%s\", which a test run had left", name);
    free(statement);
}

void mb_scratch_drop_leftovers(mb_conn *server)
{
    mb_result *res = NULL;
    mb_error unseen;

    if (!mb_conn_exec_limited(&res, server, sql, &unseen))
        return;
    for (size_t i = 0; i < mb_result_rows(res); i++)
        drop(server, mb_result_value(res, i, 0));
    mb_result_free(res);
}
