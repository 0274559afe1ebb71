/* Backfills of Lua migrations, by one process and by a second session beside it. */
#include "moonbird/policy/allow.h"
#include "binding/binding.h"

#include "moonbird/backfill/backfill.h"
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

/* A table `t` of `n` rows with each kind of key, all counters at 0. */
static void put_table(bench *b, int n)
{
    char *text = mb_format(
        "CREATE TABLE t (id int PRIMARY KEY, u uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),"
        " a text NOT NULL, b int NOT NULL, name text, n int NOT NULL DEFAULT 0, UNIQUE (a, b),"
        " at timestamptz NOT NULL UNIQUE, nullable int UNIQUE, loose int NOT NULL DEFAULT 0);"
        "INSERT INTO t (id, a, b, name, at) SELECT i, chr(97 + i %% 26) || '\"\\,{}', i, 'N' || i,"
        " '2000-01-01'::timestamptz + i * '1 us'::interval FROM generate_series(1, %d) i;"
        "ANALYZE t", n);

    put_file(b, "migrations/0_t.sql", text);
    EXPECT(up(b));
    free(text);
}

static void put(const bench *b, const char *declaration)
{
    bool named = strncmp(declaration, "table", 5) == 0; /* a key must not occur there twice */
    char *text = mb_format("return { transaction = false, backfills = { x = { %s\n%s } },\n"
                           "up = function(db) return db:backfill 'x' end,\n"
                           "down = function(db) db:step('reset', function()\n"
                           "  db:exec 'UPDATE t SET n = 0' end) end }",
                           named ? "" : "table = 't',", declaration);

    put_file(b, "migrations/1_b.lua", text);
    free(text);
}

static void test_backfill__meets_each_row_once(void **state)
{
    static const struct {
        const char *name, *declaration;
    } cases[] = {
        {"set", "set = 'n = n + 1', rows = 70"},
        {"set with comment", "set = 'n = n + 1 -- one', where = 'n = 0 -- new', rows = 70"},
        {"uuid", "key = 'u', set = 'n = n + 1', rows = 70"},
        {"two columns", "key = { 'a', 'b' }, set = 'n = n + 1', rows = 70"},
        {"time", "key = 'at', set = 'n = n + 1', rows = 70"},
        {"each", "columns = { 'n' }, each = function(r) return { n = r.n + 1 } end, rows = 70"},
        {"each, some columns", "each = function(r) return { n = r.n + 1, [r.id % 2 == 0 and 'name'"
                               " or "
                               "'loose'] = r.id } end, rows = 70"},
        {"each, two columns", "key = { 'a', 'b' }, each = function(r) return { n = r.n + 1,"
                              " name = moonbird.null } end, rows = 70"},
        {"each, the whole row", "rows = 70, each = function(r) r.n = r.n + 1 return r end"},
        {"each, by itself", "columns = { 'u' }, rows = 70, each = function(r, db)"
                            " db:exec('UPDATE t SET n = n + 1 WHERE u = $1', r.u) end"},
        {"batch", "rows = 70, batch = function(db, lo, hi) return db:exec("
                  "'UPDATE t SET n = n + 1 WHERE id BETWEEN $1 AND $2', lo, hi) end"},
        {"batch, two columns", "key = { 'a', 'b' }, rows = 70, batch = function(db, lo, hi)"
                               " db:exec('UPDATE t SET n = n + 1 WHERE (a, b) BETWEEN ($1, $2::int)"
                               " AND ($3, $4::int)', lo[1], lo[2], hi[1], hi[2]) end"},
    };
    bench *b = *state;

    put_table(b, 5000);
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].name;
        put(b, cases[i].declaration);
        EXPECT(up(b));
        assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t WHERE n = 1"), 5000);
        assert_int_equal(sql_int(b->conn, "SELECT sum(rows) FROM moonbird.chunks"), 5000);
        assert_true(sql_int(b->conn, "SELECT count(*) FROM moonbird.chunks") > 3);
        EXPECT(down(b, NULL));
        assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.chunks"), 0);
    }
    current_case = NULL;
}

