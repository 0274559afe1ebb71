#include "moonbird/server/database.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/clock.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/os/live.h"
#include "moonbird/pg/conninfo.h"
#include "moonbird/pg/qualified.h"
#include "moonbird/sql/quote.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* ---- sessions ---- */

/* `seconds`: how long at most; 0: without a limit of moonbird's for the login and each answer. */
static bool open_within(mb_conn **out, const char *conninfo, const char *name, int seconds,
                        mb_error *err)
{
    char *other = mb_strdup(conninfo);
    bool ok = mb_conninfo_add(&other, "dbname", name, err) &&
              mb_conn_open_within(out, other, seconds, err);

    free(other);
    return ok;
}

static bool server_within(mb_conn **out, const char *conninfo, int seconds, mb_error *err)
{
    mb_error second;

    return open_within(out, conninfo, "postgres", seconds, err) ||
           (err->code == MB_ERR_CONNECT &&
            open_within(out, conninfo, "template1", seconds, &second));
}

bool mb_database_open(mb_conn **out, const char *conninfo, const char *name, mb_limits limits,
                      mb_error *err)
{
    if (!open_within(out, conninfo, name, 0, err))
        return false;
    mb_conn_set_limits(*out, limits);
    return true;
}

bool mb_server_open(mb_conn **out, const char *conninfo, mb_limits limits, mb_error *err)
{
    if (!server_within(out, conninfo, 0, err))
        return false;
    mb_conn_set_limits(*out, limits);
    return true;
}

/* ---- databases ---- */

bool mb_database_find(uint32_t *oid, mb_conn *server, const char *name, mb_error *err)
{
    mb_buf sql = {0};
    mb_result *res;
    bool ok;

    *oid = 0;
    mb_buf_puts(&sql, "SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname" MB_EQ);
    mb_quote_literal(&sql, name);
    ok = mb_conn_exec_limited(&res, server, mb_buf_str(&sql), err);
    mb_buf_free(&sql);
    if (!ok)
        return false;
    if (mb_result_rows(res))
        *oid = (uint32_t)mb_result_int(res, 0, 0);
    mb_result_free(res);
    return true;
}

static bool exec_alone(mb_conn *server, mb_buf *sql, mb_error *err)
{
    bool ok = mb_conn_exec_alone(server, mb_buf_str(sql), err);

    mb_buf_free(sql);
    return ok;
}

/* The statements are a transaction, which the message ends. */
static bool exec_transaction(mb_conn *server, mb_buf *sql, mb_error *err)
{
    bool ok;

    mb_buf_puts(sql, "COMMIT");
    ok = mb_conn_exec_limited(NULL, server, mb_buf_str(sql), err);
    mb_buf_free(sql);
    if (!ok)
        mb_conn_rollback(server);
    return ok;
}

static void add_option(mb_buf *sql, const char *option, const char *name)
{
    if (!name)
        return;
    mb_buf_printf(sql, " %s ", option);
    mb_quote_identifier(sql, name);
}

bool mb_database_temporary_name(char **out, const char *kind, mb_error *err)
{
    uint64_t random;

    if (getentropy(&random, sizeof random) != 0)
        return mb_fail(err, MB_ERR_FAILED, "the system provides no random numbers");
    *out = mb_format("moonbird_%s_%lld_%016" PRIx64, kind, (long long)time(NULL), random);
    return true;
}

bool mb_database_create(mb_conn *server, const char *name, const mb_database_options *options,
                        mb_error *err)
{
    mb_buf sql = {0};

    add_option(&sql, "CREATE DATABASE", name);
    add_option(&sql, "OWNER", options->owner);
    add_option(&sql, "TEMPLATE", options->template);
    return exec_alone(server, &sql, err);
}

bool mb_database_drop(mb_conn *server, const char *name, bool force, mb_error *err)
{
    mb_buf sql = {0};

    add_option(&sql, "DROP DATABASE", name);
    if (force)
        mb_buf_puts(&sql, " WITH (FORCE)");
    return exec_alone(server, &sql, err);
}

static void add_rename(mb_buf *sql, const char *from, const char *to)
{
    add_option(sql, "ALTER DATABASE", from);
    add_option(sql, "RENAME TO", to);
    mb_buf_putc(sql, ';');
}

