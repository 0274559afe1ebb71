#include "moonbird/history/lock.h"

#include "moonbird/history/history_sql.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/sqlstate.h"
#include "moonbird/sql/directive.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/os/clock.h"
#include "moonbird/os/log.h"
#include "moonbird/base/mem.h"
#include "moonbird/pg/engine.h"
#include "moonbird/pg/qualified.h"
#include "moonbird/pg/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    /* "moon": the first half of the lock's key; the second is a hash of the schema */
    CLASS = 0x6d6f6f6e,
    POLL_FIRST_MS = 50,
    POLL_LAST_MS = 1000,
    /* how long a pooler may take to give the runner a connection beside the keeper's */
    BORROW_MS = 5000,
    /* runners that wait for each other's connections give theirs back at moments this far apart */
    ASIDE_MS = 2000,
    /* the least time to wait for the server to notice that our old session is gone */
    AGAIN_MS = 10000,
};

struct mb_lock {
    mb_conn *conn;   /* the runner's; holds the lock where there is no keeper */
    mb_conn *keeper; /* behind a pooler, the connection that holds the lock, owned; else NULL */
    bool held;       /* `conn` holds the lock */
    bool watched;    /* client_connection_check_interval is set */
    bool shared;     /* another runner holds it, in the same server session */
    int key, wait_ms; /* second half of the lock's key; as in mb_lock_request */
    mb_lock_waiting waiting;
    void *self;
};

static int key_of(const char *schema)
{
    uint32_t h = 2166136261u; /* FNV-1a */

    for (; *schema; schema++)
        h = (h ^ (unsigned char)*schema) * 16777619u;
    return (int)h;
}

#define THE_LOCK                                                                                   \
    "l.locktype" MB_EQ "'advisory' AND l.granted AND l.classid" MB_EQ "%d AND l.objsubid" MB_EQ    \
    "2"                                                                                            \
    " AND l.objid" MB_EQ "('%d'::bigint" MB_OP("&") "4294967295)::pg_catalog.oid"                  \
    " AND l.database" MB_EQ "(SELECT oid FROM pg_catalog.pg_database WHERE datname" MB_EQ          \
    "pg_catalog.current_database())"

#define IS_HELD                                                                                    \
    "EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.pid" MB_EQ                                  \
    "pg_catalog.pg_backend_pid() AND " THE_LOCK ")"

/*
 * Try the lock unless this session holds it: a server that gives all its clients one session would
 * grant it to each of them. One row: was the lock granted, and did this session hold it already?
 * A second answer: does the session hold it now? Some servers that are not PostgreSQL have a
 * function that returns true and locks nothing.
 */
#define TRY_SQL(function)                                                                          \
    "SELECT CASE WHEN s.held THEN false ELSE pg_catalog." function "(%d, %d) END, s.held"          \
    " FROM (SELECT " IS_HELD " AS held OFFSET 0) s; SELECT " IS_HELD

enum { TRY_ANSWERS = 2 };

static bool refuse_unlocked(mb_error *err)
{
    mb_fail(err, MB_ERR_FAILED,
            "the server says that it granted the run lock, but it does not "
            "hold it");
    mb_fail_detail(err, "pg_locks does not show the lock, so that two moonbirds could apply a "
                        "migration at once.");
    return mb_fail_hint(err, MB_ENGINES_HINT);
}

/* From the two answers at `at`. */
static bool read_try(mb_lock *lock, const mb_answers *answers, size_t at, bool *acquired,
                     mb_error *err)
{
    *acquired = mb_result_bool(answers->items[at], 0, 0);
    lock->shared = mb_result_bool(answers->items[at], 0, 1);
    return !*acquired || mb_result_bool(answers->items[at + 1], 0, 0) || refuse_unlocked(err);
}

/*
 * The keeper's transaction begins with the try, and ends if the lock was not granted: a waiting
 * runner must not keep a pooler's connection from other clients.
 */