static void test_backfill__misuse_is_said(void **state)
{
    static const struct {
        const char *name, *declaration, *says;
    } cases[] = {
        {"no work", "key = 'id'", "one of \"set\", \"each\" and \"batch\""},
        {"two works", "set = 'n = 1', each = function() end", "one of \"set\""},
        {"unknown", "set = 'n = 1', wher = 'x'", "unknown key of a backfill \"wher\""},
        {"workers", "set = 'n = 1', workers = 0", "\"workers\" must be"},
        {"on_error", "set = 'n = 1', on_error = 'record'", "needs \"each\""},
        {"column", "key = 'idd', set = 'n = 1'", "no column \"idd\""},
        {"not unique", "key = 'loose', set = 'n = 1'", "no unique index"},
        {"nullable", "key = 'nullable', set = 'n = 1'", "may be NULL"},
        {"order", "key = { 'b', 'a' }, set = 'n = 1'", "no unique index"},
        {"table", "table = 'tt', set = 'n = 1'", "table \"tt\" does not exist"},
        {"view", "table = 'v', set = 'n = 1'", "\"v\" is a view"},
        {"index", "table = 't_pkey', set = 'n = 1'", "\"t_pkey\" is an index"},
        {"no columns", "table = 'empty', set = 'n = 1'", "\"empty\" is a table without columns"},
        {"returned column", "each = function() return { m = 1 } end", "no column \"m\""},
        {"returned key", "each = function(r) return { id = r.id + 1 } end", "changes \"id\""},
        {"returned key, not read", "columns = { 'n' }, each = function() return { id = 1 } end",
         "changes \"id\""},
        {"target", "set = 'n = 1', target = '0s'", "\"target\" must be"},
        {"set with $1", "set = 'n = $1'", "\"set\" has a parameter $1, but no values"},
        {"where with $1", "set = 'n = 1', where = 'id = ANY ($1)'",
         "\"where\" has a parameter $1, but no values"},
        {"where that ends its range", "set = 'n = 1', where = 'id < 10) OR (id > 40'",
         "\"where\" has a \")\" without a \"(\""},
        {"where with an open comment", "set = 'n = 1', where = 'true /*'",
         "\"where\" has a quote or a comment that is not closed"},
        {"set with a semicolon", "set = 'n = 1; SELECT 1'", "\"set\" has a semicolon"},
        {"returned text", "each = function() return 'x' end", "must return a table"},
        {"step", "each = function(r, db) db:step('s', function() end) end", "inside a step"},
        {"syntax", "set = 'n = = 1'", "syntax error"},
        {"raises", "each = function(r) error('row ' .. r.id) end", "row "},
    };
    bench *b = *state;

    put_table(b, 100);
    sql(b->conn, "CREATE VIEW v AS SELECT * FROM t");
    sql(b->conn, "CREATE TABLE empty ()");
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].name;
        put(b, cases[i].declaration);
        assert_false(up(b));
        expect_text(b->err.message, cases[i].says);
        assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t WHERE n <> 0"), 0);
        sql(b->conn, "DELETE FROM moonbird.migrations WHERE name <> '0_t'");
    }
    current_case = NULL;
}

static void test_backfill__begins_small_where_rows_are_wide(void **state)
{
    bench *b = *state;

    put_table(b, 300);
    sql(b->conn, "UPDATE t SET name = (SELECT string_agg(md5(i::text || id), '')"
                 " FROM generate_series(1, 3000) i); ANALYZE t");
    put(b, "each = function(r) return { n = r.n + #r.name // 96000 } end");
    EXPECT(up(b));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t WHERE n = 1"), 300);
    assert_true(sql_int(b->conn, "SELECT max(n) FROM (SELECT count(*) AS n FROM t GROUP BY"
                                 " xmin::text) batch") < 60);
}

static void test_backfill__goes_on_after_a_failure(void **state)
{
    bench *b = *state;
    static const char first[] = "rows = 100, each = function(r) if r.id == 1234 then error 'no' end"
                                " return { n = r.n + 1 } end";
    static const char second[] = "rows = 100, each = function(r) return { n = r.n + 1 } end";

    put_table(b, 3000);
    put(b, first);
    assert_false(up(b));
    assert_true(sql_int(b->conn, "SELECT count(*) FROM t WHERE n = 1") > 0);
    assert_true(sql_int(b->conn, "SELECT count(*) FROM t WHERE n = 0") > 0);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.backfills WHERE state = "
                                      "'failed' AND error LIKE '%no%'"), 1);
    put(b, second);
    EXPECT(up(b));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t WHERE n = 1"), 3000);
}

