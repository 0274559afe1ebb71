/*
 * endpoint.c -- does a connection string lead to the database of a session?
 *
 * One server has several names: localhost, 127.0.0.1, ::1, a socket, an alias.  When in doubt the
 * answer is yes, since it decides whether an environment's policies apply.
 */
#include "moonbird/pg/conninfo.h"

#include "pg/pg.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/pg/qualified.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

typedef struct endpoint {
    char *host;                    /* a name, an address, or a socket's folder */
    char address[MB_ADDRESS_SIZE]; /* "" for a socket, or a name that was not looked up */
    int port;
} endpoint;

static bool is_socket(const char *host)
{
    return host[0] == '/' || host[0] == '@';
}

/* As libpq does: " 05432 " is 5432. */
static int read_port(const char *text)
{
    return (int)strtol(text, NULL, 10);
}

/* ---- sockets ---- */

static char *socket_path(const endpoint *e)
{
    return mb_format("%s/.s.PGSQL.%d", e->host, e->port);
}

/* Is there a socket with this port in that folder? */
static bool has_socket(const endpoint *e)
{
    struct stat st;
    char *path = socket_path(e);
    bool has = stat(path, &st) == 0;

    free(path);
    return has;
}

/*
 * Are both one file?  Where one is missing, as during a restart, the folders and ports are
 * compared.
 */
static bool same_socket(const endpoint *a, const endpoint *b)
{
    char *mine = socket_path(a), *theirs = socket_path(b);
    char *my_folder = realpath(a->host, NULL), *their_folder = realpath(b->host, NULL);
    struct stat x, y;
    bool same;

    if (stat(mine, &x) == 0 && stat(theirs, &y) == 0)
        same = x.st_dev == y.st_dev && x.st_ino == y.st_ino;
    else
        same = a->port == b->port && strcmp(my_folder ? my_folder : a->host,
                                            their_folder ? their_folder : b->host) == 0;
    free(mine);
    free(theirs);
    free(my_folder);
    free(their_folder);
    return same;
}

/* Embedded and throw-away servers have a socket only. */
static bool listens_on_tcp(mb_conn *conn)
{
    mb_result *res;
    mb_error untold;
    bool listens;

    if (!mb_conn_exec(&res, conn,
                      "SELECT pg_catalog.current_setting('listen_addresses')" MB_NE "''", &untold))
        return true;
    listens = mb_result_bool(res, 0, 0);
    mb_result_free(res);
    return listens;
}

/* ---- is an endpoint the session's? ---- */

/* Without looking up names: `theirs` has the address that is known. */
static bool same_known(mb_conn *conn, const endpoint *mine, const endpoint *theirs)
{
    bool my_socket = is_socket(mine->host), their_socket = is_socket(theirs->host);

    if (my_socket && their_socket)
        return same_socket(mine, theirs);
    if (mine->port != theirs->port)
        return false;
    if (my_socket)
        return mb_address_is_here(theirs->address) && listens_on_tcp(conn);
    if (their_socket)
        return mb_address_is_here(mine->address) && has_socket(theirs);
    return strcasecmp(mine->host, theirs->host) == 0 ||
           mb_address_same(mine->address, theirs->address);
}

/* With each address of the name of `theirs`. */
static bool same_resolved(mb_conn *conn, const endpoint *mine, const endpoint *theirs, int flags)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
    struct addrinfo *all;
    bool same = false;

    if (getaddrinfo(theirs->host, NULL, &hints, &all) != 0)
        return false;
    for (const struct addrinfo *each = all; each && !same; each = each->ai_next) {
        endpoint one = *theirs;

        mb_address_text(one.address, each->ai_addr, each->ai_addrlen);
        same = same_known(conn, mine, &one);
    }
    freeaddrinfo(all);
    return same;
}

static bool same_server(mb_conn *conn, const endpoint *mine, const endpoint *theirs, bool ask)
{
    bool by_name = ask || strcasecmp(theirs->host, "localhost") == 0;

    if (same_known(conn, mine, theirs))
        return true;
    return mine->port == theirs->port && !is_socket(theirs->host) && !theirs->address[0] &&
           same_resolved(conn, mine, theirs, by_name ? 0 : AI_NUMERICHOST);
}

/* ---- the parts of a connection string ---- */

#define LOOK_ONLY "moonbird-looks-only"

