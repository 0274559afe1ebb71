#include "moonbird/policy/allow.h"
#include "moonbird/project/reporter.h"
#include "moonbird/run/apply.h"
#include "project.h"

#include <stdlib.h>
#include <string.h>

static void test_project__applies_in_order_and_only_once(void **state)
{
    bench *b = *state;

    put_file(b, "migrations/0010_c.sql", "INSERT INTO a VALUES (3);");
    put_file(b, "migrations/9_b.sql", "INSERT INTO a VALUES (2); INSERT INTO a VALUES (20);");
    put_file(b, "migrations/0001_a.sql", "CREATE TABLE a (x int);");
    EXPECT(up(b));
    assert_string_equal(applied(b), "0001_a 9_b 0010_c");
    assert_int_equal(b->outcome.n, 3);
    assert_int_equal(b->outcome.done[1].statements, 2);
    EXPECT(up(b));
    assert_int_equal(b->outcome.n, 0);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM a"), 3);
}

static void test_project__failure_leaves_nothing_and_names_the_place(void **state)
{
    bench *b = *state;

    put_file(b, "migrations/1_a.sql", "CREATE TABLE a (x int);");
    put_file(b, "migrations/2_b.sql", "INSERT INTO a VALUES (1);\n\n  SELECT 1 / 0;\n");
    put_file(b, "migrations/3_c.sql", "CREATE TABLE c (x int);");
    assert_false(up(b));
    assert_int_equal(b->err.code, MB_ERR_SQL);
    assert_string_equal(b->err.file, "migrations/2_b.sql");
    assert_int_equal(b->err.line, 3);
    assert_string_equal(b->err.sqlstate, "22012");
    assert_string_equal(b->outcome.failed, "2_b");
    assert_int_equal(b->outcome.pending, 2);
    assert_string_equal(applied(b), "1_a");
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM a"), 0);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.events WHERE what = 'up' AND "
                                      "outcome = 'failed' AND name = '2_b'"), 1);
    put_file(b, "migrations/2_b.sql", "INSERT INTO a VALUES (1);");
    EXPECT(up(b));
    assert_string_equal(applied(b), "1_a 2_b 3_c");
}

static void test_project__everything_is_looked_at_before_the_first_statement(void **state)
{
    static const struct {
        const char *name, *file, *text;
        mb_code code;
        const char *says;
    } cases[] = {
        {"directive", "migrations/2_b.sql", "-- moonbird: retris=2\nSELECT 1;", MB_ERR_FILE,
         "unknown directive \"retris\""},
        {"quote", "migrations/2_b.sql", "SELECT 'a", MB_ERR_FILE, "unterminated"},
        {"psql", "migrations/2_b.sql", "\\connect x\n", MB_ERR_FILE, "\\connect"},
        {"number", "migrations/1_b.sql", "SELECT 1", MB_ERR_FILE, "number 1 is used twice"},
        {"two rollbacks", "migrations/1_a.down.sql", "SELECT 1", MB_ERR_FILE, "two rollbacks"},
        {"lone rollback", "migrations/2_b_rollback.sql", "SELECT 1", MB_ERR_FILE, "no migration"},
        {"requires", "migrations/2_b.sql", "-- moonbird: requires=009_x\nSELECT 1;", MB_ERR_POLICY,
         "requires \"009_x\""},
    };
    bench *b = *state;

    put_file(b, "migrations/1_a.sql", "CREATE TABLE a (x int);");
    put_file(b, "migrations/1_a_rollback.sql", "DROP TABLE a;");
    for (size_t i = 0; i < COUNT(cases); i++) {
        char path[128];

        current_case = cases[i].name;
        put_file(b, cases[i].file, cases[i].text);
        assert_false(up(b));
        if (b->err.code != cases[i].code || !strstr(b->err.message, cases[i].says))
            fail_msg("%s", b->err.message);
        assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM pg_namespace WHERE nspname = "
                                          "'moonbird'"), 0);
        snprintf(path, sizeof path, "%s/%s", b->root, cases[i].file);
        assert_int_equal(remove(path), 0);
    }
    current_case = NULL;
}

