/* Policies of environments: windows, protection, promotion, and which environments count. */
#include "environments.h"

#include "moonbird/policy/allow.h"
#include "moonbird/policy/backup.h"
#include "moonbird/history/create_tables.h"
#include "moonbird/policy/environment.h"
#include "moonbird/report/amend.h"
#include "moonbird/backfill/backfill.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A window of `length` hours of the server's week that begins `hours` from now. */
static void put_window(char text[64], const bench *b, int hours, int length)
{
    char *sql = mb_format("SELECT to_char(t, 'Dy HH24:MI-') || to_char(t + interval '%d h',"
                          " 'HH24:MI')"
                          " FROM (SELECT clock_timestamp() AT TIME ZONE 'UTC' + interval '%d h'"
                          " AS t) clock",
                          length, hours);
    mb_result *res;
    mb_error err;

    assert_true(mb_conn_exec(&res, b->conn, sql, &err));
    snprintf(text, 64, "%s UTC", mb_result_value(res, 0, 0));
    mb_result_free(res);
    free(sql);
}

static const char *window_in(const bench *b, int hours)
{
    static char text[64];

    put_window(text, b, hours, 1);
    return text;
}

static const char *overrides(const bench *b)
{
    static char text[512];
    mb_result *res;
    mb_error err;

    assert_true(mb_conn_exec(&res, b->conn,
                             "SELECT coalesce(string_agg(detail, '; ' ORDER BY id), '')"
                             " FROM moonbird.events WHERE what = 'override'",
                             &err));
    snprintf(text, sizeof text, "%s", mb_result_value(res, 0, 0));
    mb_result_free(res);
    return text;
}

static void test_policy__a_window_is_the_servers_time(void **state)
{
    bench *b = *state;
    char *url = url_of(b), *said;
    mb_environment env = environment("production", url);
    mb_request request = {.what = MB_DO_UP};

    put_file(b, "migrations/1_a.sql", "CREATE TABLE a (x int);");
    put_file(b, "migrations/2_b.sql", "CREATE TABLE b (x int);");
    put_file(b, "migrations/2_b_rollback.sql", "DROP TABLE b;");
    env.window = window_in(b, 30);
    demand(b, &env, 1);
    expect_refusal(up(b), b, "environment \"production\" may be changed only in its window");
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM pg_namespace"
                                      " WHERE nspname = 'moonbird'"),
                     0);
    request.outside_window = " ";
    assert_false(apply(b, request));
    assert_int_equal(b->err.code, MB_ERR_USAGE);
    assert_string_not_equal(b->err.hint, "");
    request.outside_window = "the disk is full";
    request.limit = 1;
    EXPECT(apply(b, request));
    said = mb_format("window \"%s\" of \"production\": the disk is full", env.window);
    assert_string_equal(overrides(b), said);
    env.window = window_in(b, 0);
    demand(b, &env, 1);
    EXPECT(apply(b, request));
    assert_string_equal(applied(b), "1_a 2_b");
    EXPECT(down(b, NULL));
    assert_string_equal(overrides(b), said);
    free(said);
    free(url);
}

static void test_policy__protected_wants_a_yes_from_somebody(void **state)
{
    bench *b = *state;
    char *url = url_of(b);
    mb_environment env = environment("production", url);
    const char *name = "1_a";
    mb_amendment amendment;

    put_file(b, "migrations/1_a.sql", "CREATE TABLE a (x int);");
    env.is_protected = true;
    demand(b, &env, 1);
    expect_refusal(up(b), b, "environment \"production\" is protected");
    expect_refusal(mb_project_mark(&amendment, b->project, &name, 1, NULL, &b->err), b,
                   "protected");
    expect_refusal(allow_script(b), b, "protected");
    b->settings.yes = true;
    demand(b, &env, 1);
    EXPECT(allow_script(b));
    EXPECT(up(b));
    EXPECT(up(b));
    assert_string_equal(overrides(b), "protected \"production\": --yes");
    EXPECT(mb_project_forget(&amendment, b->project, &name, 1, NULL, &b->err));
    mb_amendment_free(&amendment);
    assert_string_equal(overrides(b),
                        "protected \"production\": --yes; protected \"production\": --yes");
    free(url);
}

/* The tables of steps and backfills, which no migration of SQL needs. */
static void create_parts(bench *b)
{
    mb_writer by = mb_writer_of(b->project, "up");
    mb_history history;

    EXPECT(mb_history_load(&history, by.in, MB_DETAIL_PLAN, &b->err));
    by.history = &history;
    EXPECT(mb_history_need(&by, true, &b->err));
    mb_history_free(&history);
}