static void test_backfill__sets_failing_rows_aside(void **state)
{
    bench *b = *state;
    static const char first[] = "rows = 100, on_error = 'record', each = function(r, db)"
                                " if r.id % 1000 == 7 then db:exec 'SELECT 1/0' end"
                                " return { n = r.n + 1 } end";
    static const char second[] = "rows = 100, on_error = 'record', each = function(r, db)"
                                 " if r.id == 2007 then db:exec 'SELECT 1/0' end"
                                 " return { n = r.n + 1 } end";
    mb_backfill_retried retried;
    int64_t accepted;

    put_table(b, 3000);
    put(b, first);
    assert_false(up(b));
    expect_text(b->err.message, "set 3 rows aside");
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t WHERE n = 1"), 2997);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.rejects WHERE error = "
                                      "'division by zero'"), 3);
    put(b, second);
    sql_int(b->conn, "WITH gone AS (DELETE FROM t WHERE id = 7 RETURNING 1) SELECT 1 FROM gone");
    EXPECT(mb_project_backfill_retry(&retried, b->project, "x", (mb_given){0}, NULL, &b->err));
    assert_int_equal(retried.done, 1);
    assert_int_equal(retried.left, 1);
    assert_int_equal(retried.gone, 1);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t WHERE n = 1"), 2998);
    assert_false(up(b));
    expect_text(b->err.message, "set 1 row aside");
    EXPECT(mb_project_backfill_accept(&accepted, b->project, "1_b/x", &b->err));
    assert_int_equal(accepted, 1);
    EXPECT(up(b));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t WHERE n = 1"), 2998);
}

/* Each of these rows leaves a loop open on the server until the rollback to its savepoint. */
static void test_backfill__sets_rows_aside_whose_loops_fail(void **state)
{
    bench *b = *state;

    put_table(b, 100);
    put(b, "rows = 100, on_error = 'record', each = function(r, db)"
           " for _ in db:rows 'SELECT generate_series(1, 1000)' do db:exec 'SELECT 1/0' end end");
    assert_false(up(b));
    expect_text(b->err.message, "set 100 rows aside");
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.rejects WHERE error = "
                                      "'division by zero'"), 100);
}

static void test_backfill__says_what_remains(void **state)
{
    bench *b = *state;

    put_table(b, 2000);
    sql(b->conn, "CREATE FUNCTION more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                 " IF new.id = 2000 AND NOT EXISTS (SELECT FROM t WHERE id = -1) THEN"
                 " INSERT INTO t (id, a, b, at) VALUES (-1, 'x', -1, '1990-01-01'); END IF;"
                 " RETURN new; END $$;"
                 "CREATE TRIGGER more AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION more()");
    put(b, "set = 'n = n + 1', where = 'n = 0', rows = 100");
    assert_false(up(b));
    expect_text(b->err.message, "1 row still matches");
    expect_text(b->err.hint, "If they were written while it ran");
    expect_text(b->err.hint, "If the change leaves rows that match, correct it.");
    EXPECT(up(b));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t WHERE n = 1"), 2001);
    EXPECT(down(b, NULL));
    sql(b->conn, "DELETE FROM t WHERE id = -1");
    put(b, "set = 'n = n + 1', where = 'n = 0', rows = 100, remaining = 'ok'");
    EXPECT(up(b));
    expect_text(mb_buf_str(&b->notes), "1 rows still match its condition");
}

static void test_backfill__bound_is_frozen(void **state)
{
    bench *b = *state;

    put_table(b, 1000);
    sql(b->conn, "CREATE FUNCTION grow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                 " IF new.n = 1 AND old.n = 0 THEN"
                 " INSERT INTO t (id, a, b, at) VALUES (new.id + 100000, 'x', new.id + 100000,"
                 " now() + new.id * '1 s'::interval); END IF; RETURN new; END $$;"
                 "CREATE TRIGGER grow AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION grow()");
    put(b, "set = 'n = n + 1', rows = 50");
    EXPECT(up(b));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t WHERE n = 1"), 1000);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t WHERE n = 0"), 1000);
}