static void test_project__rolls_back_newest_first(void **state)
{
    bench *b = *state;
    const char *second = "2_b";

    put_file(b, "migrations/1_a.sql", "CREATE TABLE a (x int);\n-- moonbird:down\nDROP TABLE a;\n");
    put_file(b, "migrations/2_b.up.sql", "CREATE TABLE b AS SELECT * FROM a;");
    put_file(b, "migrations/2_b.down.sql", "DROP TABLE b;");
    put_file(b, "migrations/3_c.sql", "CREATE VIEW c AS SELECT * FROM b;");
    put_file(b, "migrations/3_c_rollback.sql", "DROP VIEW c;");
    EXPECT(up(b));
    EXPECT(down(b, NULL));
    assert_string_equal(applied(b), "1_a 2_b");
    EXPECT(up(b));
    EXPECT(down(b, "1"));
    assert_string_equal(applied(b), "");
    assert_int_equal(b->outcome.n, 3);
    assert_string_equal(b->outcome.done[0].name, "3_c");
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM pg_class WHERE relname IN "
                                      "('a', 'b', 'c')"), 0);
    EXPECT(up(b));
    EXPECT(apply(b, (mb_request){.what = MB_DO_REDO}));
    assert_string_equal(applied(b), "1_a 2_b 3_c");
    sql(b->conn, "DROP VIEW c; ALTER TABLE b RENAME TO b0; CREATE TABLE b (x int)");
    EXPECT(apply(b, (mb_request){.what = MB_DO_REDO, .names = &second, .n_names = 1}));
    assert_string_equal(applied(b), "1_a 2_b 3_c");
}

static void test_project__down_looks_at_every_rollback_first(void **state)
{
    bench *b = *state;

    put_file(b, "migrations/1_a.sql", "-- moonbird: irreversible=nobody knows what it was\nSELECT"
                                      " 1;");
    put_file(b, "migrations/2_b.sql", "CREATE TABLE b (x int);\n-- moonbird:down\nDROP TABLE b;");
    put_file(b, "migrations/3_c.sql", "SELECT 1;");
    EXPECT(up(b));
    assert_false(down(b, "1_a"));
    assert_string_equal(b->err.message, "3_c has no rollback");
    put_file(b, "migrations/3_c_rollback.sql", "SELECT 1;");
    assert_false(down(b, "1_a"));
    assert_int_equal(b->err.code, MB_ERR_POLICY);
    assert_non_null(strstr(b->err.message, "nobody knows what it was"));
    assert_string_equal(applied(b), "1_a 2_b 3_c");
}

static void test_project__required_ones_stay(void **state)
{
    bench *b = *state;

    put_file(b, "migrations/1_a.sql", "SELECT 1;\n-- moonbird:down\nSELECT 1;");
    put_file(b, "migrations-manual/001_m.sql", "-- moonbird: requires=1_a\nSELECT 1;");
    put_file(b, "migrations-manual/001_m_rollback.sql", "SELECT 1;");
    EXPECT(up(b));
    EXPECT(manual(b, MB_DO_UP, "001_m"));
    EXPECT(manual(b, MB_DO_UP, "001_m"));
    assert_non_null(strstr(b->notes.data, "was already applied"));
    assert_false(down(b, NULL));
    assert_int_equal(b->err.code, MB_ERR_POLICY);
    EXPECT(manual(b, MB_DO_DOWN, "001_m"));
    EXPECT(down(b, NULL));
    assert_string_equal(applied(b), "");
}

