/*
 * proxy.c -- runs a command whose PostgreSQL server is some milliseconds away, and counts its round
 * trips.
 *
 *     proxy [-d MS] [-o FILE] [-r NAME=VALUE] LISTEN SERVER COMMAND...
 *
 * LISTEN and SERVER are Unix sockets: the messages between the command's connections to LISTEN and
 * SERVER are passed on MS later, each way.  Ends with the command's status; FILE then holds one
 * line,
 *
 *     connections N trips N sent BYTES received BYTES
 *
 * A round trip is counted when a client speaks first, or again after it has been given something
 * to read.  Login without a password is one of them, and so is a request to cancel.
 *
 * -r: the server reports one more parameter at a login without a password, as another server would.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 1 << 16, MOST_QUEUED = 1 << 23, MOST_PAIRS = 64 };

typedef struct chunk {
    struct chunk *next;
    int64_t due;
    size_t len, done;
    char data[];
} chunk;

/* One direction of a connection. */
typedef struct flow {
    int from, to;
    chunk *first, **last;
    size_t queued;
    bool ended;  /* nothing more comes */
    bool closed; /* and `to` knows it */
} flow;

typedef struct pair {
    flow up, down;
    bool answered; /* since the client spoke last */
    bool seen;     /* the server's first bytes arrived */
} pair;

static pair *pairs[MOST_PAIRS];
static size_t n_pairs;
static int64_t delay;
static uint64_t connections, trips, sent, received;
static char *reported; /* NAME=VALUE, or NULL */

static void die(const char *what)
{
    fprintf(stderr, "proxy: %s: %s\n", what, strerror(errno));
    exit(125);
}

static int64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    return a;
}

static int open_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        die("socket");
    return fd;
}

static int listen_at(const char *path)
{
    struct sockaddr_un a = address_of(path);
    int fd = open_socket();

    unlink(path);
    if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, MOST_PAIRS) != 0)
        die(path);
    return fd;
}

/* ---- one direction ---- */

static void open_flow(flow *f, int from, int to)
{
    *f = (flow){.from = from, .to = to};
    f->last = &f->first;
}

/* Read the bytes that have arrived, to be passed on when they are due, and return their number. */
static size_t take(flow *f)
{
    chunk *c = malloc(sizeof *c + BLOCK);
    ssize_t got;

    if (!c)
        die("memory");
    got = recv(f->from, c->data, BLOCK, 0);
    if (got <= 0) {
        free(c);
        f->ended = got == 0 || (errno != EINTR && errno != EAGAIN);
        return 0;
    }
    c->next = NULL;
    c->due = now() + delay;
    c->len = (size_t)got;
    c->done = 0;
    *f->last = c;
    f->last = &c->next;
    f->queued += c->len;
    return c->len;
}

/* ParameterStatus: 'S', its length, NAME, 0, VALUE, 0. */
static size_t put_report(char *out)
{
    size_t len = strnlen(reported, 1000) + 1;
    uint32_t size = htonl((uint32_t)(4 + len));

    out[0] = 'S';
    memcpy(out + 1, &size, 4);
    memcpy(out + 5, reported, len);
    *strchr(out + 5, '=') = '\0';
    return 5 + len;
}

/* The end of the message that begins at `at`. */
static size_t end_of(const chunk *c, size_t at)
{
    uint32_t size;

    memcpy(&size, c->data + at + 1, 4);
    return at + 1 + ntohl(size);
}

/* Behind what the server reports itself, with which its answer to a login begins. */
static void add_report(flow *f)
{
    chunk *c = f->first;
    char report[1024];
    size_t len = put_report(report), at = 0;

    while (at + 5 < c->len && strchr("RS", c->data[at]) && end_of(c, at) <= c->len)
        at = end_of(c, at);
    if (!at || c->len + len > BLOCK)
        return;
    memmove(c->data + at + len, c->data + at, c->len - at);
    memcpy(c->data + at, report, len);
    c->len += len;
    f->queued += len;
}

static void drop_first(flow *f)
{
    chunk *c = f->first;

    f->queued -= c->len;
    f->first = c->next;
    if (!f->first)
        f->last = &f->first;
    free(c);
}

/* Send the bytes that are due; true if there were any. */
static bool give(flow *f)
{
    bool gave = false;

    while (f->first && f->first->due <= now()) {
        chunk *c = f->first;
        ssize_t put = send(f->to, c->data + c->done, c->len - c->done, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (put < 0 && (errno == EAGAIN || errno == EINTR))
            return gave;
        gave = true;
        c->done += put > 0 ? (size_t)put : c->len - c->done; /* a reader that is gone takes all */
        if (c->done == c->len)
            drop_first(f);
    }
    if (f->ended && !f->first && !f->closed) {
        shutdown(f->to, SHUT_WR);
        f->closed = true;
    }
    return gave;
}

/* ---- connections ---- */

static void accept_pair(int listener, const char *server)
{
    struct sockaddr_un a = address_of(server);
    int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC), other = open_socket();
    pair *p = malloc(sizeof *p);

    if (client < 0 || !p)
        die("accept");
    if (connect(other, (struct sockaddr *)&a, sizeof a) != 0)
        die(server);
    open_flow(&p->up, client, other);
    open_flow(&p->down, other, client);
    p->answered = true;
    p->seen = false;
    pairs[n_pairs++] = p;
    connections++;
}

