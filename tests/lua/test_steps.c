/* Migrations with transaction = false: durable steps. */
#include "moonbird/policy/allow.h"
#include "moonbird/project/reporter.h"
#include "moonbird/run/apply.h"
#include "binding/binding.h"

#include "project.h"

#include <stdlib.h>

#include <string.h>

static mb_script_env world = {.lib = "scripts/lib", .openers = &mb_lua_openers};
static mb_host host;

static int open_project(void **state)
{
    bench *b;

    if (open_bench(state) != 0)
        return -1;
    b = *state;
    world.root = b->root;
    mb_lua_host(&host, &world);
    mb_project_close(b->project);
    mb_project_open(&b->project, &b->settings, b->conn, &host);
    return 0;
}

static void expect_text(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in: %s", part, text);
}

static void put(const bench *b, const char *body)
{
    char *text = mb_format("return { transaction = false,\n%s\n}", body);

    put_file(b, "migrations/1_a.lua", text);
    free(text);
}

static void test_steps__run_once_and_keep_their_results(void **state)
{
    bench *b = *state;
    const char *first = "up = function(db)\n"
                        "  db:step('table', function() db:exec 'CREATE TABLE t (x int)' end)\n"
                        "  local r = db:step('fill', function() db:exec 'INSERT INTO t VALUES"
                        " (7)'\n"
                        "    return { n = 1, list = { 'a', 'b' } } end)\n"
                        "  assert(r.n == 1 and r.list[2] == 'b')\n"
                        "  db:step('wrong', function() db:exec('INSERT INTO t VALUES (8)')\n"
                        "    db:exec 'SELECT 1/0' end)\n"
                        "end";
    const char *second = "up = function(db)\n"
                         "  db:step('table', function() error 'again' end)\n"
                         "  local r = db:step('fill', function() error 'again' end)\n"
                         "  assert(r.n == 1 and r.list[2] == 'b')\n"
                         "  assert(db:value 'SELECT count(*) FROM t' == 1)\n"
                         "  assert(db:step('wrong', function() return db:value "
                         "'SELECT 2.5::float8' end) == 2.5)\n"
                         "end, verify = function(db) assert(\n"
                         "  db:value 'SELECT sum(x)::int FROM t' == 7) end";

    put(b, first);
    assert_false(up(b));
    assert_string_equal(b->err.sqlstate, "22012");
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.migrations WHERE state = "
                                      "'failed'"), 1);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t"), 1);
    put(b, second);
    EXPECT(up(b));
    assert_string_equal(applied(b), "1_a");
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.steps WHERE state = 'done'"),
                     3);
}

static void test_steps__an_error_may_hold_any_bytes(void **state)
{
    bench *b = *state;

    put(b, "up = function(db) error('a\\255\\xe2\\x82b\\xc3\\xa4', 0) end");
    assert_false(up(b));
    assert_string_equal(b->err.message, "a\\xFF\\xE2\\x82b\xc3\xa4");
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.migrations WHERE state = "
                                      "'failed' AND error LIKE 'a_xFF_xE2_x82b%'"), 1);
    put(b, "up = function(db) error { message = 'a', detail = '\\255' } end");
    assert_false(up(b));
    assert_string_equal(b->err.detail, "\\xFF");
}

static void test_steps__misuse_is_said(void **state)
{
    static const struct {
        const char *name, *body, *says;
    } cases[] = {
        {"outside", "db:exec 'CREATE TABLE u (x int)'", "read-only transaction"},
        {"nested", "db:step('a', function() db:step('b', function() end) end)", "inside a step"},
        {"try", "db:try(function() db:step('b', function() end) end) error 'no step ran'",
         "no step ran"},
        {"twice", "db:step('kept', function() end) db:step('kept', function() end)",
         "two steps have the name \"kept\""},
        {"loop", "for _ in db:rows 'SELECT 1' do db:step('a', function() end) end", "db:rows"},
        {"two statements", "db:step('a', 'SELECT 1; SELECT 2')", "more than one statement"},
        {"control", "db:step('a', 'COMMIT')", "controls transactions"},
        {"json", "db:step('a', function() return print end)", "the step's result"},
        {"swallowed", "db:step('a', function() pcall(db.exec, db, 'SELECT 1/0')"
                      " end)", "ignored its error"},
    };
    bench *b = *state;

    put_file(b, "migrations/1_a.lua", "return { up = function(db) db:step('a', function() end) end"
                                      " }");
    assert_false(up(b));
    expect_text(b->err.message, "are not possible here");
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *body = mb_format("up = function(db) %s end", cases[i].body);

        current_case = cases[i].name;
        put(b, body);
        assert_false(up(b));
        expect_text(b->err.message, cases[i].says);
        assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.steps WHERE name <>"
                                          " 'kept'"),
                         0);
        free(body);
    }
    current_case = NULL;
}