/*
 * Only a connection object knows the parameters that libpq finds from a connection string with PG*
 * variables, service file and defaults.  This starts one with an sslmode that libpq refuses after
 * it has read all of that, and before it looks for the server.
 */
static bool open_unconnected(PGconn **out, const char *conninfo, mb_error *err)
{
    const char *keys[] = {"dbname", "sslmode", NULL};
    const char *values[] = {conninfo, LOOK_ONLY, NULL};
    const char *why;

    if (!mb_pg_check_conninfo(conninfo, err))
        return false;
    *out = mb_pg_start_login(keys, values);
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

/* The item `i` of a list with commas, or `otherwise` when it is empty.  The caller frees it. */
static char *item_of(const char *list, size_t i, const char *otherwise)
{
    size_t len;

    for (; i > 0; i--)
        list += strcspn(list, ",") + (strchr(list, ',') != NULL);
    len = strcspn(list, ",");
    return len ? mb_strndup(list, len) : mb_strdup(otherwise);
}

/*
 * The host that libpq uses where an empty one is given: the folder of the server's sockets.  PQhost
 * tells it of the first host of a list alone.  The caller frees it.
 */
static char *default_host(const PQconninfoOption *options)
{
    const char *keys[] = {"dbname", "service", "sslmode", NULL};
    const char *values[] = {"host='' hostaddr='' port=''", option_of(options, "service"), LOOK_ONLY,
                            NULL};
    PGconn *look = mb_pg_start_login(keys, values);
    const char *host = PQhost(look);
    char *out = mb_strdup(host ? host : "");

    PQfinish(look);
    return out;
}

static endpoint endpoint_of(const PQconninfoOption *options, size_t i)
{
    const char *ports = option_of(options, "port"), *hosts = option_of(options, "host");
    char *address = item_of(option_of(options, "hostaddr"), i, "");
    char *port = item_of(ports, count(ports) == 1 ? 0 : i, mb_pg_default_port());
    endpoint out = {.host = item_of(hosts, i, address), .port = read_port(port)};

    if (!*out.host) {
        free(out.host);
        out.host = default_host(options);
    }
    if (*address && !mb_address_read(out.address, address))
        snprintf(out.address, sizeof out.address, "%s", address);
    free(address);
    free(port);
    return out;
}

/* The address that the session's socket is connected to, not the one that was written. */
static endpoint endpoint_of_session(const mb_conn *conn)
{
    endpoint out = {.host = PQhost(conn->pg), .port = read_port(mb_pg_port(conn->pg))};
    mb_peer peer;

    mb_peer_of(&peer, PQsocket(conn->pg));
    memcpy(out.address, peer.address, sizeof out.address);
    if (peer.port)
        out.port = peer.port;
    return out;
}

static bool same_as_any(mb_conn *conn, const PQconninfoOption *options, bool ask)
{
    const endpoint mine = endpoint_of_session(conn);
    const char *hosts = option_of(options, "host"), *addresses = option_of(options, "hostaddr");
    size_t n = count(*addresses ? addresses : hosts);
    bool same = false;

    for (size_t i = 0; i < n && !same; i++) {
        endpoint theirs = endpoint_of(options, i);

        same = same_server(conn, &mine, &theirs, ask);
        free(theirs.host);
    }
    return same;
}

bool mb_conn_is(bool *is, mb_conn *conn, const char *conninfo, bool ask, mb_error *err)
{
    PQconninfoOption *options;
    PGconn *look;

    *is = false;
    if (!open_unconnected(&look, conninfo, err))
        return false;
    options = PQconninfo(look);
    *is = strncmp(option_of(options, "dbname"), mb_conn_database(conn), MB_NAME_BYTES) == 0 &&
          same_as_any(conn, options, ask);
    PQconninfoFree(options);
    PQfinish(look);
    return true;
}

static bool read_option(char **value, const char *conninfo, const char *keyword, mb_error *err)
{
    PQconninfoOption *options;
    PGconn *look;

    if (!open_unconnected(&look, conninfo, err))
        return false;
    options = PQconninfo(look);
    *value = mb_strdup(option_of(options, keyword));
    PQconninfoFree(options);
    PQfinish(look);
    return true;
}

bool mb_conninfo_database(char **name, const char *conninfo, mb_error *err)
{
    return read_option(name, conninfo, "dbname", err);
}

bool mb_conninfo_host(char **host, const char *conninfo, mb_error *err)
{
    return read_option(host, conninfo, "host", err);
}
