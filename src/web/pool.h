/*
 * pool.h -- the processes that answer requests.
 *
 * A worker is a child with one database session. It answers one request at a time; while it works,
 * others answer other requests. So a slow query stops neither the studio nor another page, and
 * cancelling a request is a SIGINT to its worker.
 *
 * On the channel, a request is its length in decimal, a newline, and that many bytes. An answer is
 * the HTTP status, a space, the length, a space, the media type, a newline, and the body.
 */
#ifndef MOONBIRD_WEB_POOL_H
#define MOONBIRD_WEB_POOL_H

#include "moonbird/base/buf.h"

#include <poll.h>
#include <stdint.h>

typedef struct mb_pool mb_pool;

/* A request on its way. The caller owns it until `done` was called, or mb_pool_cancel. */
typedef struct mb_pool_job {
    char environment[64]; /* to which its worker is connected; "": that of the pool */
    mb_buf request;
    int status; /* of the answer */
    char type[64];
    mb_buf answer;
    void (*done)(struct mb_pool_job *job);
    struct mb_pool_job *next; /* in the queue */
    struct mb_pool_worker *worker; /* NULL: it is in the queue */
} mb_pool_job;

typedef struct mb_pool_limits {
    int workers;    /* processes at a time */
    int waiting;    /* requests in the queue */
    int request_ms; /* how long a request may take */
    int idle_ms;    /* after which a worker without a request ends */
} mb_pool_limits;

/*
 * `argv`: the command line of a worker, after its "-e ENVIRONMENT"; `environment`: of jobs that name
 * none, NULL for no -e. Both are borrowed.
 */
mb_pool *mb_pool_new(const char *const *argv, const char *environment, mb_pool_limits limits);

/* Ends all workers, without calling `done`. NULL is allowed. */
void mb_pool_close(mb_pool *pool);

/* Starts a worker for the studio's own environment, if there is none. */
void mb_pool_warm(mb_pool *pool);

/* Gives the job to a worker, or to the queue. False: the queue is full, and the job is not taken. */
MB_MUST_CHECK bool mb_pool_ask(mb_pool *pool, mb_pool_job *job);

/* Forgets the job; a worker that has it is interrupted. */
void mb_pool_cancel(mb_pool *pool, mb_pool_job *job);

enum { MB_POOL_FDS = 2 * 32 }; /* the most that mb_pool_poll adds */

/* Sets the descriptors to wait for, and returns their number. */
size_t mb_pool_poll(const mb_pool *pool, struct pollfd *fds);

/* Reads what the workers sent, calls `done` of jobs, and ends workers that are late or idle. */
void mb_pool_turn(mb_pool *pool);

#endif
