#include "sql/classify.h"

#include "moonbird/sql/effect.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

typedef struct kind_case {
    const char *sql;
    mb_stmt_kind kind;
    bool concurrently;
} kind_case;

static const kind_case kinds[] = {
    {"select 1", MB_STMT_OTHER, false},
    {"", MB_STMT_OTHER, false},
    {"begin", MB_STMT_BEGIN, false},
    {"BEGIN ISOLATION LEVEL SERIALIZABLE", MB_STMT_BEGIN, false},
    {"/* a */ start -- b\n transaction", MB_STMT_BEGIN, false},
    {"\"begin\"", MB_STMT_OTHER, false},
    {"beginning", MB_STMT_OTHER, false},
    {"commit", MB_STMT_COMMIT, false},
    {"commit work and no chain", MB_STMT_COMMIT, false},
    {"end transaction", MB_STMT_COMMIT, false},
    {"commit and chain", MB_STMT_TRANSACTION, false},
    {"commit prepared 'x'", MB_STMT_TRANSACTION, false},
    {"rollback", MB_STMT_ROLLBACK, false},
    {"abort", MB_STMT_ROLLBACK, false},
    {"rollback work and chain", MB_STMT_TRANSACTION, false},
    {"rollback prepared 'x'", MB_STMT_TRANSACTION, false},
    {"rollback to a", MB_STMT_SAVEPOINT, false},
    {"rollback transaction to savepoint a", MB_STMT_SAVEPOINT, false},
    {"savepoint a", MB_STMT_SAVEPOINT, false},
    {"release a", MB_STMT_SAVEPOINT, false},
    {"prepare transaction 'x'", MB_STMT_TRANSACTION, false},
    {"prepare transaction $$x$$", MB_STMT_TRANSACTION, false},
    {"prepare transaction /* a */ $a$x$a$", MB_STMT_TRANSACTION, false},
    {"prepare transaction e'x'", MB_STMT_TRANSACTION, false},
    {"prepare transaction u&'x'", MB_STMT_TRANSACTION, false},
    {"prepare transaction as select 1", MB_STMT_OTHER, false},
    {"prepare transaction (text) as select $1", MB_STMT_OTHER, false},
    {"prepare a as select 1", MB_STMT_OTHER, false},
    {"create index concurrently i on t (a)", MB_STMT_NO_TRANSACTION, true},
    {"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)", MB_STMT_NO_TRANSACTION, true},
    {"create index i on t (a)", MB_STMT_OTHER, false},
    {"create table concurrently (a int)", MB_STMT_OTHER, false},
    {"drop index concurrently if exists i", MB_STMT_NO_TRANSACTION, true},
    {"drop index i", MB_STMT_OTHER, false},
    {"reindex index concurrently i", MB_STMT_NO_TRANSACTION, true},
    {"reindex (concurrently) table t", MB_STMT_NO_TRANSACTION, true},
    {"reindex (verbose, concurrently true) table t", MB_STMT_NO_TRANSACTION, true},
    {"reindex (concurrently off) table t", MB_STMT_OTHER, false},
    {"reindex (verbose) table t", MB_STMT_OTHER, false},
    {"reindex table t", MB_STMT_OTHER, false},
    {"reindex schema s", MB_STMT_NO_TRANSACTION, false},
    {"reindex database d", MB_STMT_NO_TRANSACTION, false},
    {"reindex system d", MB_STMT_NO_TRANSACTION, false},
    {"reindex schema concurrently s", MB_STMT_NO_TRANSACTION, true},
    {"vacuum", MB_STMT_NO_TRANSACTION, false},
    {"vacuum (analyze) t", MB_STMT_NO_TRANSACTION, false},
    {"analyze t", MB_STMT_OTHER, false},
    {"cluster", MB_STMT_NO_TRANSACTION, false},
    {"cluster verbose", MB_STMT_NO_TRANSACTION, false},
    {"cluster (verbose)", MB_STMT_NO_TRANSACTION, false},
    {"cluster t using i", MB_STMT_OTHER, false},
    {"cluster verbose t", MB_STMT_OTHER, false},
    {"create database d", MB_STMT_NO_TRANSACTION, false},
    {"drop database d", MB_STMT_NO_TRANSACTION, false},
    {"create tablespace s location '/s'", MB_STMT_NO_TRANSACTION, false},
    {"drop tablespace s", MB_STMT_NO_TRANSACTION, false},
    {"alter database d set tablespace s", MB_STMT_NO_TRANSACTION, false},
    {"alter database d with tablespace = s", MB_STMT_NO_TRANSACTION, false},
    {"alter database d tablespace s", MB_STMT_NO_TRANSACTION, false},
    {"alter database d set work_mem = 1", MB_STMT_OTHER, false},
    {"alter database d with connection limit 1", MB_STMT_OTHER, false},
    {"alter system set work_mem = 1", MB_STMT_NO_TRANSACTION, false},
    {"alter table p detach partition c concurrently", MB_STMT_NO_TRANSACTION, true},
    {"alter table if exists only a.\"p q\" * detach /* */ partition b.c concurrently",
     MB_STMT_NO_TRANSACTION, true},
    {"alter table p detach partition c", MB_STMT_OTHER, false},
    {"alter table p detach partition c finalize", MB_STMT_OTHER, false},
    {"alter table p add concurrently int", MB_STMT_OTHER, false},
    {"create subscription s connection '' publication p", MB_STMT_NO_TRANSACTION, false},
    {"create subscription \"x(\" connection 'connect=false' publication p, q"
     " with (slot_name = create_slot)",
     MB_STMT_NO_TRANSACTION, false},
    {"create subscription s connection '' publication p with (connect, create_slot = true)",
     MB_STMT_NO_TRANSACTION, false},
    {"create subscription s connection '' publication p, q with (connect = false)", MB_STMT_OTHER,
     false},
    {"create subscription s connection '' publication p with (enabled = off, create_slot = 'OFF',"
     " slot_name = none)",
     MB_STMT_OTHER, false},
    {"drop subscription s", MB_STMT_NO_TRANSACTION, false},
    {"alter subscription s refresh publication", MB_STMT_NO_TRANSACTION, false},
    {"alter subscription s set publication p", MB_STMT_NO_TRANSACTION, false},
    {"alter subscription s set publication p, q with (copy_data, refresh = true)",
     MB_STMT_NO_TRANSACTION, false},
    {"alter subscription s set publication p, q with (copy_data, refresh = 0)", MB_STMT_OTHER,
     false},
    {"alter subscription s drop publication p with (refresh = false)", MB_STMT_OTHER, false},
    {"alter subscription s set (failover)", MB_STMT_NO_TRANSACTION, false},
    {"alter subscription s set (binary = true, failover = false)", MB_STMT_NO_TRANSACTION, false},
    {"alter subscription s set (two_phase = false)", MB_STMT_NO_TRANSACTION, false},
    {"alter subscription s set (two_phase)", MB_STMT_OTHER, false},
    {"alter subscription s set (slot_name = failover, binary = false)", MB_STMT_OTHER, false},
    {"alter subscription s set (", MB_STMT_OTHER, false},
    {"alter subscription s disable", MB_STMT_OTHER, false},
    {"discard all", MB_STMT_NO_TRANSACTION, false},
    {"discard plans", MB_STMT_OTHER, false},
    {"checkpoint", MB_STMT_OTHER, false},
    {"refresh materialized view concurrently v", MB_STMT_OTHER, false},
    {"alter type e add value 'x'", MB_STMT_ADD_VALUE, false},
    {"ALTER TYPE s.\"E\" ADD VALUE IF NOT EXISTS 'x' BEFORE 'y'", MB_STMT_ADD_VALUE, false},
    {"alter type e rename value 'x' to 'y'", MB_STMT_OTHER, false},
    {"alter type c add attribute value int", MB_STMT_OTHER, false},
    {"alter", MB_STMT_OTHER, false},
    {"reindex", MB_STMT_OTHER, false},
    {"reindex (", MB_STMT_OTHER, false},
};

