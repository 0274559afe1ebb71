/*
 * faults.c -- linked between the program and libpq: ends the run, or lets a call fail, at a
 * chosen libpq call.
 *
 * $TORTURE_FAULT is `ACTION FUNCTION N`: at the N-th call of that function
 *
 *     kill   the program is gone (SIGKILL)
 *     stop   the program stands still (SIGSTOP) until it is continued or killed
 *     fail   the call returns its failure value and nothing is sent; of PQgetResult the
 *            answer is lost, whatever it was
 *     cut    the socket is shut down under libpq, then the call is made
 *     end    the server's backend is ended as by pg_terminate_backend, then the call is made
 *
 * Each call adds a line to $TORTURE_TRACE before it is made: its name and number, whether a
 * transaction is open on the session that writes the ledger, and for which migration ("?" from
 * BEGIN until the ledger's row tells).
 *
 * The functions listed here reach the server or can fail.  tests/torture/run refuses a program that
 * uses a libpq function that is neither listed here nor known to send and receive nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef enum action {
    ACT_NONE,
    ACT_KILL,
    ACT_STOP,
    ACT_FAIL,
    ACT_CUT,
    ACT_END,
} action;

static struct {
    bool read; /* the environment was looked at */
    action what;
    char function[32];
    long at;
    int trace;
    const PGconn *main; /* the session that writes the ledger */
    bool open;
    char step[64];
} torture = {.trace = -1};

static action action_named(const char *name)
{
    static const char *const names[] = {
        [ACT_KILL] = "kill", [ACT_STOP] = "stop", [ACT_FAIL] = "fail",
        [ACT_CUT] = "cut",   [ACT_END] = "end",
    };

    for (action a = ACT_KILL; a <= ACT_END; a++)
        if (strcmp(name, names[a]) == 0)
            return a;
    fprintf(stderr, "TORTURE_FAULT: \"%s\"?\n", name);
    exit(2);
}

