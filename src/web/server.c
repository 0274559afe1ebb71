/* server.c -- the loop: it waits for browsers, workers and runs at once. */
#include "moonbird/web/server.h"

#include "exchange.h"
#include "listen.h"

#include "moonbird/base/mem.h"
#include "moonbird/os/interrupt.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CONNECTION_BYTES = 32 << 10, /* for the request line and the headers */
    TIMEOUT_S = 30,              /* of a connection that sends nothing; one that waits has none */
    LONGEST_WAIT_MS = 500,       /* a signal just before the wait does not end it */
};

static const mb_pool_limits limits = {
    .workers = 8, .waiting = 64, .request_ms = 60000, .idle_ms = 60000};

static bool start_daemon(mb_web *web, int fd, mb_error *err)
{
    web->daemon = mb_http.start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, mb_exchange_handle, web,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)MB_GUESTS_MOST,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_NOTIFY_COMPLETED, mb_exchange_end, web, MHD_OPTION_NOTIFY_CONNECTION,
        mb_guests_notify, &web->guests, MHD_OPTION_END);
    if (web->daemon)
        return true;
    close(fd);
    return mb_fail(err, MB_ERR_FAILED, "libmicrohttpd cannot start");
}

bool mb_web_open(mb_web **out, const mb_web_settings *settings, mb_error *err)
{
    mb_web *web = mb_alloc(sizeof *web);
    int fd = -1;
    bool ok;

    *out = web;
    web->settings = settings;
    web->port = settings->port;
    ok = mb_http_load(err) && (settings->socket ? mb_listen_socket(&fd, &web->file, settings->socket, err)
                                                : mb_listen_port(&fd, &web->port, err));
    ok = ok && mb_guard_open(&web->guard, settings->socket ? 0 : web->port, err) &&
         start_daemon(web, fd, err);
    if (!ok) {
        free(web);
        *out = NULL;
        return false;
    }
    web->runs = mb_runs_new(&web->feed);
    web->pool = mb_pool_new(settings->worker, settings->environment, limits);
    mb_pool_warm(web->pool);
    return true;
}

void mb_web_close(mb_web *web)
{
    if (!web)
        return;
    for (mb_exchange *e = web->exchanges; e; e = e->next) {
        if (e->state == MB_EXCHANGE_WAITING && !e->order)
            mb_pool_cancel(web->pool, &e->job);
        if (e->state == MB_EXCHANGE_WAITING)
            e->state = MB_EXCHANGE_SENT;
        mb_exchange_resume(e); /* the library cannot stop while a connection is suspended */
    }
    mb_http.stop_daemon(web->daemon);
    if (web->settings->socket)
        mb_listen_remove(&web->file, web->settings->socket);
    mb_pool_close(web->pool);
    mb_runs_free(web->runs);
    mb_feed_free(&web->feed);
    free(web);
}

bool mb_web_address(mb_web *web, mb_buf *out, mb_error *err)
{
    if (web->guard.spent && !mb_guard_renew(&web->guard, err))
        return false;
    if (web->settings->socket)
        mb_buf_printf(out, "http://localhost:PORT/#%s", web->guard.token);
    else
        mb_buf_printf(out, "http://127.0.0.1:%d/#%s", web->port, web->guard.token);
    return true;
}

bool mb_web_wants_address(mb_web *web)
{
    bool wants = web->wants_address;

    web->wants_address = false;
    return wants;
}

/* ---- the loop ---- */

static int timeout_of(const mb_web *web)
{
    MHD_UNSIGNED_LONG_LONG ms;

    if (mb_http.get_timeout(web->daemon, &ms) == MHD_YES && ms < LONGEST_WAIT_MS)
        return (int)ms;
    return LONGEST_WAIT_MS;
}

/* The exchanges that wait: POLLRDHUP says that the browser has closed the connection. */
static size_t poll_exchanges(const mb_web *web, struct pollfd *fds)
{
    size_t n = 0;

    for (const mb_exchange *e = web->exchanges; e && n < MB_GUESTS_MOST; e = e->next)
        if (e->suspended && e->fd >= 0)
            fds[n++] = (struct pollfd){.fd = e->fd, .events = POLLRDHUP};
    return n;
}

/* Ends the exchange of a browser that is gone; resumed, the library finds the connection closed. */
static void drop_gone(mb_web *web, const struct pollfd *fds, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!fds[i].revents)
            continue;
        for (mb_exchange *e = web->exchanges; e; e = e->next) {
            if (!e->suspended || e->fd != fds[i].fd)
                continue;
            if (e->state == MB_EXCHANGE_WAITING && !e->order)
                mb_pool_cancel(web->pool, &e->job);
            e->gone = true;
            if (e->state == MB_EXCHANGE_WAITING)
                mb_exchange_finish(e, 499, "text/plain", "", 0);
            mb_exchange_resume(e);
        }
    }
}

static void turn(mb_web *web)
{
    const union MHD_DaemonInfo *info =
        mb_http.get_daemon_info(web->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct pollfd fds[1 + MB_GUESTS_MOST + MB_POOL_FDS + 2 * MB_RUNS_AT_ONCE] = {
        {.fd = info->epoll_fd, .events = POLLIN}};
    size_t waiting = poll_exchanges(web, fds + 1), n = 1 + waiting;
    int64_t told = web->feed.last;

    n += mb_pool_poll(web->pool, fds + n);
    n += mb_runs_poll(web->runs, fds + n);
    if (poll(fds, n, timeout_of(web)) > 0)
        drop_gone(web, fds + 1, waiting);
    mb_pool_turn(web->pool);
    mb_runs_turn(web->runs);
    for (mb_exchange *e = web->exchanges; e && web->feed.last > told; e = e->next)
        if (e->state == MB_EXCHANGE_STREAMING)
            mb_exchange_resume(e);
    mb_http.run(web->daemon);
}

bool mb_web_wait(mb_web *web, mb_web_order *order, mb_error *err)
{
    static const size_t prefix = sizeof "/do/" - 1;

    *order = (mb_web_order){0};
    while (mb_interrupt_check(err)) {
        for (mb_exchange *e = web->exchanges; e; e = e->next) {
            if (!e->order || e->taken || e->state != MB_EXCHANGE_WAITING)
                continue;
            e->taken = true;
            *order = (mb_web_order){.number = e->order, .name = e->path + prefix,
                                    .body = mb_buf_str(&e->body), .len = e->body.len};
            return true;
        }
        if (web->wants_address)
            return true;
        turn(web);
    }
    return false;
}

void mb_web_answer(mb_web *web, int number, int status, const char *json, size_t len)
{
    for (mb_exchange *e = web->exchanges; e; e = e->next) {
        if (e->order == number && e->state == MB_EXCHANGE_WAITING) {
            mb_exchange_finish(e, status, "application/json", json, len);
            return;
        }
    }
}

bool mb_web_run(mb_web *web, const mb_run_order *order, int *number, mb_error *err)
{
    return mb_runs_start(web->runs, order, number, err);
}

bool mb_web_cancel_run(mb_web *web, int number)
{
    return mb_runs_cancel(web->runs, number);
}

int mb_web_runs(const mb_web *web)
{
    return mb_runs_count(web->runs);
}
