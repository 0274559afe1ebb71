/* Hooks as the core calls them, with C functions in the place of scripts. */
#include "moonbird/project/project.h"
#include "project.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* The action of one hook: it fails, skips, or runs SQL. */
typedef struct rule {
    mb_hook_event event;
    const char *name; /* of the migration; NULL for any */
    mb_code code;     /* MB_OK: it runs `text` */
    const char *text;
} rule;

typedef struct recorder {
    mb_buf log; /* EVENT DIRECTION NAME PLACE[ error][ attempt], a line a call */
    const rule *rules;
    size_t n_rules;
    bool broken;     /* load finds something wrong */
    unsigned absent; /* bits by event */
} recorder;

static bool load(void *self, mb_error *err)
{
    const recorder *r = self;

    return !r->broken || mb_fail(err, MB_ERR_FILE, "this is no hook");
}

static bool has(void *self, mb_hook_event event)
{
    const recorder *r = self;

    return !(r->absent & 1u << event);
}

static void note(recorder *r, mb_hook_event event, const mb_conn *conn, const mb_call *call)
{
    mb_buf_printf(&r->log, "%s", mb_hook_event_name(event));
    if (call->name)
        mb_buf_printf(&r->log, " %s %s", call->direction, call->name);
    mb_buf_puts(&r->log, !conn                            ? " no session"
                         : mb_conn_tx(conn) == MB_TX_OPEN ? " inside"
                         : mb_conn_tx(conn) == MB_TX_IDLE ? " outside"
                                                          : " ?");
    if (call->error)
        mb_buf_printf(&r->log, ", %s", mb_code_name(call->error->code));
    if (call->attempt > 1)
        mb_buf_printf(&r->log, ", attempt %d", call->attempt);
    mb_buf_putc(&r->log, '\n');
}

static bool run(void *self, mb_hook_event event, mb_conn *conn, const mb_call *call, mb_error *err)
{
    recorder *r = self;

    note(r, event, conn, call);
    for (size_t i = 0; i < r->n_rules; i++) {
        const rule *one = &r->rules[i];

        if (one->event != event || (one->name && strcmp(one->name, call->name) != 0))
            continue;
        if (one->code)
            return mb_fail(err, one->code, "%s", one->text);
        if (!mb_conn_exec(NULL, conn, one->text, err))
            return false;
    }
    return true;
}

enum { STATEMENTS = 1u << MB_BEFORE_STATEMENT | 1u << MB_AFTER_STATEMENT };

static recorder seen;
static mb_hooks hooks = {.self = &seen, .load = load, .has = has, .run = run};

static int open_hooked(void **state)
{
    int status = open_bench(state);

    seen = (recorder){.absent = STATEMENTS};
    if (status == 0)
        mb_project_hook(((bench *)*state)->project, &hooks);
    return status;
}

static int close_hooked(void **state)
{
    mb_buf_free(&seen.log);
    return close_bench(state);
}

static void obey(const rule *rules, size_t n)
{
    mb_buf_clear(&seen.log);
    seen.rules = rules;
    seen.n_rules = n;
}

#define OBEY(...) obey((const rule[]){__VA_ARGS__}, COUNT(((const rule[]){__VA_ARGS__})))

static bool redo(bench *b)
{
    return apply(b, (mb_request){.what = MB_DO_REDO});
}

static bool up_together(bench *b)
{
    return apply(b, (mb_request){.what = MB_DO_UP, .single_transaction = true});
}

static void put_three(const bench *b)
{
    put_file(b, "migrations/1_a.sql", "CREATE TABLE a (x int);\n-- moonbird:down\nDROP TABLE a;");
    put_file(b, "migrations/2_b.sql", "CREATE TABLE b (x int);\n-- moonbird:down\nDROP TABLE b;");
    put_file(b, "migrations/3_c.sql", "CREATE TABLE c (x int);\n-- moonbird:down\nDROP TABLE c;");
}

static void start_over(const bench *b)
{
    sql(b->conn,
        "SET client_min_messages = warning; DROP SCHEMA moonbird CASCADE; DROP TABLE a, b, c");
}