/* The server warns of a session that ended by itself in the meantime. */
static bool end_sessions(mb_conn *server, const char *name, mb_error *err)
{
    mb_buf sql = {0};

    mb_buf_puts(&sql, "BEGIN; SET LOCAL client_min_messages = error;"
                      " SELECT pg_catalog.pg_terminate_backend(a.pid) FROM"
                      " pg_catalog.pg_stat_activity a WHERE a.backend_type" MB_EQ
                      "'client backend' AND a.datname" MB_EQ);
    mb_quote_literal(&sql, name);
    mb_buf_puts(&sql, "; ");
    return exec_transaction(server, &sql, err);
}

/*
 * Both are renamed in one transaction, so that a database with the name is always there. The new one
 * is moonbird's own: only a pooler can still have sessions in it.
 */
bool mb_database_take_name(mb_conn *server, const mb_database_swap *swap, mb_error *err)
{
    mb_buf sql = {0};

    if ((swap->old && swap->force && !end_sessions(server, swap->name, err)) ||
        !end_sessions(server, swap->from, err))
        return false;
    mb_buf_puts(&sql, "BEGIN;");
    if (swap->old)
        add_rename(&sql, swap->name, swap->old);
    add_rename(&sql, swap->from, swap->name);
    return exec_transaction(server, &sql, err);
}

/* The answer of the last statement is lost: the pooler reports the end of its session as an error. */
bool mb_database_end_pooled(mb_conn *conn, mb_error *err)
{
    static const char sql[] =
        "SELECT pg_catalog.pg_terminate_backend(a.pid) FROM (SELECT a.pid FROM"
        " pg_catalog.pg_stat_activity a WHERE a.datname" MB_EQ "pg_catalog.current_database()"
        " AND a.usename" MB_EQ "session_user AND a.state" MB_EQ "'idle'"
        " AND a.pid" MB_NE "pg_catalog.pg_backend_pid()) a";
    mb_error lost;

    if (!mb_conn_pooled(conn))
        return true;
    if (!mb_conn_exec_limited(NULL, conn, sql, err))
        return false;
    if (mb_conn_exec(NULL, conn,
                     "SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())", &lost))
        return true;
    return lost.code != MB_ERR_INTERRUPTED || (*err = lost, false);
}

/* Objects of users have an oid from FirstNormalObjectId, 16384, on. */
#define OWN(class, alias)                                                                          \
    alias ".oid" MB_OP(">=") "'16384'::pg_catalog.oid AND NOT EXISTS (SELECT FROM"                 \
    " pg_catalog.pg_depend e WHERE e.classid" MB_EQ "'pg_catalog." class "'::pg_catalog.regclass"  \
    " AND e.objid" MB_EQ alias ".oid AND e.deptype" MB_EQ "'e')"

#define IN_OWN_SCHEMA(alias)                                                                       \
    " AND EXISTS (SELECT FROM pg_catalog.pg_namespace s WHERE s.oid" MB_EQ alias                   \
    " AND s.nspname" MB_OP("!~") "'^pg_')"

bool mb_database_look(mb_database_contents *out, mb_conn *conn, mb_error *err)
{
    static const char sql[] =
        "SELECT pg_catalog.pg_database_size(pg_catalog.current_database()), c.tables,"
        " c.relations" MB_OP("+") "n.schemas" MB_OP("+") "p.functions" MB_OP("+") "t.types, a.n, d.datistemplate"
        " FROM (SELECT pg_catalog.count(*) AS relations, pg_catalog.count(*) FILTER (WHERE"
        " c.relkind" MB_EQ "'r' OR c.relkind" MB_EQ "'p') AS tables FROM pg_catalog.pg_class c"
        " WHERE c.relkind" MB_NE "'i' AND c.relkind" MB_NE "'I' AND c.relkind" MB_NE "'c'"
        " AND " OWN("pg_class", "c") IN_OWN_SCHEMA("c.relnamespace") ") c,"
        " (SELECT pg_catalog.count(*) AS schemas FROM pg_catalog.pg_namespace n WHERE"
        " n.nspname" MB_OP("!~") "'^pg_' AND " OWN("pg_namespace", "n") ") n,"
        " (SELECT pg_catalog.count(*) AS functions FROM pg_catalog.pg_proc p WHERE "
        OWN("pg_proc", "p") IN_OWN_SCHEMA("p.pronamespace") ") p,"
        " (SELECT pg_catalog.count(*) AS types FROM pg_catalog.pg_type t WHERE"
        " (t.typtype" MB_EQ "'e' OR t.typtype" MB_EQ "'d' OR t.typtype" MB_EQ "'r') AND "
        OWN("pg_type", "t") IN_OWN_SCHEMA("t.typnamespace") ") t,"
        " (SELECT pg_catalog.count(*) AS n FROM pg_catalog.pg_stat_activity a WHERE"
        " a.datname" MB_EQ "pg_catalog.current_database() AND a.backend_type" MB_EQ
        "'client backend' AND a.pid" MB_NE "pg_catalog.pg_backend_pid()) a,"
        " (SELECT d.datistemplate FROM pg_catalog.pg_database d WHERE d.datname" MB_EQ
        "pg_catalog.current_database()) d";
    mb_result *res;

    if (!mb_conn_exec_limited(&res, conn, sql, err))
        return false;
    *out = (mb_database_contents){
        .bytes = mb_result_int(res, 0, 0),
        .tables = mb_result_int(res, 0, 1),
        .objects = mb_result_int(res, 0, 2),
        .sessions = mb_result_int(res, 0, 3),
        .is_template = mb_result_bool(res, 0, 4),
    };
    mb_result_free(res);
    return true;
}

