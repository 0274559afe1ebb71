/*
 * endpoint.c -- does a connection string lead to the database of a session?
 *
 * Names differ where the server does not: localhost, 127.0.0.1, ::1, a socket, an
 * alias.  Where that cannot be told apart the answer is yes: it decides whose
 * policies are obeyed.
 */
#include "pg.h"

#include "moonbird/buf.h"
#include "moonbird/mem.h"
#include "moonbird/qualified.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

typedef struct endpoint {
    char *host;    /* a name, an address, or a socket's folder */
    char *address; /* what it resolved to; "" for a socket, or when it is not known */
    char *port;
} endpoint;

static void free_endpoint(endpoint *e)
{
    free(e->host);
    free(e->address);
    free(e->port);
}

static bool is_socket(const char *host)
{
    return host[0] == '/' || host[0] == '@';
}

/* ---- addresses ---- */

static char *text_of(const struct sockaddr *address, socklen_t size)
{
    char text[NI_MAXHOST] = "";

    getnameinfo(address, size, text, sizeof text, NULL, 0, NI_NUMERICHOST);
    return mb_strdup(strncmp(text, "::ffff:", 7) == 0 && strchr(text, '.') ? text + 7 : text);
}

static socklen_t size_of(const struct sockaddr *address)
{
    return address->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static bool is_interface(const struct ifaddrs *each, const char *address)
{
    char *text;
    bool is;

    if (!each->ifa_addr ||
        (each->ifa_addr->sa_family != AF_INET && each->ifa_addr->sa_family != AF_INET6))
        return false;
    text = text_of(each->ifa_addr, size_of(each->ifa_addr));
    is = strcmp(text, address) == 0;
    free(text);
    return is;
}

/* An address of this machine. */
static bool is_here(const char *address)
{
    struct ifaddrs *all;
    bool here = strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;

    if (here || getifaddrs(&all) != 0)
        return here;
    for (const struct ifaddrs *each = all; each && !here; each = each->ifa_next)
        here = is_interface(each, address);
    freeifaddrs(all);
    return here;
}

static bool same_address(const char *a, const char *b)
{
    return strcmp(a, b) == 0 || (is_here(a) && is_here(b));
}

/* ---- sockets ---- */

static bool same_folder(const char *a, const char *b)
{
    char *x = realpath(a, NULL), *y = realpath(b, NULL);
    bool same = strcmp(x ? x : a, y ? y : b) == 0;

    free(x);
    free(y);
    return same;
}

/* Some servers have a socket alone: the embedded one, and throw-away ones. */
static bool listens_on_tcp(mb_conn *conn)
{
    mb_result *res;
    mb_error untold;
    bool listens;

    if (!mb_conn_exec(&res, conn, "SELECT pg_catalog.current_setting('listen_addresses')" MB_NE "''", &untold))
        return true;
    listens = mb_result_bool(res, 0, 0);
    mb_result_free(res);
    return listens;
}

/* A socket of this port, where a server of this machine could be. */
static bool has_socket(const endpoint *e)
{
    struct stat st;
    char *path = mb_format("%s/.s.PGSQL.%s", e->host, e->port);
    bool has = stat(path, &st) == 0;

    free(path);
    return has;
}

/* ---- one endpoint against the session's ---- */

/* `theirs` with the address that it is known to have. */
static bool same_known(mb_conn *conn, const endpoint *mine, const endpoint *theirs)
{
    bool my_socket = is_socket(mine->host), their_socket = is_socket(theirs->host);

    if (my_socket && their_socket)
        return same_folder(mine->host, theirs->host);
    if (my_socket)
        return is_here(theirs->address) && listens_on_tcp(conn);
    if (their_socket)
        return is_here(mine->address) && has_socket(theirs);
    return strcasecmp(mine->host, theirs->host) == 0 ||
           same_address(mine->address, theirs->address);
}

static bool same_resolved(mb_conn *conn, const endpoint *mine, const endpoint *theirs, int flags)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
    struct addrinfo *all;
    bool same = false;

    if (getaddrinfo(theirs->host, NULL, &hints, &all) != 0)
        return false;
    for (const struct addrinfo *each = all; each && !same; each = each->ai_next) {
        endpoint one = *theirs;

        one.address = text_of(each->ai_addr, each->ai_addrlen);
        same = same_known(conn, mine, &one);
        free(one.address);
    }
    freeaddrinfo(all);
    return same;
}