static void test_hooks__stand_round_everything(void **state)
{
    bench *b = *state;

    seen.absent = 0;
    put_file(b, "migrations/1_a.sql", "SELECT 1;\n-- moonbird:down\nSELECT 1;");
    put_file(b, "migrations/2_b.sql",
             "CREATE TABLE b (); VACUUM b;\n-- moonbird:down\nDROP TABLE b;");
    put_file(b, "migrations-manual/001_m.sql", "SELECT 1;");
    EXPECT(up(b));
    assert_string_equal(seen.log.data, "before_all outside\n"
                                       "before_each up 1_a inside\n"
                                       "before_statement up 1_a inside\n"
                                       "after_statement up 1_a inside\n"
                                       "after_each up 1_a inside\n"
                                       "after_commit up 1_a outside\n"
                                       "before_each up 2_b inside\n"
                                       "before_statement up 2_b inside\n"
                                       "after_statement up 2_b inside\n"
                                       "before_statement up 2_b inside\n"
                                       "after_statement up 2_b inside\n"
                                       "after_each up 2_b inside\n"
                                       "after_commit up 2_b outside\n"
                                       "after_all outside\n");
    mb_buf_clear(&seen.log);
    EXPECT(redo(b));
    assert_string_equal(seen.log.data, "before_all outside\n"
                                       "before_each down 2_b inside\n"
                                       "before_statement down 2_b inside\n"
                                       "after_statement down 2_b inside\n"
                                       "after_each down 2_b inside\n"
                                       "after_commit down 2_b outside\n"
                                       "before_each up 2_b inside\n"
                                       "before_statement up 2_b inside\n"
                                       "after_statement up 2_b inside\n"
                                       "before_statement up 2_b inside\n"
                                       "after_statement up 2_b inside\n"
                                       "after_each up 2_b inside\n"
                                       "after_commit up 2_b outside\n"
                                       "after_all outside\n");
    mb_buf_clear(&seen.log);
    EXPECT(manual(b, MB_DO_UP, "001"));
    assert_string_equal(seen.log.data, "before_all outside\n"
                                       "before_each up 001_m inside\n"
                                       "before_statement up 001_m inside\n"
                                       "after_statement up 001_m inside\n"
                                       "after_each up 001_m inside\n"
                                       "after_commit up 001_m outside\n"
                                       "after_all outside\n");
    mb_buf_clear(&seen.log);
    EXPECT(up(b));
    assert_string_equal(seen.log.data, "");
}

static void test_hooks__of_one_transaction_are_in_it_and_final_after_it(void **state)
{
    bench *b = *state;

    put_three(b);
    EXPECT(up_together(b));
    mb_buf_clear(&seen.log);
    EXPECT(redo(b));
    assert_string_equal(seen.log.data, "before_all outside\n"
                                       "before_each down 3_c inside\n"
                                       "after_each down 3_c inside\n"
                                       "before_each up 3_c inside\n"
                                       "after_each up 3_c inside\n"
                                       "after_commit down 3_c outside\n"
                                       "after_commit up 3_c outside\n"
                                       "after_all outside\n");
    put_file(b, "migrations/4_d.sql", "SELECT 1;");
    put_file(b, "migrations/5_e.sql", "SELECT 1 / 0;");
    mb_buf_clear(&seen.log);
    assert_false(up_together(b));
    assert_string_equal(seen.log.data, "before_all outside\n"
                                       "before_each up 4_d inside\n"
                                       "after_each up 4_d inside\n"
                                       "before_each up 5_e inside\n"
                                       "after_rollback up 4_d outside, sql\n"
                                       "after_rollback up 5_e outside, sql\n"
                                       "on_error up 5_e outside, sql\n");
}

