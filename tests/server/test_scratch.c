/* Migrations in scratch databases: the version that each of them finds. */
#include "moonbird/history/create_tables.h"
#include "moonbird/history/recorded_environment.h"
#include "moonbird/policy/environment.h"
#include "moonbird/scratch/scratch.h"

#include "project.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *skipped; /* no migration here is skipped */

/* The contents of the table into which every migration writes its name. */
static const char *traces(mb_conn *conn)
{
    static char text[256];
    mb_result *res = NULL;
    mb_error err;

    text[0] = '\0';
    if (mb_conn_exec(&res, conn, "SELECT string_agg(name, ' ' ORDER BY n) FROM trace", &err))
        snprintf(text, sizeof text, "%s", mb_result_value(res, 0, 0));
    mb_result_free(res);
    return text;
}

static void put_migrations(const bench *b)
{
    put_file(b, "migrations/1_a.sql",
             "CREATE TABLE trace (n serial, name text);\nINSERT INTO trace (name) VALUES ('a');\n"
             "-- moonbird:down\nDROP TABLE trace;");
    put_file(b, "migrations/2_b.sql",
             "INSERT INTO trace (name) VALUES ('b');\n"
             "-- moonbird:down\nDELETE FROM trace WHERE name = 'b';");
    put_file(b, "migrations/3_c.sql",
             "-- moonbird: requires=1_m\n"
             "INSERT INTO trace (name) VALUES ('c');");
    put_file(b, "migrations-manual/1_m.sql", "INSERT INTO trace (name) VALUES ('m');");
    put_file(b, "migrations-manual/2_n.sql",
             "-- moonbird: requires=1_m\n"
             "INSERT INTO trace (name) VALUES ('n');");
    put_file(b, "migrations-manual/3_o.sql",
             "-- moonbird: requires=2_n\n"
             "INSERT INTO trace (name) VALUES ('o');");
    put_file(b, "migrations-manual/4_p.sql", "SELECT 1/0;");
}

static mb_scratch *open_trial(bench *b, const char *server)
{
    mb_scratch *trial = NULL;

    put_migrations(b);
    EXPECT(mb_scratch_open(&trial, &b->settings, NULL, server, NULL, &b->err));
    return trial;
}

static void test_scratch__begins_at_the_version_that_is_wanted(void **state)
{
    static const struct {
        const char *name, *at, *before, *after;
    } cases[] = {
        {"1_a", NULL, "", "a"},
        {"2_b", NULL, "a", "a b"},
        {"auto/2", NULL, "a", "a b"},
        {"3_c", NULL, "a b m", "a b m c"},
        {"3_c", "1_a", "a m", "a m b c"},
        {"2_b", NULL, "a", "a b"},
        {"manual/1_m", "1_a", "a", "a m"},
        {"manual/1_m", "2_b", "a b", "a b m"},
        {"3_o", "2_b", "a b m n", "a b m n o"},
        {"2_n", NULL, "a b m c", "a b m c n"},
        {NULL, "2_b", "a b", NULL},
        {NULL, NULL, "a b m c", NULL},
    };
    bench *b = *state;
    mb_scratch *trial = open_trial(b, NULL);

    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].name ? cases[i].name : "none";
        EXPECT(mb_scratch_begin(trial, cases[i].name, cases[i].at, (mb_given){0}, &b->err));
        assert_string_equal(traces(mb_scratch_conn(trial)), cases[i].before);
        if (!cases[i].name)
            continue;
        EXPECT(mb_scratch_approach(trial, &b->err));
        EXPECT(mb_scratch_up(&skipped, trial, &b->err));
        assert_string_equal(traces(mb_scratch_conn(trial)), cases[i].after);
    }
    mb_scratch_close(trial);
}

static void test_scratch__goes_down_and_up_again(void **state)
{
    bench *b = *state;
    mb_scratch *trial = open_trial(b, NULL);

    EXPECT(mb_scratch_begin(trial, "2_b", NULL, (mb_given){0}, &b->err));
    EXPECT(mb_scratch_up(&skipped, trial, &b->err));
    EXPECT(mb_scratch_down(trial, &b->err));
    assert_string_equal(traces(mb_scratch_conn(trial)), "a");
    EXPECT(mb_scratch_up(&skipped, trial, &b->err));
    assert_string_equal(traces(mb_scratch_conn(trial)), "a b");
    mb_scratch_close(trial);
}

static void test_scratch__says_what_cannot_be_tried(void **state)
{
    static const struct {
        const char *name, *at;
        mb_code code;
        const char *message;
    } cases[] = {
        {"9_z", NULL, MB_ERR_USAGE, "9_z"},
        {"1_a", "2_b", MB_ERR_USAGE, "migration \"1_a\" is already applied at \"2_b\""},
        {"2_b", "9_z", MB_ERR_USAGE, "9_z"},
    };
    bench *b = *state;
    mb_scratch *trial = open_trial(b, NULL);

    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].name;
        assert_false(mb_scratch_begin(trial, cases[i].name, cases[i].at, (mb_given){0}, &b->err));
        assert_int_equal(b->err.code, cases[i].code);
        assert_non_null(strstr(b->err.message, cases[i].message));
    }
    EXPECT(mb_scratch_begin(trial, "4_p", "1_a", (mb_given){0}, &b->err));
    assert_false(mb_scratch_up(&skipped, trial, &b->err));
    assert_string_equal(b->err.sqlstate, "22012");
    EXPECT(mb_scratch_begin(trial, "manual/1_m", NULL, (mb_given){0}, &b->err));
    assert_false(mb_scratch_up(&skipped, trial, &b->err));
    assert_string_equal(b->err.message, "\"1_m\" is already applied");
    mb_scratch_close(trial);
}