static void pump(pair *p, short client, short server)
{
    size_t n = client ? take(&p->up) : 0;

    if (n && p->answered) {
        trips++;
        p->answered = false;
    }
    sent += n;
    n = server ? take(&p->down) : 0;
    if (n && reported && !p->seen) {
        add_report(&p->down);
        p->seen = true;
    }
    received += n;
    give(&p->up);
    if (give(&p->down))
        p->answered = true;
}

static void close_pair(size_t i)
{
    pair *p = pairs[i];

    while (p->up.first)
        drop_first(&p->up);
    while (p->down.first)
        drop_first(&p->down);
    close(p->up.from);
    close(p->up.to);
    free(p);
    pairs[i] = pairs[--n_pairs];
}

static bool over(const pair *p)
{
    return p->up.closed && p->down.closed;
}

/* ---- waiting ---- */

static void watch(struct pollfd *p, const flow *f, const flow *back)
{
    bool blocked = back->first && back->first->due <= now();

    p->fd = f->from;
    p->events = (short)((!f->ended && f->queued < MOST_QUEUED ? POLLIN : 0) |
                        (blocked ? POLLOUT : 0));
    if (!p->events)
        p->fd = -1;
}

static int64_t earlier(int64_t due, const flow *f)
{
    return f->first && f->first->due < due ? f->first->due : due;
}

static void wait_for(struct pollfd *polls, size_t n, int64_t due)
{
    int64_t rest = due - now();
    struct timespec left = {0};

    if (rest > 0) {
        left.tv_sec = rest / 1000000000;
        left.tv_nsec = rest % 1000000000;
    }
    if (ppoll(polls, n, due == INT64_MAX ? NULL : &left, NULL) < 0 && errno != EINTR)
        die("poll");
}

/* Until the command ends, which `child` tells. */
static void forward(int listener, const char *server, int child)
{
    struct pollfd polls[2 + 2 * MOST_PAIRS] = {{.fd = child, .events = POLLIN}};

    while (!polls[0].revents) {
        int64_t due = INT64_MAX;
        size_t n = n_pairs;

        polls[1] = (struct pollfd){.fd = n < MOST_PAIRS ? listener : -1, .events = POLLIN};
        for (size_t i = 0; i < n; i++) {
            const pair *p = pairs[i];

            watch(&polls[2 + 2 * i], &p->up, &p->down);
            watch(&polls[3 + 2 * i], &p->down, &p->up);
            /* A reader that is not ready is waited for by POLLOUT, not by the clock. */
            if (!(polls[3 + 2 * i].events & POLLOUT))
                due = earlier(due, &p->up);
            if (!(polls[2 + 2 * i].events & POLLOUT))
                due = earlier(due, &p->down);
        }
        wait_for(polls, 2 + 2 * n, due);
        for (size_t i = n; i-- > 0;) {
            const short broken = POLLIN | POLLHUP | POLLERR;

            pump(pairs[i], polls[2 + 2 * i].revents & broken, polls[3 + 2 * i].revents & broken);
            if (over(pairs[i]))
                close_pair(i);
        }
        if (polls[1].revents & POLLIN)
            accept_pair(listener, server);
    }
}

/* ---- the command ---- */

static pid_t start(char **command, const sigset_t *before)
{
    pid_t pid = fork();

    if (pid < 0)
        die("fork");
    if (pid == 0) {
        sigprocmask(SIG_SETMASK, before, NULL);
        execvp(command[0], command);
        die(command[0]);
    }
    return pid;
}

static int result_of(pid_t pid)
{
    int status;

    if (waitpid(pid, &status, 0) != pid)
        die("wait");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void report(const char *path)
{
    FILE *out = path ? fopen(path, "w") : stderr;

    if (!out)
        die(path);
    fprintf(out, "connections %ju trips %ju sent %ju received %ju\n", (uintmax_t)connections,
            (uintmax_t)trips, (uintmax_t)sent, (uintmax_t)received);
    if (path && fclose(out) != 0)
        die(path);
}

int main(int argc, char **argv)
{
    const char *path = NULL;
    sigset_t chld, before;
    int listener, child, option;
    pid_t pid;

    while ((option = getopt(argc, argv, "+d:o:r:")) != -1)
        if (option == 'd')
            delay = (int64_t)(strtod(optarg, NULL) * 1e6);
        else if (option == 'o')
            path = optarg;
        else if (option == 'r' && strchr(optarg, '='))
            reported = optarg;
        else
            return 125;
    if (argc - optind < 3) {
        fputs("usage: proxy [-d MS] [-o FILE] [-r NAME=VALUE] LISTEN SERVER COMMAND...\n", stderr);
        return 125;
    }
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, &before);
    child = signalfd(-1, &chld, SFD_CLOEXEC);
    if (child < 0)
        die("signalfd");
    listener = listen_at(argv[optind]);
    pid = start(argv + optind + 2, &before);
    forward(listener, argv[optind + 1], child);
    unlink(argv[optind]);
    report(path);
    return result_of(pid);
}