static bool try_keep(mb_lock *lock, bool *acquired, mb_error *err)
{
    char *sql =
        mb_format("BEGIN ISOLATION LEVEL READ COMMITTED; "
                  "SET LOCAL idle_in_transaction_session_timeout = 0;"
                  " SET LOCAL statement_timeout = 0;%s " TRY_SQL("pg_try_advisory_xact_lock"),
                  mb_conn_has(lock->keeper, MB_FEATURE_TRANSACTION_TIMEOUT)
                      ? " SET LOCAL transaction_timeout = 0;"
                      : "",
                  CLASS, lock->key, CLASS, lock->key, CLASS, lock->key);
    mb_answers answers;
    bool ok = mb_conn_exec_each(&answers, lock->keeper, sql, TRY_ANSWERS, err);

    free(sql);
    if (!ok)
        return false;
    ok = read_try(lock, &answers, answers.n - TRY_ANSWERS, acquired, err);
    mb_answers_free(&answers);
    if (!ok || !*acquired)
        mb_conn_rollback(lock->keeper);
    return ok;
}

/* Release the lock if it is held: otherwise the server would warn. */
static char *unlock_sql(const mb_lock *lock)
{
    return mb_format("SELECT pg_catalog.pg_advisory_unlock(%d, %d) WHERE EXISTS (SELECT FROM"
                     " pg_catalog.pg_locks l"
                     " WHERE l.pid" MB_EQ "pg_catalog.pg_backend_pid() AND " THE_LOCK ")",
                     CLASS, lock->key, CLASS, lock->key);
}

/*
 * pg_locks splits a bigint key into both columns; a lock that is held n times is released n times.
 */
#define RELEASE(suffix)                                                                            \
    "CASE WHEN u.objsubid" MB_EQ "1 THEN pg_catalog.pg_advisory_unlock" suffix                     \
    "((u.a" MB_OP("<<") "32)" MB_OP("|") "u.b) ELSE pg_catalog.pg_advisory_unlock" suffix          \
    "(u.a::pg_catalog.bit(32)::int, u.b::pg_catalog.bit(32)::int) END"

char *mb_lock_release_others_sql(const mb_lock *lock)
{
    if (!lock || lock->keeper || !lock->held)
        return mb_strdup("SELECT pg_catalog.pg_advisory_unlock_all()");
    return mb_format(
        "WITH RECURSIVE u AS (SELECT l.mode, l.objsubid, l.classid::bigint AS a,"
        " l.objid::bigint AS b, true AS held FROM pg_catalog.pg_locks l"
        " WHERE l.pid" MB_EQ "pg_catalog.pg_backend_pid() AND l.locktype" MB_EQ "'advisory'"
        " AND NOT (" THE_LOCK ") UNION ALL SELECT u.mode, u.objsubid, u.a, u.b,"
        " CASE WHEN u.mode" MB_EQ "'ExclusiveLock' THEN " RELEASE("") " ELSE " RELEASE("_shared")
        " END FROM u WHERE u.held) SELECT FROM u", CLASS, lock->key);
}

char *mb_lock_keep_sql(const mb_lock *lock)
{
    if (lock->keeper || !lock->held)
        return NULL;
    return mb_format("SELECT 1" MB_OP("/") "pg_catalog.pg_try_advisory_lock(%d, %d)::int"
                     " WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.pid" MB_EQ
                     "pg_catalog.pg_backend_pid() AND " THE_LOCK ")",
                     CLASS, lock->key, CLASS, lock->key);
}

static void unlock(const mb_lock *lock)
{
    char *sql = unlock_sql(lock);
    mb_error ignored;

    mb_conn_shield(lock->conn, true);
    (void)!mb_conn_exec(NULL, lock->conn, sql, &ignored);
    mb_conn_shield(lock->conn, false);
    free(sql);
}

/*
 * Keep only the answers to `with`: drop our own, `before` of them at the start and the COMMIT's at
 * the end.
 */
static void keep_answers(mb_answers *out, size_t before)
{
    size_t n = out->n - before - 1;

    for (size_t i = 0; i < before; i++)
        mb_result_free(out->items[i]);
    mb_result_free(out->items[out->n - 1]);
    memmove(out->items, out->items + before, n * sizeof *out->items);
    out->n = n;
}