/* ---- waiting ---- */

enum { PAUSE_MS = 200, REFUSALS_MOST = 3, ANSWER_S = 10, SECOND_US = 1000000 };

/* One try: the server's answer, and how long it may still take. */
typedef struct attempt {
    mb_ping answer;
    int seconds;
} attempt;

static int seconds_left(const mb_server_wait_for *what, int64_t since)
{
    int64_t left = (what->limit_us - (mb_now_us() - since)) / SECOND_US;

    return left < 1 ? 1 : left < ANSWER_S ? (int)left : ANSWER_S;
}

/* Does the server have the database, although it cannot be opened? */
static bool find_target(bool *exists, const char *conninfo, int seconds, mb_error *err)
{
    char *name = NULL;
    mb_conn *server = NULL;
    uint32_t oid = 0;
    bool ok = mb_conninfo_database(&name, conninfo, err) &&
              server_within(&server, conninfo, seconds, err) &&
              mb_database_find(&oid, server, name, err);

    mb_conn_close(server);
    free(name);
    *exists = oid != 0;
    return ok;
}

/*
 * One look. *ready: the server accepts connections, and the login too. Do not wait for a database
 * that does not exist: it can be created now. Only a server that answers can say so.
 */
static bool look(bool *ready, bool *exists, const char *conninfo, const attempt *by, mb_error *why)
{
    mb_conn *conn = NULL;
    mb_error other;

    *exists = *ready = mb_conn_open_within(&conn, conninfo, by->seconds, why);
    mb_conn_close(conn);
    if (*ready || why->code != MB_ERR_CONNECT || by->answer != MB_PING_READY)
        return *ready;
    *ready = find_target(exists, conninfo, by->seconds, &other) && !*exists;
    return *ready;
}

static bool give_up(const mb_server_wait_for *what, mb_error *err)
{
    mb_error why = *err;

    mb_fail(err, MB_ERR_CONNECT, "the server did not accept connections within %lld s: %s",
            (long long)(what->limit_us / SECOND_US), why.message);
    mb_fail_detail(err, "%s", why.detail);
    return mb_fail_hint(err, "Check its address, or wait longer with --timeout SECONDS.");
}

/*
 * A login that fails although the server accepts connections fails for another reason, such as a
 * wrong password. It is tried a few times: a server that has just been made restarts once.
 */
static bool wait_for(bool *exists, const mb_server_wait_for *what, int64_t since, mb_error *err)
{
    int64_t told = since;
    int refusals = 0;
    bool ready = false;

    for (;;) {
        attempt by = {.answer = mb_conn_ping(what->conninfo)};
        int64_t now;

        by.seconds = seconds_left(what, since);
        if (!mb_interrupt_check(err) || look(&ready, exists, what->conninfo, &by, err))
            return ready;
        refusals = by.answer == MB_PING_READY ? refusals + 1 : 0;
        if (err->code != MB_ERR_CONNECT || by.answer == MB_PING_WRONG || refusals == REFUSALS_MOST)
            return false;
        now = mb_now_us();
        if (now - since >= what->limit_us)
            return give_up(what, err);
        if (what->waiting && now - told >= SECOND_US) {
            told = now;
            what->waiting(what->self, now - since, err->message);
        }
        if (!mb_sleep((double)PAUSE_MS / 1000, err))
            return false;
    }
}

bool mb_server_wait(bool *exists, int64_t *waited_us, const mb_server_wait_for *what,
                    mb_error *err)
{
    int64_t since = mb_now_us();
    bool ok;

    mb_live_start("waiting for the server");
    ok = wait_for(exists, what, since, err);
    mb_live_stop();
    *waited_us = mb_now_us() - since;
    return ok;
}
