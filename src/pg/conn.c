#include "pg.h"

#include "moonbird/buf.h"
#include "moonbird/interrupt.h"
#include "moonbird/log.h"
#include "moonbird/mem.h"
#include "moonbird/suggest.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_url(const char *conninfo)
{
    return strncmp(conninfo, "postgres://", 11) == 0 || strncmp(conninfo, "postgresql://", 13) == 0;
}

/* ---- what a URL may hold ---- */

/*
 * libpq ends the password at the first "@" and the host at the first "/": with
 * those unencoded in a password it reads something else, and its message would
 * show a part of the secret.
 */
static bool password_needs_encoding(const char *url)
{
    const char *start = strstr(url, "://") + 3;
    const char *end = start + strcspn(start, "/?");
    const char *at = memchr(start, '@', (size_t)(end - start));
    const char *colon = memchr(start, ':', (size_t)(end - start));

    if (at)
        return memchr(at + 1, '@', (size_t)(end - at - 1)) || memchr(end, '@', strcspn(end, "?"));
    return colon && strchr(end, '@') && !isdigit((unsigned char)colon[1]);
}

/* Also of another kind, as mysql:// or postgresql+psycopg://. */
static bool looks_like_url(const char *conninfo)
{
    const char *colon = strstr(conninfo, "://");

    return colon && !memchr(conninfo, '=', (size_t)(colon - conninfo));
}

static void mask_url(mb_buf *out, const char *url)
{
    const char *start = strstr(url, "://") + 3;
    const char *secret = strstr(start, "password=");
    const char *end = secret ? secret : start + strlen(start);
    const char *at = memrchr(start, '@', (size_t)(end - start));
    const char *colon = at ? memchr(start, ':', (size_t)(at - start)) : NULL;
    const char *rest = url;

    if (colon) {
        mb_buf_add(out, url, (size_t)(colon + 1 - url));
        mb_buf_puts(out, "***");
        rest = at;
    }
    for (; secret; secret = strstr(rest, "password=")) {
        mb_buf_add(out, rest, (size_t)(secret + 9 - rest));
        mb_buf_puts(out, "***");
        rest = secret + strcspn(secret, "&");
    }
    mb_buf_puts(out, rest);
}

/*
 * The end of a key/value string's value: quoted with ', or up to white space; \ escapes in both.
 * '' is no escape of libpq's, but of whoever wrote it: the secret goes on.
 */
static const char *value_end(const char *s)
{
    bool quoted = *s == '\'';

    for (s += quoted; *s; s++) {
        if ((*s == '\\' && s[1]) || (quoted && s[0] == '\'' && s[1] == '\''))
            s++;
        else if (quoted ? *s == '\'' : isspace((unsigned char)*s))
            return s + quoted;
    }
    return s;
}

static void mask_pairs(mb_buf *out, const char *s)
{
    const char *found;

    while ((found = strstr(s, "password")) != NULL) {
        const char *value = found + strlen("password");

        value += strspn(value, " \t");
        if (*value == '=')
            value += 1 + strspn(value + 1, " \t");
        mb_buf_add(out, s, (size_t)(value - s));
        mb_buf_puts(out, "***");
        s = value_end(value);
    }
    mb_buf_puts(out, s);
}

char *mb_conninfo_mask(const char *conninfo)
{
    mb_buf out = {0};

    if (looks_like_url(conninfo))
        mask_url(&out, conninfo);
    else
        mask_pairs(&out, conninfo);
    return out.data;
}

/* libpq takes the last of two values. */
static void add_to_url(mb_buf *out, const char *key, const char *value)
{
    const char *authority = strstr(out->data, "://") + 3;

    if (!strpbrk(authority, "/?"))
        mb_buf_putc(out, '/');
    mb_buf_printf(out, "%c%s=", strchr(out->data, '?') ? '&' : '?', key);
    for (; *value; value++) {
        if (isalnum((unsigned char)*value) || strchr("-._~", *value))
            mb_buf_putc(out, *value);
        else
            mb_buf_printf(out, "%%%02X", (unsigned char)*value);
    }
}

static void add_pair(mb_buf *out, const char *key, const char *value)
{
    mb_buf_printf(out, " %s='", key);
    for (; *value; value++) {
        if (*value == '\'' || *value == '\\')
            mb_buf_putc(out, '\\');
        mb_buf_putc(out, *value);
    }
    mb_buf_putc(out, '\'');
}

/* Checked here: libpq's own complaint would come with the whole string, secrets and all. */
static bool check_parameter(const char *key, mb_error *err)
{
    PQconninfoOption *known = PQconndefaults();
    const char *words[128], *near;
    bool found = false;
    size_t n = 0;

    for (PQconninfoOption *o = known; o && o->keyword && n < 128; o++) {
        found = found || strcmp(o->keyword, key) == 0;
        words[n++] = o->keyword;
    }
    near = found ? NULL : mb_nearest(key, words, n);
    if (!found)
        mb_fail(err, MB_ERR_USAGE, "unknown connection parameter \"%s\"", key);
    if (near)
        mb_fail_hint(err, "Did you mean \"%s\"?", near);
    PQconninfoFree(known);
    return found;
}

bool mb_conninfo_add(char **conninfo, const char *key, const char *value, mb_error *err)
{
    mb_buf out = {0};

    if (!check_parameter(key, err))
        return false;
    mb_buf_puts(&out, *conninfo);
    if (is_url(*conninfo))
        add_to_url(&out, key, value);
    else
        add_pair(&out, key, value);
    free(*conninfo);
    *conninfo = out.data;
    return true;
}