static mb_conn *holder; /* of a lock, until the backfill has waited for it in vain */

static void release_when_noted(const char *text)
{
    if (holder && strstr(text, "smaller batches")) {
        mb_conn_close(holder);
        holder = NULL;
    }
}

static void test_backfill__waits_for_locks_of_others(void **state)
{
    bench *b = *state;

    put_table(b, 1000);
    holder = bench_connect(b);
    sql(holder, "BEGIN; SELECT FROM t WHERE id = 500 FOR UPDATE");
    put(b, "set = 'n = n + 1', rows = 100");
    b->on_note = release_when_noted;
    EXPECT(up(b));
    b->on_note = NULL;
    assert_null(holder);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t WHERE n = 1"), 1000);
}

static void test_backfill__pauses_by_its_own_function(void **state)
{
    bench *b = *state;

    put_table(b, 1000);
    sql(b->conn, "CREATE SEQUENCE asked");
    put(b, "set = 'n = n + 1', rows = 100, pause = function(db)\n"
           "  assert(not pcall(db.exec, db, 'UPDATE t SET n = 9'))\n"
           "end");
    assert_false(up(b));
    put(b, "set = 'n = n + 1', rows = 100, pause = function(db)\n"
           "  asked = nil return db:value \"SELECT now() - started_at < '2 s' FROM"
           " moonbird.backfills\" end");
    sql(b->conn, "UPDATE moonbird.backfills SET started_at = now()");
    EXPECT(up(b));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.backfills WHERE ended_at - "
                                      "started_at > '1.9 s'"), 1);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t WHERE n = 1"), 1000);
}

static void test_backfill__inline_one(void **state)
{
    bench *b = *state;

    put_table(b, 2000);
    put_file(b, "migrations/1_b.lua",
             "return { transaction = false, up = function(db)\n"
             "  local r = db:backfill { name = 'a', table = 't', set = 'n = n + 1', where = 'n ="
             " 0' }\n"
             "  assert(r.rows == 2000 and r.remaining == 0, r.rows)\n"
             "  db:backfill { name = 'b', table = 't', set = 'n = n + 1', workers = 2 }\n"
             "end }");
    assert_false(up(b));
    expect_text(b->err.message, "is not declared");
    put_file(b, "migrations/1_b.lua",
             "return { transaction = false, up = function(db)\n"
             "  local r = db:backfill { name = 'a', table = 't', set = 'n = n + 1', where = 'n ="
             " 0' }\n"
             "  assert(r.rows == 2000 and r.remaining == 0)\n"
             "end }");
    EXPECT(up(b));
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t WHERE n = 1"), 2000);
}

/* Accepting rows covers these rows alone, and none that took their place. */
static void test_backfill__what_was_accepted_hides_no_other_row(void **state)
{
    bench *b = *state;
    int64_t accepted;

    put_table(b, 100);
    sql(b->conn, "ALTER TABLE t ADD p text COLLATE \"C\" NOT NULL DEFAULT '',"
                 " ADD q text COLLATE \"POSIX\" NOT NULL DEFAULT ''; UPDATE t SET q = id;"
                 " CREATE UNIQUE INDEX ON t (p, q)");
    put(b, "key = { 'p', 'q' }, where = 'n = 0', on_error = 'record', each = function(r, db)"
           " if r.id == 7 or r.id == 8 then error 'no' end return { n = 1 } end");
    assert_false(up(b));
    expect_text(b->err.message, "set 2 rows aside");
    EXPECT(mb_project_backfill_accept(&accepted, b->project, "x", &b->err));
    sql(b->conn, "UPDATE t SET q = -id WHERE id = 7");
    assert_false(up(b));
    expect_text(b->err.message, "has finished, but 1 row still matches");
    sql(b->conn, "DELETE FROM t WHERE id = 7");
    EXPECT(up(b));
}

