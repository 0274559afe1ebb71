/*
 * identity.c -- which server and which database a session is with.
 *
 * The question travels once a session in the message of another query.  A session that replaces a
 * lost one must be with the same server: another server's history does not show which changes were
 * committed here, and the user did not ask for changes there.
 */
#include "pg.h"

#include "moonbird/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The path of pg_class contains the database's oid: reading pg_database would cost a new session
 * more than all of this.  A server in recovery writes no WAL, and cannot name a WAL file; its
 * timeline is therefore not asked for.
 */
static const char all_sql[] =
    "SELECT pg_catalog.pg_relation_filepath('pg_catalog.pg_class'::pg_catalog.regclass),"
    " pg_catalog.pg_is_in_recovery(),"
    " (pg_catalog.pg_control_system()).system_identifier,"
    " CASE WHEN pg_catalog.pg_is_in_recovery() THEN NULL"
    " ELSE pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_flush_lsn()) END,"
    " CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()"
    " ELSE pg_catalog.pg_current_wal_flush_lsn() END";

/* For a role that may not call these functions, or a server that does not have them all. */
static const char less_sql[] =
    "SELECT d.oid, pg_catalog.pg_is_in_recovery(), NULL, NULL, NULL FROM pg_catalog.pg_database d"
    " WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()";

/* The oid in "base/OID/1259" or "pg_tblspc/.../OID/1259"; or a plain oid. */
static uint32_t database_of(const char *path)
{
    const char *at = strrchr(path, '/');

    while (at && at > path && at[-1] != '/')
        at--;
    return (uint32_t)strtoul(at ? at : path, NULL, 10);
}

static void read_identity(mb_conn *conn, const mb_result *res)
{
    mb_identity *id = &conn->identity;
    unsigned high = 0, low = 0, timeline = 0;

    id->known = mb_result_rows(res) == 1 && mb_result_columns(res) == 5;
    if (!id->known)
        return;
    id->database = database_of(mb_result_value(res, 0, 0));
    id->recovery = mb_result_bool(res, 0, 1);
    snprintf(id->system, sizeof id->system, "%s", mb_result_value(res, 0, 2));
    if (sscanf(mb_result_value(res, 0, 3), "%8X", &timeline) == 1)
        id->timeline = timeline;
    if (sscanf(mb_result_value(res, 0, 4), "%X/%X", &high, &low) == 2)
        id->flushed = (uint64_t)high << 32 | low;
}

static const char *question(const mb_conn *conn)
{
    return conn->identity.less ? less_sql : all_sql;
}

/* Runs `sql` behind the question. */
static bool exec_with(mb_result **out, mb_conn *conn, const char *sql, mb_error *err)
{
    char *text = mb_format("%s; %s", question(conn), sql);
    mb_answers answers;
    bool ok = mb_conn_exec_each(&answers, conn, text, 2, err);

    free(text);
    if (!ok)
        return false;
    read_identity(conn, answers.items[0]);
    *out = answers.items[--answers.n];
    mb_answers_free(&answers);
    return true;
}

/* Did the question fail, and is there another form of it? */
static bool ask_less(mb_conn *conn, const mb_error *err)
{
    if (err->code != MB_ERR_SQL || conn->identity.known || conn->identity.less)
        return false;
    conn->identity.less = true;
    return true;
}

bool mb_conn_exec_identified(mb_result **out, mb_conn *conn, const char *sql, mb_error *err)
{
    if (conn->identity.known || mb_conn_tx(conn) != MB_TX_IDLE)
        return mb_conn_exec(out, conn, sql, err);
    return exec_with(out, conn, sql, err) ||
           (ask_less(conn, err) && exec_with(out, conn, sql, err));
}

enum { IN_BEGIN = 1 }; /* the question's place behind BEGIN */

static bool exec_then(mb_result **out, mb_conn *conn, const char *sql, const char *then,
                      mb_error *err)
{
    bool asked = !conn->identity.known;
    char *text = mb_format("BEGIN; %s%s%s; COMMIT; %s", asked ? question(conn) : "",
                           asked ? "; " : "", sql, then);
    mb_answers answers;
    bool ok = mb_conn_exec_each(&answers, conn, text, 4, err);

    free(text);
    if (!ok) {
        mb_conn_rollback(conn);
        return false;
    }
    if (asked)
        read_identity(conn, answers.items[IN_BEGIN]);
    *out = mb_answers_take_rows(&answers);
    mb_answers_free(&answers);
    return *out || mb_result_refuse(err, "without rows");
}

bool mb_conn_exec_identified_then(mb_result **out, mb_conn *conn, const char *sql,
                                  const char *then, mb_error *err)
{
    return exec_then(out, conn, sql, then, err) ||
           (ask_less(conn, err) && exec_then(out, conn, sql, then, err));
}

const char *mb_conn_system(const mb_conn *conn)
{
    return conn->identity.system;
}

uint32_t mb_conn_database_oid(const mb_conn *conn)
{
    return conn->identity.database;
}

/* ---- is it the same server? ---- */

/* Through a pooler the address is the pooler's, and proves nothing. */
static bool same_place(const mb_conn *was, const mb_conn *is)
{
    if (was->pooled)
        return true;
    if (!was->identity.peer.address[0] || !is->identity.peer.address[0])
        return strcmp(mb_conn_host(was), mb_conn_host(is)) == 0 &&
               strcmp(mb_conn_port(was), mb_conn_port(is)) == 0;
    return was->identity.peer.port == is->identity.peer.port &&
           mb_address_same(was->identity.peer.address, is->identity.peer.address);
}

/* The difference, as a sentence about the new server; NULL when it is the same. */
static const char *difference(const mb_conn *was, const mb_conn *is)
{
    const mb_identity *a = &was->identity, *b = &is->identity;

    if (a->known && *a->system && *b->system && strcmp(a->system, b->system) != 0)
        return "its system identifier differs";
    if (a->known && a->database != b->database)
        return "its database has another OID";
    if (b->recovery && !(a->known && a->recovery))
        return "it is in recovery, like a standby";
    if (a->known && a->timeline && b->timeline && b->timeline < a->timeline)
        return "its timeline is older";
    if (a->known && b->flushed && b->flushed < a->flushed)
        return "its WAL ends before a position that was already written";
    if (!same_place(was, is))
        return "its address differs";
    return NULL;
}

static char *describe(const mb_conn *conn)
{
    const char *host = mb_conn_host(conn), *address = conn->identity.peer.address;
    char *target = mb_conn_describe(conn), *out;

    out = *address && strcmp(host, address) != 0 ? mb_format("%s (address %s)", target, address)
                                                 : mb_format("%s", target);
    free(target);
    return out;
}

static bool refuse(const mb_conn *was, const mb_conn *is, const char *why, mb_error *err)
{
    char *old = describe(was), *new = describe(is);

    mb_fail(err, MB_ERR_FAILED, "the new connection leads to another server: %s", new);
    mb_fail_detail(err, "The lost session was on %s. The new server is not the same: %s.", old,
                   why);
    mb_fail_hint(err,
                 "moonbird read nothing from the history of the new server, and changed nothing "
                 "there. When %s is back, run moonbird status on it.",
                 old);
    free(old);
    free(new);
    return false;
}

bool mb_pg_same_server(const mb_conn *was, mb_conn *is, mb_error *err)
{
    mb_result *res = NULL;
    const char *why;

    is->identity.less = was->identity.less;
    if (!mb_conn_exec_identified(&res, is, "SELECT", err))
        return false;
    mb_result_free(res);
    why = difference(was, is);
    return !why || refuse(was, is, why, err);
}
