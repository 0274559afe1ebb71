/*
 * server.h -- one throw-away server for the tests of a binary.
 *
 *     int main(void)
 *     {
 *         ...
 *         return RUN_SERVER_TESTS(tests);
 *     }
 *
 * A test that takes a session: cmocka_unit_test_setup_teardown(test, open_schema, close_schema);
 * its *state is the mb_conn, in an empty schema of its own that comes first in search_path.
 */
#ifndef MOONBIRD_TEST_SERVER_H
#define MOONBIRD_TEST_SERVER_H

#include "moonbird/pg/conn.h"
#include "test.h"

int start_server(void **state);
int stop_server(void **state);

static inline int report_and_stop(void **state)
{
    report_case(state);
    return stop_server(state);
}

#define RUN_SERVER_TESTS(tests) cmocka_run_group_tests(tests, start_server, report_and_stop)

const char *server_conninfo(void); /* of the running server; borrowed */
const char *test_schema(void);     /* the name of the present test's schema */
mb_conn *open_session(void);       /* a further session in the same schema; fails the test */

/* From now on MOONBIRD_PG_BIN is this folder; NULL: the one that it was. */
void use_programs(const char *folder);

int open_schema(void **state);
int close_schema(void **state);

void sql(mb_conn *conn, const char *text);         /* fails the test on an error */
int64_t sql_int(mb_conn *conn, const char *query); /* the first value, as a number */

#endif
