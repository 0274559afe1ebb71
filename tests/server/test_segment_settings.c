/* A file in segments that sets something for its session: settings, roles, the search path. */
#include "moonbird/policy/allow.h"
#include "project.h"

#include <stdio.h>
#include <string.h>

/* Rows that are left in the table of each schema: app's count ten times. */
static int64_t left(bench *b)
{
    return sql_int(b->conn, "SELECT 10 * (SELECT count(*) FROM app.t) + "
                            "(SELECT count(*) FROM public.t)");
}

static void test_segment_settings__what_was_set_for_the_session_is_set_again(void **state)
{
    static const char failing[] = "SELECT 1 / (SELECT count(*) FROM public.go);\nCOMMIT;\n"
                                  "DELETE FROM t;";
    static const struct {
        const char *name, *before;
        int64_t left;
    } cases[] = {
        {"set", "SET search_path = app;\nVACUUM t;\n", 1},
        {"set_config", "SELECT pg_catalog.set_config('search_path', 'app', false);\nCOMMIT;\n", 1},
        {"role", "SET ROLE app;\nCOMMIT;\n", 1}, /* search_path begins with "$user" */
        {"committed", "BEGIN;\nSET search_path = app;\nCOMMIT;\n", 1},
        {"rolled back", "BEGIN;\nSET search_path = app;\nROLLBACK;\n", 10},
        {"local", "BEGIN;\nSET LOCAL search_path = app;\nCOMMIT;\n", 10},
        {"reset", "SET search_path = app;\nCOMMIT;\nRESET search_path;\nCOMMIT;\n", 10},
        {"discarded", "SET search_path = app;\nVACUUM t;\nDISCARD ALL;\n", 10},
        {"undone", "BEGIN;\nSAVEPOINT s;\nSET search_path = app;\nROLLBACK TO s;\nCOMMIT;\n", 10},
    };
    bench *b = *state;

    sql(b->conn, "CREATE SCHEMA app; CREATE TABLE app.t (x int); CREATE TABLE public.t (x int);"
                 "CREATE TABLE public.go (); CREATE ROLE app; GRANT ALL ON SCHEMA app TO app;"
                 "GRANT ALL ON app.t, go TO app");
    for (size_t i = 0; i < COUNT(cases); i++) {
        char file[64], text[512];

        current_case = cases[i].name;
        sql(b->conn, "TRUNCATE app.t, public.t, go; INSERT INTO app.t VALUES (1);"
                     "INSERT INTO public.t VALUES (1)");
        snprintf(file, sizeof file, "migrations/%zu_x.sql", i + 1);
        snprintf(text, sizeof text, "%s%s", cases[i].before, failing);
        put_file(b, file, text);
        assert_false(apply(b, (mb_request){.what = MB_DO_UP, .force_empty_history = true}));
        assert_string_equal(b->err.sqlstate, "22012");
        sql(b->conn, "INSERT INTO go DEFAULT VALUES");
        mb_project_close(b->project);
        assert_true(mb_conn_reconnect(b->conn, &b->err));
        mb_project_open(&b->project, &b->settings, b->conn, NULL);
        EXPECT(up(b));
        assert_int_equal(left(b), cases[i].left);
    }
    current_case = NULL;
    sql(b->conn, "DROP OWNED BY app; DROP ROLE app");
}

/* Each session begins with my.path = '/'. */
static void begin_at_root(bench *b)
{
    sql(b->conn, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET my.path = %L',"
                 " current_database(), '/'); END $$");
    assert_true(mb_conn_reconnect(b->conn, &b->err));
}

static void test_segment_settings__a_retry_sets_it_from_the_start(void **state)
{
    bench *b = *state;

    sql(b->conn, "CREATE SEQUENCE tries; CREATE TABLE t (path text)");
    put_file(b, "migrations/1_a.sql",
             "-- moonbird: transaction=off\n"
             "SELECT set_config('my.path', current_setting('my.path', true) || 'x', false);\n"
             "DO $$ BEGIN IF nextval('tries') = 1 THEN RAISE SQLSTATE '55P03'; END IF; END $$;\n"
             "INSERT INTO t SELECT current_setting('my.path');\n");
    begin_at_root(b);
    EXPECT(apply(b, (mb_request){.what = MB_DO_UP, .force_empty_history = true}));
    assert_non_null(strstr(mb_buf_str(&b->notes), "retry 1 of 1"));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t WHERE path = '/x'"), 1);
}

/*
 * The second run makes the settings again; those that it made before it fails are not made twice.
 */
static void test_segment_settings__sending_them_again_is_retried_from_the_start(void **state)
{
    bench *b = *state;

    sql(b->conn,
        "CREATE SEQUENCE tries; CREATE TABLE go (); CREATE TABLE t (path text);"
        "CREATE FUNCTION busy(text, text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN"
        " IF nextval('tries') = 2 THEN RAISE SQLSTATE '55P03'; END IF; RETURN 'x'; END $$;"
        "CREATE OPERATOR <+> (LEFTARG = text, RIGHTARG = text, FUNCTION = busy)");
    put_file(b, "migrations/1_a.sql",
             "-- moonbird: transaction=off\n"
             "SELECT set_config('my.path', current_setting('my.path') || 'x', false);\n"
             "SELECT set_config('my.other', 'x' <+> 'y', false);\n"
             "SELECT 1 / (SELECT count(*) FROM go);\n"
             "INSERT INTO t SELECT current_setting('my.path');\n");
    begin_at_root(b);
    assert_false(apply(b, (mb_request){.what = MB_DO_UP, .force_empty_history = true}));
    assert_string_equal(b->err.sqlstate, "22012");
    sql(b->conn, "INSERT INTO go DEFAULT VALUES");
    assert_true(mb_conn_reconnect(b->conn, &b->err));
    EXPECT(up(b));
    assert_non_null(strstr(mb_buf_str(&b->notes), "retry 1 of 1"));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t WHERE path = '/x'"), 1);
}

