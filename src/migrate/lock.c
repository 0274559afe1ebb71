#include "moonbird/lock.h"

#include "moonbird/buf.h"
#include "moonbird/directive.h"
#include "moonbird/interrupt.h"
#include "moonbird/log.h"
#include "moonbird/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    CLASS = 0x6d6f6f6e, /* "moon": the first half of the lock's key; the second is the ledger's */
    POLL_FIRST_MS = 50,
    POLL_LAST_MS = 1000,
};

struct mb_lock {
    mb_conn *conn;   /* the runner's, which holds it where there is no keeper */
    mb_conn *keeper; /* its own, behind a pooler; else NULL */
    bool held;       /* by `conn` */
    bool watched;    /* the server looks after its client */
    int key, wait_ms;
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

/*
 * The keeper's transaction begins with the lock and ends where it is not got: a
 * runner that only waits must not keep one of the pooler's connections from the others.
 */
static bool try_keep(const mb_lock *lock, bool *acquired, mb_error *err)
{
    char sql[160];
    mb_result *res;

    snprintf(sql, sizeof sql,
             "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0;"
             " SELECT pg_try_advisory_xact_lock(%d, %d)", CLASS, lock->key);
    if (!mb_conn_exec(&res, lock->keeper, sql, err))
        return false;
    *acquired = mb_result_bool(res, 0, 0);
    mb_result_free(res);
    if (!*acquired)
        mb_conn_rollback(lock->keeper);
    return true;
}

static bool try_lock(mb_lock *lock, bool *acquired, mb_error *err)
{
    char sql[128];
    mb_result *res;

    if (lock->keeper)
        return try_keep(lock, acquired, err);
    snprintf(sql, sizeof sql, "%sSELECT pg_try_advisory_lock(%d, %d)",
             lock->watched ? MB_WATCH_CLIENT "; " : "", CLASS, lock->key);
    if (!mb_conn_exec(&res, lock->conn, sql, err)) {
        if (!lock->watched || strcmp(err->sqlstate, "22023") != 0)
            return false;
        lock->watched = false;
        return try_lock(lock, acquired, err);
    }
    *acquired = mb_result_bool(res, 0, 0);
    mb_result_free(res);
    return true;
}

/* Who has it: what anyone may see of another session. */
static void describe_holder(const mb_lock *lock, char *holder, size_t size)
{
    char *sql = mb_format(
        "SELECT format('pid %%s on %%s, since %%s', a.pid,"
        " coalesce(host(a.client_addr), 'this host'),"
        " to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC'))"
        " FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
        " WHERE l.locktype = 'advisory' AND l.granted AND l.classid = %d AND l.objsubid = 2"
        " AND l.objid = (%d::bigint & 4294967295)::oid"
        " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        CLASS, lock->key);
    mb_result *res = NULL;
    mb_error ignored;

    snprintf(holder, size, "another runner");
    if (mb_conn_exec(&res, lock->conn, sql, &ignored) && mb_result_rows(res) > 0)
        snprintf(holder, size, "%s", mb_result_value(res, 0, 0));
    mb_result_free(res);
    free(sql);
}

static void sleep_ms(long ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&t, NULL); /* a signal ends it early, and the loop looks */
    mb_live_tick();
}

static bool poll_lock(mb_lock *lock, mb_error *err)
{
    int64_t since = mb_now_us();
    long pause = POLL_FIRST_MS;
    char holder[256];
    bool acquired = false, told = false;

    for (;;) {
        if (!mb_interrupt_check(err) || !try_lock(lock, &acquired, err))
            return false;
        if (acquired)
            return true;
        if (!told || lock->wait_ms == 0)
            describe_holder(lock, holder, sizeof holder);
        if (lock->wait_ms != MB_UNSET && mb_now_us() - since >= (int64_t)lock->wait_ms * 1000) {
            mb_fail(err, MB_ERR_LOCKED, "another runner holds the lock: %s", holder);
            return mb_fail_hint(err, "Run it again later, or wait for it with --wait SECONDS.");
        }
        if (!told && lock->waiting)
            lock->waiting(lock->self, holder);
        told = true;
        sleep_ms(pause);
        pause = pause * 2 < POLL_LAST_MS ? pause * 2 : POLL_LAST_MS;
    }
}

bool mb_lock_take(mb_lock **out, mb_conn *conn, const char *schema, int wait_ms,
                  mb_lock_waiting waiting, void *self, mb_error *err)
{
    mb_lock *lock = mb_alloc(sizeof *lock);

    *lock = (mb_lock){
        .conn = conn, .key = key_of(schema), .wait_ms = wait_ms, .waiting = waiting, .self = self,
        .watched = !mb_conn_pooled(conn) && mb_conn_version(conn) >= 140000};
    if ((mb_conn_pooled(conn) && !mb_conn_again(&lock->keeper, conn, err)) ||
        !poll_lock(lock, err)) {
        mb_conn_close(lock->keeper);
        free(lock);
        return false;
    }
    lock->held = true;
    *out = lock;
    return true;
}

bool mb_lock_is_watched(const mb_lock *lock)
{
    return lock->watched;
}

void mb_lock_lost(mb_lock *lock)
{
    lock->held = false;
}

bool mb_lock_again(mb_lock *lock, mb_error *err)
{
    if (lock->keeper ? mb_conn_tx(lock->keeper) == MB_TX_OPEN : lock->held)
        return true;
    if (lock->keeper && !mb_conn_reconnect(lock->keeper, err))
        return false;
    lock->held = poll_lock(lock, err);
    return lock->held;
}

void mb_lock_release(mb_lock *lock)
{
    char sql[128];
    mb_error ignored;

    if (!lock)
        return;
    if (!lock->keeper && lock->held && mb_conn_tx(lock->conn) == MB_TX_IDLE) {
        snprintf(sql, sizeof sql, "SELECT pg_advisory_unlock(%d, %d)", CLASS, lock->key);
        mb_conn_shield(lock->conn, true);
        (void)!mb_conn_exec(NULL, lock->conn, sql, &ignored);
        mb_conn_shield(lock->conn, false);
    }
    mb_conn_close(lock->keeper);
    free(lock);
}
