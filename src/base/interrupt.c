#include "moonbird/interrupt.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { GRACE_SECONDS = 2 };

static volatile sig_atomic_t signals;
static void (*volatile cancel_server)(void *arg);
static void *volatile cancel_arg;

static void end_now(void)
{
    static const char text[] =
        "\nmoonbird: interrupted; the connection is closed and the server rolls back\n";
    void (*cancel)(void *) = cancel_server;

    if (cancel)
        cancel(cancel_arg);
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(130);
    _exit(130);
}

static void on_signal(int number)
{
    if (number == SIGALRM || signals++ > 0)
        end_now();
    alarm(GRACE_SECONDS);
}

void mb_interrupt_install(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGALRM};
    struct sigaction act = {.sa_handler = on_signal};

    sigemptyset(&act.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaction(numbers[i], &act, NULL);
    signal(SIGPIPE, SIG_IGN);
}

bool mb_interrupted(void)
{
    return signals > 0;
}

void mb_interrupt_seen(void)
{
    alarm(0);
}

bool mb_interrupt_check(mb_error *err)
{
    return signals == 0 || mb_fail(err, MB_ERR_INTERRUPTED, "interrupted");
}

void mb_interrupt_on_exit(void (*cancel)(void *arg), void *arg)
{
    cancel_server = NULL;
    cancel_arg = arg;
    cancel_server = cancel;
}