static void test_classify__by_first_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        bool concurrently;

        current_case = kinds[i].sql;
        assert_int_equal(mb_classify(kinds[i].sql, strlen(kinds[i].sql), &concurrently),
                         kinds[i].kind);
        assert_int_equal(concurrently, kinds[i].concurrently);
    }
}

#define N63 "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc"

static const struct {
    const char *sql;
    mb_effect want;
} names[] = {
    {"create index concurrently I on S.T (a)",
     {.kind = MB_EFFECT_CREATE_INDEX, .name = "i", .table_schema = "s", .table = "t"}},
    {"create unique index concurrently if not exists \"I\"\"x\" on only db.\"S.\".\"T\" (a)",
     {.kind = MB_EFFECT_CREATE_INDEX,
      .if_exists = true,
      .name = "I\"x",
      .table_schema = "S.",
      .table = "T"}},
    {"create index concurrently on t (a)", {.kind = MB_EFFECT_CREATE_INDEX, .table = "t"}},
    {"create index concurrently " N63 "de on t (a)",
     {.kind = MB_EFFECT_CREATE_INDEX, .name = N63, .table = "t"}},
    {"create index concurrently \"x" N63 "\" on t (a)",
     {.kind = MB_EFFECT_CREATE_INDEX,
      .name = "x"
              "abcdefghijabcdefghijabcdefghijabcdefghij"
              "abcdefghijabcdefghijab",
      .table = "t"}},
    {"create index concurrently \"aéééééééééééééééééééééééééééééééé\" on t (a)",
     {.kind = MB_EFFECT_CREATE_INDEX, .name = "aééééééééééééééééééééééééééééééé", .table = "t"}},
    {"create index concurrently É on t (a)",
     {.kind = MB_EFFECT_CREATE_INDEX, .name = "É", .table = "t"}},
    {"create index concurrently U&\"I\" on u&\"T\" (a)",
     {.kind = MB_EFFECT_CREATE_INDEX, .name = "I", .table = "T"}},
    {"drop index concurrently if exists a /* */ . b",
     {.kind = MB_EFFECT_DROP_INDEX, .if_exists = true, .schema = "a", .name = "b"}},
    {"reindex index concurrently s.i", {.kind = MB_EFFECT_REINDEX, .schema = "s", .name = "i"}},
    {"reindex (verbose, concurrently) table s.t",
     {.kind = MB_EFFECT_REINDEX, .table_schema = "s", .table = "t"}},
    {"reindex schema concurrently s", {.kind = MB_EFFECT_REINDEX, .schema = "s"}},
    {"reindex database d", {.kind = MB_EFFECT_REINDEX, .name = "d"}},
    {"create database D", {.kind = MB_EFFECT_CREATE_DATABASE, .name = "d"}},
    {"drop database if exists \"D\" with (force)",
     {.kind = MB_EFFECT_DROP_DATABASE, .if_exists = true, .name = "D"}},
    {"alter table if exists only s.p * detach partition q.c concurrently",
     {.kind = MB_EFFECT_DETACH,
      .if_exists = true,
      .schema = "q",
      .name = "c",
      .table_schema = "s",
      .table = "p"}},
    {"alter type s.e add value if not exists 'x'",
     {.kind = MB_EFFECT_OTHER, .if_exists = true, .schema = "s", .name = "e"}},
    {"vacuum t", {.kind = MB_EFFECT_OTHER}},
    {"call p()", {.kind = MB_EFFECT_CALL}},
    {"DO $$ begin commit; end $$", {.kind = MB_EFFECT_CALL}},
    {"create tablespace x location 'y'", {.kind = MB_EFFECT_OTHER}},
    {"drop", {.kind = MB_EFFECT_OTHER}},
};