static void test_project__changed_and_late_ones(void **state)
{
    bench *b = *state;

    put_file(b, "migrations/2_b.sql", "SELECT 1;");
    put_file(b, "migrations/4_d.sql", "SELECT 1;");
    EXPECT(up(b));
    put_file(b, "migrations/2_b.sql", "\xEF\xBB\xBFSELECT  /* the same */ 1;\r\n");
    put_file(b, "migrations/1_a.sql", "SELECT 1;");
    EXPECT(up(b));
    assert_non_null(strstr(b->notes.data, "1_a comes before a migration that is already applied"));
    put_file(b, "migrations/2_b.sql", "SELECT 2;");
    assert_false(up(b));
    assert_int_equal(b->err.code, MB_ERR_POLICY);
    b->settings.changed = MB_WARN;
    EXPECT(up(b));
    b->settings.out_of_order = MB_REFUSE;
    put_file(b, "migrations/3_c.sql", "SELECT 1;");
    assert_false(up(b));
    assert_int_equal(b->err.code, MB_ERR_POLICY);
}

static void test_project__a_ledger_that_is_being_made_is_there_or_not(void **state)
{
    bench *b = *state;
    mb_conn *other = bench_connect(b);
    bool exists;

    sql(other, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1"); /* sees what was there before */
    put_file(b, "migrations/1_a.sql", "SELECT 1;");
    EXPECT(up(b));
    EXPECT(mb_history_is_there(&exists, (mb_store){other, "moonbird"}, NULL, &b->err));
    assert_false(exists);
    sql(other, "COMMIT");
    EXPECT(mb_history_is_there(&exists, (mb_store){other, "moonbird"}, NULL, &b->err));
    assert_true(exists);
    mb_conn_close(other);
}

static void test_project__a_foreign_database_is_not_touched(void **state)
{
    bench *b = *state;

    sql(b->conn, "CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations (id int);"
                 "CREATE TABLE t (x int)");
    put_file(b, "migrations/1_a.sql", "SELECT 1;");
    assert_false(up(b));
    assert_int_equal(b->err.code, MB_ERR_POLICY);
    assert_non_null(strstr(b->err.message, "drizzle.__drizzle_migrations"));
    EXPECT(apply(b, (mb_request){.what = MB_DO_UP, .force_empty_history = true}));
}

static void test_project__segments_say_how_far_they_came_and_go_on(void **state)
{
    bench *b = *state;

    put_file(b, "migrations/1_a.sql",
             "CREATE TABLE a (x int);\nINSERT INTO a VALUES (1), (1);\n"
             "CREATE INDEX CONCURRENTLY a_x ON a (x);\n"
             "INSERT INTO a VALUES (2);\nSELECT 1 / 0;\n");
    assert_false(up(b));
    assert_string_equal(b->err.sqlstate, "22012");
    assert_int_equal(b->err.line, 5);
    assert_int_equal(sql_int(b->conn, "SELECT statements_done FROM moonbird.migrations "
                                      "WHERE state = 'failed'"), 3);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM a"), 2);
    put_file(b, "migrations/1_a.sql",
             "CREATE TABLE a (x int);\nINSERT INTO a VALUES (1), (1);\n"
             "CREATE INDEX CONCURRENTLY a_x ON a (x); -- built\n"
             "INSERT INTO a VALUES (2);\nSELECT 1;\n");
    EXPECT(up(b));
    assert_string_equal(applied(b), "1_a");
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM a"), 3);
}

static bool redo(bench *b)
{
    return apply(b, (mb_request){.what = MB_DO_REDO});
}

/* As if a runner without the lock had been faster. */
typedef struct intruder {
    mb_conn *conn;
    const char *state;
} intruder;

static void intrude(void *self, const mb_step *step)
{
    const intruder *other = self;
    char *text = mb_format("INSERT INTO moonbird.migrations (stream, name, state, direction)"
                           " VALUES ('auto', '2_b', '%s', 'up') ON CONFLICT DO NOTHING",
                           other->state);

    (void)step;
    sql(other->conn, text);
    free(text);
}

static void test_project__one_transaction_says_what_another_runner_took(void **state)
{
    static const struct {
        const char *state, *says;
        mb_code code;
    } cases[] = {
        {"applied", "2_b was applied by another moonbird process", MB_ERR_FAILED},
        {"running", "another moonbird process has started 2_b: ", MB_ERR_LOCKED},
    };
    bench *b = *state;
    intruder other = {.conn = bench_connect(b)};
    const mb_reporter reporter = {.self = &other, .started = intrude};
    const mb_request request = {.what = MB_DO_UP, .single_transaction = true};

    put_file(b, "migrations/1_a.sql", "SELECT 1;");
    put_file(b, "migrations/2_b.sql", "SELECT 1;");
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = other.state = cases[i].state;
        mb_outcome_free(&b->outcome);
        assert_false(mb_project_apply(&b->outcome, b->project, &request, (mb_given){0},
                                      &reporter, &b->err));
        assert_int_equal(b->err.code, cases[i].code);
        assert_memory_equal(b->err.message, cases[i].says, strlen(cases[i].says));
        assert_string_equal(b->err.sqlstate, "");
        EXPECT(mb_conn_exec(NULL, other.conn, "DELETE FROM moonbird.migrations", &b->err));
    }
    current_case = NULL;
    sql(other.conn, "SELECT 1 / (count(*) = 0)::int FROM moonbird.events");
    mb_conn_close(other.conn);
}

