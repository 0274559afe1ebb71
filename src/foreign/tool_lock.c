#include "moonbird/foreign/tool_history.h"
#include "moonbird/foreign/tool_lock.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/hash.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/sqlstate.h"
#include "moonbird/os/clock.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/pg/lent_session.h"
#include "moonbird/pg/qualified.h"
#include "moonbird/pg/version.h"
#include "moonbird/sql/directive.h"
#include "moonbird/sql/quote.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEYS = 2,
    POLL_FIRST_MS = 50,
    POLL_LAST_MS = 1000,
    BORROW_MS = 5000, /* how long a pooler may take to give a connection */
};

/* ---- the keys ---- */

/* What is known of the database when the key is computed; from the server, and borrowed. */
typedef struct place {
    const char *database, *schema, *table;
} place;

typedef struct tool {
    const char *name;
    bool waits; /* it waits in pg_advisory_lock; otherwise it tries the lock again and again */
    int64_t base;
    size_t (*keys)(int64_t keys[KEYS], int64_t base, const place *at); /* NULL: base is the key */
    const char *row; /* it has a table of this name, beside its history, whose row 1 is the lock,
                        instead of an advisory one; NULL: it has none */
} tool;

/*
 * CRC32 of SCHEMA \0 TABLE \0 DATABASE, times base, modulo 2^32.  The command line takes the
 * database from the path of the URL, with its slash; a program may pass the name alone.
 */
static size_t golang_keys(int64_t keys[KEYS], int64_t base, const place *at)
{
    for (size_t i = 0; i < KEYS; i++) {
        mb_buf text = {0};

        mb_buf_puts(&text, at->schema);
        mb_buf_add(&text, "", 1);
        mb_buf_puts(&text, at->table);
        mb_buf_add(&text, "", 1);
        mb_buf_printf(&text, "%s%s", i ? "" : "/", at->database);
        keys[i] = (uint32_t)((uint64_t)mb_crc32(0, text.data, text.len) * (uint64_t)base);
        mb_buf_free(&text);
    }
    return KEYS;
}

/* base plus the hashCode of Java of "SCHEMA"."TABLE", with its quotes; of ASCII characters. */
static size_t flyway_keys(int64_t keys[KEYS], int64_t base, const place *at)
{
    char *text = mb_format("\"%s\".\"%s\"", at->schema, at->table);
    uint32_t hash = 0;

    for (const char *c = text; *c; c++)
        hash = hash * 31 + (unsigned char)*c;
    keys[0] = base + (int32_t)hash;
    free(text);
    return 1;
}

static size_t sqlx_keys(int64_t keys[KEYS], int64_t base, const place *at)
{
    keys[0] = base * (int64_t)mb_crc32(0, at->database, strlen(at->database));
    return 1;
}

static const tool tools[] = {
    {"golang-migrate", true, 1486364155, golang_keys, NULL},
    {"flyway", false, 77431708279161, flyway_keys, NULL},
    {"sqlx", true, 1026731422, sqlx_keys, NULL},
    {"node-pg-migrate", true, 7241865325823964, NULL, NULL},
    {"prisma", true, 72707369, NULL, NULL},
    {"goose", false, 4097083626, NULL, NULL},
    {"sqitch", true, 75474063, NULL, NULL},
    {"graphile-migrate", false, 4727445306447283, NULL, NULL},
    {"tern", true, 9628173550095224, NULL, NULL},
    {"atlas", false, 2686470616, NULL, NULL},
    {"liquibase", true, 0, NULL, "databasechangeloglock"},
};

static const tool *find(const char *name)
{
    for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++)
        if (strcmp(tools[i].name, name) == 0)
            return &tools[i];
    return NULL;
}

bool mb_tool_has_lock(const char *name)
{
    return find(name);
}

struct mb_tool_lock {
    const tool *tool;
    mb_tool_lock_request request;
    mb_conn *keeper; /* owned */
    int64_t keys[KEYS];
    size_t n;
    char *row; /* the quoted table with the row, or NULL; owned */
};

