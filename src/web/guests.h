/*
 * guests.h -- the open connections.  When there are many, the one that has waited longest without a
 * complete request is closed, so that connections that never send one leave room for a browser.
 */
#ifndef MOONBIRD_WEB_GUESTS_H
#define MOONBIRD_WEB_GUESTS_H

#include "library.h"

#include <stddef.h>

enum {
    MB_GUESTS = 64,      /* connections, before one is closed for each new one */
    MB_GUESTS_MOST = 80, /* connections, after which a new one waits */
};

typedef struct mb_guest mb_guest;

typedef struct mb_guests {
    mb_guest *oldest, *newest;
    size_t n;
} mb_guests;

/* A callback of libmicrohttpd: a connection was opened or closed.  `self` is the mb_guests. */
void mb_guests_notify(void *self, struct MHD_Connection *connection, void **guest,
                      enum MHD_ConnectionNotificationCode what);

/* The connection's request is complete, and is being answered; or its answer has ended. */
void mb_guests_answering(mb_guests *guests, struct MHD_Connection *connection, bool yes);

#endif