static void test_policy__accepting_what_was_set_aside_is_a_change(void **state)
{
    bench *b = *state;
    char *url = url_of(b);
    mb_environment env = environment("production", url);
    int64_t accepted;

    put_file(b, "migrations/1_a.sql", "CREATE TABLE a (x int);");
    EXPECT(up(b));
    create_parts(b);
    sql(b->conn, "INSERT INTO moonbird.backfills (stream, migration, direction, name, state,"
                 " checksum, table_name, key, rows_estimated)"
                 " VALUES ('auto', '1_a', 'up', 'fill', 'failed', '', 'a', '{x}', 1);"
                 " INSERT INTO moonbird.rejects (backfill, key, error)"
                 " SELECT id, '{1}', 'why' FROM moonbird.backfills");
    env.is_protected = true;
    demand(b, &env, 1);
    expect_refusal(mb_project_backfill_accept(&accepted, b->project, "fill", &b->err), b,
                   "protected");
    b->settings.yes = true;
    demand(b, &env, 1);
    EXPECT(mb_project_backfill_accept(&accepted, b->project, "fill", &b->err));
    assert_int_equal(accepted, 1);
    assert_string_equal(overrides(b), "protected \"production\": --yes");
    EXPECT(mb_project_backfill_accept(&accepted, b->project, "fill", &b->err));
    assert_int_equal(accepted, 0);
    assert_string_equal(overrides(b), "protected \"production\": --yes");
    free(url);
}

static void test_policy__of_several_environments_all_are_obeyed(void **state)
{
    bench *b = *state;
    char *url = url_of(b);
    mb_environment list[] = {environment("live", url), environment("other", "host=192.0.2.1"),
                             environment("production", url), environment("unknown", NULL)};

    put_file(b, "migrations/1_a.sql", "CREATE TABLE a (x int);");
    put_file(b, "migrations/3_c.sql", "CREATE TABLE c (x int);");
    list[1].is_protected = list[3].is_protected = true;
    demand(b, list, COUNT(list));
    EXPECT(up(b));
    put_file(b, "migrations/2_b.sql", "CREATE TABLE b (x int);");
    list[0].out_of_order = MB_ALLOW;
    list[2].out_of_order = MB_REFUSE;
    demand(b, list, COUNT(list));
    expect_refusal(up(b), b, "comes before a migration that is already applied");
    list[2].out_of_order = MB_UNSET;
    list[2].window = window_in(b, 30);
    demand(b, list, COUNT(list));
    expect_refusal(up(b), b, "\"production\" may be changed only in its window");
    list[2].window = NULL;
    list[0].is_protected = true;
    demand(b, list, COUNT(list));
    expect_refusal(up(b), b, "\"live\" is protected");
    list[0].is_protected = false;
    demand(b, list, COUNT(list));
    EXPECT(up(b));
    assert_string_equal(overrides(b), "");
    free(url);
}

static void test_policy__an_environment_that_cannot_be_read_stops(void **state)
{
    bench *b = *state;
    mb_environment env = environment("production", "postgres://app:s3cr@t@db/x");

    put_file(b, "migrations/1_a.sql", "CREATE TABLE a (x int);");
    demand(b, &env, 1);
    assert_false(up(b));
    assert_int_equal(b->err.code, MB_ERR_USAGE);
    assert_non_null(strstr(b->err.message, "environment \"production\": the connection string"));
    assert_null(strstr(b->err.detail, "s3cr"));
}

/* ---- promotion ---- */

