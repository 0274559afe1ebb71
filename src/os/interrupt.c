#include "moonbird/os/interrupt.h"

#include "moonbird/os/clock.h"
#include "moonbird/os/live.h"
#include "moonbird/os/streams.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    GRACE_SECONDS = 2,
    CANCEL_SECONDS = 1,
    SLICE_US = 50000,
    LATE_TICKS = 20, /* 2 s of processor time past a time limit */
};

static const struct timespec tick = {.tv_nsec = 100000000};

static volatile sig_atomic_t signals;
static void (*volatile cancel_server)(void *arg);
static void *volatile cancel_arg;
static void (*volatile poke)(void);
static volatile sig_atomic_t group; /* the process group of a program that runs; or 0 */

/* The handler reads these; only the program itself sets the deadline. */
static volatile mb_deadline deadline;
static volatile int late_ticks;
static char late_text[320]; /* the message when a limit ends the program, written in advance */

static void say_and_exit(const char *text, int status)
{
    struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};

    /* without waiting: the pipe may have no reader that reads */
    if (poll(&ready, 1, 0) == 1 && write(STDERR_FILENO, text, strlen(text)) < 0)
        _exit(status);
    _exit(status);
}

static void on_no_answer(int number)
{
    (void)number;
    say_and_exit(
        "\nmoonbird: interrupted; the server did not accept the cancel request; it rolls back "
        "what was not committed when it notices that the connection is closed\n",
        130);
}

/* The cancel request waits for its answer, forever when the server hangs: an alarm limits that. */
static void limit_cancel(void)
{
    struct sigaction act = {.sa_handler = on_no_answer};
    sigset_t alarms;

    sigemptyset(&act.sa_mask);
    sigaction(SIGALRM, &act, NULL);
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    pthread_sigmask(SIG_UNBLOCK, &alarms, NULL); /* this may run in the handler of SIGALRM */
    alarm(CANCEL_SECONDS);
}

static void end_now(const char *text, int status)
{
    void (*cancel)(void *) = cancel_server;

    if (group)
        kill(-group, SIGKILL);
    limit_cancel();
    if (cancel)
        cancel(cancel_arg);
    say_and_exit(text, status);
}

static bool is_late(void)
{
    return deadline.at && mb_now_us() > deadline.at;
}

/*
 * Past its limit a script raises an error at its next instruction.  A script inside a C function
 * (string.find) has no next instruction: the program ends.
 */
static void on_tick(int number)
{
    void (*fn)(void) = poke;

    if (number == SIGVTALRM && is_late() && ++late_ticks > LATE_TICKS)
        end_now(late_text, 1);
    if (fn)
        fn();
}

static void on_signal(int number)
{
    if (number == SIGALRM || signals++ > 0)
        end_now("\nmoonbird: interrupted; the connection is closed and the server rolls"
                " back what was not committed\n", 130);
    alarm(GRACE_SECONDS);
    on_tick(number);
}

/* A POSIX timer ends at exec: a program that replaces this one gets no signals. */
static void start_ticking(void)
{
    struct sigaction act = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGVTALRM};
    const struct itimerspec every = {.it_interval = tick, .it_value = tick};
    timer_t timer;

    sigemptyset(&act.sa_mask);
    if (sigaction(SIGVTALRM, &act, NULL) == 0 &&
        timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer) == 0)
        timer_settime(timer, 0, &every, NULL);
}

/* As under nohup: a signal that was ignored at the start stays ignored. */
static bool is_ignored(int number)
{
    struct sigaction act;

    return sigaction(number, NULL, &act) == 0 && act.sa_handler == SIG_IGN;
}

void mb_interrupt_install(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGALRM};
    struct sigaction act = {.sa_handler = on_signal};

    sigemptyset(&act.sa_mask);
    sigaddset(&act.sa_mask, SIGVTALRM);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (numbers[i] != SIGHUP || !is_ignored(SIGHUP))
            sigaction(numbers[i], &act, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that gets too large is an error, also of pg_dump */
    signal(SIGCHLD, SIG_DFL); /* while it is ignored, waitpid cannot tell how a child ended */
    mb_streams_give_up(mb_interrupted);
    start_ticking();
}

void mb_interrupt_on_tick(void (*fn)(void))
{
    poke = fn;
}

mb_deadline mb_time_limit(int ms)
{
    const mb_deadline before = deadline;

    mb_time_limit_back(
        (mb_deadline){.at = ms ? mb_now_us() + (int64_t)ms * 1000 : 0, .limit_ms = ms});
    return before;
}

void mb_time_limit_back(mb_deadline before)
{
    deadline.at = 0; /* a tick must not see the old limit with the new text */
    if (before.at)
        snprintf(late_text, sizeof late_text,
                 "%smoonbird: error: the script ran longer than its time limit of %g s, in a "
                 "function that cannot be interrupted\nDETAIL: moonbird has exited; the server "
                 "rolls back what was not committed.\nHINT: Raise \"time_limit\" in moonbird.lua, "
                 "or make the script do less at a time.\n",
                 isatty(STDERR_FILENO) ? "\n" : "", before.limit_ms / 1000.0);
    late_ticks = 0;
    deadline.limit_ms = before.limit_ms;
    deadline.at = before.at;
}

bool mb_interrupted(void)
{
    return signals > 0 || is_late();
}

void mb_interrupt_seen(void)
{
    alarm(0);
}

void mb_interrupt_clear(void)
{
    alarm(0);
    signals = 0;
}

bool mb_interrupt_check(mb_error *err)
{
    if (signals > 0)
        return mb_fail(err, MB_ERR_INTERRUPTED, "interrupted");
    if (!is_late())
        return true;
    mb_fail(err, MB_ERR_SCRIPT, "the script ran longer than its time limit of %g s",
            deadline.limit_ms / 1000.0);
    return mb_fail_hint(err, "Raise \"time_limit\" in moonbird.lua, or make the script do less at "
                             "a time.");
}

bool mb_sleep(double seconds, mb_error *err)
{
    int64_t end = mb_now_us() + (int64_t)(seconds * 1e6), left;

    while (mb_interrupt_check(err)) {
        struct timespec slice = {.tv_nsec = SLICE_US * 1000L};

        left = end - mb_now_us();
        if (left <= 0)
            return true;
        if (left < SLICE_US)
            slice.tv_nsec = (long)left * 1000;
        nanosleep(&slice, NULL);
        mb_live_tick();
    }
    return false;
}

void mb_interrupt_on_exit(void (*cancel)(void *arg), void *arg)
{
    cancel_server = NULL;
    cancel_arg = arg;
    cancel_server = cancel;
}

void mb_interrupt_kill_on_exit(pid_t program)
{
    group = program;
}