static void read_environment(void)
{
    const char *fault = getenv("TORTURE_FAULT");
    const char *trace = getenv("TORTURE_TRACE");
    char name[8];

    torture.read = true;
    if (fault && sscanf(fault, "%7s %31s %ld", name, torture.function, &torture.at) == 3)
        torture.what = action_named(name);
    if (trace)
        torture.trace = open(trace, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

/* While a statement runs, libpq cannot tell, so the earlier answer stays. */
static void look(const PGconn *conn)
{
    PGTransactionStatusType status;

    if (!conn || conn != torture.main)
        return;
    status = PQtransactionStatus(conn);
    if (status != PQTRANS_ACTIVE)
        torture.open = status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

static void write_trace(const char *function, long n)
{
    char line[128];
    int len;

    if (torture.trace < 0)
        return;
    len = snprintf(line, sizeof line, "%s %ld %s %s\n", function, n, torture.open ? "open" : "idle",
                   torture.step[0] ? torture.step : "-");
    if (write(torture.trace, line, (size_t)len) != len)
        _exit(2);
}

/* Ended: its last message is in the socket. */
static void end_backend(const PGconn *conn)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    int pid = PQbackendPID(conn);

    if (pid <= 0 || kill(pid, SIGTERM) != 0)
        return;
    for (int i = 0; i < 500 && (kill(pid, 0) == 0 || errno != ESRCH); i++)
        nanosleep(&pause, NULL);
}

/* Before the n-th call of a function: true when it shall return its failure value. */
static bool fault(const char *function, long n, const PGconn *conn)
{
    if (!torture.read)
        read_environment();
    look(conn);
    write_trace(function, n);
    if (n != torture.at || strcmp(function, torture.function) != 0)
        return false;
    switch (torture.what) {
    case ACT_KILL:
        kill(getpid(), SIGKILL);
        return false;
    case ACT_STOP:
        kill(getpid(), SIGSTOP);
        return false;
    case ACT_CUT:
        if (conn && PQsocket(conn) >= 0)
            shutdown(PQsocket(conn), SHUT_RDWR);
        return false;
    case ACT_END:
        if (conn)
            end_backend(conn);
        return false;
    case ACT_FAIL:
        return true;
    case ACT_NONE:
        break;
    }
    return false;
}

/* Every change of the ledger has the stream and the name first. */
static void look_at_params(const PGconn *conn, int n, const char *const *values)
{
    if (n < 2 || !values[0] || !values[1] ||
        (strcmp(values[0], "auto") != 0 && strcmp(values[0], "manual") != 0))
        return;
    torture.main = conn;
    snprintf(torture.step, sizeof torture.step, "%s/%s", values[0], values[1]);
}

/* BEGIN opens the transaction while it is on its way. */
static void look_at_text(const PGconn *conn, const char *text)
{
    if (conn != torture.main || strncasecmp(text, "BEGIN", 5) != 0)
        return;
    torture.open = true;
    strcpy(torture.step, "?");
}

/* type, name, (parameters), (arguments), failure value */
#define CALL(type, name, params, args, failure)                                                    \
    type __real_##name params;                                                                     \
    type __wrap_##name params;                                                                     \
    type __wrap_##name params                                                                      \
    {                                                                                              \
        static long calls;                                                                         \
        return fault(#name, ++calls, conn) ? (failure) : __real_##name args;                       \
    }

/* The same for a function that sends; `look` also looks at the message. */
#define SEND(name, look, params, args)                                                             \
    int __real_##name params;                                                                      \
    int __wrap_##name params;                                                                      \
    int __wrap_##name params                                                                       \
    {                                                                                              \
        static long calls;                                                                         \
        look;                                                                                      \
        return fault(#name, ++calls, conn) ? 0 : __real_##name args;                               \
    }

SEND(PQsendQuery, look_at_text(conn, text), (PGconn * conn, const char *text), (conn, text))
SEND(PQsendQueryParams, look_at_params(conn, n, values),
     (PGconn * conn, const char *text, int n, const Oid *types, const char *const *values,
      const int *lengths, const int *formats, int format),
     (conn, text, n, types, values, lengths, formats, format))
SEND(PQsendQueryPrepared, look_at_params(conn, n, values),
     (PGconn * conn, const char *name, int n, const char *const *values, const int *lengths,
      const int *formats, int format),
     (conn, name, n, values, lengths, formats, format))

CALL(int, PQsendPrepare,
     (PGconn * conn, const char *name, const char *text, int n, const Oid *types),
     (conn, name, text, n, types), 0)
CALL(int, PQsendDescribePrepared, (PGconn * conn, const char *name), (conn, name), 0)
CALL(int, PQsetSingleRowMode, (PGconn * conn), (conn), 0)
CALL(int, PQsetnonblocking, (PGconn * conn, int on), (conn, on), -1)
CALL(int, PQenterPipelineMode, (PGconn * conn), (conn), 0)
CALL(int, PQexitPipelineMode, (PGconn * conn), (conn), 0)
CALL(int, PQpipelineSync, (PGconn * conn), (conn), 0)
CALL(int, PQsendFlushRequest, (PGconn * conn), (conn), 0)
CALL(int, PQflush, (PGconn * conn), (conn), -1)
CALL(int, PQconsumeInput, (PGconn * conn), (conn), 0)
CALL(int, PQputCopyData, (PGconn * conn, const char *data, int len), (conn, data, len), -1)
CALL(int, PQputCopyEnd, (PGconn * conn, const char *why), (conn, why), -1)
CALL(int, PQgetCopyData, (PGconn * conn, char **row, int async), (conn, row, async), -2)
CALL(PGcancel *, PQgetCancel, (PGconn * conn), (conn), NULL)
CALL(PQconninfoOption *, PQconninfo, (PGconn * conn), (conn), NULL)

/* Out of memory, as libpq reports it: the server's answer may have been a success. */
static PGresult *lost_result(PGresult *res, PGconn *conn)
{
    bool some = res != NULL;

    PQclear(res);
    return some ? PQmakeEmptyPGresult(conn, PGRES_FATAL_ERROR) : NULL;
}

PGresult *__real_PQgetResult(PGconn *conn);
PGresult *__wrap_PQgetResult(PGconn *conn);
PGresult *__wrap_PQgetResult(PGconn *conn)
{
    static long calls;
    bool failed = fault("PQgetResult", ++calls, conn);
    PGresult *res = __real_PQgetResult(conn);

    return failed ? lost_result(res, conn) : res;
}

PGconn *__real_PQconnectStartParams(const char *const *keys, const char *const *values, int expand);
PGconn *__wrap_PQconnectStartParams(const char *const *keys, const char *const *values, int expand);
PGconn *__wrap_PQconnectStartParams(const char *const *keys, const char *const *values, int expand)
{
    static long calls;

    return fault("PQconnectStartParams", ++calls, NULL)
               ? NULL
               : __real_PQconnectStartParams(keys, values, expand);
}

PostgresPollingStatusType __real_PQconnectPoll(PGconn *conn);
PostgresPollingStatusType __wrap_PQconnectPoll(PGconn *conn);
PostgresPollingStatusType __wrap_PQconnectPoll(PGconn *conn)
{
    static long calls;

    if (!torture.main)
        torture.main = conn;
    return fault("PQconnectPoll", ++calls, conn) ? PGRES_POLLING_FAILED
                                                 : __real_PQconnectPoll(conn);
}

PQconninfoOption *__real_PQconninfoParse(const char *conninfo, char **why);
PQconninfoOption *__wrap_PQconninfoParse(const char *conninfo, char **why);
PQconninfoOption *__wrap_PQconninfoParse(const char *conninfo, char **why)
{
    static long calls;

    return fault("PQconninfoParse", ++calls, NULL) ? NULL : __real_PQconninfoParse(conninfo, why);
}

int __real_PQcancel(PGcancel *cancel, char *why, int size);
int __wrap_PQcancel(PGcancel *cancel, char *why, int size);
int __wrap_PQcancel(PGcancel *cancel, char *why, int size)
{
    static long calls;

    snprintf(why, (size_t)size, "no way");
    return fault("PQcancel", ++calls, NULL) ? 0 : __real_PQcancel(cancel, why, size);
}

void __real_PQfinish(PGconn *conn);
void __wrap_PQfinish(PGconn *conn);
void __wrap_PQfinish(PGconn *conn)
{
    static long calls;

    (void)fault("PQfinish", ++calls, conn);
    if (conn == torture.main) {
        torture.main = NULL;
        torture.open = false;
    }
    __real_PQfinish(conn);
}