#define CREATE_TABLE "CREATE TABLE t AS SELECT current_setting('transaction_isolation') AS level;"

static void test_project__one_transaction_has_the_files_isolation_level(void **state)
{
    static const struct {
        const char *name, *up, *down;
        const char *level; /* of up, or of both if they run in one transaction */
        bool apart;        /* their levels differ, so that each has its own transaction */
    } cases[] = {
        {"plain", CREATE_TABLE, "DROP TABLE t;", "read committed", false},
        {"one", "BEGIN ISOLATION LEVEL SERIALIZABLE;" CREATE_TABLE "COMMIT;", "DROP TABLE t;",
         "serializable", false},
        {"the other", CREATE_TABLE, "BEGIN ISOLATION LEVEL REPEATABLE READ; DROP TABLE t; COMMIT;",
         "repeatable read", false},
        {"a BEGIN that says nothing",
         "BEGIN ISOLATION LEVEL SERIALIZABLE -- why\n;" CREATE_TABLE "COMMIT;",
         "BEGIN; DROP TABLE t; COMMIT;", "serializable", false},
        {"both", "BEGIN ISOLATION LEVEL SERIALIZABLE;" CREATE_TABLE "COMMIT;",
         "start transaction isolation  level serializable; DROP TABLE t; COMMIT;",
         "serializable", false},
        {"both, and not the same", "BEGIN ISOLATION LEVEL SERIALIZABLE;" CREATE_TABLE "COMMIT;",
         "BEGIN ISOLATION LEVEL REPEATABLE READ; DROP TABLE t; COMMIT;", "serializable", true},
    };
    bench *b = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        char *ask = mb_format("SELECT count(*) FROM t WHERE level = '%s'", cases[i].level);

        current_case = cases[i].name;
        put_file(b, "migrations/1_a.sql", cases[i].up);
        put_file(b, "migrations/1_a_rollback.sql", cases[i].down);
        EXPECT(up(b));
        EXPECT(redo(b));
        assert_int_equal(strstr(mb_buf_str(&b->notes), "in separate transactions") != NULL,
                         cases[i].apart);
        assert_int_equal(sql_int(b->conn, ask), 1);
        free(ask);
        EXPECT(down(b, NULL));
    }
    current_case = NULL;
    put_file(b, "migrations/2_b.sql", "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1; COMMIT;");
    assert_false(apply(b, (mb_request){.what = MB_DO_UP, .single_transaction = true}));
    assert_int_equal(b->err.code, MB_ERR_POLICY);
    assert_non_null(strstr(b->err.hint, "without --single-transaction"));
    assert_string_equal(applied(b), "");
}

