/* parse.c -- the only caller of libpg_query. */
#include "moonbird/parse/parse.h"

#include <pg_query.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

/*
 * libpg_query writes a tree by recursion.  A statement such as 1+1+1+... has one level for each two
 * bytes, and a level uses less than STACK_PER_LEVEL bytes of stack.
 */
enum { STACK_PER_LEVEL = 1024, SMALL = 4 * 1024 };

/*
 * libpg_query can also write a tree as protobuf, which moonbird never does.  This function takes the
 * place of the library's, and so keeps the descriptors of all messages out of the program: 8,000
 * pointers, which the dynamic linker would set at each start.
 */
PgQueryProtobuf pg_query_nodes_to_protobuf(const void *tree);
PgQueryProtobuf pg_query_nodes_to_protobuf(const void *tree)
{
    (void)tree;
    return (PgQueryProtobuf){0};
}

struct parsing {
    const char *sql;
    PgQueryParseResult result;
};

static void *parse(void *self)
{
    struct parsing *parsing = self;

    parsing->result = pg_query_parse(parsing->sql);
    return NULL;
}

/* Parses in a thread whose stack is deep enough; the pages that are not used cost nothing. */
static bool parse_long(struct parsing *parsing, size_t len, mb_error *err)
{
    sigset_t all, before;
    pthread_attr_t attr;
    pthread_t thread;
    bool ok;

    sigfillset(&all);
    pthread_attr_init(&attr);
    ok = pthread_attr_setstacksize(&attr, (len / 2 + SMALL) * STACK_PER_LEVEL) == 0;
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the main thread's */
    ok = ok && pthread_create(&thread, &attr, parse, parsing) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    if (!ok)
        return mb_fail(err, MB_ERR_FAILED, "no memory to parse a statement of %zu bytes", len);
    pthread_join(thread, NULL);
    return true;
}

bool mb_parse(mb_buf *out, const char *sql, mb_error *err)
{
    struct parsing parsing = {.sql = sql};
    size_t len = strlen(sql);
    bool ok;

    if (len > MB_PARSE_LONGEST)
        return mb_fail(err, MB_ERR_FILE, "the statement is longer than %d bytes",
                       MB_PARSE_LONGEST);
    if (len > SMALL && !parse_long(&parsing, len, err))
        return false;
    if (len <= SMALL)
        parse(&parsing);
    ok = !parsing.result.error;
    if (ok) {
        mb_buf_puts(out, parsing.result.parse_tree);
    } else {
        mb_fail(err, MB_ERR_FILE, "%s", parsing.result.error->message);
        err->position = parsing.result.error->cursorpos;
    }
    pg_query_free_parse_result(parsing.result);
    return ok;
}

int mb_parse_version(void)
{
    return PG_VERSION_NUM / 10000;
}
