#include "network_address.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

void mb_address_text(char text[MB_ADDRESS_SIZE], const struct sockaddr *address, socklen_t size)
{
    static const char mapped[] = "::ffff:";
    size_t skip = sizeof mapped - 1;

    if (getnameinfo(address, size, text, MB_ADDRESS_SIZE, NULL, 0, NI_NUMERICHOST) != 0)
        text[0] = '\0';
    if (strncmp(text, mapped, skip) == 0 && strchr(text, '.'))
        memmove(text, text + skip, strlen(text + skip) + 1);
}

bool mb_address_read(char text[MB_ADDRESS_SIZE], const char *given)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
    struct addrinfo *found;

    text[0] = '\0';
    if (!*given || getaddrinfo(given, NULL, &hints, &found) != 0)
        return false;
    mb_address_text(text, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return text[0] != '\0';
}

static socklen_t size_of(const struct sockaddr *address)
{
    return address->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static bool is_interface(const struct ifaddrs *each, const char *address)
{
    char text[MB_ADDRESS_SIZE];

    if (!each->ifa_addr ||
        (each->ifa_addr->sa_family != AF_INET && each->ifa_addr->sa_family != AF_INET6))
        return false;
    mb_address_text(text, each->ifa_addr, size_of(each->ifa_addr));
    return strcmp(text, address) == 0;
}

bool mb_address_is_here(const char *address)
{
    struct ifaddrs *all;
    bool here = strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 ||
                strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;

    if (here || getifaddrs(&all) != 0)
        return here;
    for (const struct ifaddrs *each = all; each && !here; each = each->ifa_next)
        here = is_interface(each, address);
    freeifaddrs(all);
    return here;
}

bool mb_address_same(const char *a, const char *b)
{
    if (!*a || !*b)
        return false;
    return strcmp(a, b) == 0 || (mb_address_is_here(a) && mb_address_is_here(b));
}

void mb_peer_of(mb_peer *out, int socket)
{
    struct sockaddr_storage peer;
    struct sockaddr *address = (struct sockaddr *)&peer;
    socklen_t size = sizeof peer;

    *out = (mb_peer){0};
    if (getpeername(socket, address, &size) != 0)
        return;
    if (address->sa_family == AF_INET)
        out->port = ntohs(((struct sockaddr_in *)address)->sin_port);
    else if (address->sa_family == AF_INET6)
        out->port = ntohs(((struct sockaddr_in6 *)address)->sin6_port);
    else
        return;
    mb_address_text(out->address, address, size);
}
