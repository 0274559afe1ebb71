/*
 * address.h -- network addresses in one spelling, so that equal ones are equal texts.
 *
 * An IPv4 address that is written as IPv6 (::ffff:127.0.0.1) reads as IPv4.
 */
#ifndef MOONBIRD_PG_ADDRESS_H
#define MOONBIRD_PG_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

enum { MB_ADDRESS_SIZE = 128 };

/* The address as text; "" where it is not an address of a network. */
void mb_address_text(char text[MB_ADDRESS_SIZE], const struct sockaddr *address, socklen_t size);

/*
 * Every spelling that connect() accepts: "0", "127.1", "0x7f000001", "0:0:0:0:0:ffff:7f00:1".
 * false: `given` is not an address; then `text` is empty.
 */
bool mb_address_read(char text[MB_ADDRESS_SIZE], const char *given);

/* Does the address (as above) belong to this machine?  0.0.0.0 and :: lead to it, too. */
bool mb_address_is_here(const char *address);

/* Are the addresses equal, or both of this machine?  "" is equal to none. */
bool mb_address_same(const char *a, const char *b);

/* Where a connected socket leads to. */
typedef struct mb_peer {
    char address[MB_ADDRESS_SIZE]; /* "" for a Unix socket */
    int port;                      /* 0 for a Unix socket */
} mb_peer;

/* All empty where the socket is not connected. */
void mb_peer_of(mb_peer *out, int socket);

#endif