static void test_nontransactional__names_as_the_server_sees_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        const mb_effect *want = &names[i].want;
        mb_stmt stmt = {.sql = names[i].sql, .len = strlen(names[i].sql)};
        mb_effect got;

        current_case = names[i].sql;
        mb_stmt_effect(&stmt, &got);
        assert_int_equal(got.kind, want->kind);
        assert_int_equal(got.if_exists, want->if_exists);
        assert_string_equal(got.schema, want->schema);
        assert_string_equal(got.name, want->name);
        assert_string_equal(got.table_schema, want->table_schema);
        assert_string_equal(got.table, want->table);
    }
}

static void test_classify__what_is_set_for_the_session(void **state)
{
    static const struct {
        const char *sql;
        bool sets;
    } cases[] = {
        {"set search_path = a", true},
        {"/* a */ SET SESSION work_mem TO 1", true},
        {"set session authorization a", true},
        {"set session characteristics as transaction read only", true},
        {"set role a", true},
        {"set time zone 'UTC'", true},
        {"set local search_path = a", false},
        {"set transaction read only", false},
        {"set constraints all deferred", false},
        {"reset all", true},
        {"discard all", true},
        {"discard plans", false},
        {"select set_config('a.b', 'c', false)", true},
        {"SELECT pg_catalog.set_config('a.b', lower('C'), false), set_config('a.c', '',"
         " false)",
         true},
        {"select set_config('a.b', 'c', false) from t", false},
        {"select set_config", false},
        {"select 1", false},
        {"update t set a = 1", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const mb_stmt stmt = {.sql = cases[i].sql, .len = strlen(cases[i].sql)};

        current_case = cases[i].sql;
        assert_int_equal(mb_stmt_sets_session(&stmt), cases[i].sets);
        assert_true(mb_stmt_may_set(&stmt) || !cases[i].sets);
    }
    current_case = NULL;
}

static void test_classify__what_may_set_something(void **state)
{
    static const struct {
        const char *sql;
        bool may;
    } cases[] = {
        {"SET LOCAL search_path = a", true},
        {"/* a */ select f()", true},
        {"DO $$ BEGIN PERFORM Set_Config('a.b', 'c', false); END $$", true},
        {"WITH a AS (SELECT set_config('a.b', 'c', false)) SELECT 1 FROM a", true},
        {"UPDATE pg_settings SET setting = 'off' WHERE name = 'array_nulls'", true},
        {"INSERT INTO t VALUES ($1, 'set')", false},
        {"update t set a = 1", false},
        {"delete from selects", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const mb_stmt stmt = {.sql = cases[i].sql, .len = strlen(cases[i].sql)};

        current_case = cases[i].sql;
        assert_int_equal(mb_stmt_may_set(&stmt), cases[i].may);
    }
    current_case = NULL;
}

static void test_classify__what_cannot_be_set_again(void **state)
{
    static const struct {
        const char *sql;
        bool hides;
    } cases[] = {
        {"DO $$ BEGIN PERFORM set_config('a.b', 'c', false); END $$", true},
        {"do language plpgsql $x$ begin perform pg_catalog.set_config('a.b', f(1, 2), false); end"
         " $x$",
         true},
        {"DO $$ BEGIN PERFORM set_config('a.b', 'c', true); END $$", false},
        {"DO $$ BEGIN PERFORM set_config('a.b', 'c', true OR true); END $$", true},
        {"DO $$ DECLARE x int; BEGIN SET search_path = a; END $$", true},
        {"DO $$ BEGIN IF true THEN SET ROLE a; END IF; END $$", true},
        {"DO $$ BEGIN PERFORM 1; RESET search_path; END $$", true},
        {"DO $$ BEGIN PERFORM 1; SET LOCAL search_path = a; END $$", false},
        {"DO $$ BEGIN UPDATE t SET a = 1; END $$", false},
        {"DO $$ BEGIN PERFORM 'set_config(1, 2, false)'; END $$", false},
        {"DO 'BEGIN END'", false},
        {"DO 'BEGIN PERFORM set_config(''a.b'', ''c'', false); END'", true},
        {"DO E'BEGIN SET search_path = a; END' LANGUAGE 'plpgsql'", true},
        {"DO LANGUAGE 'plpgsql' $$BEGIN SET ROLE a; END$$", true},
        {"DO LANGUAGE $$plpgsql$$ 'BEGIN SET LOCAL ROLE a; END'", false},
        {"select set_config('search_path', nspname, false) from pg_namespace", true},
        {"select set_config('search_path', nspname, true) from pg_namespace", false},
        {"select 1, set_config('a.b', 'c', false)", true},
        {"with x as (select set_config('a.b', 'c', false)) select * from x", true},
        {"select set_config('a.b', 'c', false)", false},
        {"select set_config from t", false},
        {"select set_config('lock_timeout', '1s', false)", false},
        {"set search_path = a", false},
        {"create function f() returns text language sql as $$ select set_config('a.b', 'c', false)"
         " $$",
         false},
        {"create view v as select set_config('a.b', 'c', false)", false},
        {"create table t as select set_config('a.b', 'c', false)", true},
        {"create unlogged table t as select set_config('a.b', 'c', true)", false},
        {"create materialized view v as select set_config('a.b', 'c', false)", true},
        {"alter table t alter a type text using set_config('a.b', 'c', false)", true},
        {"comment on table t is 'set_config(1, 2, false)'", false},
        {"copy (select set_config('a.b', 'c', false)) to stdout", true},
        {"copy t from stdin", false},
        {"select \"set_config\"('a.b', 'c', false)", true},
        {"update pg_settings set setting = '1' where name = 'a'", true},
        {"update only pg_catalog.pg_settings set setting = '1'", true},
        {"update t set a = setting from pg_settings", false},
        {"DO $$ BEGIN EXECUTE 'SET a.b = 1'; END $$", true},
        {"DO $$ BEGIN EXECUTE format('SET a.b = %L', x); END $$", true},
        {"DO $$ BEGIN EXECUTE $x$select set_config('a.b', 'c', false)$x$; END $$", true},
        {"DO $$ BEGIN EXECUTE 'SET LOCAL a.b = 1'; EXECUTE x; END $$", false},
        {"DO $$ BEGIN EXECUTE 'UPDATE t SET a = 1'; END $$", false},
        {"DO 'BEGIN SET search_path = a; END'", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const mb_stmt stmt = {.sql = cases[i].sql, .len = strlen(cases[i].sql)};

        current_case = cases[i].sql;
        assert_int_equal(mb_stmt_hides_setting(&stmt, false), cases[i].hides);
    }
    current_case = NULL;
}

static void test_classify__which_local_settings_change_a_value(void **state)
{
    static const char value[] = "SELECT set_config('a.b', current_setting('a.c'), false)";
    static const struct {
        const char *before;
        bool hides;
    } cases[] = {
        {"SET LOCAL search_path = a", true},
        {"set local role a", true},
        {"SELECT set_config('a.c', now()::text, true)", true},
        {"SELECT set_config('a.c', f.x, true) FROM f", true},
        {"DO $$ BEGIN SET LOCAL a.c = 1; END $$", true},
        {"DO $$ BEGIN PERFORM set_config('a.c', '1', true); END $$", true},
        {"SELECT set_config('a.c', '1', true)", false},
        {"SELECT set_config('a.c', current_setting('a.d'), true)", false},
        {"SET a.c = 1", false},
        {"CREATE TABLE t ()", false},
    };
    const mb_stmt stmt = {.sql = value, .len = strlen(value)};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const mb_stmt before = {.sql = cases[i].before, .len = strlen(cases[i].before)};
        const mb_stmt commit = {.sql = "COMMIT", .len = 6, .kind = MB_STMT_COMMIT};
        bool local = false;

        current_case = cases[i].before;
        mb_stmt_follow_local(&local, &before);
        assert_int_equal(mb_stmt_hides_setting(&stmt, local), cases[i].hides);
        mb_stmt_follow_local(&local, &stmt);
        assert_int_equal(local, cases[i].hides);
        mb_stmt_follow_local(&local, &commit);
        assert_false(local);
    }
    current_case = NULL;
}

static void test_classify__set_config_of_a_value_that_is_read_anew(void **state)
{
    static const struct {
        const char *value;
        bool hides;
    } cases[] = {
        {"'c'", false},
        {"5::text || 'c'", false},
        {"current_setting('moonbird.tenant')", false},
        {"pg_catalog.current_setting('moonbird.tenant', true) || ', public'", false},
        {"quote_ident(lower(coalesce(current_setting('a.c'), 'c')))", false},
        {"(select max(id) from t)::text", true},
        {"now()::text", true},
        {"current_date::text", true},
        {"nextval('s')::text", true},
        {"s.\"f\"()", true},
        {"current_user", true},
        {"session_user::text", true},
        {"current_schema", true},
        {"'now'::timestamptz::text", true},
        {"'t'::regclass::text", true},
        {"current_setting('lock_timeout')", true},
        {"current_setting('TRANSACTION_isolation')", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (int local = 0; local < 2; local++) {
            mb_stmt stmt = {0};
            char sql[200];

            snprintf(sql, sizeof sql,
                     "SELECT set_config('a', 'b', false), set_config('a.b', %s, %s)",
                     cases[i].value, local ? "true" : "false");
            stmt.sql = sql;
            stmt.len = strlen(sql);
            current_case = sql;
            assert_true(mb_stmt_sets_session(&stmt));
            assert_int_equal(mb_stmt_hides_setting(&stmt, false), cases[i].hides && !local);
        }
    current_case = NULL;
}

static void test_modes__of_a_transaction(void **state)
{
    static const struct {
        const char *sql, *modes;
    } cases[] = {
        {"begin", ""},
        {"BEGIN -- the first\n WORK", ""},
        {"start transaction", ""},
        {"BEGIN ISOLATION LEVEL Serializable", "isolation level serializable"},
        {"START TRANSACTION READ ONLY,/* and */\nISOLATION  LEVEL repeatable read",
         "read only isolation level repeatable read"},
        {"begin transaction read write deferrable", "read write deferrable"},
        {"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "isolation level serializable"},
        {"set local transaction isolation level repeatable read, read write",
         "isolation level repeatable read read write"},
        {"SET transaction_isolation = 'Repeatable Read'", "isolation level repeatable read"},
        {"set session transaction_isolation to serializable", "isolation level serializable"},
        {"set transaction_isolation = $$serializable$$", "isolation level serializable"},
        {"set transaction_isolation to default", NULL},
        {"set transaction snapshot '1-1'", NULL},
        {"set session characteristics as transaction isolation level serializable", NULL},
        {"set default_transaction_isolation = serializable", NULL},
        {"start_transaction()", NULL},
        {"commit", NULL},
        {"select 1", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *modes = mb_stmt_modes(&(mb_stmt){.sql = cases[i].sql, .len = strlen(cases[i].sql)});

        current_case = cases[i].sql;
        if (cases[i].modes)
            assert_string_equal(modes, cases[i].modes);
        else
            assert_null(modes);
        free(modes);
    }
    current_case = NULL;
}

static void test_leaves__by_first_words(void **state)
{
    static const struct {
        const char *sql;
        bool leaves;
    } cases[] = {
        {"create table t ()", false},
        {"CREATE /* or */ INDEX ON t (i)", false},
        {"create table template (attempts int)", false},
        {"create or replace view v as select 1", false},
        {"create temp table t ()", true},
        {"CREATE TEMPORARY SEQUENCE s", true},
        {"create or replace temp view v as select 1", true},
        {"create local temporary table t ()", true},
        {"create unlogged table t ()", false},
        {"create table pg_temp.t ()", true},
        {"insert into t values (1)", false},
        {"insert into t values (currval('s'))", true},
        {"update t set i = lastval()", true},
        {"insert into t select set_config('a.b', 'c', false)", true},
        {"delete from t", false},
        {"truncate t", false},
        {"alter table t add i int", false},
        {"drop table t", false},
        {"grant select on t to public", false},
        {"revoke select on t from public", false},
        {"comment on table t is 'x'", false},
        {"select 1", true},
        {"(select 1)", true},
        {"with x as (select 1) select 1", true},
        {"do $$ begin end $$", true},
        {"call p()", true},
        {"set a.b = 1", true},
        {"reset all", true},
        {"prepare p as select 1", true},
        {"listen l", true},
        {"declare c cursor with hold for select 1", true},
        {"discard temp", true},
        {"load 'x'", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const mb_stmt stmt = {
            .sql = cases[i].sql, .len = strlen(cases[i].sql), .kind = MB_STMT_OTHER};

        current_case = cases[i].sql;
        assert_int_equal(mb_stmt_touches_session(&stmt), cases[i].leaves);
    }
    current_case = NULL;
}

static void test_nontransactional__by_words_and_sqlstate(void **state)
{
    static const struct {
        const char *sql, *sqlstate;
        size_t number;
        bool may;
    } cases[] = {
        {"reindex table parted", "25001", 7, true},
        {"CLUSTER parted", "25001", 7, true},
        {"compact database", "25001", 1, true}, /* of a later version */
        {"compact database", "25001", 2, false},
        {"set transaction isolation level serializable", "25001", 1, false},
        {"set transaction isolation level serializable", "25001", 2, false},
        {"do $$ begin execute 'vacuum'; end $$", "25001", 1, false},
        {"select vacuums()", "25001", 1, false},
        {"(select vacuums())", "25001", 1, false},
        {"create table t as select vacuums()", "25001", 1, false},
        {"do $$ begin commit; end $$", "2D000", 3, true},
        {"CALL commits()", "2D000", 1, true},
        {"select commits()", "2D000", 1, false},
        {"call commits()", "22012", 1, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const mb_stmt stmt = {
            .sql = cases[i].sql, .len = strlen(cases[i].sql), .number = cases[i].number};
        mb_error err = {.code = MB_ERR_SQL};

        mb_format_into(err.sqlstate, sizeof err.sqlstate, "%s", cases[i].sqlstate);
        current_case = cases[i].sql;
        assert_int_equal(mb_stmt_may_run_outside(&stmt, &err), cases[i].may);
    }
    current_case = NULL;
}

static const struct {
    const char *sql, *command;
} commands[] = {
    {"select 1", "SELECT"},
    {"-- a\n/* b */ Select 1", "SELECT"},
    {"((select 1) union select 2)", "SELECT"},
    {"create index i on t (a)", "CREATE INDEX"},
    {"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)", "CREATE INDEX"},
    {"create or replace function f() returns int", "CREATE FUNCTION"},
    {"create global temporary table t ()", "CREATE TABLE"},
    {"create unlogged table t ()", "CREATE TABLE"},
    {"create or replace recursive view v (n) as select 1", "CREATE VIEW"},
    {"create constraint trigger t after insert on a", "CREATE TRIGGER"},
    {"create trusted procedural language l", "CREATE LANGUAGE"},
    {"create materialized view v as select 1", "CREATE MATERIALIZED VIEW"},
    {"refresh materialized view concurrently v", "REFRESH MATERIALIZED VIEW"},
    {"create foreign table t () server s", "CREATE FOREIGN TABLE"},
    {"drop foreign data wrapper w", "DROP FOREIGN DATA WRAPPER"},
    {"import foreign schema s from server x into y", "IMPORT FOREIGN SCHEMA"},
    {"alter text search configuration c add mapping for x with y",
     "ALTER TEXT SEARCH CONFIGURATION"},
    {"create operator class c for type t using btree as x", "CREATE OPERATOR CLASS"},
    {"create operator + (function = f)", "CREATE OPERATOR"},
    {"alter default privileges grant select on tables to r", "ALTER DEFAULT PRIVILEGES"},
    {"create user mapping for r server s", "CREATE USER MAPPING"},
    {"create user r", "CREATE USER"},
    {"alter table t detach partition p concurrently", "ALTER TABLE"},
    {"drop table t", "DROP TABLE"},
    {"insert into t values (1)", "INSERT"},
    {"with a as (select 1) insert into t select * from a", "INSERT"},
    {"with recursive update as (update t set a = 1 returning a), delete (b) as materialized"
     " (delete from t returning b) select 1",
     "SELECT"},
    {"start transaction", "START TRANSACTION"},
    {"begin", "BEGIN"},
    {"commit prepared 'x'", "COMMIT PREPARED"},
    {"do $$ begin end $$", "DO"},
    {"create", "CREATE"},
    {"with", ""},
    {"\"select\"", ""},
    {"", ""},
};

static void test_stmt_command__is_the_words_of_the_command(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const mb_stmt stmt = {.sql = commands[i].sql, .len = strlen(commands[i].sql)};
        char got[MB_COMMAND_SIZE], verb[MB_COMMAND_SIZE];

        mb_stmt_command(&stmt, got);
        if (strcmp(got, commands[i].command) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", commands[i].sql, got, commands[i].command);
        got[strcspn(got, " ")] = '\0';
        mb_stmt_verb(&stmt, verb);
        assert_string_equal(verb, got);
    }
}

static void test_session__settings_of_later_sessions(void **state)
{
    static const struct {
        const char *sql;
        bool sets;
    } cases[] = {
        {"ALTER DATABASE d SET search_path = app", true},
        {"alter role r in database d set timezone to 'UTC'", true},
        {"ALTER USER current_user RESET ALL", true},
        {"ALTER ROLE ALL SET jit = off", true},
        {"ALTER ROLE \"set\" PASSWORD 'set'", false},
        {"ALTER DATABASE \"d e\" /* x */ SET datestyle = iso", true},
        {"ALTER DATABASE d SET TABLESPACE t", false},
        {"ALTER DATABASE d RENAME TO e", false},
        {"ALTER TABLE t SET LOGGED", false},
        {"SET search_path = app", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const mb_stmt stmt = {.sql = cases[i].sql, .len = strlen(cases[i].sql)};

        assert_int_equal(mb_stmt_sets_later_sessions(&stmt), cases[i].sets);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stmt_command__is_the_words_of_the_command),
        cmocka_unit_test(test_session__settings_of_later_sessions),
        cmocka_unit_test(test_classify__by_first_words),
        cmocka_unit_test(test_nontransactional__names_as_the_server_sees_them),
        cmocka_unit_test(test_classify__what_is_set_for_the_session),
        cmocka_unit_test(test_classify__what_may_set_something),
        cmocka_unit_test(test_classify__what_cannot_be_set_again),
        cmocka_unit_test(test_classify__set_config_of_a_value_that_is_read_anew),
        cmocka_unit_test(test_classify__which_local_settings_change_a_value),
        cmocka_unit_test(test_modes__of_a_transaction),
        cmocka_unit_test(test_leaves__by_first_words),
        cmocka_unit_test(test_nontransactional__by_words_and_sqlstate),
    };

    return RUN_TESTS(tests);
}