/* A login that becomes another role at once, and has no privileges itself. */
static void test_segment_settings__the_ledger_is_written_as_the_login_role(void **state)
{
    bench *b = *state;
    mb_conn *owner = b->conn;
    char target[512];

    sql(owner, "CREATE ROLE app_owner; CREATE ROLE other; GRANT other TO app_owner;"
               "CREATE ROLE deploy LOGIN NOINHERIT IN ROLE app_owner, other;"
               "ALTER ROLE deploy SET role = app_owner; GRANT ALL ON SCHEMA public TO app_owner");
    sql(owner, "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO app_owner',"
               " current_database()); END $$");
    mb_project_close(b->project);
    snprintf(target, sizeof target, "%s dbname=%s user=deploy", server_conninfo(), b->database);
    if (!mb_conn_open(&b->conn, target, &b->err))
        fail_msg("%s", b->err.message);
    mb_project_open(&b->project, &b->settings, b->conn, NULL);
    put_file(b, "migrations/1_a.sql", "CREATE TABLE t (x int);\n"
                                      "CREATE INDEX CONCURRENTLY i ON t (x);\n"
                                      "SET ROLE other;\nCOMMIT;\nSELECT 1;");
    EXPECT(up(b));
    assert_string_equal(applied(b), "1_a");
    mb_project_close(b->project);
    mb_conn_close(b->conn);
    b->conn = owner;
    mb_project_open(&b->project, &b->settings, b->conn, NULL);
    sql(owner, "DROP OWNED BY app_owner, other; DROP ROLE deploy, app_owner, other");
}

static void test_segment_settings__an_index_is_looked_for_where_the_file_looks(void **state)
{
    bench *b = *state;

    sql(b->conn, "CREATE SCHEMA app; CREATE TABLE app.t (x int); CREATE INDEX i ON app.t (x)");
    put_file(b, "migrations/1_a.sql", "SET search_path = app;\nCOMMIT;\nSELECT 1 / 0;\n");
    assert_false(apply(b, (mb_request){.what = MB_DO_UP, .force_empty_history = true}));
    put_file(b, "migrations/1_a.sql", "SET search_path = app;\nCOMMIT;\n"
                                      "DROP INDEX CONCURRENTLY i;\n");
    assert_true(mb_conn_reconnect(b->conn, &b->err));
    EXPECT(up(b));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM pg_class WHERE relname = 'i'"), 0);
}

/* A pooler is told by the backend's pid, which is not the one of the login.  The lock is the backend's. */
static void test_segment_settings__behind_a_pooler_settings_are_refused(void **state)
{
    static const char *const refused[] = {
        "SET search_path = app;\nVACUUM;\n",
        "SET search_path = app;\nDO $$ BEGIN COMMIT; END $$;\n", /* as the server wanted */
    };
    bench *b = *state;

    sql(b->conn, "SET allow_system_table_mods = on;"
                 "CREATE FUNCTION pg_catalog.real_pid() RETURNS int"
                 " LANGUAGE internal AS 'pg_backend_pid';"
                 "CREATE OR REPLACE FUNCTION pg_catalog.pg_backend_pid() RETURNS int"
                 " LANGUAGE sql AS $$SELECT CASE WHEN pg_catalog.current_query() LIKE '%pg_locks%'"
                 " THEN pg_catalog.real_pid() ELSE 0 END$$");
    assert_true(mb_conn_reconnect(b->conn, &b->err));
    for (size_t i = 0; i < COUNT(refused); i++) {
        put_file(b, "migrations/1_a.sql", refused[i]);
        assert_false(up(b));
        assert_int_equal(b->err.code, MB_ERR_POLICY);
        assert_int_equal(b->err.line, 1);
        assert_non_null(strstr(b->err.message, "behind a pooler"));
    }
    put_file(b, "migrations/1_a.sql", "BEGIN;\nSET LOCAL search_path ="
                                      " public;\nCOMMIT;\nVACUUM;\n");
    EXPECT(up(b));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_bench, close_bench)
    const struct CMUnitTest tests[] = {
        TEST(test_segment_settings__what_was_set_for_the_session_is_set_again),
        TEST(test_segment_settings__a_retry_sets_it_from_the_start),
        TEST(test_segment_settings__sending_them_again_is_retried_from_the_start),
        TEST(test_segment_settings__the_ledger_is_written_as_the_login_role),
        TEST(test_segment_settings__an_index_is_looked_for_where_the_file_looks),
        TEST(test_segment_settings__behind_a_pooler_settings_are_refused),
    };

    return RUN_SERVER_TESTS(tests);
}