static void test_policy__promotes_what_is_applied_there_and_the_same(void **state)
{
    bench *b = *state, *there = NULL;
    char *url = url_of(b), *other;
    mb_environment env = environment("production", url);

    assert_int_equal(open_bench((void **)&there), 0);
    other = mb_format("%s dbname=%s", server_conninfo(), there->database);
    there->settings.root = b->root;
    demand(there, NULL, 0);
    env.promote_from = "staging";
    put_file(b, "migrations/1_a.sql", "CREATE TABLE a (x int);");
    put_file(b, "migrations/2_b.sql", "CREATE TABLE b (x int);");
    demand(b, &env, 1);
    expect_refusal(up(b), b, "and \"staging\" has no url");
    env.promote_url = "host=/nowhere dbname=x";
    demand(b, &env, 1);
    expect_refusal(up(b), b, "but moonbird cannot read the history there");
    env.promote_url = other;
    demand(b, &env, 1);
    expect_refusal(up(b), b, "but 2 migrations did not run there");
    expect(apply(there, (mb_request){.what = MB_DO_UP, .limit = 1}), there, "staging");
    expect_refusal(up(b), b, "but 1 migration did not run there");
    assert_string_equal(b->err.detail, "auto/2_b is not applied there.");
    expect(up(there), there, "staging");
    put_file(b, "migrations/1_a.sql", "CREATE TABLE a (y int);");
    expect_refusal(up(b), b, "but 1 migration did not run there with the same contents");
    put_file(b, "migrations/1_a.sql", "CREATE  TABLE a (x int); -- as there");
    sql(there->conn, "UPDATE moonbird.migrations SET state = 'failed', direction = 'down'"
                     " WHERE name = '2_b'");
    expect_refusal(up(b), b, "but 1 migration did not run there"); /* half rolled back */
    assert_string_equal(b->err.detail, "auto/2_b is not applied there.");
    sql(there->conn, "UPDATE moonbird.migrations SET state = 'applied', direction = 'up'");
    EXPECT(up(b));
    assert_string_equal(applied(b), "1_a 2_b");
    close_bench((void **)&there);
    free(other);
    free(url);
}

/* A server that takes the connection and says nothing: the login ends after a while. */
static void test_policy__a_staging_that_does_not_answer_is_not_waited_for(void **state)
{
    bench *b = *state;
    char *url = url_of(b), *silent;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    mb_environment env = environment("production", url);

    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 8), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    silent = mb_format("host=127.0.0.1 port=%d dbname=x user=x", ntohs(address.sin_port));
    env.promote_from = "staging";
    env.promote_url = silent;
    put_file(b, "migrations/1_a.sql", "CREATE TABLE a (x int);");
    demand(b, &env, 1);
    expect_refusal(up(b), b,
                   "moonbird cannot read the history there: the server did not answer within");
    close(listener);
    free(silent);
    free(url);
}

/*
 * A clock that the test moves, by a row of public.clock, in the place of the server's own.  The
 * history's defaults keep the old one.
 */
static void put_clock(const bench *b)
{
    sql(b->conn, "CREATE TABLE public.clock (shift interval);"
                 "INSERT INTO public.clock VALUES ('0');"
                 "ALTER FUNCTION pg_catalog.clock_timestamp() RENAME TO first_clock;"
                 "CREATE FUNCTION pg_catalog.clock_timestamp() RETURNS timestamptz VOLATILE"
                 " LANGUAGE plpgsql AS 'BEGIN RETURN pg_catalog.first_clock() +"
                 " (SELECT shift FROM public.clock); END'");
}

static void test_policy__a_window_that_closes_stops_before_the_next_migration(void **state)
{
    bench *b = *state;
    char *url = url_of(b);
    mb_environment env = environment("production", url);

    env.window = window_in(b, 0);
    put_file(b, "migrations/0_first.sql", "SELECT;");
    EXPECT(up(b));
    put_clock(b);
    put_file(b, "migrations/1_a.sql", "CREATE TABLE a (x int);");
    put_file(b, "migrations/2_b.sql", "UPDATE public.clock SET shift = '1 day';");
    put_file(b, "migrations/3_c.sql", "CREATE TABLE c (x int);");
    for (int pipeline = 0; pipeline < 2; pipeline++) {
        current_case = pipeline ? "in a batch" : "one by one";
        b->settings.pipeline = pipeline;
        demand(b, &env, 1);
        expect_refusal(up(b), b, "environment \"production\" may be changed only in its window");
        assert_string_equal(applied(b), "0_first 1_a 2_b");
        assert_int_equal(b->outcome.n, 2);
        sql(b->conn, "DROP TABLE a; DELETE FROM moonbird.migrations WHERE name <> '0_first';"
                     "UPDATE public.clock SET shift = '0'");
    }
    current_case = NULL;
    free(url);
}