/*
 * Take the lock in the session, and read `with` in the same message. The lock outlives the
 * transaction. READ COMMITTED makes the statements in `with` see everything that was committed
 * before the lock was granted.
 */
static bool try_session(mb_lock *lock, const char *with, mb_answers *out, bool *acquired,
                        mb_error *err)
{
    size_t n;
    char *limits = mb_conn_limits_sql(lock->conn, &n);
    char *sql = mb_format(
        "BEGIN ISOLATION LEVEL READ COMMITTED; %s%s" TRY_SQL("pg_try_advisory_lock") "; %s; COMMIT",
        limits, lock->watched ? MB_WATCH_CLIENT "; " : "", CLASS, lock->key, CLASS, lock->key,
        CLASS, lock->key, with);
    size_t at = 1U + n + (lock->watched ? 1U : 0U); /* the index of the try's answers */
    bool ok = mb_conn_exec_each(out, lock->conn, sql, at + TRY_ANSWERS + (*with ? 2 : 1), err);

    free(limits);
    free(sql);
    if (ok && read_try(lock, out, at, acquired, err)) {
        keep_answers(out, at + TRY_ANSWERS);
        return true;
    }
    if (ok)
        mb_answers_free(out);
    mb_conn_rollback(lock->conn);
    if (lock->watched && mb_error_is(err, MB_SQLSTATE_INVALID_PARAMETER_VALUE)) {
        lock->watched = false;
        return try_session(lock, with, out, acquired, err);
    }
    unlock(lock); /* the lock may have been granted before the statement that failed */
    return false;
}

static bool try_lock(mb_lock *lock, const char *with, mb_answers *out, bool *acquired,
                     mb_error *err)
{
    *out = (mb_answers){0};
    return lock->keeper ? try_keep(lock, acquired, err)
                        : try_session(lock, with, out, acquired, err);
}

/*
 * A shared session outlives its clients, and keeps the lock of a killed runner. The server cannot
 * tell whether that runner still works, so the message leaves the decision to the reader.
 */
static void describe_sharer(const mb_lock *lock, char *holder, size_t size)
{
    snprintf(holder, size,
             "in the one session that this server shares among its clients; if "
             "that process was killed, SELECT pg_advisory_unlock(%d, %d) releases "
             "its lock",
             CLASS, lock->key);
}

/* Describe the holder with columns that every role may read of another session. */
static bool ask_holder(char **out, mb_conn *conn, int key, mb_error *err)
{
    char *sql = mb_format(
        "SELECT pg_catalog.format('backend pid %%s, from %%s, since %%s', a.pid,"
        " coalesce(pg_catalog.host(a.client_addr), 'this host'),"
        " pg_catalog.to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC'))"
        " FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid" MB_EQ "l.pid"
        " WHERE " THE_LOCK,
        CLASS, key);
    mb_result *res = NULL;
    bool ok = mb_conn_exec_limited(&res, conn, sql, err);

    *out = ok && mb_result_rows(res) > 0 ? mb_strdup(mb_result_value(res, 0, 0)) : NULL;
    mb_result_free(res);
    free(sql);
    return ok;
}

static void describe_holder(const mb_lock *lock, char *holder, size_t size)
{
    mb_error ignored;
    char *found = NULL;

    (void)!ask_holder(&found, lock->conn, lock->key, &ignored);
    snprintf(holder, size, "%s", found ? found : "its session is not visible");
    free(found);
}

static bool fail_held(mb_error *err, const char *holder)
{
    return mb_fail(err, MB_ERR_LOCKED, "another moonbird process holds the run lock: %s", holder);
}

static void note_waiting(const mb_lock *lock, const char *holder)
{
    char *text =
        mb_format("waiting for another moonbird process to release the run lock: %s", holder);
    mb_error why;

    fail_held(&why, holder);
    lock->waiting(lock->self, text, &why);
    free(text);
}

