/*
 * address.h -- network addresses in one spelling, so that equal addresses are equal strings.
 *
 * An IPv4 address that is written as IPv6 (::ffff:127.0.0.1) becomes IPv4.
 */
#ifndef MOONBIRD_PG_ADDRESS_ADDRESS_H
#define MOONBIRD_PG_ADDRESS_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

enum { MB_ADDRESS_SIZE = 128 };

/* The address as a string; "" when it is not a network address. */
void mb_address_text(char text[MB_ADDRESS_SIZE], const struct sockaddr *address, socklen_t size);

/*
 * Reads any spelling that connect() accepts: "0", "127.1", "0x7f000001", "0:0:0:0:0:ffff:7f00:1".
 * False: `given` is not an address; `text` is then empty.
 */
bool mb_address_read(char text[MB_ADDRESS_SIZE], const char *given);

/* Does the address belong to this machine?  0.0.0.0 and :: lead to it too. */
bool mb_address_is_here(const char *address);

/* Are the addresses equal, or do both belong to this machine?  "" equals none. */
bool mb_address_same(const char *a, const char *b);

/* The other end of a connected socket. */
typedef struct mb_peer {
    char address[MB_ADDRESS_SIZE]; /* "" for a Unix socket */
    int port;                      /* 0 for a Unix socket */
} mb_peer;

/* Empty when the socket is not connected. */
void mb_peer_of(mb_peer *out, int socket);

#endif