static void test_hooks__fail_as_their_event_says(void **state)
{
    static const struct {
        const char *name;
        rule rule;
        const char *text; /* of 2_b */
        const char *applied, *failed;
        int tables, half_done;
    } cases[] = {
        {"before_all",
         {MB_BEFORE_ALL, NULL, MB_ERR_SCRIPT, "no"},
         "CREATE TABLE b ();",
         "",
         NULL,
         0,
         0},
        {"before_each",
         {MB_BEFORE_EACH, "2_b", MB_ERR_SCRIPT, "no"},
         "CREATE TABLE b ();",
         "1_a",
         "2_b",
         1,
         0},
        {"after_each",
         {MB_AFTER_EACH, "2_b", MB_ERR_SCRIPT, "no"},
         "CREATE TABLE b ();",
         "1_a",
         "2_b",
         1,
         0},
        {"before segments",
         {MB_BEFORE_EACH, "2_b", MB_ERR_SCRIPT, "no"},
         "CREATE TABLE b (); VACUUM b",
         "1_a",
         "2_b",
         1,
         0},
        {"after segments",
         {MB_AFTER_EACH, "2_b", MB_ERR_SCRIPT, "no"},
         "CREATE TABLE b (); VACUUM b",
         "1_a",
         "2_b",
         2,
         1},
        {"after_commit",
         {MB_AFTER_COMMIT, "2_b", MB_ERR_SCRIPT, "no"},
         "CREATE TABLE b ();",
         "1_a 2_b 3_c",
         NULL,
         3,
         0},
        {"after_all",
         {MB_AFTER_ALL, NULL, MB_ERR_SCRIPT, "no"},
         "CREATE TABLE b ();",
         "1_a 2_b 3_c",
         NULL,
         3,
         0},
        {"alone in a hook",
         {MB_AFTER_EACH, "2_b", MB_OK, "VACUUM"},
         "CREATE TABLE b ();",
         "1_a",
         "2_b",
         1,
         0},
    };
    bench *b = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].name;
        put_three(b);
        put_file(b, "migrations/2_b.sql", cases[i].text);
        obey(&cases[i].rule, 1);
        assert_false(up(b));
        if (cases[i].rule.code)
            assert_string_equal(b->err.message, "no");
        if (cases[i].failed)
            assert_string_equal(b->outcome.failed, cases[i].failed);
        else
            assert_null(b->outcome.failed);
        assert_string_equal(applied(b), cases[i].applied);
        assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM pg_class WHERE relname IN "
                                          "('a', 'b', 'c')"),
                         cases[i].tables);
        assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.migrations "
                                          "WHERE state = 'failed'"),
                         cases[i].half_done);
        obey(NULL, 0);
        EXPECT(up(b));
        assert_string_equal(applied(b), "1_a 2_b 3_c");
        start_over(b);
    }
    current_case = NULL;
}

static void test_hooks__write_in_the_migrations_own_transaction(void **state)
{
    bench *b = *state;

    sql(b->conn, "CREATE TABLE public.log (what text)");
    put_file(b, "migrations/1_a.sql", "SELECT set_config('search_path', '', false);");
    put_file(b, "migrations/2_b.sql", "INSERT INTO log VALUES ('file'); SELECT 1 / 0;");
    put_file(b, "migrations/3_c.sql", "SELECT 1");
    OBEY({MB_BEFORE_EACH, NULL, MB_OK, "INSERT INTO log VALUES ('before')"},
         {MB_AFTER_EACH, NULL, MB_OK, "INSERT INTO log VALUES ('after')"},
         {MB_ON_ERROR, NULL, MB_OK, "INSERT INTO log VALUES ('error')"});
    assert_false(apply(b, (mb_request){.what = MB_DO_UP, .force_empty_history = true}));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM log"), 3);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM log WHERE what = 'error'"), 1);
}

static void test_hooks__leave_no_settings_to_others(void **state)
{
    bench *b = *state;

    sql(b->conn, "CREATE ROLE foreign_owner; CREATE TABLE seen (role text, path text)");
    put_file(b, "migrations/1_a.sql",
             "INSERT INTO public.seen VALUES (current_user, "
             "current_setting('search_path'));");
    OBEY({MB_BEFORE_ALL, NULL, MB_OK, "SET ROLE foreign_owner; SET search_path = ''"},
         {MB_AFTER_EACH, NULL, MB_OK, "SET ROLE foreign_owner; SET search_path = ''"},
         {MB_AFTER_COMMIT, NULL, MB_OK, "SET ROLE foreign_owner"});
    EXPECT(apply(b, (mb_request){.what = MB_DO_UP, .force_empty_history = true}));
    assert_int_equal(sql_int(b->conn,
                             "SELECT count(*) FROM seen WHERE role = session_user AND path "
                             "<> ''"),
                     1);
    assert_int_equal(sql_int(b->conn, "SELECT (current_user = session_user)::int"), 1);
    sql(b->conn, "DROP ROLE foreign_owner");
}