static void test_project__files_with_their_own_transactions(void **state)
{
    static const struct {
        const char *name, *text;
        int rows;
    } cases[] = {
        {"wrapped", "BEGIN;\nINSERT INTO t VALUES (1);\nCOMMIT;\n", 1},
        {"isolation", "BEGIN ISOLATION LEVEL SERIALIZABLE; INSERT INTO t VALUES (1); END;", 1},
        {"drizzle", "INSERT INTO t VALUES (1);--> statement-breakpoint\nCOMMIT;--> "
                    "statement-breakpoint\nINSERT INTO t VALUES (2)", 2},
        {"inner", "INSERT INTO t VALUES (1); BEGIN TRANSACTION; INSERT INTO t VALUES (2); COMMIT; "
                  "INSERT INTO t VALUES (3);", 3},
        {"rolled back", "BEGIN; INSERT INTO t VALUES (1); ROLLBACK; INSERT INTO t VALUES (2);", 1},
        {"off", "-- moonbird: transaction=off\nINSERT INTO t VALUES (1); VACUUM t; "
                "INSERT INTO t VALUES (2);", 2},
        {"hidden commit", "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES "
                          "(1); COMMIT; INSERT INTO t VALUES (2); END $$; CALL p(); INSERT INTO t "
                          "VALUES (3)", 3},
        {"enum", "CREATE TYPE e AS ENUM ('a'); CREATE TABLE u (e e); ALTER TYPE e ADD VALUE 'b'; "
                 "INSERT INTO u VALUES ('b'); INSERT INTO t VALUES (1)", 1},
        {"enum of before", "ALTER TYPE e ADD VALUE 'c'; INSERT INTO u VALUES ('c'); "
                           "INSERT INTO t VALUES (1)", 1},
        {"two hidden commits", "DO $$ BEGIN INSERT INTO t VALUES (1); COMMIT; END $$; "
                               "DO $$ BEGIN INSERT INTO t VALUES (2); COMMIT; END $$;", 2},
        {"poison", "SELECT pg_catalog.set_config('search_path', '', false); SET ROLE "
                   "pg_monitor; RESET ROLE; INSERT INTO public.t VALUES (1)", 1},
        {"role", "CREATE ROLE nothing; GRANT ALL ON t TO nothing; SET ROLE nothing; INSERT INTO t "
                 "VALUES (1); COMMIT; INSERT INTO t VALUES (2)", 2},
    };
    bench *b = *state;

    sql(b->conn, "CREATE TABLE t (x int)");
    for (size_t i = 0; i < COUNT(cases); i++) {
        char name[64];

        current_case = cases[i].name;
        snprintf(name, sizeof name, "migrations/%zu_x.sql", i + 1);
        put_file(b, name, cases[i].text);
        sql(b->conn, "TRUNCATE t");
        EXPECT(apply(b, (mb_request){.what = MB_DO_UP, .force_empty_history = true}));
        assert_int_equal(b->outcome.n, 1);
        assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t"), cases[i].rows);
    }
    current_case = NULL;
}

static void test_project__single_transaction_is_all_or_nothing(void **state)
{
    bench *b = *state;
    const mb_request request = {.what = MB_DO_UP, .single_transaction = true};

    put_file(b, "migrations/1_a.sql", "CREATE TABLE a (x int);");
    put_file(b, "migrations/2_b.sql", "SELECT 1 / 0;");
    assert_false(apply(b, request));
    assert_string_equal(applied(b), "");
    put_file(b, "migrations/2_b.sql", "SELECT 1;\nVACUUM a;");
    assert_false(apply(b, request));
    assert_int_equal(b->err.code, MB_ERR_POLICY);
    assert_int_equal(b->err.line, 2);
    put_file(b, "migrations/2_b.sql", "BEGIN; INSERT INTO a VALUES (1); COMMIT;");
    EXPECT(apply(b, request));
    assert_string_equal(applied(b), "1_a 2_b");
}

/* Lets go of the lock once it is said that it is in the way. */
static void let_go(void *self, const char *note)
{
    if (strstr(note, "retry"))
        sql(self, "COMMIT");
}

