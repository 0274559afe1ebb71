#include "keeper.h"

#include "moonbird/os/clock.h"
#include "moonbird/os/log.h"
#include "moonbird/pg/qualified.h"

#include <unistd.h>

enum {
    /* how long a pooler may take to give a connection its server connection */
    BORROW_MS = 5000,
    /* runners that wait for each other's connections give theirs back at moments this far apart */
    ASIDE_MS = 2000,
};

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

mb_patience mb_keeper_patience(mb_conn *keeper)
{
    return (mb_patience){BORROW_MS, waits_for_pool, keeper};
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
bool mb_keeper_open(mb_conn **out, mb_conn *conn, mb_error *err)
{
    first_of_two first = {.conn = conn};

    for (;;) {
        const mb_patience patience = {BORROW_MS + some_ms(ASIDE_MS), keeper_waits_for_pool, &first};

        first.stuck = false;
        if (mb_conn_again(out, conn, &patience, err))
            return true;
        if (!first.stuck || !mb_conn_step_aside(conn, some_ms(ASIDE_MS) / 1e3, err))
            return false;
    }
}