static void test_steps__one_that_fails_can_be_caught_and_run_again(void **state)
{
    bench *b = *state;

    put(b, "up = function(db)\n"
           "  local function fails() db:exec 'CREATE TABLE t (x int)' error 'no' end\n"
           "  assert(not pcall(db.step, db, 'a', fails))\n"
           "  assert(not db:has_table 't')\n"
           "  db:step('a', function() db:exec 'CREATE TABLE t (x int)' end)\n"
           "end");
    EXPECT(up(b));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t"), 0);
}

/* Rows that no loop closes: the second page is there, the third under way when the step ends. */
static void test_steps__end_with_the_rows_that_they_left(void **state)
{
    bench *b = *state;

    put(b, "up = function(db)\n"
           "  local left\n"
           "  db:step('a', function()\n"
           "    left = db:rows 'SELECT generate_series(1, 100000) AS n'\n"
           "    for _ = 1, 3000 do left() end\n"
           "  end)\n"
           "  db:step('b', function() db:exec 'CREATE TABLE t (x int)' end)\n"
           "  assert(not pcall(left))\n"
           "end");
    EXPECT(up(b));
    put_file(b, "migrations/2_b.lua",
             "return { transaction = false, up = function(db)\n"
             "  db:step('a', function()\n"
             "    local left = db:rows 'SELECT 1 / (4000 - n) FROM generate_series(1, 100000) n'\n"
             "    for _ = 1, 3000 do left() end\n"
             "  end)\n"
             "end }");
    assert_false(up(b));
    assert_string_equal(b->err.sqlstate, "22012");
}

static void test_steps__a_statement_runs_alone_and_is_resumed(void **state)
{
    bench *b = *state;

    put_file(b, "migrations/0_t.sql", "CREATE TABLE t (x int); INSERT INTO t VALUES (1), (1)");
    put(b, "up = function(db)\n"
           "  db:step('index', 'CREATE UNIQUE INDEX CONCURRENTLY t_x ON t (x)')\n"
           "  db:step('plain', 'ALTER TABLE t ADD COLUMN y int')\n"
           "  db:step('calls', 'DO $$ BEGIN INSERT INTO t VALUES (5); COMMIT; END $$')\n"
           "end");
    assert_false(up(b));
    expect_text(b->err.message, "could not create unique index");
    assert_string_equal(b->err.sqlstate, "23505");
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM pg_index WHERE NOT indisvalid"), 0);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.steps WHERE state = "
                                      "'running'"), 1);
    sql(b->conn, "DELETE FROM t WHERE ctid = '(0,1)'");
    EXPECT(up(b));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM pg_index WHERE indexrelid = "
                                      "'t_x'::regclass AND indisvalid"), 1);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t WHERE y IS NULL AND x IN (1, 5)"), 2);
}

static void test_steps__renamed_and_vanished_ones_are_said(void **state)
{
    bench *b = *state;

    put(b, "up = function(db) db:step('one', function() end) db:step('two', function() end)\n"
           "  error 'stop' end");
    assert_false(up(b));
    put(b, "up = function(db) db:step('uno', function() end) db:step('two', function() end) end");
    EXPECT(up(b));
    expect_text(mb_buf_str(&b->notes), "step \"uno\" is new, and step \"one\"");
    expect_text(mb_buf_str(&b->notes), "step \"one\", which ran before, no longer exists");
}

static void test_steps__go_with_the_migration(void **state)
{
    bench *b = *state;

    put(b, "up = function(db) db:step('a', function() db:exec 'CREATE TABLE t (x int)' end) end,\n"
           "down = function(db) db:step('a', function() db:exec 'DROP TABLE t' end) end");
    for (int i = 0; i < 2; i++) {
        EXPECT(up(b));
        assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.steps"), 1);
        EXPECT(down(b, NULL));
        assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.steps"), 0);
    }
    EXPECT(up(b));
    EXPECT(apply(b, (mb_request){.what = MB_DO_REDO}));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t"), 0);
}

static void test_steps__their_tables_are_created_when_first_used(void **state)
{
    bench *b = *state;

    put_file(b, "migrations/0_z.sql", "SELECT 1");
    EXPECT(up(b));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND"
                                      " relnamespace = 'moonbird'::regnamespace"), 2);
    put(b, "up = function(db) db:step('a', function() end) end");
    EXPECT(up(b));
    assert_string_equal(applied(b), "0_z 1_a");
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.steps"), 1);
}