/* Sets lock->row, if the tool has made the table: it does so at its first run. */
static bool find_row_table(mb_tool_lock *lock, const char *schema, mb_error *err)
{
    mb_buf sql = {0};
    mb_result *res;
    bool ok;

    mb_buf_puts(&sql, "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)"
                      " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid" MB_EQ
                      "c.relnamespace WHERE n.nspname" MB_EQ);
    mb_quote_literal(&sql, schema);
    mb_buf_puts(&sql, "::name AND c.relname" MB_EQ);
    mb_quote_literal(&sql, lock->request.row_table ? lock->request.row_table : lock->tool->row);
    mb_buf_puts(&sql, "::name");
    ok = mb_conn_exec(&res, lock->request.conn, sql.data, err);
    mb_buf_free(&sql);
    if (!ok)
        return false;
    if (mb_result_rows(res))
        lock->row = mb_strdup(mb_result_value(res, 0, 0));
    mb_result_free(res);
    return true;
}

static bool compute_keys(mb_tool_lock *lock, mb_error *err)
{
    mb_buf sql = {0};
    mb_result *res;
    place at;
    bool ok;

    mb_buf_puts(&sql, "SELECT pg_catalog.current_database(), p[1], p[2] FROM"
                      " pg_catalog.parse_ident(");
    mb_quote_literal(&sql, lock->request.table);
    mb_buf_puts(&sql, ") p");
    ok = mb_conn_exec(&res, lock->request.conn, sql.data, err);
    mb_buf_free(&sql);
    if (!ok)
        return false;
    at =
        (place){mb_result_value(res, 0, 0), mb_result_value(res, 0, 1), mb_result_value(res, 0, 2)};
    lock->keys[0] = lock->tool->base;
    lock->n = lock->tool->keys ? lock->tool->keys(lock->keys, lock->tool->base, &at) : 1;
    ok = !lock->tool->row || find_row_table(lock, at.schema, err);
    mb_result_free(res);
    return ok;
}

/* ---- the second connection ---- */

static bool no_connection(void *self, mb_error *err)
{
    mb_conn *conn = self;

    mb_fail(err, MB_ERR_FAILED,
            "the pooler has no server connection for the lock of the other tool");
    mb_fail_hint(err, "Set the pool size (default_pool_size in PgBouncer) to 3 or more, or connect "
                      "directly to the server. Nothing was changed.");
    mb_conn_name_direct(err, conn);
    return false;
}

/*
 * The tool sets "locked" in the row while it runs.  moonbird only locks the row until the end of its
 * transaction: the tool then waits in its UPDATE, and a moonbird that is killed leaves no mark.  If
 * the table is not plain, the statement before the question fails with a division by zero.
 */
static void add_row_question(mb_buf *sql, const char *table)
{
    mb_buf_printf(sql, "LOCK TABLE %s IN ROW SHARE MODE; SELECT 1" MB_OP("/")
                       "pg_catalog.count(*) FROM pg_catalog.pg_class c WHERE c.oid"
                       MB_EQ, table);
    mb_quote_literal(sql, table);
    mb_buf_printf(sql, "::pg_catalog.regclass AND " MB_TOOL_TABLE_IS_PLAIN
                       "; SELECT coalesce((SELECT NOT l.locked FROM %s l WHERE l.id" MB_EQ
                       "1 FOR UPDATE SKIP LOCKED), NOT EXISTS (SELECT FROM %s l WHERE l.id" MB_EQ
                       "1))", table, table);
}

static void add_key_question(mb_buf *sql, const mb_tool_lock *lock)
{
    mb_buf_puts(sql, "SELECT true");
    for (size_t i = 0; i < lock->n; i++)
        mb_buf_printf(sql, " AND pg_catalog.pg_try_advisory_xact_lock('%" PRId64 "'::bigint)",
                      lock->keys[i]);
}