static bool poll_lock(mb_lock *lock, int wait_ms, const char *with, mb_answers *out, mb_error *err)
{
    int64_t since = mb_now_us();
    long pause = POLL_FIRST_MS;
    char holder[256];
    bool acquired = false, told = false;

    for (;;) {
        if (!mb_interrupt_check(err) || !try_lock(lock, with, out, &acquired, err))
            return false;
        if (acquired)
            return true;
        mb_answers_free(out);
        with = ""; /* later tries would mostly throw its answers away */
        if (!told || wait_ms == 0)
            (lock->shared ? describe_sharer : describe_holder)(lock, holder, sizeof holder);
        if (wait_ms != MB_UNSET && mb_now_us() - since >= (int64_t)wait_ms * 1000) {
            fail_held(err, holder);
            return mb_fail_hint(err, "Run the command again later, or wait for the run lock with "
                                     "--wait SECONDS.");
        }
        if (!told && lock->waiting)
            note_waiting(lock, holder);
        told = true;
        if (!mb_sleep((double)pause / 1000, err))
            return false;
        pause = pause * 2 < POLL_LAST_MS ? pause * 2 : POLL_LAST_MS;
    }
}

/* Is this the pooler's only server connection? A busy pool has other sessions of this role. */
static bool pool_is_one(mb_conn *conn)
{
    mb_result *res = NULL;
    mb_error ignored;
    bool one;

    if (!mb_conn_exec_limited(&res, conn,
                              "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity"
                              " WHERE datname" MB_EQ "pg_catalog.current_database()"
                              " AND usename" MB_EQ "session_user AND backend_type" MB_EQ
                              "'client backend'"
                              " AND pid" MB_NE "pg_catalog.pg_backend_pid())",
                              &ignored))
        return false;
    one = mb_result_bool(res, 0, 0);
    mb_result_free(res);
    return one;
}

/* The pooler has not given a second server connection. Should moonbird wait for one? */
static bool is_worth_waiting(mb_conn *first, bool told, mb_error *err)
{
    if (pool_is_one(first)) {
        mb_fail(err, MB_ERR_FAILED, "the pooler has one server connection, but moonbird needs "
                                    "two: one holds the run lock");
        mb_fail_hint(err, "Set the pool size (default_pool_size in PgBouncer) to 2 or more, or "
                          "connect directly to the server. Nothing was changed.");
        mb_conn_name_direct(err, first);
        return false;
    }
    if (!told)
        mb_log(MB_LOG_WARN, "waiting for a second server connection from the pooler: other "
                            "clients may be using the whole pool (default_pool_size in "
                            "PgBouncer)");
    return true;
}

/* For mb_patience: the runner waits, `self` is the keeper. */
static bool waits_for_pool(void *self, mb_error *err)
{
    return is_worth_waiting(self, false, err);
}

typedef struct first_of_two {
    mb_conn *conn;
    bool stuck; /* it has its server connection, and the keeper has none */
    bool told;
} first_of_two;

/*
 * For mb_patience: the keeper waits. A pooler in transaction mode answers `first` after the keeper,
 * which asked earlier; one in session mode answers at once, and the keeper has no answer yet.
 */
static bool keeper_waits_for_pool(void *self, mb_error *err)
{
    first_of_two *first = self;

    if (!is_worth_waiting(first->conn, first->told, err))
        return false;
    first->stuck = first->told = true;
    return false;
}

/* Different in two runners that began together. */
static int some_ms(int most)
{
    return (int)((uint32_t)(mb_now_us() + getpid()) * 2654435761U >> 16) % most;
}

/*
 * Where a server connection stays with its client, several runners can have one each while all wait
 * for a second one. So a runner that has waited for a long time gives its first one back for a
 * moment.
 */
static bool open_keeper(mb_lock *lock, mb_error *err)
{
    first_of_two first = {.conn = lock->conn};

    for (;;) {
        const mb_patience patience = {BORROW_MS + some_ms(ASIDE_MS), keeper_waits_for_pool, &first};

        first.stuck = false;
        if (mb_conn_again(&lock->keeper, lock->conn, &patience, err))
            return true;
        if (!first.stuck || !mb_conn_step_aside(lock->conn, some_ms(ASIDE_MS) / 1e3, err))
            return false;
    }
}

