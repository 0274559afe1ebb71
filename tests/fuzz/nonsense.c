/*
 * nonsense.c -- a server that speaks the protocol badly on purpose.
 *
 * Most of its messages are those that PostgreSQL would send, so that later code is reached;
 * sometimes it sends another message, or a broken one.  See the PostgreSQL manual, 55.7 "Message
 * Formats".
 */
#include "nonsense.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CLIENTS = 8, COLUMNS = 24, MESSAGES_MOST = 3000, ROUND_MS = 5, IDLE_MOST = 10 };

typedef struct client {
    int fd; /* -1: none */
    bool started;
    char state; /* of its transaction */
    char in[1 << 16];
    size_t n;
    mb_buf out;
    bool leave; /* once `out` is sent */
    int idle;   /* rounds in which it sent nothing */
} client;

struct nonsense {
    pthread_t thread;
    int listener;
    atomic_bool stop;
    const uint8_t *data;
    size_t size, at;
    uint64_t random;
    size_t messages;
    client clients[CLIENTS];
};

/* ---- the input that decides ---- */

static unsigned next(nonsense *s)
{
    if (s->at < s->size)
        s->random = s->random * 31 + s->data[s->at++];
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return (unsigned)(s->random >> 33);
}

static bool one_in(nonsense *s, unsigned n)
{
    return next(s) % n == 0;
}

/* ---- messages ---- */

static void put16(mb_buf *out, unsigned n)
{
    uint16_t wire = htons((uint16_t)n);

    mb_buf_add(out, (const char *)&wire, sizeof wire);
}

static void put32(mb_buf *out, unsigned n)
{
    uint32_t wire = htonl(n);

    mb_buf_add(out, (const char *)&wire, sizeof wire);
}

static void put_message(mb_buf *out, char type, const mb_buf *body)
{
    mb_buf_putc(out, type);
    put32(out, (unsigned)(body->len + 4));
    mb_buf_add(out, mb_buf_str(body), body->len);
}

static void put_text(mb_buf *out, char type, const char *text, bool ended)
{
    mb_buf body = {0};

    mb_buf_add(&body, text, strlen(text) + ended);
    put_message(out, type, &body);
    mb_buf_free(&body);
}

static void put_setting(mb_buf *out, const char *name, const char *value)
{
    mb_buf body = {0};

    mb_buf_add(&body, name, strlen(name) + 1);
    mb_buf_add(&body, value, strlen(value) + 1);
    put_message(out, 'S', &body);
    mb_buf_free(&body);
}

static void put_ready(mb_buf *out, char state)
{
    char text[2] = {state};

    put_text(out, 'Z', text, false);
}

static void put_report(nonsense *s, mb_buf *out, char type)
{
    static const char *const states[] = {"23505", "55P03", "40001", "25001", "57P01", "00000", ""};
    mb_buf body = {0};

    if (!one_in(s, 4))
        mb_buf_printf(&body, "SERROR%cC%s%cMnonsense%c", 0,
                      states[next(s) % (sizeof states / sizeof states[0])], 0, 0);
    if (one_in(s, 4))
        mb_buf_printf(&body, "P%d%cq%c\xff%c", (int)next(s), 0, 0, 0);
    if (!one_in(s, 8))
        mb_buf_putc(&body, '\0');
    put_message(out, type, &body);
    mb_buf_free(&body);
}

static void put_columns(nonsense *s, mb_buf *out, unsigned n)
{
    static const unsigned types[] = {25, 20, 23, 16, 1009, 17, 0, 4000000000u};
    mb_buf body = {0};

    put16(&body, n);
    for (unsigned i = 0; i < n; i++) {
        mb_buf_add(&body, "c", 2);
        put32(&body, next(s));
        put16(&body, i);
        put32(&body, types[next(s) % (sizeof types / sizeof types[0])]);
        put16(&body, next(s));
        put32(&body, next(s));
        put16(&body, one_in(s, 16) ? 1 : 0);
    }
    put_message(out, 'T', &body);
    mb_buf_free(&body);
}

static void put_row(nonsense *s, mb_buf *out, unsigned n)
{
    static const char *const cells[] = {
        "t", "1", "t", "moonbird ledger 5", "auto", "running", "applied", "migrations", "f", "0",
        "",
        "-1", "99999999999999999999999", "{a,b}", "{", "\xff\xfe", "0/0", "postgres", "r", "up"};
    mb_buf body = {0};

    put16(&body, n);
    for (unsigned i = 0; i < n; i++) {
        const char *cell = cells[next(s) % (sizeof cells / sizeof cells[0])];

        if (one_in(s, 5)) {
            put32(&body, one_in(s, 40) ? 0x7ffffff0u : one_in(s, 40) ? 0xfffffff0u : 0xffffffffu);
            continue;
        }
        put32(&body, (unsigned)strlen(cell));
        mb_buf_puts(&body, cell);
    }
    put_message(out, 'D', &body);
    mb_buf_free(&body);
}