static void test_project__what_runs_together_is_tried_again(void **state)
{
    static const mb_request requests[] = {
        {.what = MB_DO_REDO},
        {.what = MB_DO_UP, .single_transaction = true},
    };
    bench *b = *state;
    mb_conn *other = bench_connect(b);
    const mb_reporter reporter = {.self = other, .note = let_go};

    put_file(b, "migrations/1_a.sql", "CREATE TABLE t (x int);");
    put_file(b, "migrations/2_b.sql", "ALTER TABLE t ADD COLUMN y int;\n-- moonbird:down\n"
                                      "ALTER TABLE t DROP COLUMN y;");
    EXPECT(up(b));
    put_file(b, "migrations/3_c.sql", "ALTER TABLE t ADD COLUMN z int;");
    b->settings.lock_timeout_ms = 100;
    for (size_t i = 0; i < COUNT(requests); i++) {
        sql(other, "BEGIN; LOCK TABLE t");
        mb_outcome_free(&b->outcome);
        EXPECT(mb_project_apply(&b->outcome, b->project, &requests[i], (mb_given){0}, &reporter,
                                &b->err));
    }
    assert_string_equal(applied(b), "1_a 2_b 3_c");
    mb_conn_close(other);
}

/* Counts how often each statement is sent: a sequence keeps its value after a rollback. */
static void test_project__what_helps_later_is_tried_again(void **state)
{
    static const struct {
        const char *sqlstate;
        int retries, failures;
        int64_t tries;
        bool ok;
    } cases[] = {
        {"55P03", 1, 1, 2, true}, {"40P01", 1, 1, 2, true},  {"40001", 1, 1, 2, true},
        {"55P03", 0, 1, 1, false}, {"55P03", 1, 2, 2, false}, {"57014", 1, 1, 1, false},
    };
    bench *b = *state;

    sql(b->conn, "CREATE SEQUENCE tries");
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[256];

        current_case = cases[i].sqlstate;
        b->settings.retries = cases[i].retries;
        snprintf(text, sizeof text,
                 "DO $$ BEGIN IF nextval('tries') <= %d THEN RAISE SQLSTATE '%s'; END IF; END $$;",
                 cases[i].failures, cases[i].sqlstate);
        put_file(b, "migrations/1_a.sql", text);
        mb_project_close(b->project);
        mb_project_open(&b->project, &b->settings, b->conn, NULL);
        assert_int_equal(apply(b, (mb_request){.what = MB_DO_UP, .force_empty_history = true}),
                         cases[i].ok);
        if (!cases[i].ok)
            assert_string_equal(b->err.sqlstate, cases[i].sqlstate);
        assert_int_equal(sql_int(b->conn, "SELECT last_value FROM tries"), cases[i].tries);
        sql(b->conn, "ALTER SEQUENCE tries RESTART; DELETE FROM moonbird.migrations");
    }
    current_case = NULL;
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_bench, close_bench)
    const struct CMUnitTest tests[] = {
        TEST(test_project__applies_in_order_and_only_once),
        TEST(test_project__failure_leaves_nothing_and_names_the_place),
        TEST(test_project__everything_is_looked_at_before_the_first_statement),
        TEST(test_project__rolls_back_newest_first),
        TEST(test_project__down_looks_at_every_rollback_first),
        TEST(test_project__required_ones_stay),
        TEST(test_project__changed_and_late_ones),
        TEST(test_project__a_ledger_that_is_being_made_is_there_or_not),
        TEST(test_project__a_foreign_database_is_not_touched),
        TEST(test_project__segments_say_how_far_they_came_and_go_on),
        TEST(test_project__one_transaction_says_what_another_runner_took),
        TEST(test_project__one_transaction_has_the_files_isolation_level),
        TEST(test_project__files_with_their_own_transactions),
        TEST(test_project__what_runs_together_is_tried_again),
        TEST(test_project__what_helps_later_is_tried_again),
        TEST(test_project__single_transaction_is_all_or_nothing),
    };

    return RUN_SERVER_TESTS(tests);
}