static bool same_server(mb_conn *conn, const endpoint *mine, const endpoint *theirs, bool ask)
{
    bool by_name = ask || strcasecmp(theirs->host, "localhost") == 0;

    if (strcmp(mine->port, theirs->port) != 0)
        return false;
    if (same_known(conn, mine, theirs))
        return true;
    return !is_socket(theirs->host) && !theirs->address[0] &&
           same_resolved(conn, mine, theirs, by_name ? 0 : AI_NUMERICHOST);
}

/* ---- what a connection string says ---- */

#define LOOK_ONLY "moonbird-looks-only"

/*
 * What libpq makes of it with PG* variables, service file and defaults: only a
 * connection object knows.  One is begun with an sslmode that is refused after
 * all of that was read and before the server is looked for.
 */
static bool open_look(PGconn **out, const char *conninfo, mb_error *err)
{
    const char *keys[] = {"dbname", "sslmode", NULL};
    const char *values[] = {conninfo, LOOK_ONLY, NULL};
    const char *why;

    if (!mb_pg_check_conninfo(conninfo, err))
        return false;
    *out = PQconnectStartParams(keys + !*conninfo, values + !*conninfo, 1);
    why = PQerrorMessage(*out);
    if (strstr(why, LOOK_ONLY))
        return true;
    mb_fail(err, MB_ERR_USAGE, "%.*s", (int)strcspn(why, "\n"), why);
    PQfinish(*out);
    return false;
}

static const char *option_of(const PQconninfoOption *options, const char *name)
{
    for (; options && options->keyword; options++)
        if (strcmp(options->keyword, name) == 0)
            return options->val ? options->val : "";
    return "";
}

static size_t count(const char *list)
{
    size_t n = 1;

    for (; *list; list++)
        n += *list == ',';
    return n;
}

/* Number `i` of a list with commas, or `otherwise` where it is empty. */
static char *item_of(const char *list, size_t i, const char *otherwise)
{
    size_t len;

    for (; i > 0; i--)
        list += strcspn(list, ",") + (strchr(list, ',') != NULL);
    len = strcspn(list, ",");
    return len ? mb_strndup(list, len) : mb_strdup(otherwise);
}

static endpoint endpoint_of(const PGconn *look, const PQconninfoOption *options, size_t i)
{
    const char *ports = option_of(options, "port"), *hosts = option_of(options, "host");
    char *address = item_of(option_of(options, "hostaddr"), i, "");

    return (endpoint){
        .host = item_of(hosts, i, address[0] ? address : PQhost(look)),
        .address = address,
        .port = item_of(ports, count(ports) == 1 ? 0 : i, "5432"),
    };
}

static bool same_as_any(mb_conn *conn, const PGconn *look, const PQconninfoOption *options,
                        bool ask)
{
    endpoint mine = {
        .host = PQhost(conn->pg), .address = PQhostaddr(conn->pg), .port = PQport(conn->pg)};
    const char *hosts = option_of(options, "host"), *addresses = option_of(options, "hostaddr");
    size_t n = count(*addresses ? addresses : hosts);
    bool same = false;

    for (size_t i = 0; i < n && !same; i++) {
        endpoint theirs = endpoint_of(look, options, i);

        same = same_server(conn, &mine, &theirs, ask);
        free_endpoint(&theirs);
    }
    return same;
}

bool mb_conn_is(bool *is, mb_conn *conn, const char *conninfo, bool ask, mb_error *err)
{
    PQconninfoOption *options;
    PGconn *look;

    *is = false;
    if (!open_look(&look, conninfo, err))
        return false;
    options = PQconninfo(look);
    *is = strcmp(option_of(options, "dbname"), mb_conn_database(conn)) == 0 &&
          same_as_any(conn, look, options, ask);
    PQconninfoFree(options);
    PQfinish(look);
    return true;
}