static void test_hooks__pass_migrations_over(void **state)
{
    static const rule rules[] = {{MB_BEFORE_EACH, "2_b", MB_ERR_SKIPPED, "not here"}};
    static const struct {
        const char *name;
        bool (*go)(bench *);
        const char *text; /* of 2_b */
    } cases[] = {
        {"each", up, "CREATE TABLE b ();"},
        {"segments", up, "CREATE TABLE b (); VACUUM b"},
        {"together", up_together, "CREATE TABLE b ();"},
    };
    bench *b = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].name;
        put_three(b);
        put_file(b, "migrations/2_b.sql", cases[i].text);
        put_file(b, "migrations/4_d.sql", "-- moonbird: requires=2_b\nSELECT 1;");
        put_file(b, "migrations/5_e.sql", "-- moonbird: requires=auto/4_d\nSELECT 1;");
        obey(rules, 1);
        EXPECT(cases[i].go(b));
        assert_string_equal(applied(b), "1_a 3_c");
        assert_int_equal(b->outcome.pending, 3);
        assert_int_equal(b->outcome.n_skipped, 3);
        assert_string_equal(b->outcome.skipped[0].name, "2_b");
        assert_string_equal(b->outcome.skipped[0].why, "not here");
        assert_string_equal(b->outcome.skipped[1].why, "it requires 2_b, which was skipped");
        assert_string_equal(b->outcome.skipped[2].why, "it requires 4_d, which was skipped");
        assert_null(strstr(seen.log.data, "after_rollback"));
        assert_null(strstr(seen.log.data, "after_commit up 2_b"));
        assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.migrations"), 2);
        assert_int_equal(sql_int(b->conn,
                                 "SELECT count(*) FROM moonbird.events WHERE what = 'skip' "
                                 "AND detail = 'not here' AND name = '2_b'"),
                         1);
        obey(NULL, 0);
        EXPECT(up(b));
        assert_string_equal(applied(b), "1_a 3_c 2_b 4_d 5_e");
        start_over(b);
    }
    current_case = NULL;
}

static void test_hooks__pass_rollbacks_over(void **state)
{
    bench *b = *state;

    put_three(b);
    put_file(b, "migrations/3_c.sql",
             "-- moonbird: requires=1_a\nSELECT 1;\n-- moonbird:down\n"
             "SELECT 1;");
    EXPECT(up(b));
    OBEY({MB_BEFORE_EACH, "3_c", MB_ERR_SKIPPED, "it stays"});
    EXPECT(down(b, "1_a"));
    assert_string_equal(applied(b), "1_a 3_c");
    assert_int_equal(b->outcome.n_skipped, 2);
    assert_string_equal(b->outcome.skipped[1].why, "3_c requires it, and was skipped");
}

static void test_hooks__pass_a_redo_over_as_a_whole(void **state)
{
    static const char *const texts[] = {"CREATE TABLE a (); SELECT txid_current()",
                                        "CREATE TABLE a (); VACUUM a"};
    bench *b = *state;

    for (size_t i = 0; i < COUNT(texts); i++) {
        current_case = texts[i];
        put_file(b, "migrations/1_a.sql", texts[i]);
        put_file(b, "migrations/1_a_rollback.sql", "DROP TABLE a;");
        EXPECT(up(b));
        OBEY({MB_BEFORE_EACH, NULL, MB_ERR_SKIPPED, "it stays"});
        EXPECT(redo(b));
        assert_int_equal(b->outcome.n, 0);
        assert_int_equal(b->outcome.n_skipped, 1);
        assert_string_equal(applied(b), "1_a");
        obey(NULL, 0);
        EXPECT(down(b, NULL));
    }
    current_case = NULL;
}

