#include "moonbird/sql/temporary.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

static mb_stmt of(const char *sql)
{
    current_case = sql;
    return (mb_stmt){.sql = sql, .len = strlen(sql)};
}

/* ---- made ---- */

static void test_temporary__what_a_statement_makes(void **state)
{
    static const struct {
        const char *sql, *made; /* NULL: nothing */
    } cases[] = {
        {"create temp table t ()", "temporary table t"},
        {"CREATE GLOBAL TEMPORARY TABLE IF NOT EXISTS T (i int) ON COMMIT DELETE ROWS",
         "temporary table t"},
        {"create temp table \"T x\" () on commit preserve rows", "temporary table T x"},
        {"create temp table t () on  commit\n drop", NULL},
        {"create table t (i int /* on commit drop */)", NULL},
        {"create temp table t (i text default 'on commit drop')", "temporary table t"},
        {"create or replace temp view v as select 1", "temporary view v"},
        {"create temp recursive view v (i) as select 1", "temporary view v"},
        {"create temporary sequence s", "temporary sequence s"},
        {"create table pg_temp.t ()", "temporary table t"},
        {"create unlogged table \"pg_temp\".t ()", "temporary table t"},
        {"create view pg_temp.v as select 1", "temporary view v"},
        {"create or replace function pg_temp.f() returns int language sql as 'select 1'",
         "temporary function f"},
        {"create type pg_temp.e as enum ()", "temporary type e"},
        {"create table public.t ()", NULL},
        {"create table temp (i int)", NULL},
        {"create table t as select * from pg_temp.u", NULL},
        {"create index on pg_temp.t (i)", NULL},
        {"select 1 as i into temp t", "temporary table t"},
        {"SELECT i INTO LOCAL TEMPORARY TABLE t FROM u", "temporary table t"},
        {"with w as (select 1) select * into temp table t from w", "temporary table t"},
        {"select (select 1), i into pg_temp.t from u", "temporary table t"},
        {"select i into t from u", NULL},
        {"select into_temp from t", NULL},
        {"with w as (select 1) insert into pg_temp.t select * from w", NULL},
        {"do $$ begin create temp table t as select 1; end $$", "temporary table t"},
        {"do $$ begin execute 'create temp table t ()'; end $$", "temporary table t"},
        {"do $$ begin create temp table t () on commit drop; end $$", NULL},
        {"do $$ begin create temp table t (); create temp table u () on commit drop; end $$",
         "temporary table t"},
        {"do $$ begin create table t (); end $$", NULL},
        {"declare c cursor with hold for select 1", "cursor c"},
        {"declare \"C\" no scroll cursor with\nhold for select 1", "cursor C"},
        {"declare c cursor for select 1", NULL},
        {"declare c cursor without hold for select 1", NULL},
        {"prepare p as select 1", "prepared statement p"},
        {"prepare p (int) as insert into t values ($1)", "prepared statement p"},
        {"prepare transaction 'x'", NULL},
        {"insert into pg_temp.t values (1)", NULL},
        {"", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const mb_stmt stmt = of(cases[i].sql);
        mb_temporary t = {0};
        char made[100] = "";

        mb_temporary_note(&t, &stmt);
        assert_int_equal(t.n, cases[i].made ? 1 : 0);
        if (t.n) {
            snprintf(made, sizeof made, "%s %s", t.items[0].kind, t.items[0].name);
            assert_string_equal(made, cases[i].made);
        }
        assert_int_equal(mb_stmt_makes_temporary(&stmt), t.n > 0);
        assert_true(mb_stmt_touches_session(&stmt) || !t.n);
        mb_temporary_free(&t);
    }
    current_case = NULL;
}

static void test_temporary__also_what_has_no_name(void **state)
{
    const mb_stmt listen = of("listen x"), load = of("load 'x'");

    (void)state;
    assert_true(mb_stmt_makes_temporary(&listen));
    assert_true(mb_stmt_makes_temporary(&load));
    assert_true(mb_stmt_touches_session(&listen) && mb_stmt_touches_session(&load));
    current_case = NULL;
}

/* ---- named ---- */

typedef struct use {
    const char *first, *then; /* statements that ran; `then` may be NULL */
    const char *next, *named; /* NULL: nothing that is gone */
} use;

static void test_temporary__what_a_later_statement_names(void **state)
{
    static const use uses[] = {
        {"create temp table t ()", NULL, "insert into T values (1)", "t"},
        {"create temp table t ()", NULL, "insert into \"t\" values (1)", "t"},
        {"create temp table t ()", NULL, "do $$ begin delete from t; end $$", "t"},
        {"create temp table t ()", NULL, "delete from pg_temp.t", "t"},
        {"create temp table t ()", NULL, "delete from PG_TEMP.\"t\"", "t"},
        {"create temp table t ()", NULL, "delete from public.t", NULL},
        {"create temp table t ()", NULL, "delete from public.\"t\"", NULL},
        {"create temp table t ()", NULL, "delete from tt", NULL},
        {"create temp table t ()", "drop table t", "delete from t", NULL},
        {"create temp table t ()", "drop table if exists u, t cascade", "delete from t", NULL},
        {"create temp table t ()", "drop table u", "delete from t", "t"},
        {"create temp table t ()", "discard temp", "delete from t", NULL},
        {"create temp table t ()", "discard plans", "delete from t", "t"},
        {"create temp table t ()", "alter table t rename to u", "delete from u", "u"},
        {"create temp table t ()", "alter table t rename to u", "delete from t", NULL},
        {"create temp table t ()", "alter table if exists t rename i to u", "delete from t", "t"},
        {"declare c cursor with hold for select 1", NULL, "fetch all from c", "c"},
        {"declare c cursor with hold for select 1", NULL, "delete from t where current of c", "c"},
        {"declare c cursor with hold for select 1", NULL, "select c.i from t c", NULL},
        {"declare c cursor with hold for select 1", "close c", "fetch c", NULL},
        {"declare c cursor with hold for select 1", "close all", "fetch c", NULL},
        {"declare c cursor with hold for select 1", "discard all", "fetch c", NULL},
        {"declare t cursor with hold for select 1", "drop table t", "fetch t", "t"},
        {"prepare p as select 1", NULL, "execute p (1)", "p"},
        {"prepare p as select 1", NULL, "create table t as execute p", "p"},
        {"prepare p as select 1", NULL, "select p.i from t p", NULL},
        {"prepare p as select 1", "deallocate prepare p", "execute p", NULL},
        {"prepare p as select 1", "deallocate all", "execute p", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(uses); i++) {
        mb_temporary t = {0};
        const mb_temporary_object *named;
        mb_stmt stmt = of(uses[i].first);

        mb_temporary_note(&t, &stmt);
        if (uses[i].then) {
            stmt = of(uses[i].then);
            mb_temporary_note(&t, &stmt);
        }
        stmt = of(uses[i].next);
        named = mb_temporary_named(&t, &stmt);
        assert_int_equal(named != NULL, uses[i].named != NULL);
        if (named)
            assert_string_equal(named->name, uses[i].named);
        mb_temporary_free(&t);
    }
    current_case = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_temporary__what_a_statement_makes),
        cmocka_unit_test(test_temporary__also_what_has_no_name),
        cmocka_unit_test(test_temporary__what_a_later_statement_names),
    };

    return RUN_TESTS(tests);
}