static bool try_lock(const mb_tool_lock *lock, bool *acquired, mb_error *err)
{
    mb_buf sql = {0};
    mb_result *res;
    bool ok;

    mb_buf_puts(&sql, "BEGIN ISOLATION LEVEL READ COMMITTED;"
                      " SET LOCAL idle_in_transaction_session_timeout = 0;"
                      " SET LOCAL statement_timeout = 0; ");
    if (mb_conn_has(lock->keeper, MB_FEATURE_TRANSACTION_TIMEOUT))
        mb_buf_puts(&sql, "SET LOCAL transaction_timeout = 0; ");
    if (lock->row)
        add_row_question(&sql, lock->row);
    else
        add_key_question(&sql, lock);
    ok = mb_conn_exec(&res, lock->keeper, sql.data, err);
    mb_buf_free(&sql);
    if (!ok && mb_error_is_failed_check(err))
        mb_fail(err, MB_ERR_POLICY, "%s is not a plain table, so reading it could run code of its "
                                    "owner", lock->row);
    if (!ok && lock->row && mb_error_is(err, MB_SQLSTATE_INSUFFICIENT_PRIVILEGE))
        mb_fail_hint(err, "Grant your role SELECT and UPDATE on %s.", lock->row);
    if (!ok)
        return false;
    *acquired = mb_result_bool(res, 0, 0);
    mb_result_free(res);
    if (!*acquired)
        mb_conn_rollback(lock->keeper);
    return true;
}

/* Who has marked the row; or another moonbird has locked it. */
static void add_row_holder(mb_buf *sql, const char *table)
{
    mb_buf_printf(sql, "SELECT pg_catalog.format('%%s, since %%s', coalesce(l.lockedby, 'somebody'),"
                       " coalesce(pg_catalog.to_char(l.lockgranted, 'YYYY-MM-DD HH24:MI:SS'),"
                       " 'an unknown time')) FROM %s l WHERE l.id" MB_EQ "1 AND l.locked", table);
}

/* pg_locks has a key of 64 bits in two columns. */
static void add_key_holder(mb_buf *sql, const mb_tool_lock *lock)
{
    mb_buf_puts(sql,
                "SELECT pg_catalog.format('backend pid %s, from %s, since %s', a.pid,"
                " coalesce(pg_catalog.host(a.client_addr), 'this host'),"
                " pg_catalog.to_char(a.backend_start AT TIME ZONE 'UTC',"
                " 'YYYY-MM-DD HH24:MI:SS UTC')) FROM pg_catalog.pg_locks l"
                " JOIN pg_catalog.pg_stat_activity a ON a.pid" MB_EQ "l.pid"
                " WHERE l.locktype" MB_EQ "'advisory' AND l.granted AND l.objsubid" MB_EQ "1"
                " AND ((l.classid::bigint" MB_OP("<<") "32)" MB_OP("|") "l.objid::bigint)" MB_EQ
                                                                        "ANY ('{");
    for (size_t i = 0; i < lock->n; i++)
        mb_buf_printf(sql, "%s%" PRId64, i ? "," : "", lock->keys[i]);
    mb_buf_puts(sql, "}'::bigint[])");
}

/* NULL: no session has the lock; mostly it was released a moment ago. */
static char *describe_holder(const mb_tool_lock *lock)
{
    mb_buf sql = {0};
    mb_result *res = NULL;
    mb_error ignored;
    char *found = NULL;

    if (lock->row)
        add_row_holder(&sql, lock->row);
    else
        add_key_holder(&sql, lock);
    if (mb_conn_exec_limited(&res, lock->request.conn, sql.data, &ignored) && mb_result_rows(res))
        found = mb_strdup(mb_result_value(res, 0, 0));
    mb_result_free(res);
    mb_buf_free(&sql);
    return found;
}

static bool fail_held(const mb_tool_lock *lock, const char *holder, mb_error *err)
{
    mb_fail(err, MB_ERR_LOCKED, "%s holds its lock on the migrations: %s", lock->tool->name,
            holder);
    return mb_fail_hint(err, "Run the command again later, or wait for it with --wait SECONDS.");
}