static void test_scratch__leaves_nothing_on_a_server_that_was_there(void **state)
{
    static const char databases[] =
        "SELECT count(*) FROM pg_database WHERE datname LIKE 'moonbird\\_test\\_%'";
    bench *b = *state;
    mb_scratch *trial = open_trial(b, server_conninfo());

    EXPECT(mb_scratch_begin(trial, "2_b", NULL, (mb_given){0}, &b->err));
    EXPECT(mb_scratch_begin(trial, "3_o", "1_a", (mb_given){0}, &b->err));
    assert_int_equal(sql_int(b->conn, databases), 3);
    mb_scratch_close(trial);
    assert_int_equal(sql_int(b->conn, databases), 0);
    assert_string_equal(traces(b->conn), "");
}

static void test_scratch__does_not_run_on_a_protected_server(void **state)
{
    static const struct {
        const char *name, *url, *end; /* the sockets' folder stands between both; or url alone */
        const char *says;             /* NULL: it may run */
    } cases[] = {
        {"another spelling", "postgresql://app@/postgres?host=", "/.",
         "\"production\" is protected"},
        {"another database", "host=", " dbname=somewhere_else", "\"production\" is protected"},
        {"unreadable", "postgres://app:s3cr@t@db/x", NULL, "environment \"production\": "},
        {"another server", "host=192.0.2.1 dbname=postgres", NULL, NULL},
    };
    bench *b = *state;
    char sockets[256];

    put_migrations(b);
    assert_int_equal(sscanf(server_conninfo(), "host=%255s", sockets), 1);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *url = mb_format("%s%s%s", cases[i].url, cases[i].end ? sockets : "",
                              cases[i].end ? cases[i].end : "");
        const mb_environment env = {.name = "production", .url = url, .is_protected = true};
        mb_scratch *trial = NULL;

        current_case = cases[i].name;
        b->settings.environments = &env;
        b->settings.n_environments = 1;
        if (!cases[i].says) {
            EXPECT(mb_scratch_open(&trial, &b->settings, NULL, server_conninfo(), NULL, &b->err));
            mb_scratch_close(trial);
        } else {
            assert_false(mb_scratch_open(&trial, &b->settings, NULL, server_conninfo(), NULL, &b->err));
            assert_non_null(strstr(b->err.message, cases[i].says));
            assert_string_not_equal(b->err.hint, "");
        }
        free(url);
    }
    current_case = NULL;
}

/* Through a pooler or a tunnel the address is not the environment's, to whichever database. */
static void test_scratch__does_not_run_beside_a_protected_database(void **state)
{
    static const mb_environment list[] = {
        {.name = "staging"},
        {.name = "production", .url = "host=192.0.2.1 dbname=shop", .is_protected = true},
    };
    static const struct {
        const char *last;
        bool may;
    } cases[] = {{"production", false}, {"staging", true}};
    bench *b = *state;
    mb_scratch *scratch;

    put_migrations(b);
    b->settings.environments = list;
    b->settings.n_environments = COUNT(list);
    for (size_t i = 0; i < COUNT(cases); i++) {
        mb_writer by = {.in = {b->conn, b->settings.schema}, .environment = cases[i].last};
        mb_history history;
        char *server;

        current_case = cases[i].last;
        EXPECT(mb_history_load(&history, by.in, MB_DETAIL_PLAN, &b->err));
        by.history = &history;
        EXPECT(mb_history_need(&by, true, &b->err));
        by.history = NULL;
        mb_history_free(&history);
        server = mb_format("%s/%u", mb_conn_system(b->conn), mb_conn_database_oid(b->conn));
        EXPECT(mb_history_set_environment(&by, server, &b->err));
        free(server);
        assert_int_equal(
            mb_scratch_open(&scratch, &b->settings, NULL, server_conninfo(), NULL, &b->err),
            cases[i].may);
        if (cases[i].may)
            mb_scratch_close(scratch);
        else
            assert_non_null(strstr(b->err.detail, b->database));
    }
    current_case = NULL;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_scratch__begins_at_the_version_that_is_wanted),
        TEST(test_scratch__goes_down_and_up_again),
        TEST(test_scratch__says_what_cannot_be_tried),
        TEST(test_scratch__leaves_nothing_on_a_server_that_was_there),
        TEST(test_scratch__does_not_run_on_a_protected_server),
        TEST(test_scratch__does_not_run_beside_a_protected_database),
    };

    return RUN_SERVER_TESTS(tests);
}