/*
 * Send the runner's first message while the keeper holds the lock: `with`, which is therefore read
 * under the lock.
 */
static bool read_beside(const mb_lock *lock, const char *with, mb_answers *out, mb_error *err)
{
    const mb_patience patience = {BORROW_MS, waits_for_pool, lock->keeper};
    size_t n;
    char *limits = mb_conn_limits_sql(lock->conn, &n);
    char *sql = mb_format("BEGIN; %s%s; COMMIT", limits, *with ? with : "SELECT");
    size_t before = 1 + n;
    bool ok;

    mb_conn_set_patience(lock->conn, &patience);
    ok = mb_conn_exec_each(out, lock->conn, sql, before + 2, err);
    mb_conn_set_patience(lock->conn, NULL);
    if (ok)
        keep_answers(out, before);
    else
        mb_conn_rollback(lock->conn);
    free(limits);
    free(sql);
    return ok;
}

static bool take(mb_lock *lock, const char *with, mb_answers *out, mb_error *err)
{
    return (!mb_conn_pooled(lock->conn) || open_keeper(lock, err)) &&
           poll_lock(lock, lock->wait_ms, lock->keeper ? "" : with, out, err) &&
           (!lock->keeper || read_beside(lock, with, out, err));
}

bool mb_lock_take(mb_lock **out, const mb_lock_request *request, mb_answers *answers, mb_error *err)
{
    mb_conn *conn = request->conn;
    mb_answers own;
    mb_lock *lock = mb_alloc(sizeof *lock);

    *lock = (mb_lock){
        .conn = conn,
        .key = key_of(request->schema),
        .wait_ms = request->wait_ms,
        .waiting = request->waiting,
        .self = request->self,
        .watched = !mb_conn_pooled(conn) && mb_conn_has(conn, MB_FEATURE_CLIENT_CHECK),
    };
    if (!take(lock, request->with ? request->with : "", &own, err)) {
        if (mb_error_is(err, MB_SQLSTATE_UNDEFINED_FUNCTION) ||
            mb_error_is(err, MB_SQLSTATE_FEATURE_NOT_SUPPORTED))
            mb_fail_hint(err, "The server lacks a feature of PostgreSQL that the run lock "
                              "needs. " MB_ENGINES_HINT);
        mb_history_add_hint(err, (mb_store){conn, request->schema});
        mb_conn_close(lock->keeper);
        free(lock);
        return false;
    }
    if (answers)
        *answers = own;
    else
        mb_answers_free(&own);
    lock->held = true;
    *out = lock;
    return true;
}

bool mb_lock_holder(char **out, mb_conn *conn, const char *schema, mb_error *err)
{
    return ask_holder(out, conn, key_of(schema), err);
}

bool mb_lock_is_watched(const mb_lock *lock)
{
    return lock->watched;
}

bool mb_lock_is_kept(const mb_lock *lock)
{
    return !lock->keeper || mb_conn_is_there(lock->keeper);
}

void mb_lock_lost(mb_lock *lock)
{
    lock->held = false;
}

bool mb_lock_again(mb_lock *lock, mb_error *err)
{
    int wait_ms = lock->wait_ms != MB_UNSET && lock->wait_ms < AGAIN_MS ? AGAIN_MS : lock->wait_ms;
    mb_answers none;

    if (lock->keeper ? mb_conn_tx(lock->keeper) == MB_TX_OPEN : lock->held)
        return true;
    if (lock->keeper && !mb_conn_reconnect(lock->keeper, err))
        return false;
    lock->held = poll_lock(lock, wait_ms, "", &none, err);
    if (lock->held)
        mb_answers_free(&none);
    return lock->held;
}

char *mb_lock_release_sql(const mb_lock *lock)
{
    return lock->keeper || !lock->held ? NULL : unlock_sql(lock);
}

void mb_lock_release(mb_lock *lock)
{
    if (!lock)
        return;
    if (!lock->keeper && lock->held && mb_conn_tx(lock->conn) == MB_TX_IDLE)
        unlock(lock);
    mb_conn_close(lock->keeper);
    free(lock);
}