static void test_backfill__is_told_to_stop_and_joined(void **state)
{
    bench *b = *state;
    bool changed;
    int64_t rows;

    put_table(b, 2000);
    put(b, "rows = 10, target = 1, each = function(r) if r.id == 1500 then error 'stop' end"
           " return { n = r.n + 1 } end");
    assert_false(up(b));
    assert_false(
        mb_project_backfill_control(b->project, "x", MB_BACKFILL_PAUSE, &changed, &b->err));
    expect_text(b->err.message, "is in state \"failed\"");
    sql(b->conn, "UPDATE moonbird.backfills SET state = 'running'; UPDATE t SET id = 0 WHERE id = "
                 "1500");
    EXPECT(mb_project_backfill_control(b->project, "x", MB_BACKFILL_PAUSE, &changed, &b->err));
    assert_true(changed);
    EXPECT(mb_project_backfill_control(b->project, "x", MB_BACKFILL_RESUME, &changed, &b->err));
    assert_true(changed);
    EXPECT(mb_project_backfill_join(&rows, b->project, "auto/1_b/x", (mb_given){0}, NULL, &b->err));
    assert_true(rows > 0);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM t WHERE n = 1 AND id > 0"), 1999);
    put(b, "rows = 11, set = 'n = n + 1'");
    sql(b->conn, "UPDATE moonbird.chunks SET done = false");
    assert_false(mb_project_backfill_join(&rows, b->project, "x", (mb_given){0}, NULL, &b->err));
    expect_text(b->err.message, "not the one that started");
    EXPECT(mb_project_backfill_control(b->project, "x", MB_BACKFILL_CANCEL, &changed, &b->err));
    assert_false(mb_project_backfill_join(&rows, b->project, "x", (mb_given){0}, NULL, &b->err));
    expect_text(b->err.message, "is in state \"cancelled\"");
    assert_false(mb_project_backfill_join(&rows, b->project, "y", (mb_given){0}, NULL, &b->err));
    expect_text(b->err.message, "backfill \"y\" does not exist");
}

static void test_backfill__is_stopped_whatever_is_wrong_with_the_files(void **state)
{
    bench *b = *state;
    mb_backfills list;
    bool changed;
    int64_t rows;

    put_table(b, 20);
    put(b, "rows = 10, each = function(r) error 'stop' end");
    assert_false(up(b));
    sql(b->conn, "UPDATE moonbird.backfills SET state = 'running'");
    put_file(b, "migrations/1_b_rollback.sql", "SELECT 1;");
    put_file(b, "migrations/1_b.down.sql", "SELECT 1;");
    EXPECT(mb_project_backfills(&list, b->project, NULL, &b->err));
    assert_int_equal(list.n, 1);
    mb_backfills_free(&list);
    EXPECT(mb_project_backfill_control(b->project, "x", MB_BACKFILL_PAUSE, &changed, &b->err));
    assert_true(changed);
    EXPECT(mb_project_backfill_control(b->project, "x", MB_BACKFILL_RESUME, &changed, &b->err));
    assert_false(mb_project_backfill_join(&rows, b->project, "x", (mb_given){0}, NULL, &b->err));
    expect_text(b->err.message, "two rollbacks");
    EXPECT(mb_project_backfill_control(b->project, "x", MB_BACKFILL_CANCEL, &changed, &b->err));
    assert_true(changed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_project, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_backfill__meets_each_row_once),
        TEST(test_backfill__misuse_is_said),
        TEST(test_backfill__begins_small_where_rows_are_wide),
        TEST(test_backfill__goes_on_after_a_failure),
        TEST(test_backfill__sets_failing_rows_aside),
        TEST(test_backfill__sets_rows_aside_whose_loops_fail),
        TEST(test_backfill__says_what_remains),
        TEST(test_backfill__bound_is_frozen),
        TEST(test_backfill__waits_for_locks_of_others),
        TEST(test_backfill__pauses_by_its_own_function),
        TEST(test_backfill__inline_one),
        TEST(test_backfill__what_was_accepted_hides_no_other_row),
        TEST(test_backfill__is_told_to_stop_and_joined),
        TEST(test_backfill__is_stopped_whatever_is_wrong_with_the_files),
    };

    return RUN_SERVER_TESTS(tests);
}
