/* Which statements a transaction refuses (25001), asked of the server itself. */
#include "sql/classify.h"
#include "server.h"

#include <string.h>

static const char *const setup[] = {
    "create table t (a int primary key, b int)",
    "create index i on t (b)",
    "alter table t cluster on t_pkey",
    "create table p (a int) partition by list (a)",
    "create table c partition of p for values in (1)",
    "create table c2 partition of p for values in (2)",
    "create type e as enum ('a')",
    "create materialized view v as select 1 as a",
    "create unique index on v (a)",
    "create subscription s1 connection 'dbname=postgres' publication p with (connect = false)",
};

/* Each is run in a transaction of its own, which is rolled back. */
static const char *const statements[] = {
    "create index concurrently i2 on t (b)",
    "create unique index concurrently if not exists i2 on t (b)",
    "create index i2 on t (b)",
    "drop index concurrently i",
    "drop index concurrently if exists i",
    "drop index i",
    "reindex index concurrently i",
    "reindex table concurrently t",
    "reindex (concurrently) table t",
    "reindex (verbose, concurrently true) index i",
    "reindex (concurrently false) index i",
    "reindex (concurrently off) index i",
    "reindex (concurrently 0) index i",
    "reindex (verbose) index i",
    "reindex table t",
    "reindex schema public",
    "reindex database postgres",
    "reindex system postgres",
    "reindex (verbose) schema public",
    "reindex schema concurrently public",
    "vacuum",
    "vacuum t",
    "vacuum (analyze, verbose) t",
    "vacuum full t",
    "analyze t",
    "cluster",
    "cluster verbose",
    "cluster t",
    "cluster t using i",
    "cluster verbose t",
    "create database d",
    "drop database d",
    "drop database if exists d",
    "alter database postgres set tablespace pg_default",
    "alter database postgres set work_mem = '4MB'",
    "alter database postgres with connection limit 10",
    "create tablespace ts location '/nowhere'",
    "drop tablespace ts",
    "alter system set work_mem = '4MB'",
    "alter table p detach partition c concurrently",
    "alter table only p detach partition c concurrently",
    "alter table if exists p detach partition c concurrently",
    "alter table p detach partition c",
    "create subscription s2 connection 'dbname=postgres' publication p",
    "alter subscription s1 disable",
    "alter subscription s1 set (synchronous_commit = off)",
    "discard all",
    "discard plans",
    "discard sequences",
    "discard temp",
    "checkpoint",
    "refresh materialized view concurrently v",
    "refresh materialized view v",
    "alter type e add value 'b'",
    "alter type e rename value 'a' to 'z'",
    "truncate t",
    "lock table t",
    "notify x",
    "listen x",
    "load 'plpgsql'",
    "create extension if not exists plpgsql",
    "comment on database postgres is 'x'",
    "set session characteristics as transaction read write",
    "reset all",
};

static bool refused(mb_conn *conn, const char *statement)
{
    mb_error err = {0};
    bool ok;

    sql(conn, "begin");
    ok = mb_conn_exec(NULL, conn, statement, &err);
    sql(conn, "rollback");
    if (!ok && strcmp(err.sqlstate, "25001") != 0)
        fail_msg("%s: %s (%s)", statement, err.message, err.sqlstate);
    return !ok;
}

static void check(mb_conn *conn, const char *statement)
{
    bool concurrently;
    mb_stmt_kind kind = mb_classify(statement, strlen(statement), &concurrently);

    current_case = statement;
    assert_int_equal(kind == MB_STMT_NO_TRANSACTION, refused(conn, statement));
}

static void test_nontransactional__is_what_the_server_refuses(void **state)
{
    mb_conn *conn = *state;

    for (size_t i = 0; i < COUNT(setup); i++)
        sql(conn, setup[i]);
    for (size_t i = 0; i < COUNT(statements); i++)
        check(conn, statements[i]);
    sql(conn, "alter subscription s1 set (slot_name = none)");
    sql(conn, "drop subscription s1");
}

/* With a slot or a publisher at hand these are refused; the words alone cannot tell. */
static void test_nontransactional__subscriptions_with_a_slot(void **state)
{
    mb_conn *conn = *state;

    sql(conn, "create subscription s3 connection 'dbname=postgres' publication p, q "
              "with (connect = false, slot_name = 'x')");
    check(conn, "drop subscription s3");
    sql(conn, "alter subscription s3 enable");
    check(conn, "alter subscription s3 refresh publication");
    check(conn, "alter subscription s3 set publication q");
    check(conn, "alter subscription s3 add publication r");
    check(conn, "alter subscription s3 drop publication p");
    sql(conn, "alter subscription s3 disable");
    sql(conn, "alter subscription s3 set (slot_name = none)");
    sql(conn, "drop subscription s3");
}

#define IN_SCHEMA(test) cmocka_unit_test_setup_teardown(test, open_schema, close_schema)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCHEMA(test_nontransactional__is_what_the_server_refuses),
        IN_SCHEMA(test_nontransactional__subscriptions_with_a_slot),
    };

    return RUN_SERVER_TESTS(tests);
}