static const char *edited;

/* While the first attempt is undone and the second one not begun. */
static void edit(void *self, const char *note)
{
    if (strstr(note, "retry"))
        put_file(self, "migrations/2_b.lua", edited);
}

static void test_steps__a_file_edited_between_two_attempts_is_not_run(void **state)
{
    static const char *const texts[] = {"return {", "return { up = function(db) end }"};
    bench *b = *state;
    mb_conn *other = bench_connect(b);
    const mb_reporter reporter = {.self = b, .note = edit};

    put_file(b, "migrations/1_a.sql", "CREATE TABLE t (x int)");
    EXPECT(up(b));
    sql(other, "BEGIN; LOCK TABLE t");
    b->settings.lock_timeout_ms = 50;
    for (size_t i = 0; i < COUNT(texts); i++) {
        edited = current_case = texts[i];
        put_file(b, "migrations/2_b.lua",
                 "return { up = function(db) db:exec 'DROP TABLE t' end }");
        mb_outcome_free(&b->outcome);
        assert_false(mb_project_apply(&b->outcome, b->project, &(mb_request){.what = MB_DO_UP},
                                      (mb_given){0}, &reporter, &b->err));
        assert_int_equal(mb_code_exit(b->err.code), 2);
        expect_text(b->err.file, "2_b.lua");
    }
    current_case = NULL;
    assert_string_equal(applied(b), "1_a");
    mb_conn_close(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_project, close_bench)

/* A later run would not run it again: the migration must not be recorded as applied. */
static void test_steps__an_ignored_failure_fails_the_migration(void **state)
{
    static const struct {
        const char *name, *body, *says;
    } cases[] = {
        {"function", "pcall(db.step, db, 'a', function() error 'no' end)", "\"a\" failed"},
        {"statement", "pcall(db.step, db, 'a', 'SELECT 1/0')", "\"a\" failed"},
        {"result", "pcall(db.step, db, 'a', function() return print end)", "\"a\" failed"},
        {"then another", "pcall(db.step, db, 'a', 'SELECT 1/0') db:step('b', 'SELECT 1')",
         "\"a\" failed"},
        {"name", "db:step('a', 'SELECT 1') pcall(db.step, db, 'a', 'SELECT 2')", "\"a\" failed"},
        {"arguments", "pcall(db.step, db, 'a', {})", "\"a\" failed"},
        {"try", "db:try(db.step, db, 'a', 'SELECT 1')", "\"a\" failed"},
        {"nested", "db:step('a', function() pcall(db.step, db, 'b', 'SELECT 1') end)",
         "\"b\" failed"},
        {"backfill", "pcall(db.backfill, db, {name = 'f', table = 'none', set = 'x = 1'})",
         "\"f\" failed"},
        {"declaration", "pcall(db.backfill, db, {name = 'f', tabel = 'none'})", "\"f\" failed"},
        {"declared", "pcall(db.backfill, db, 'g')", "\"g\" failed"},
        {"a query between steps",
         "pcall(db.query, db, 'SELECT 1/0') pcall(db.step, db, 'a', 'SELECT 1')", "ignored its error"},
    };
    bench *b = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        char *body = mb_format("up = function(db) %s end", cases[i].body);

        current_case = cases[i].name;
        put(b, body);
        assert_false(up(b));
        expect_text(b->err.message, cases[i].says);
        expect_text(b->err.message, "ignored its error");
        assert_int_equal(b->err.code, MB_ERR_FAILED);
        free(body);
        sql(b->conn, "DROP SCHEMA moonbird CASCADE");
    }
    current_case = NULL;
    put(b, "up = function(db) pcall(db.step, db, 'a', 'SELECT 1/0') db:step('a', 'SELECT 1') end");
    EXPECT(up(b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_steps__run_once_and_keep_their_results),
        TEST(test_steps__an_error_may_hold_any_bytes),
        TEST(test_steps__misuse_is_said),
        TEST(test_steps__an_ignored_failure_fails_the_migration),
        TEST(test_steps__one_that_fails_can_be_caught_and_run_again),
        TEST(test_steps__end_with_the_rows_that_they_left),
        TEST(test_steps__a_statement_runs_alone_and_is_resumed),
        TEST(test_steps__renamed_and_vanished_ones_are_said),
        TEST(test_steps__go_with_the_migration),
        TEST(test_steps__their_tables_are_created_when_first_used),
        TEST(test_steps__a_file_edited_between_two_attempts_is_not_run),
    };

    return RUN_SERVER_TESTS(tests);
}
