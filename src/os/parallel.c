#include "moonbird/os/parallel.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

enum { THREADS_MAX = 8 };

typedef struct part {
    mb_share share;
    void *self;
    size_t from, to;
    pthread_t thread;
    bool threaded; /* it has a thread; otherwise the caller does it */
    bool ok;
    mb_error err;
} part;

static void *run(void *arg)
{
    part *p = arg;

    p->ok = p->share(p->self, p->from, p->to, &p->err);
    return NULL;
}

static size_t count(size_t n, size_t least)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t most = processors < 1 ? 1 : processors > THREADS_MAX ? THREADS_MAX : (size_t)processors;
    size_t parts = n / least;

    return parts < 1 ? 1 : parts > most ? most : parts;
}

/* Starts the threads with all signals blocked: a thread inherits the mask. */
static void start(part *parts, size_t n)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (size_t i = 1; i < n; i++)
        parts[i].threaded = pthread_create(&parts[i].thread, NULL, run, &parts[i]) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

bool mb_parallel(size_t n, size_t least, mb_share share, void *self, mb_error *err)
{
    part parts[THREADS_MAX];
    size_t k = count(n, least);

    for (size_t i = 0; i < k; i++)
        parts[i] = (part){
            .share = share, .self = self, .from = n * i / k, .to = n * (i + 1) / k};
    start(parts, k);
    for (size_t i = 0; i < k; i++)
        if (!parts[i].threaded)
            run(&parts[i]);
    for (size_t i = 0; i < k; i++)
        if (parts[i].threaded)
            pthread_join(parts[i].thread, NULL);
    for (size_t i = 0; i < k; i++)
        if (!parts[i].ok) {
            *err = parts[i].err;
            return false;
        }
    return true;
}
