#include "moonbird/history/lock.h"

#include "holder.h"
#include "keeper.h"

#include "moonbird/history/history_sql.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/sqlstate.h"
#include "moonbird/sql/directive.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/os/clock.h"
#include "moonbird/base/mem.h"
#include "moonbird/pg/engine.h"
#include "moonbird/pg/version.h"

#include <stdlib.h>
#include <string.h>

enum {
    POLL_FIRST_MS = 50,
    POLL_LAST_MS = 1000,
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

#define IS_HELD                                                                                    \
    "EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.pid" MB_EQ                                  \
    "pg_catalog.pg_backend_pid() AND " MB_IS_RUN_LOCK ")"

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
            "the server says that it granted the run lock, but this session does not hold it");
    mb_fail_detail(err, "pg_locks does not show the lock, so two moonbird processes could apply "
                        "the same migration at once.");
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
                  MB_LOCK_CLASS, lock->key, MB_LOCK_CLASS, lock->key, MB_LOCK_CLASS, lock->key);
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
                     " WHERE l.pid" MB_EQ "pg_catalog.pg_backend_pid() AND " MB_IS_RUN_LOCK ")",
                     MB_LOCK_CLASS, lock->key, MB_LOCK_CLASS, lock->key);
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
        " AND NOT (" MB_IS_RUN_LOCK ") UNION ALL SELECT u.mode, u.objsubid, u.a, u.b,"
        " CASE WHEN u.mode" MB_EQ "'ExclusiveLock' THEN " RELEASE("") " ELSE " RELEASE("_shared")
        " END FROM u WHERE u.held) SELECT FROM u", MB_LOCK_CLASS, lock->key);
}

char *mb_lock_keep_sql(const mb_lock *lock)
{
    if (lock->keeper || !lock->held)
        return NULL;
    return mb_format("SELECT 1" MB_OP("/") "pg_catalog.pg_try_advisory_lock(%d, %d)::int"
                     " WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.pid" MB_EQ
                     "pg_catalog.pg_backend_pid() AND " MB_IS_RUN_LOCK ")",
                     MB_LOCK_CLASS, lock->key, MB_LOCK_CLASS, lock->key);
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
        limits, lock->watched ? MB_WATCH_CLIENT "; " : "", MB_LOCK_CLASS, lock->key, MB_LOCK_CLASS,
        lock->key, MB_LOCK_CLASS, lock->key, with);
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
    bool acquired = false, found = false, looked = false, told = false;

    for (;;) {
        if (!mb_interrupt_check(err) || !try_lock(lock, with, out, &acquired, err))
            return false;
        if (acquired)
            return true;
        mb_answers_free(out);
        with = ""; /* later tries would mostly throw its answers away */
        if (!told || wait_ms == 0)
            found = mb_lock_describe(holder, sizeof holder, lock->conn, lock->key, lock->shared);
        if (wait_ms != MB_UNSET && mb_now_us() - since >= (int64_t)wait_ms * 1000) {
            fail_held(err, holder);
            return mb_fail_hint(err, "Run the command again later, or wait for the run lock with "
                                     "--wait SECONDS.");
        }
        if (!told && lock->waiting && (found || looked)) {
            note_waiting(lock, holder);
            told = true;
        }
        looked = true; /* The next try gets the lock, or names its holder. */
        if (!mb_sleep((double)pause / 1000, err))
            return false;
        pause = pause * 2 < POLL_LAST_MS ? pause * 2 : POLL_LAST_MS;
    }
}

/*
 * Send the runner's first message while the keeper holds the lock: `with`, which is therefore read
 * under the lock.
 */
static bool read_beside(const mb_lock *lock, const char *with, mb_answers *out, mb_error *err)
{
    const mb_patience patience = mb_keeper_patience(lock->keeper);
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
    return (!mb_conn_pooled(lock->conn) || mb_keeper_open(&lock->keeper, lock->conn, err)) &&
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
        .key = mb_lock_key(request->schema),
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
