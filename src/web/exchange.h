/* exchange.h -- one request and its answer, from the first header to the last byte. */
#ifndef MOONBIRD_WEB_EXCHANGE_H
#define MOONBIRD_WEB_EXCHANGE_H

#include "feed.h"
#include "guests.h"
#include "library.h"
#include "listen.h"
#include "pool.h"
#include "runs.h"

#include "moonbird/web/guard.h"
#include "moonbird/web/server.h"

typedef enum mb_exchange_state {
    MB_EXCHANGE_READING,   /* its body arrives */
    MB_EXCHANGE_WAITING,   /* suspended, until a worker or the caller of mb_web_wait answers */
    MB_EXCHANGE_ANSWERED,  /* resumed: the answer can be sent */
    MB_EXCHANGE_STREAMING, /* it listens to the feed */
    MB_EXCHANGE_SENT,
} mb_exchange_state;

typedef struct mb_exchange {
    mb_pool_job job; /* the first member: a pointer to it is one to the exchange; has the answer */
    struct mb_web *web;
    struct MHD_Connection *connection;
    struct mb_exchange *next, *before;
    mb_exchange_state state;
    bool suspended;
    bool gone; /* the browser has closed the connection */
    bool post;
    bool too_long;
    mb_verdict verdict;
    const char *path;
    mb_buf body;
    int order;       /* its number while the caller has it; 0: it is none */
    bool taken;      /* the caller has it */
    int fd;          /* of the connection; libmicrohttpd does not watch it while it is suspended */
    mb_feed_place place;
} mb_exchange;

struct mb_web {
    const mb_web_settings *settings;
    struct MHD_Daemon *daemon;
    mb_guard guard;
    int port;
    mb_listen_file file; /* of a Unix socket */
    bool wants_address;
    mb_pool *pool;
    mb_feed feed;
    mb_runs *runs;
    mb_guests guests;
    mb_exchange *exchanges; /* all that are under way */
    int last_order;
};

/* The callbacks of libmicrohttpd; `self` is the mb_web. */
enum MHD_Result mb_exchange_handle(void *self, struct MHD_Connection *connection, const char *path,
                                   const char *method, const char *version, const char *part,
                                   size_t *len, void **exchange);
void mb_exchange_end(void *self, struct MHD_Connection *connection, void **exchange,
                     enum MHD_RequestTerminationCode why);

/* Goes on with an exchange that was suspended. */
void mb_exchange_resume(mb_exchange *e);

/* Answers an exchange that waits: `text` is copied. */
void mb_exchange_finish(mb_exchange *e, int status, const char *type, const char *text, size_t len);

#endif
