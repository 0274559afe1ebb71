/*
 * login.c -- the login, without blocking, with connect_timeout for each host.
 *
 * libpq leaves that limit to the caller that polls, and cannot be told to try the next host.  A
 * host that took too long is therefore removed from the list, and the login starts again with the
 * others.
 */
#include "pg.h"

#include "moonbird/base/buf.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/os/clock.h"
#include "moonbird/os/live.h"
#include "moonbird/os/log.h"
#include "moonbird/base/mem.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOST, ADDRESS, PORT, LISTS };

typedef struct login {
    PGconn *pg;
    char *lists[LISTS]; /* of hosts, addresses and ports, with commas, for libpq; NULL: not given */
    int seconds;        /* connect_timeout; 0: none */
    bool late;          /* the present host did not answer in time */
    bool asked;         /* the present host took the connection, and an answer is awaited */
    const mb_patience *patience; /* NULL: none, or used up */
} login;

/* The first line of libpq's message is the message, the second its detail, with the label or not. */
static bool fail_connect(mb_error *err, const login *l)
{
    static const char label[] = "DETAIL:  ";
    PGconn *pg = l->pg;
    const char *text = PQerrorMessage(pg);
    size_t first = strcspn(text, "\n");
    const char *rest = text + first + strspn(text + first, "\n\t ");

    if (strncmp(rest, label, sizeof label - 1) == 0)
        rest += sizeof label - 1;
    mb_fail(err, MB_ERR_CONNECT, "%.*s", (int)first, text);
    if (!first)
        mb_fail(err, MB_ERR_CONNECT, "the server refused the login without a message");
    mb_fail_detail(err, "%.*s", (int)strcspn(rest, "\n"), rest);
    if (PQconnectionNeedsPassword(pg))
        mb_fail_hint(err, "Give the password with PGPASSWORD, a password file (~/.pgpass) or in "
                          "the URL.");
    /* libpq indents its second line; a server's message has a label there */
    if (l->asked && text[first] && text[first + 1] == '\t')
        mb_fail_hint(err, "The server closed the connection without a message. A server that takes "
                          "one connection, such as PGlite, does so while another client is "
                          "connected.");
    mb_pg_name_direct(err, pg);
    return false;
}

static bool fail_late(mb_error *err, const login *l)
{
    mb_fail(err, MB_ERR_CONNECT, "the server did not answer within %d s", l->seconds);
    mb_fail_detail(err, "The server is %s, port %s.", PQhost(l->pg), mb_pg_port(l->pg));
    mb_fail_hint(err, "Check its address and any firewall in between, or raise connect_timeout.");
    mb_pg_name_direct(err, l->pg);
    return false;
}

/* ---- the hosts ---- */

/*
 * Reads connect_timeout as libpq does.  The value is never shown: a password may have got into it.
 */
static bool read_seconds(login *l, const char *value, mb_error *err)
{
    char *end;
    long seconds;

    errno = 0;
    seconds = strtol(value, &end, 10);
    if (errno == 0 && end > value && !end[strspn(end, " \t\n\v\f\r")] && seconds >= INT_MIN &&
        seconds <= INT_MAX) {
        l->seconds = (int)seconds;
        return true;
    }
    mb_fail(err, MB_ERR_USAGE,
            "the connection parameter \"connect_timeout\" is not a whole number");
    return mb_fail_hint(err, "Set it in seconds, such as connect_timeout=10, in the connection "
                             "string, the service file or the variable PGCONNECT_TIMEOUT.");
}

/* Reads the options that libpq uses, with PG* variables and service files. */
static bool read_options(login *l, mb_error *err)
{
    static const char *const keys[LISTS] = {"host", "hostaddr", "port"};
    PQconninfoOption *options = PQconninfo(l->pg);
    bool ok = true;

    for (PQconninfoOption *o = options; o && o->keyword; o++) {
        if (strcmp(o->keyword, "connect_timeout") == 0 && o->val && *o->val)
            ok = read_seconds(l, o->val, err);
        for (size_t i = 0; i < LISTS; i++)
            if (strcmp(o->keyword, keys[i]) == 0 && o->val && *o->val && !l->lists[i])
                l->lists[i] = mb_strdup(o->val);
    }
    PQconninfoFree(options);
    return ok;
}

/* The nth item of a list; NULL past its end. */
static const char *nth(const char *list, size_t n)
{
    for (; list && n > 0; n--)
        list = (list = strchr(list, ',')) ? list + 1 : NULL;
    return list;
}

