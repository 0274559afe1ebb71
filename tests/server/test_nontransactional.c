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

/* Each runs in a separate transaction, which is rolled back. */
static const char *const statements[] = {
    "create index concurrently i2 on t (b)",
    "create unique index concurrently if not exists i2 on t (b)",
    "create index i2 on t (b)",
    "drop index concurrently i",
    "drop index concurrently if exists i",
    "drop index i",
    "reindex index concurrently i",
    "reindex table concurrently t",
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
    "alter database postgres with tablespace pg_default",
    "alter database postgres tablespace = pg_default",
    "create tablespace ts location '/nowhere'",
    "drop tablespace ts",
    "alter system set work_mem = '4MB'",
    "alter table p detach partition c",
    "create subscription s2 connection 'dbname=postgres' publication p",
    "create subscription s2 connection 'dbname=postgres' publication p, q with (connect = false)",
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

/* Statements that older versions do not know; s1 has a slot on a publisher that does not exist. */
static const struct {
    int version;
    const char *statement;
} since[] = {
    {140000, "reindex (concurrently) table t"},
    {140000, "reindex (verbose, concurrently true) index i"},
    {140000, "reindex (concurrently false) index i"},
    {140000, "reindex (concurrently off) index i"},
    {140000, "reindex (concurrently 0) index i"},
    {140000, "alter table p detach partition c concurrently"},
    {140000, "alter table only p detach partition c concurrently"},
    {140000, "alter table if exists p detach partition c concurrently"},
    {140000, "alter subscription s1 set (binary = true, streaming = true)"},
    {150000, "alter subscription s1 set (disable_on_error = true)"},
    {160000, "alter subscription s1 set (origin = none, run_as_owner = true)"},
    {160000, "reindex database"},
    {160000, "reindex system"},
    {170000, "cluster (verbose)"},
    {170000, "alter subscription s1 set (failover)"},
    {170000, "alter subscription s1 set (binary = true, failover = false)"},
    {180000, "alter subscription s1 set (two_phase)"},
    {180000, "alter subscription s1 set (two_phase = false)"},
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
    for (size_t i = 0; i < COUNT(since); i++)
        if (mb_conn_version(conn) >= since[i].version)
            check(conn, since[i].statement);
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
    check(conn, "alter subscription s3 set publication q with (refresh = false)");
    if (mb_conn_version(conn) >= 140000) { /* 13 asks the publisher in a transaction, too */
        check(conn, "alter subscription s3 refresh publication");
        check(conn, "alter subscription s3 set publication q");
        check(conn, "alter subscription s3 add publication r");
        check(conn, "alter subscription s3 add publication r with (refresh = 0)");
        check(conn, "alter subscription s3 drop publication p");
        check(conn, "alter subscription s3 drop publication p with (copy_data, refresh = false)");
    }
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