/* Anything, at any place. */
static void put_mischief(nonsense *s, client *c)
{
    mb_buf *out = &c->out, body = {0};

    switch (next(s) % 22) {
    case 0: put_row(s, out, next(s) % COLUMNS); break;
    case 1: put_columns(s, out, next(s) % COLUMNS); break;
    case 2: put_report(s, out, 'E'); break;
    case 3: put_report(s, out, 'N'); break;
    case 4: put_ready(out, "ITEX\0"[next(s) % 5]); break;
    case 5: case 6: case 7:
        mb_buf_putc(&body, (char)(next(s) % 3));
        put16(&body, next(s) % 4);
        for (unsigned i = next(s) % 4; i > 0; i--)
            put16(&body, next(s));
        put_message(out, "GHW"[next(s) % 3], &body);
        break;
    case 8: put_setting(out, "server_version", "nonsense"); break;
    case 9: put_text(out, 'S', "client_encoding", true); break;
    case 10: put_text(out, 'C', "SELECT 99999999999999999999", true); break;
    case 11: put_text(out, 'C', "INSERT", false); break;
    case 12: put_message(out, 'I', &body); break;
    case 13: for (int i = 0; i < 200; i++) put_report(s, out, 'N'); break;
    case 14: mb_buf_putc(out, "ZDTEC"[next(s) % 5]); put32(out, next(s) % 4); break;
    case 15: mb_buf_putc(out, "ZDTEC"[next(s) % 5]); put32(out, 0x7fffffffu); break;
    case 16: mb_buf_putc(out, (char)next(s)); put32(out, 4); break;
    case 17: put32(&body, 0); put_message(out, 'R', &body); break;
    case 18: put_text(out, "123nstdcA"[next(s) % 9], "x", one_in(s, 2)); break;
    case 19: put32(&body, next(s)); put32(&body, next(s)); put_message(out, 'K', &body); break;
    case 20: out->len = out->len ? next(s) % out->len : 0; c->leave = true; break;
    default: c->leave = true; break;
    }
    mb_buf_free(&body);
}

/* ---- answers ---- */

static void answer_statement(nonsense *s, client *c, const char *sql, bool describe)
{
    static const char *const words[] = {"BEGIN", "COMMIT", "ROLLBACK", "SET", "RESET", "CREATE"};
    unsigned columns = next(s) % (one_in(s, 2) ? 3 : COLUMNS), rows = next(s) % 4;
    char tag[32];

    sql += strspn(sql, " \t\r\n");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strncasecmp(sql, words[i], strlen(words[i])) == 0) {
            c->state = i == 0 ? 'T' : i <= 2 ? 'I' : c->state;
            put_text(&c->out, 'C', words[i], true);
            return;
        }
    if (describe)
        put_columns(s, &c->out, columns);
    for (unsigned i = 0; i < rows; i++)
        put_row(s, &c->out, one_in(s, 30) ? next(s) % COLUMNS : columns);
    snprintf(tag, sizeof tag, one_in(s, 4) ? "UPDATE %u" : "SELECT %u", rows);
    put_text(&c->out, 'C', tag, true);
}

static void answer_query(nonsense *s, client *c, const char *sql)
{
    for (const char *end; *sql; sql = *end ? end + 1 : end) {
        end = sql + strcspn(sql, ";");
        if (one_in(s, 12))
            put_mischief(s, c);
        if (!one_in(s, 20) && (size_t)(end - sql) > strspn(sql, " \n"))
            answer_statement(s, c, sql, true);
    }
    if (!one_in(s, 30))
        put_ready(&c->out, c->state);
}

static void answer(nonsense *s, client *c, char type, const char *body)
{
    mb_buf none = {0};

    if (++s->messages > MESSAGES_MOST || one_in(s, 60))
        c->leave = true;
    if (one_in(s, 15))
        put_mischief(s, c);
    switch (type) {
    case 'Q': answer_query(s, c, body); break;
    case 'P': put_message(&c->out, '1', &none); break;
    case 'B': put_message(&c->out, '2', &none); break;
    case 'C': put_message(&c->out, '3', &none); break;
    case 'D': put_columns(s, &c->out, next(s) % 6); break;
    case 'E': answer_statement(s, c, "SELECT", false); break;
    case 'S': put_ready(&c->out, c->state); break;
    case 'X': c->leave = true; break;
    default: break;
    }
}

