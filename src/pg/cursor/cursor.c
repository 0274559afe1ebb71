#include "moonbird/pg/cursor.h"

#include "page_size.h"
#include "pg/pg.h"

#include "moonbird/base/buf.h"
#include "moonbird/os/clock.h"
#include "moonbird/base/sqlstate.h"
#include "moonbird/pg/lent_session.h"
#include "moonbird/os/log.h"
#include "moonbird/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_PAGE = 8, /* rows; their size is not known yet */
    GROWTH = 8,     /* a page has at most so many times the rows of the last one: sizes differ */
    LONGEST_PAGE = 1000,
    CURSORS_MAX = 32,
};

struct mb_cursor {
    mb_conn *conn;
    mb_result *page;   /* the one that the caller reads */
    mb_result *next;   /* the page in flight, read early for another statement; or NULL */
    mb_error *failure; /* its error, likewise; or NULL */
    char *sql;         /* the query, for errors */
    int slot;          /* the cursor's name is mb_cursor_SLOT */
    mb_page_size size; /* of a page, in bytes */
    size_t page_rows;  /* how many rows to fetch next */
    size_t asked;      /* how many rows the last FETCH asked for */
    bool sized;        /* page_rows is as many as the size allows */
    bool comparable;   /* the FETCH in flight is sized, and the loop will wait for it */
    bool there;        /* the cursor is open on the server */
    bool own_tx;       /* it began the transaction, and ends it */
    bool eager;        /* a second page was asked for: pages are fetched ahead from now on */
    bool done;         /* the last page was read */
    bool lost;         /* mb_cursor_lose */
};

/*
 * Cursor names are reused, so that a statement in a loop has the same text each time and is
 * prepared once.
 */
static bool reserve_slot(mb_conn *conn, int *slot, mb_error *err)
{
    for (*slot = 0; *slot < CURSORS_MAX; ++*slot) {
        uint32_t bit = UINT32_C(1) << *slot;

        if (conn->cursors.used & bit)
            continue;
        conn->cursors.used |= bit;
        conn->cursors.fresh |= bit;
        return true;
    }
    mb_fail(err, MB_ERR_USAGE, "more than %d row loops are open on one connection", CURSORS_MAX);
    return mb_fail_hint(err, "End one loop before the next begins, or use \"query\".");
}

static void release_slot(mb_cursor *cursor)
{
    uint32_t bit = UINT32_C(1) << cursor->slot;

    cursor->there = false;
    cursor->conn->cursors.used &= ~bit;
    cursor->conn->cursors.fresh &= ~bit;
}

/*
 * A statement that a cursor cannot hold is a syntax error at its first word after DECLARE; for a
 * data-modifying WITH the server says 0A000.
 */
static bool refused(const mb_error *err, const char *sql)
{
    const char *word = sql + strspn(sql, " \t\r\n");

    return mb_error_is(err, MB_SQLSTATE_FEATURE_NOT_SUPPORTED) ||
           (mb_error_is(err, MB_SQLSTATE_SYNTAX_ERROR) && err->position == (int)(word - sql) + 1);
}

static bool fail_declare(mb_error *err, const char *sql, int prefix)
{
    err->position = err->position > prefix ? err->position - prefix : 0;
    if (refused(err, sql))
        mb_fail_hint(err, "Only SELECT, VALUES, TABLE and plain WITH return rows one by one; "
                          "use \"query\" for other statements.");
    return false;
}

static bool declare(mb_cursor *cursor, const char *sql, size_t n, const mb_param *params,
                    mb_error *err)
{
    mb_buf text = {0};
    mb_result *res = NULL;
    int prefix;
    bool ok;

    mb_buf_printf(&text, "DECLARE mb_cursor_%d NO SCROLL CURSOR FOR ", cursor->slot);
    prefix = (int)text.len;
    mb_buf_puts(&text, sql);
    /* without parameters it is not cached: the text may never come again */
    ok = n > 0 ? mb_conn_query(&res, cursor->conn, text.data, n, params, err)
               : mb_conn_run(cursor->conn, text.data, NULL, NULL, err);
    mb_result_free(res);
    mb_buf_free(&text);
    return ok || fail_declare(err, sql, prefix);
}

