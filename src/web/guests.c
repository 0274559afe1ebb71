#include "guests.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <sys/socket.h>

struct mb_guest {
    mb_guest *older, *newer;
    int fd;
    bool answering;
};

static void add(mb_guests *guests, mb_guest *guest)
{
    guest->older = guests->newest;
    guest->newer = NULL;
    *(guests->newest ? &guests->newest->newer : &guests->oldest) = guest;
    guests->newest = guest;
    guests->n++;
}

static void take_out(mb_guests *guests, const mb_guest *guest)
{
    *(guest->older ? &guest->older->newer : &guests->oldest) = guest->newer;
    *(guest->newer ? &guest->newer->older : &guests->newest) = guest->older;
    guests->n--;
}

/* The library finds the connection closed, and frees it. */
static void close_oldest(const mb_guests *guests)
{
    for (mb_guest *guest = guests->oldest; guest != guests->newest; guest = guest->newer) {
        if (guest->answering || guest->fd < 0)
            continue;
        shutdown(guest->fd, SHUT_RDWR);
        guest->fd = -1;
        return;
    }
}

void mb_guests_notify(void *self, struct MHD_Connection *connection, void **guest,
                      enum MHD_ConnectionNotificationCode what)
{
    mb_guests *guests = self;
    const union MHD_ConnectionInfo *info;
    mb_guest *fresh;

    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        take_out(guests, *guest);
        free(*guest);
        return;
    }
    info = mb_http.get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    fresh = *guest = mb_alloc(sizeof *fresh);
    fresh->fd = info ? info->connect_fd : -1;
    add(guests, fresh);
    if (guests->n > MB_GUESTS)
        close_oldest(guests);
}

void mb_guests_answering(mb_guests *guests, struct MHD_Connection *connection, bool yes)
{
    const union MHD_ConnectionInfo *info =
        mb_http.get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    mb_guest *guest = info ? info->socket_context : NULL;

    if (!guest)
        return;
    guest->answering = yes;
    if (!yes) {
        take_out(guests, guest);
        add(guests, guest);
    }
}
