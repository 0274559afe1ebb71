/* facts.c -- facts about a session that need no query, and its set-up. */
#include "pg.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

void mb_conn_give_up(mb_conn *conn)
{
    conn->lost = true;
}

mb_tx mb_conn_tx(const mb_conn *conn)
{
    if (conn->lost || PQstatus(conn->pg) == CONNECTION_BAD)
        return MB_TX_LOST;
    switch (PQtransactionStatus(conn->pg)) {
    case PQTRANS_IDLE:
        return MB_TX_IDLE;
    case PQTRANS_INTRANS:
        return MB_TX_OPEN;
    case PQTRANS_INERROR:
        return MB_TX_FAILED;
    case PQTRANS_ACTIVE:
        /* Cursors and queues send only inside a transaction. */
        return conn->in_flight.settle ? MB_TX_OPEN : MB_TX_ACTIVE;
    default:
        return MB_TX_LOST;
    }
}

bool mb_conn_is_there(mb_conn *conn)
{
    for (int reads = 0; reads < 2; reads++) /* the server's last words, then the end */
        if (!PQconsumeInput(conn->pg))
            conn->lost = true;
    return mb_conn_tx(conn) != MB_TX_LOST;
}

const char *mb_conn_setting(const mb_conn *conn, const char *name)
{
    return PQparameterStatus(conn->pg, name);
}

bool mb_conn_backslashes(const mb_conn *conn)
{
    const char *standard = mb_conn_setting(conn, "standard_conforming_strings");

    return standard && strcmp(standard, "off") == 0;
}

/* If a server does not report its encodings, they are unknown. */
static bool is_utf8(const mb_conn *conn)
{
    const char *encoding = pg_encoding_to_char(PQclientEncoding(conn->pg)), *server;

    if (strcmp(encoding, "UTF8") == 0)
        return true;
    server = mb_conn_setting(conn, "server_encoding");
    return strcmp(encoding, "SQL_ASCII") == 0 && /* nothing is converted */
           (!server || strcmp(server, "UTF8") == 0 || strcmp(server, "SQL_ASCII") == 0);
}

bool mb_pg_check_encoding(const mb_conn *conn, mb_error *err)
{
    if (is_utf8(conn))
        return true;
    mb_fail(err, MB_ERR_USAGE, "client_encoding was changed to %s",
            pg_encoding_to_char(PQclientEncoding(conn->pg)));
    mb_fail_detail(err, "moonbird sends files and values in UTF-8. In another encoding the server "
                        "would misread them.");
    return mb_fail_hint(err, "Remove the setting. pg_dump has the option --encoding=UTF8.");
}

int mb_conn_backend_pid(const mb_conn *conn)
{
    return PQbackendPID(conn->pg);
}

static const char *text_or_empty(const char *s)
{
    return s ? s : "";
}

const char *mb_conn_host(const mb_conn *conn)
{
    return text_or_empty(PQhost(conn->pg));
}

const char *mb_conn_port(const mb_conn *conn)
{
    return mb_pg_port(conn->pg);
}

const char *mb_conn_database(const mb_conn *conn)
{
    return text_or_empty(PQdb(conn->pg));
}

const char *mb_conn_user(const mb_conn *conn)
{
    return text_or_empty(PQuser(conn->pg));
}

const char *mb_conn_role(const mb_conn *conn)
{
    return conn->role ? conn->role : mb_conn_user(conn);
}

void mb_conn_note_role(mb_conn *conn, const char *role)
{
    free(conn->role);
    conn->role = mb_strdup(role);
}

char *mb_conn_describe(const mb_conn *conn)
{
    const char *host = mb_conn_host(conn);

    if (host[0] == '/')
        return mb_format("%s (socket %s)", mb_conn_database(conn), host);
    return mb_format("%s on %s:%s", mb_conn_database(conn), host, mb_conn_port(conn));
}

bool mb_conn_pooled(const mb_conn *conn)
{
    return conn->pooled;
}

void mb_conn_shield(mb_conn *conn, bool on)
{
    conn->shielded = on;
}

void mb_conn_on_wait(mb_conn *conn, void (*tick)(void *arg), void *arg)
{
    conn->tick = tick;
    conn->tick_arg = arg;
}

int64_t mb_conn_failed_after(const mb_conn *conn)
{
    return conn->failed_after_us;
}