/*
 * Begins the loop's own transaction; behind a pooler it also saves the session's state and sets the
 * pins.
 */
static bool begin(mb_conn *conn, mb_error *err)
{
    char *pins = mb_conn_pooled(conn) ? mb_conn_pins(conn, "LOCAL") : NULL;
    char *sql = mb_format("BEGIN; %s%s", mb_pooled_save(conn), pins ? pins : "");
    bool ok = mb_conn_exec(NULL, conn, sql, err);

    free(sql);
    free(pins);
    return ok;
}

bool mb_cursor_open(mb_cursor **out, mb_conn *conn, const char *sql, size_t n,
                    const mb_param *params, mb_error *err)
{
    bool own_tx = mb_conn_tx(conn) == MB_TX_IDLE;
    mb_cursor *cursor;
    int slot;

    if ((own_tx && !begin(conn, err)) || !reserve_slot(conn, &slot, err))
        return false;
    cursor = mb_alloc(sizeof *cursor);
    *cursor = (mb_cursor){
        .conn = conn,
        .slot = slot,
        .size = mb_page_size_first(),
        .page_rows = FIRST_PAGE,
        .sql = mb_strdup(sql),
        .own_tx = own_tx,
    };
    cursor->there = declare(cursor, sql, n, params, err);
    if (!cursor->there) {
        release_slot(cursor);
        mb_cursor_close(cursor, false);
        return false;
    }
    *out = cursor;
    return true;
}

static bool close_on_server(mb_cursor *cursor, mb_error *err)
{
    char sql[40];

    snprintf(sql, sizeof sql, "CLOSE mb_cursor_%d", cursor->slot);
    if (!mb_conn_exec(NULL, cursor->conn, sql, err))
        return false;
    release_slot(cursor);
    return true;
}

/* The loop waited that long for the page, if it is comparable. */
static void choose_page(mb_cursor *cursor, int64_t waited_us)
{
    size_t bytes = PQresultMemorySize(MB_PG(cursor->page));
    size_t most = cursor->asked < LONGEST_PAGE / GROWTH ? cursor->asked * GROWTH : LONGEST_PAGE;
    size_t rows;

    if (cursor->comparable && mb_result_rows(cursor->page) == cursor->asked)
        mb_page_size_count(&cursor->size, bytes, waited_us);
    rows = bytes ? cursor->asked * cursor->size.aim / bytes : most;
    cursor->sized = rows > 0 && rows <= most;
    cursor->page_rows = rows < 1 ? 1 : rows > most ? most : rows;
}

static bool fail_swallowed(mb_error *err)
{
    mb_fail(err, MB_ERR_FAILED, "a statement in the loop failed, but the script ignored its error");
    return mb_fail_hint(err, "The loop's transaction was rolled back. Wrap statements that may "
                             "fail in db:try(function() ... end).");
}

/*
 * The server answers COMMIT after a failed statement with ROLLBACK, and no error: this checks
 * first.
 */
static bool commit(mb_conn *conn, mb_error *err)
{
    bool ok = mb_conn_settle(conn, err);

    if (ok && mb_conn_tx(conn) == MB_TX_FAILED)
        ok = fail_swallowed(err);
    if (ok && mb_pooled_end(conn, err))
        return mb_conn_exec(NULL, conn, "COMMIT", err);
    mb_conn_rollback(conn);
    return false;
}

static bool end(mb_cursor *cursor, mb_error *err)
{
    bool own = cursor->own_tx;

    cursor->own_tx = false;
    return !own || commit(cursor->conn, err);
}

/* ---- the page in flight ---- */

/* Shows the query of the cursor in the error: the caller may have sent another statement since. */
static bool fail_fetch(mb_error *err, const mb_cursor *cursor)
{
    if (err->code == MB_ERR_SQL) {
        mb_format_into(err->sql, sizeof err->sql, "%s", cursor->sql);
        mb_format_into(err->source, sizeof err->source, "%.*s", (int)strcspn(cursor->sql, "\r\n"),
                       cursor->sql);
    }
    return false;
}

