/*
 * guard.h -- which requests the studio answers at all.
 *
 * The studio shows a database, and can change it, so a page of another site, another program on
 * this machine and a name that an attacker resolves to 127.0.0.1 must not reach it. The guard
 * decides from the request line and the headers, before anything else looks at the request:
 *
 * - Host is a name of this machine's loopback with the studio's own port, so DNS rebinding fails.
 * - A request has the cookie, which a browser gets for the token in the address that the terminal
 *   showed. The token is in the fragment of that address, which browsers send to nobody, and is
 *   valid once.
 * - Sec-Fetch-Site, which browsers set and scripts cannot, says that the request comes from the
 *   studio's own page or from the address bar (W3C Fetch Metadata).
 * - A POST also has our Origin and a JSON body, which no form of another site can send.
 */
#ifndef MOONBIRD_WEB_GUARD_H
#define MOONBIRD_WEB_GUARD_H

#include "moonbird/base/error.h"

enum {
    MB_GUARD_SECRET = 65, /* 32 random bytes in hex, and a NUL */
    MB_GUARD_COOKIE = 32, /* bytes of the cookie's name with the NUL */
};

typedef struct mb_guard {
    int port;                       /* 0: a Unix socket, to which any port may be forwarded */
    bool spent;                     /* the token was exchanged, and is valid no more */
    char token[MB_GUARD_SECRET];
    char cookie[MB_GUARD_SECRET];
    char name[MB_GUARD_COOKIE];     /* of the cookie: browsers share cookies among ports */
} mb_guard;

/* Sets a new token and cookie. MB_ERR_FAILED: the system has no random bytes. */
MB_MUST_CHECK bool mb_guard_open(mb_guard *out, int port, mb_error *err);

/* Replaces the token by a new one, for another browser. The cookie stays. */
MB_MUST_CHECK bool mb_guard_renew(mb_guard *guard, mb_error *err);

/* A request as its client sent it; a header that is absent is NULL. */
typedef struct mb_guard_request {
    const char *method, *path;
    const char *host, *origin, *cookie;
    const char *type; /* Content-Type */
    const char *site, *mode, *dest; /* Sec-Fetch-Site, Sec-Fetch-Mode, Sec-Fetch-Dest */
    const char *length, *encoding;  /* Content-Length, Transfer-Encoding */
    bool repeated;    /* one of these headers is there more than once */
} mb_guard_request;

typedef enum mb_verdict {
    MB_VERDICT_REFUSE,   /* answer with the status and the reason */
    MB_VERDICT_ENTER,    /* the page, or its script, that exchanges the token; it shows nothing */
    MB_VERDICT_EXCHANGE, /* its POST: the body has the token */
    MB_VERDICT_SERVE,    /* it has the cookie */
} mb_verdict;

/* The paths that need no cookie. */
#define MB_GUARD_PAGE     "/"
#define MB_GUARD_SCRIPT   "/enter.js"
#define MB_GUARD_EXCHANGE "/enter"

/* *status and *why (a constant) are set for MB_VERDICT_REFUSE only. */
mb_verdict mb_guard_judge(const mb_guard *guard, const mb_guard_request *request, int *status,
                          const char **why);

/* Is it the token, and not spent? Then it is spent. Takes the same time for each wrong token. */
MB_MUST_CHECK bool mb_guard_exchange(mb_guard *guard, const char *token, size_t len);

#endif