static void test_hooks__are_told_of_retries(void **state)
{
    bench *b = *state;
    mb_conn *other = bench_connect(b);

    sql(b->conn, "CREATE TABLE t (x int)");
    sql(other, "BEGIN; LOCK TABLE t");
    b->settings.lock_timeout_ms = 200;
    put_file(b, "migrations/1_a.sql", "ALTER TABLE t ADD COLUMN y int;");
    assert_false(apply(b, (mb_request){.what = MB_DO_UP, .force_empty_history = true}));
    assert_string_equal(b->err.sqlstate, "55P03");
    mb_conn_close(other);
    assert_non_null(strstr(seen.log.data, "on_lock_wait up 1_a no session, locked\n"
                                          "on_retry up 1_a outside, sql\n"
                                          "before_each up 1_a inside, attempt 2\n"));
    assert_non_null(strstr(seen.log.data, "after_rollback up 1_a outside, sql, attempt 2\n"
                                          "on_error up 1_a outside, sql, attempt 2\n"));
}

/* Segments: the settings of hooks are reset, without losing the settings of the file. */
static void test_hooks__between_two_tries_leave_the_files_settings(void **state)
{
    bench *b = *state;

    sql(b->conn, "CREATE SCHEMA app; CREATE TABLE app.t (x int); CREATE TABLE t (x int);"
                 "CREATE SEQUENCE tries; INSERT INTO app.t VALUES (1); INSERT INTO t VALUES (1)");
    put_file(b, "migrations/1_a.sql",
             "SET search_path = app;\nCOMMIT;\n"
             "DO $$ BEGIN IF nextval('public.tries') = 1 THEN"
             " RAISE EXCEPTION 'once' USING ERRCODE = '40001'; END IF; END $$;\nDELETE FROM t;");
    OBEY({MB_ON_RETRY, NULL, MB_OK, "SET search_path = pg_catalog"});
    EXPECT(apply(b, (mb_request){.what = MB_DO_UP, .force_empty_history = true}));
    assert_non_null(strstr(seen.log.data, "on_retry"));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM app.t"), 0);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM public.t"), 1);
}

static void test_hooks__that_fail_afterwards_change_nothing(void **state)
{
    bench *b = *state;

    put_file(b, "migrations/1_a.sql", "SELECT 1 / 0;");
    OBEY({MB_AFTER_ROLLBACK, NULL, MB_ERR_SCRIPT, "broken"},
         {MB_ON_ERROR, NULL, MB_ERR_SCRIPT, "broken"});
    assert_false(up(b));
    assert_string_equal(b->err.sqlstate, "22012");
    assert_string_equal(b->outcome.failed, "1_a");
}

static void test_hooks__are_looked_at_before_the_first_statement(void **state)
{
    bench *b = *state;

    put_three(b);
    seen.broken = true;
    assert_false(up(b));
    assert_int_equal(b->err.code, MB_ERR_FILE);
    assert_string_equal(mb_buf_str(&seen.log), "");
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM pg_namespace WHERE nspname = "
                                      "'moonbird'"),
                     0);
}

static void test_hooks__that_are_not_there_are_not_called(void **state)
{
    bench *b = *state;

    put_three(b);
    seen.absent = ~(1u << MB_AFTER_COMMIT);
    EXPECT(up(b));
    assert_string_equal(seen.log.data, "after_commit up 1_a outside\n"
                                       "after_commit up 2_b outside\n"
                                       "after_commit up 3_c outside\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_hooked, close_hooked)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_hooks__stand_round_everything),
        TEST(test_hooks__of_one_transaction_are_in_it_and_final_after_it),
        TEST(test_hooks__fail_as_their_event_says),
        TEST(test_hooks__write_in_the_migrations_own_transaction),
        TEST(test_hooks__leave_no_settings_to_others),
        TEST(test_hooks__pass_migrations_over),
        TEST(test_hooks__pass_rollbacks_over),
        TEST(test_hooks__pass_a_redo_over_as_a_whole),
        TEST(test_hooks__are_told_of_retries),
        TEST(test_hooks__between_two_tries_leave_the_files_settings),
        TEST(test_hooks__that_fail_afterwards_change_nothing),
        TEST(test_hooks__are_looked_at_before_the_first_statement),
        TEST(test_hooks__that_are_not_there_are_not_called),
    };

    return RUN_SERVER_TESTS(tests);
}