/* Is the nth item of the list `value`, or empty?  A list of one item applies to every host. */
static bool nth_is(const char *list, size_t n, const char *value)
{
    const char *item = list && !strchr(list, ',') ? list : nth(list, n);
    size_t len = item ? strcspn(item, ",") : 0;

    return !len || (len == strlen(value) && memcmp(item, value, len) == 0);
}

static void remove_nth(char *list, size_t n)
{
    char *item = (char *)nth(list, n);
    const char *next = item ? strchr(item, ',') : NULL;

    if (next)
        memmove(item, next + 1, strlen(next));
    else if (item && item > list)
        item[-1] = '\0';
}

/* Removes the host that the login is at.  False: there is no other host. */
static bool remove_present_host(login *l)
{
    const char *names = l->lists[l->lists[HOST] ? HOST : ADDRESS];
    bool several = names && strchr(names, ',');

    for (size_t n = 0; several && nth(names, n); n++) {
        if (!nth_is(names, n, PQhost(l->pg)) || !nth_is(l->lists[PORT], n, mb_pg_port(l->pg)))
            continue;
        for (size_t i = 0; i < LISTS; i++)
            if (l->lists[i] && strchr(l->lists[i], ','))
                remove_nth(l->lists[i], n);
        return names[0] != '\0';
    }
    return false;
}

/* ---- one login ---- */

static bool begin(login *l, const char *conninfo, mb_error *err)
{
    const char *keys[] = {"dbname", "fallback_application_name", "client_encoding",
                          "host", "hostaddr", "port", NULL};
    const char *values[] = {conninfo, "moonbird", "UTF8",
                            l->lists[HOST], l->lists[ADDRESS], l->lists[PORT], NULL};

    l->pg = mb_pg_start_login(keys, values);
    if (!l->pg)
        return mb_fail(err, MB_ERR_CONNECT, "libpq is out of memory");
    PQsetNoticeReceiver(l->pg, mb_pg_notice, NULL);
    return read_options(l, err) &&
           (PQstatus(l->pg) != CONNECTION_BAD || fail_connect(err, l));
}

/* Did libpq go on to another address or host, as it does when one refuses? */
static bool has_moved(char place[512], PGconn *pg)
{
    char now[512];
    bool moved;

    snprintf(now, sizeof now, "%s,%s,%s", PQhost(pg), PQhostaddr(pg), mb_pg_port(pg));
    moved = strcmp(place, now) != 0;
    memcpy(place, now, sizeof now);
    return moved;
}

static bool is_asked(const PGconn *pg)
{
    ConnStatusType status = PQstatus(pg);

    return status != CONNECTION_NEEDED && status != CONNECTION_STARTED;
}

static bool poll_login(login *l, mb_error *err)
{
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    char place[512] = "";
    int64_t since = 0;

    while (state != PGRES_POLLING_OK && state != PGRES_POLLING_FAILED) {
        struct pollfd fd = {.fd = PQsocket(l->pg),
                            .events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT};
        int ready;

        if (has_moved(place, l->pg))
            since = mb_now_us();
        ready = poll(&fd, 1, 100);
        mb_live_tick();
        if (!mb_interrupt_check(err) || !mb_pg_is_patient(&l->patience, fd.fd, since, err))
            return false;
        l->late = l->seconds > 0 && mb_now_us() - since > l->seconds * INT64_C(1000000);
        if (l->late)
            return fail_late(err, l);
        if (ready > 0) {
            l->asked = is_asked(l->pg);
            state = PQconnectPoll(l->pg);
        }
    }
    return state == PGRES_POLLING_OK || fail_connect(err, l);
}

bool mb_pg_log_in(PGconn **out, const char *conninfo, int seconds, const mb_patience *patience,
                  mb_error *err)
{
    login l = {.seconds = seconds, .patience = patience};
    bool ok;

    /* libpq sends these two with the login: without a round trip, and poolers support them */
    setenv("PGTZ", "UTC", 1);
    setenv("PGDATESTYLE", "ISO, MDY", 1);
    while (!(ok = begin(&l, conninfo, err) && poll_login(&l, err)) && l.late &&
           remove_present_host(&l)) {
        mb_log(MB_LOG_WARN, "%s, port %s did not answer within %d s", PQhost(l.pg),
               mb_pg_port(l.pg), l.seconds);
        PQfinish(l.pg);
        l.late = false;
    }
    for (size_t i = 0; i < LISTS; i++)
        free(l.lists[i]);
    if (ok)
        *out = l.pg;
    else
        PQfinish(l.pg);
    return ok;
}
