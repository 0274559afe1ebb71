/*
 * server.h -- the studio's HTTP server.
 *
 * One process, no threads and no database session: it answers files and live events itself, gives
 * pages to workers (processes that run Lua and have a session), and hands the few requests that
 * concern the studio itself, such as to start a run, to its caller. Nothing here waits for a
 * database, so a slow query stops no other request.
 *
 * What reaches a page or a caller has passed the guard (guard.h).
 */
#ifndef MOONBIRD_WEB_SERVER_H
#define MOONBIRD_WEB_SERVER_H

#include "moonbird/base/buf.h"

typedef struct mb_web mb_web;

/* A file that is always the same, such as a script. */
typedef struct mb_web_file {
    const char *path; /* "/studio.js"; MB_GUARD_PAGE is the page for a browser without the cookie */
    const char *type; /* the media type */
    const char *data;
    size_t len;
} mb_web_file;

typedef struct mb_web_settings {
    int port;                   /* 0: the system chooses one */
    const char *socket;         /* the path of a Unix socket in place of a port; or NULL */
    const char *environment;    /* of requests that name none; or NULL */
    const char *const *worker;  /* the words of a worker's command line; ends with NULL */
    const mb_web_file *files;   /* ends with a NULL path */
} mb_web_settings;

/*
 * Listens on 127.0.0.1, or on the socket, which only this user may open. *settings and all it
 * points to are borrowed until mb_web_close. MB_ERR_FILE: libmicrohttpd is not installed.
 * MB_ERR_USAGE: the port or the socket is in use.
 */
MB_MUST_CHECK bool mb_web_open(mb_web **out, const mb_web_settings *settings, mb_error *err);
void mb_web_close(mb_web *web); /* runs go on; NULL is allowed */

/* Appends the address, with a new token if the last one was used: each admits one browser. */
MB_MUST_CHECK bool mb_web_address(mb_web *web, mb_buf *out, mb_error *err);

/* Did a browser ask to enter since the last call, after the token had been used? */
bool mb_web_wants_address(mb_web *web);

/* A POST to "/do/NAME", which the caller answers with mb_web_answer. */
typedef struct mb_web_order {
    int number;
    const char *name, *body; /* the body is JSON; both are borrowed until the answer */
    size_t len;
} mb_web_order;

/*
 * Serves until there is an order, or a browser wants the address: then *order has the number 0.
 * False: a signal ended it.
 */
MB_MUST_CHECK bool mb_web_wait(mb_web *web, mb_web_order *order, mb_error *err);

/* Answers an order with a JSON text. An order whose browser is gone is ignored. */
void mb_web_answer(mb_web *web, int number, int status, const char *json, size_t len);

/* ---- runs: see src/web/runs.h ---- */

typedef struct mb_run_order {
    const char *const *argv; /* of the program, without --events; ends with NULL */
    const char *command;     /* the command line for people */
    const char *environment; /* or NULL */
    const char *confirmed;   /* environments whose names the user typed, a line each; or NULL */
} mb_run_order;

/* Starts a run; *number is from 1. MB_ERR_FAILED: too many are under way. */
MB_MUST_CHECK bool mb_web_run(mb_web *web, const mb_run_order *order, int *number, mb_error *err);
bool mb_web_cancel_run(mb_web *web, int number);
int mb_web_runs(const mb_web *web); /* how many are under way */

/* ---- the side of a worker ---- */

/*
 * Waits for the next request: appends its JSON, an object with `method`, `path`, `query`,
 * `environment`, `body`, `last` (the number of the newest live event), `runs` and `run`. *more is false at the end of the studio. MB_ERR_USAGE:
 * this process is not a worker of the studio.
 */
MB_MUST_CHECK bool mb_web_next(mb_buf *request, bool *more, mb_error *err);

/* Sends the answer to the last request. */
MB_MUST_CHECK bool mb_web_reply(int status, const char *type, const char *body, size_t len,
                                mb_error *err);

#endif