static void log_in(nonsense *s, client *c)
{
    mb_buf body = {0};

    c->started = true;
    c->state = 'I';
    put32(&body, 0);
    put_message(&c->out, 'R', &body);
    if (!one_in(s, 20))
        put_setting(&c->out, "server_version", one_in(s, 5) ? "9.6" : "15.4");
    put_setting(&c->out, "client_encoding", "UTF8");
    put_setting(&c->out, "standard_conforming_strings", one_in(s, 10) ? "off" : "on");
    mb_buf_free(&body);
    put32(&body, 1);
    put32(&body, 2);
    if (!one_in(s, 20))
        put_message(&c->out, 'K', &body);
    mb_buf_free(&body);
    if (one_in(s, 25))
        put_mischief(s, c);
    put_ready(&c->out, 'I');
}

/* ---- the thread ---- */

static void hang_up(client *c)
{
    close(c->fd);
    mb_buf_free(&c->out);
    memset(c, 0, sizeof *c);
    c->fd = -1;
}

/* One message of the client's that is there whole; false: none. */
static bool take_message(nonsense *s, client *c)
{
    size_t head = c->started ? 5 : 4, len;
    uint32_t wire;
    char body[sizeof c->in + 1];

    if (c->n < head)
        return false;
    memcpy(&wire, c->in + head - 4, 4);
    len = ntohl(wire) + head - 4;
    if (len > sizeof c->in || len < head) {
        c->leave = true;
        return false;
    }
    if (c->n < len)
        return false;
    memcpy(body, c->in + head, len - head);
    body[len - head] = '\0';
    if (!c->started && len >= 8 && ntohl(*(uint32_t *)(void *)body) != 196608)
        c->leave = true; /* a cancel request, or one for encryption */
    else if (!c->started)
        log_in(s, c);
    else
        answer(s, c, c->in[0], body);
    memmove(c->in, c->in + len, c->n - len);
    c->n -= len;
    return true;
}

static void serve(nonsense *s, client *c)
{
    ssize_t got = recv(c->fd, c->in + c->n, sizeof c->in - c->n, 0);

    if (got <= 0) {
        hang_up(c);
        return;
    }
    c->n += (size_t)got;
    while (!c->leave && take_message(s, c))
        ;
    if (c->out.len && send(c->fd, c->out.data, c->out.len, MSG_NOSIGNAL) < 0)
        c->leave = true;
    mb_buf_free(&c->out);
    if (c->leave)
        hang_up(c);
}

static void welcome(nonsense *s)
{
    int fd = accept(s->listener, NULL, NULL);

    for (size_t i = 0; fd >= 0 && i < CLIENTS; i++)
        if (s->clients[i].fd < 0) {
            s->clients[i] = (client){.fd = fd};
            return;
        }
    if (fd >= 0)
        close(fd);
}

static void *run(void *self)
{
    nonsense *s = self;

    while (!atomic_load(&s->stop)) {
        struct pollfd fds[CLIENTS + 1] = {{.fd = s->listener, .events = POLLIN}};

        for (size_t i = 0; i < CLIENTS; i++)
            fds[i + 1] = (struct pollfd){.fd = s->clients[i].fd, .events = POLLIN};
        poll(fds, CLIENTS + 1, ROUND_MS);
        for (size_t i = 0; i < CLIENTS; i++) {
            client *c = &s->clients[i];

            c->idle = fds[i + 1].revents ? 0 : c->idle + 1;
            if (c->fd >= 0 && fds[i + 1].revents)
                serve(s, c);
            else if (c->fd >= 0 && c->idle > IDLE_MOST)
                hang_up(c); /* silence, then the end: the client may wait for an answer */
        }
        if (fds[0].revents)
            welcome(s);
    }
    return NULL;
}

nonsense *nonsense_start(const char *folder, const uint8_t *data, size_t size)
{
    nonsense *s = mb_alloc(sizeof *s);
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    s->data = data;
    s->size = size;
    s->random = 88172645463325252u;
    for (size_t i = 0; i < CLIENTS; i++)
        s->clients[i].fd = -1;
    snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.5432", folder);
    unlink(address.sun_path);
    s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(s->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(s->listener, CLIENTS) != 0 || pthread_create(&s->thread, NULL, run, s) != 0)
        abort();
    return s;
}

void nonsense_stop(nonsense *s)
{
    atomic_store(&s->stop, true);
    pthread_join(s->thread, NULL);
    for (size_t i = 0; i < CLIENTS; i++)
        if (s->clients[i].fd >= 0)
            hang_up(&s->clients[i]);
    close(s->listener);
    free(s);
}