static void tell_waiting(const mb_tool_lock *lock, const char *holder)
{
    char *text = mb_format("waiting for %s to release its lock on the migrations: %s",
                           lock->tool->name, holder);
    mb_error why;

    fail_held(lock, holder, &why);
    if (lock->request.waiting)
        lock->request.waiting(lock->request.self, text, &why);
    free(text);
}

typedef struct waiting {
    int64_t since;
    bool looked; /* for the holder, at least once */
    bool told;
} waiting;

/* Another process has the lock: reports that once, and fails when the time is up. */
static bool may_wait(const mb_tool_lock *lock, waiting *w, mb_error *err)
{
    int wait_ms = lock->request.wait_ms;
    bool late = wait_ms != MB_UNSET && mb_now_us() - w->since >= (int64_t)wait_ms * 1000;
    const char *unseen = "its session is not visible";
    char *holder;

    if (w->told && !late)
        return true;
    holder = describe_holder(lock);
    if (late)
        fail_held(lock, holder ? holder : unseen, err);
    else if (holder || w->looked) {
        tell_waiting(lock, holder ? holder : unseen);
        w->told = true;
    }
    w->looked = true; /* The next try gets the lock, or names its holder. */
    free(holder);
    return !late;
}

static bool poll_lock(const mb_tool_lock *lock, mb_error *err)
{
    waiting w = {.since = mb_now_us()};
    long pause = POLL_FIRST_MS;
    bool acquired = false;

    for (;;) {
        if (!mb_interrupt_check(err) || !try_lock(lock, &acquired, err))
            return false;
        if (acquired)
            return true;
        if (!may_wait(lock, &w, err) || !mb_sleep((double)pause / 1000, err))
            return false;
        pause = pause * 2 < POLL_LAST_MS ? pause * 2 : POLL_LAST_MS;
    }
}

/*
 * A pooler gives the session a server connection for each transaction: does it have one left,
 * beside those that the locks keep?
 */
static bool has_own_connection(mb_conn *conn, const mb_patience *patience, mb_error *err)
{
    bool ok;

    if (!mb_conn_pooled(conn))
        return true;
    mb_conn_set_patience(conn, patience);
    ok = mb_conn_exec(NULL, conn, "SELECT", err);
    mb_conn_set_patience(conn, NULL);
    return ok;
}

bool mb_tool_lock_take(mb_tool_lock **out, const mb_tool_lock_request *request, mb_error *err)
{
    const mb_patience patience = {BORROW_MS, no_connection, request->conn};
    const tool *of = find(request->tool);
    mb_tool_lock *lock;

    *out = NULL;
    if (!of)
        return true;
    lock = mb_alloc(sizeof *lock);
    lock->tool = of;
    lock->request = *request;
    if (!compute_keys(lock, err)) {
        mb_tool_lock_release(lock);
        return false;
    }
    if (of->row && !lock->row) { /* the tool has not run yet */
        mb_tool_lock_release(lock);
        return true;
    }
    if (!mb_conn_again(&lock->keeper, request->conn,
                       mb_conn_pooled(request->conn) ? &patience : NULL, err) ||
        !poll_lock(lock, err) || !has_own_connection(request->conn, &patience, err)) {
        mb_tool_lock_release(lock);
        return false;
    }
    *out = lock;
    return true;
}

void mb_tool_lock_release(mb_tool_lock *lock)
{
    if (!lock)
        return;
    if (lock->keeper)
        mb_conn_rollback(lock->keeper); /* the server may notice a closed connection later */
    mb_conn_close(lock->keeper);
    free(lock->row);
    free(lock);
}

void mb_tool_lock_pause(mb_tool_lock *lock)
{
    if (lock && lock->tool->waits)
        mb_conn_rollback(lock->keeper);
}

bool mb_tool_lock_resume(mb_tool_lock *lock, mb_error *err)
{
    if (!lock || !lock->tool->waits)
        return true;
    return (mb_conn_is_there(lock->keeper) || mb_conn_reconnect(lock->keeper, err)) &&
           poll_lock(lock, err);
}