/* In a batch, where the time of the first closing is a condition. */
static void test_policy__of_two_windows_the_one_that_closes_first_counts(void **state)
{
    bench *b = *state;
    char *url = url_of(b), longer[64];
    mb_environment list[] = {environment("production", url), environment("shop", url)};

    put_window(longer, b, 0, 6);
    put_file(b, "migrations/0_first.sql", "SELECT;");
    EXPECT(up(b));
    put_clock(b);
    put_file(b, "migrations/1_a.sql", "CREATE TABLE a (x int);");
    put_file(b, "migrations/2_b.sql", "UPDATE public.clock SET shift = '2 hours';");
    put_file(b, "migrations/3_c.sql", "CREATE TABLE c (x int);");
    for (size_t first = 0; first < COUNT(list); first++) {
        current_case = list[first].name;
        list[first].window = window_in(b, 0);
        list[1 - first].window = longer;
        demand(b, list, COUNT(list));
        expect_refusal(up(b), b, "may be changed only in its window");
        assert_string_equal(applied(b), "0_first 1_a 2_b");
        sql(b->conn, "DROP TABLE a; DELETE FROM moonbird.migrations WHERE name <> '0_first';"
                     "UPDATE public.clock SET shift = '0'");
    }
    current_case = NULL;
    free(url);
}

static void test_policy__a_window_that_closes_during_the_backup_is_closed(void **state)
{
    bench *b = *state;
    char *url = url_of(b);
    mb_environment env = environment("production", url);

    env.window = window_in(b, 0);
    env.backup = MB_BACKUP_ALWAYS;
    b->settings.backups = "copies";
    put_file(b, "migrations/0_first.sql", "SELECT;");
    demand(b, NULL, 0);
    EXPECT(up(b));
    put_clock(b);
    put_pg_dump(b, "#!/bin/sh\n[ \"$1\" = --version ] && exec echo 'pg_dump (PostgreSQL) 99.1'\n"
                   "psql=$(ls /usr/lib/postgresql/*/bin/psql | tail -n 1)\n"
                   "\"$psql\" -Xqc \"UPDATE public.clock SET shift = '1 day'\" >&2\n"
                   "echo a dump\n");
    put_file(b, "migrations/1_a.sql", "CREATE TABLE a (x int);");
    demand(b, &env, 1);
    expect_refusal(up(b), b, "environment \"production\" may be changed only in its window");
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM pg_class WHERE relname = 'a'"), 0);
    use_programs(NULL);
    free(url);
}

/* The clock stands at Monday 02:00 and a half. */
static void test_policy__a_window_is_open_from_its_first_minute_to_before_its_last(void **state)
{
    static const struct {
        const char *window;
        bool open;
    } cases[] = {
        {"Mon 02:01-03:00 UTC", false},
        {"Mon 02:00-03:00 UTC", true},
        {"Mon 01:00-02:00 UTC", false},
        {"Mon 01:00-02:01 UTC", true},
    };
    bench *b = *state;
    char *url = url_of(b);
    mb_environment env = environment("production", url);

    put_file(b, "migrations/1_a.sql", "SELECT;");
    EXPECT(up(b));
    sql(b->conn, "ALTER FUNCTION pg_catalog.clock_timestamp() RENAME TO first_clock;"
                 "CREATE FUNCTION pg_catalog.clock_timestamp() RETURNS timestamptz"
                 " LANGUAGE sql AS $$SELECT timestamptz '2026-01-05 02:00:30Z'$$");
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *file = mb_format("migrations/%zu_b.sql", i + 2);

        current_case = env.window = cases[i].window;
        put_file(b, file, "SELECT;");
        free(file);
        demand(b, &env, 1);
        if (cases[i].open)
            EXPECT(up(b));
        else
            expect_refusal(up(b), b, "may be changed only in its window");
    }
    current_case = NULL;
    free(url);
}

int main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, open_bench, close_bench)
    const struct CMUnitTest tests[] = {
        TEST(test_policy__a_window_is_the_servers_time),
        TEST(test_policy__a_window_is_open_from_its_first_minute_to_before_its_last),
        TEST(test_policy__protected_wants_a_yes_from_somebody),
        TEST(test_policy__accepting_what_was_set_aside_is_a_change),
        TEST(test_policy__of_several_environments_all_are_obeyed),
        TEST(test_policy__an_environment_that_cannot_be_read_stops),
        TEST(test_policy__promotes_what_is_applied_there_and_the_same),
        TEST(test_policy__a_staging_that_does_not_answer_is_not_waited_for),
        TEST(test_policy__a_window_that_closes_stops_before_the_next_migration),
        TEST(test_policy__of_two_windows_the_one_that_closes_first_counts),
        TEST(test_policy__a_window_that_closes_during_the_backup_is_closed),
    };

    return RUN_SERVER_TESTS(tests);
}