static bool collect(mb_result **out, mb_cursor *cursor, mb_error *err)
{
    cursor->conn->in_flight = (mb_in_flight){0};
    return mb_conn_collect(out, cursor->conn, err) || fail_fetch(err, cursor);
}

bool mb_cursor_settle(mb_cursor *cursor, mb_error *err)
{
    if (cursor->conn->in_flight.self != cursor)
        return true;
    cursor->comparable = false;
    if (collect(&cursor->next, cursor, err))
        return true;
    cursor->failure = mb_alloc(sizeof *cursor->failure);
    *cursor->failure = *err;
    return false;
}

static bool settle(void *cursor, mb_error *err)
{
    return mb_cursor_settle(cursor, err);
}

static bool send_fetch(mb_cursor *cursor, mb_error *err)
{
    char sql[64];

    cursor->asked = cursor->page_rows;
    cursor->comparable = cursor->sized;
    snprintf(sql, sizeof sql, "FETCH %zu FROM mb_cursor_%d", cursor->asked, cursor->slot);
    if (!mb_conn_send(cursor->conn, sql, err))
        return false;
    cursor->conn->in_flight = (mb_in_flight){.settle = settle, .self = cursor};
    return true;
}

/* The caller will not read the next page: drops it. */
static void forget_next(mb_cursor *cursor)
{
    mb_error ignored;

    if (cursor->conn->in_flight.self == cursor)
        (void)!collect(&cursor->next, cursor, &ignored);
    mb_result_free(cursor->next);
    cursor->next = NULL;
}

static bool read_next(mb_cursor *cursor, mb_error *err)
{
    if (cursor->failure) {
        *err = *cursor->failure;
        return false;
    }
    cursor->page = cursor->next;
    cursor->next = NULL;
    if (cursor->page)
        return true;
    return (cursor->conn->in_flight.self == cursor || send_fetch(cursor, err)) &&
           collect(&cursor->page, cursor, err);
}

bool mb_cursor_page(const mb_result **out, mb_cursor *cursor, mb_error *err)
{
    int64_t since = mb_now_us();

    *out = NULL;
    mb_result_free(cursor->page);
    cursor->page = NULL;
    if (cursor->lost)
        return mb_fail(err, MB_ERR_USAGE, "the transaction that these rows belong to has ended");
    if (cursor->done)
        return end(cursor, err);
    if (!read_next(cursor, err))
        return false;
    choose_page(cursor, mb_now_us() - since);
    cursor->done = mb_result_rows(cursor->page) < cursor->asked;
    if (cursor->done ? !close_on_server(cursor, err) : cursor->eager && !send_fetch(cursor, err))
        return false;
    cursor->eager = true;
    if (mb_result_rows(cursor->page) == 0)
        return end(cursor, err);
    *out = cursor->page;
    return true;
}

void mb_cursor_lose(mb_cursor *cursor)
{
    forget_next(cursor);
    release_slot(cursor);
    cursor->own_tx = false;
    cursor->lost = true;
}

void mb_pg_end_loop(mb_conn *conn)
{
    mb_tx tx = mb_conn_tx(conn);
    mb_error err;

    if ((tx == MB_TX_OPEN || tx == MB_TX_FAILED) && !commit(conn, &err))
        mb_log_error(MB_LOG_WARN, &err);
}

static void end_transaction(mb_conn *conn, bool keep)
{
    if (conn->copying)
        conn->loop_left = true; /* the end of the COPY ends the transaction */
    else if (keep)
        mb_pg_end_loop(conn);
    else
        mb_conn_rollback(conn);
}

void mb_cursor_close(mb_cursor *cursor, bool keep)
{
    mb_error ignored;

    if (!cursor)
        return;
    forget_next(cursor);
    if (cursor->there && mb_conn_tx(cursor->conn) == MB_TX_OPEN)
        (void)!close_on_server(cursor, &ignored);
    if (cursor->there)
        cursor->conn->cursors.left |= UINT32_C(1) << cursor->slot;
    if (cursor->own_tx)
        end_transaction(cursor->conn, keep);
    mb_result_free(cursor->page);
    free(cursor->failure);
    free(cursor->sql);
    free(cursor);
}