static bool refuse_conninfo(mb_error *err, const char *conninfo, const char *why)
{
    char *masked = mb_conninfo_mask(conninfo);

    mb_fail(err, MB_ERR_USAGE, "the connection string is not valid%s%s", why ? ": " : "",
            why ? why : "");
    mb_fail_detail(err, "It reads %s", masked);
    free(masked);
    if (is_url(conninfo))
        return mb_fail_hint(err, "In a URL's password write / as %%2F, @ as %%40, # as %%23, "
                                 "? as %%3F, : as %%3A and %% as %%25.");
    return mb_fail_hint(err, "Write a URL (postgres://user@host/database) or key=value pairs.");
}

bool mb_pg_check_conninfo(const char *conninfo, mb_error *err)
{
    char *why = NULL;
    PQconninfoOption *parts;

    if (is_url(conninfo) && password_needs_encoding(conninfo))
        return refuse_conninfo(err, conninfo, NULL);
    parts = PQconninfoParse(conninfo, &why);
    if (!parts) {
        bool secret = strchr(conninfo, '@') || strstr(conninfo, "password");

        if (why)
            why[strcspn(why, "\n")] = '\0';
        refuse_conninfo(err, conninfo, secret ? NULL : why);
        PQfreemem(why);
        return false;
    }
    PQconninfoFree(parts);
    return true;
}

/* ---- the session ---- */

/* What a DROP ... CASCADE took along stands in the detail. */
static void log_notice(mb_level level, const char *severity, const mb_error *notice)
{
    mb_log(level, "%s%s%s%s%s%s%s", severity, *severity ? ": " : "", notice->message,
           notice->detail[0] ? "\nDETAIL: " : "", notice->detail,
           notice->hint[0] ? "\nHINT: " : "", notice->hint);
}

static void on_notice(void *arg, const PGresult *res)
{
    const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
    mb_error notice = {0};

    (void)arg;
    mb_pg_fields(&notice, res);
    if (severity && strcmp(severity, "WARNING") == 0)
        log_notice(MB_LOG_WARN, "", &notice);
    else
        log_notice(MB_LOG_INFO, severity ? severity : "NOTICE", &notice);
}

static void adopt(mb_conn *conn, PGconn *pg)
{
    conn->pg = pg;
    conn->cancel = PQgetCancel(pg);
    conn->sent = conn->copying = conn->lost = false;
    conn->cancelled = 0;
    conn->ahead = NULL;
    conn->cursors = 0;
    mb_peer_of(&conn->identity.peer, PQsocket(pg));
    PQsetnonblocking(pg, 1);
    PQsetNoticeReceiver(pg, on_notice, NULL);
}

static void drop(mb_conn *conn)
{
    mb_interrupt_on_exit(NULL, NULL);
    mb_pipeline_free(conn);
    mb_pg_forget_prepared(conn);
    mb_pg_forget_kept(conn);
    PQfreeCancel(conn->cancel);
    PQfinish(conn->pg);
}

bool mb_conn_open(mb_conn **out, const char *conninfo, mb_error *err)
{
    PGconn *pg = NULL;
    mb_conn *conn;

    if (!mb_pg_check_conninfo(conninfo, err) || !mb_interrupt_check(err) ||
        !mb_pg_log_in(&pg, conninfo, err))
        return false;
    conn = mb_alloc(sizeof *conn);
    conn->conninfo = mb_strdup(conninfo);
    mb_conn_set_limits(conn, -1, -1);
    adopt(conn, pg);
    *out = conn;
    return true;
}

bool mb_conn_again(mb_conn **out, const mb_conn *like, mb_error *err)
{
    mb_conn *conn;

    if (!mb_conn_open(&conn, like->conninfo, err))
        return false;
    conn->shielded = like->shielded;
    if (!mb_pg_same_server(like, conn, err)) {
        mb_conn_close(conn);
        return false;
    }
    conn->shielded = false;
    *out = conn;
    return true;
}

/* Its libpq session and what is known of it become `conn`'s. */
static void take_over(mb_conn *conn, mb_conn *fresh)
{
    drop(conn);
    conn->identity = fresh->identity;
    adopt(conn, fresh->pg);
    PQfreeCancel(fresh->cancel);
    free(fresh->prepared);
    free(fresh->conninfo);
    free(fresh);
}

bool mb_conn_reconnect(mb_conn *conn, mb_error *err)
{
    mb_conn *fresh;

    if (!mb_conn_again(&fresh, conn, err))
        return false;
    take_over(conn, fresh);
    return true;
}

void mb_conn_give_up(mb_conn *conn)
{
    conn->lost = true;
}

void mb_conn_close(mb_conn *conn)
{
    if (!conn)
        return;
    drop(conn);
    free(conn->prepared);
    free(conn->conninfo);
    free(conn);
}

/* ---- facts ---- */

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
        /* Both are only sent inside a transaction, and are collected before anything else. */
        return conn->ahead || mb_pipeline_waits(conn) ? MB_TX_OPEN : MB_TX_ACTIVE;
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

int mb_conn_version(const mb_conn *conn)
{
    return PQserverVersion(conn->pg);
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
    return text_or_empty(PQport(conn->pg));
}

const char *mb_conn_database(const mb_conn *conn)
{
    return text_or_empty(PQdb(conn->pg));
}

const char *mb_conn_user(const mb_conn *conn)
{
    return text_or_empty(PQuser(conn->pg));
}

char *mb_conn_describe(const mb_conn *conn)
{
    const char *host = mb_conn_host(conn);

    if (host[0] == '/')
        return mb_format("%s (socket %s)", mb_conn_database(conn), host);
    return mb_format("%s on %s:%s", mb_conn_database(conn), host, mb_conn_port(conn));
}

void mb_conn_set_pooled(mb_conn *conn, bool pooled)
{
    conn->pooled = pooled;
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
