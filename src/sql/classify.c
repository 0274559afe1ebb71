#include "classify.h"

#include "sql/lexer/words.h"

#include <strings.h>

/*
 * MB_STMT_NO_TRANSACTION are the statements that the server refuses in a transaction block (25001):
 * the callers of PreventInTransactionBlock in its source.  Statements that only the catalog can
 * tell (REINDEX and CLUSTER of a partitioned table, a CALL that commits) are not among them.
 */

typedef mb_stmt_kind kind_of(mb_words *words, bool *concurrently);

static mb_stmt_kind no_transaction_if(bool yes)
{
    return yes ? MB_STMT_NO_TRANSACTION : MB_STMT_OTHER;
}

/* Is a value next that is one of `values`: a word, a number, or either in quotes? */
static bool at_value(const mb_words *words, const char *const *values)
{
    size_t len;
    const char *s = mb_words_text(words, &len);

    for (; *values; values++)
        if (strncasecmp(s, *values, len) == 0 && (*values)[len] == '\0')
            return true;
    return false;
}

/* An option in a list in parentheses, and which of its values are looked for. */
typedef struct option {
    const char *name; /* NULL ends an array of them */
    bool on, off;
} option;

static bool at_option_end(const mb_words *words)
{
    return words->token.kind == MB_TOKEN_CLOSE || words->token.kind == MB_TOKEN_END;
}

/* Steps over one option, NAME [=] [VALUE], which is on without a value.  Is it one of these? */
static bool read_option(mb_words *words, const option *options)
{
    static const char *const no[] = {"false", "off", "0", NULL};
    const option *o = options;
    bool value;

    while (o->name && !mb_words_at(words, o->name))
        o++;
    mb_words_step(words);
    mb_words_accept_mark(words, '=');
    value = !at_value(words, no);
    while (!at_option_end(words) && !mb_words_at_mark(words, ','))
        mb_words_step(words);
    return value ? o->on : o->off;
}

/* Steps over a list of options in parentheses, if one begins here.  Is one of these among them? */
static bool read_options(mb_words *words, const option *options)
{
    bool found = false;

    if (words->token.kind != MB_TOKEN_OPEN)
        return false;
    mb_words_step(words);
    while (!at_option_end(words))
        if (!mb_words_accept_mark(words, ','))
            found = read_option(words, options) || found;
    mb_words_step(words);
    return found;
}

static mb_stmt_kind of_begin(mb_words *words, bool *concurrently)
{
    (void)words, (void)concurrently;
    return MB_STMT_BEGIN;
}

static mb_stmt_kind of_start(mb_words *words, bool *concurrently)
{
    (void)concurrently;
    return mb_words_at(words, "transaction") ? MB_STMT_BEGIN : MB_STMT_OTHER;
}

static void skip_work(mb_words *words)
{
    if (!mb_words_accept(words, "work"))
        mb_words_accept(words, "transaction");
}

static bool at_chain(mb_words *words)
{
    return mb_words_accept(words, "and") && mb_words_at(words, "chain");
}

static mb_stmt_kind of_commit(mb_words *words, bool *concurrently)
{
    (void)concurrently;
    if (mb_words_at(words, "prepared"))
        return MB_STMT_TRANSACTION;
    skip_work(words);
    return at_chain(words) ? MB_STMT_TRANSACTION : MB_STMT_COMMIT;
}

static mb_stmt_kind of_rollback(mb_words *words, bool *concurrently)
{
    (void)concurrently;
    if (mb_words_at(words, "prepared"))
        return MB_STMT_TRANSACTION;
    skip_work(words);
    if (mb_words_at(words, "to"))
        return MB_STMT_SAVEPOINT;
    return at_chain(words) ? MB_STMT_TRANSACTION : MB_STMT_ROLLBACK;
}

static mb_stmt_kind of_savepoint(mb_words *words, bool *concurrently)
{
    (void)words, (void)concurrently;
    return MB_STMT_SAVEPOINT;
}

static mb_stmt_kind of_prepare(mb_words *words, bool *concurrently)
{
    size_t len;

    (void)concurrently;
    if (!mb_words_accept(words, "transaction"))
        return MB_STMT_OTHER;
    return mb_words_string(words, &len) ? MB_STMT_TRANSACTION : MB_STMT_OTHER;
}

static mb_stmt_kind of_always(mb_words *words, bool *concurrently)
{
    (void)words, (void)concurrently;
    return MB_STMT_NO_TRANSACTION;
}

static bool at_cluster_wide(const mb_words *words)
{
    return mb_words_at(words, "database") || mb_words_at(words, "tablespace") ||
           mb_words_at(words, "subscription");
}

/* CREATE SUBSCRIPTION makes a slot on the publisher, unless it is told not to. */
static mb_stmt_kind of_create_subscription(mb_words *words)
{
    static const option no_slot[] = {{"connect", .off = true}, {"create_slot", .off = true}, {0}};

    while (words->token.kind != MB_TOKEN_OPEN && words->token.kind != MB_TOKEN_END)
        mb_words_step(words);
    return no_transaction_if(!read_options(words, no_slot));
}

static mb_stmt_kind of_create(mb_words *words, bool *concurrently)
{
    if (mb_words_accept(words, "subscription"))
        return of_create_subscription(words);
    if (at_cluster_wide(words))
        return MB_STMT_NO_TRANSACTION;
    mb_words_accept(words, "unique");
    *concurrently = mb_words_accept(words, "index") && mb_words_at(words, "concurrently");
    return no_transaction_if(*concurrently);
}

static mb_stmt_kind of_drop(mb_words *words, bool *concurrently)
{
    if (at_cluster_wide(words))
        return MB_STMT_NO_TRANSACTION;
    *concurrently = mb_words_accept(words, "index") && mb_words_at(words, "concurrently");
    return no_transaction_if(*concurrently);
}

static bool detaches_concurrently(mb_words *words)
{
    if (mb_words_accept(words, "if"))
        mb_words_accept(words, "exists");
    mb_words_accept(words, "only");
    if (!mb_words_read_name(words, NULL, NULL))
        return false;
    mb_words_accept_mark(words, '*');
    return mb_words_accept(words, "detach") && mb_words_accept(words, "partition") &&
           mb_words_read_name(words, NULL, NULL) && mb_words_at(words, "concurrently");
}

/* Statements that ask the publisher, or change the slot there. */
static mb_stmt_kind of_alter_subscription(mb_words *words)
{
    static const option of_slot[] = {
        {"failover", .on = true, .off = true}, {"two_phase", .off = true}, {0}};
    static const option no_refresh[] = {{"refresh", .off = true}, {0}};
    bool set;

    if (!mb_words_read_name(words, NULL, NULL))
        return MB_STMT_OTHER;
    if (mb_words_at(words, "refresh"))
        return MB_STMT_NO_TRANSACTION;
    set = mb_words_accept(words, "set");
    if (set && words->token.kind == MB_TOKEN_OPEN)
        return no_transaction_if(read_options(words, of_slot));
    if (!set && !mb_words_accept(words, "add"))
        mb_words_accept(words, "drop");
    if (!mb_words_at(words, "publication"))
        return MB_STMT_OTHER;
    while (words->token.kind != MB_TOKEN_OPEN && words->token.kind != MB_TOKEN_END)
        mb_words_step(words);
    return no_transaction_if(!read_options(words, no_refresh));
}

/* SET TABLESPACE, or TABLESPACE as the one option of [WITH]. */
static mb_stmt_kind of_alter_database(mb_words *words)
{
    if (!mb_words_read_name(words, NULL, NULL))
        return MB_STMT_OTHER;
    if (!mb_words_accept(words, "set"))
        mb_words_accept(words, "with");
    return no_transaction_if(mb_words_at(words, "tablespace"));
}

static mb_stmt_kind of_alter(mb_words *words, bool *concurrently)
{
    if (mb_words_at(words, "system"))
        return MB_STMT_NO_TRANSACTION;
    if (mb_words_accept(words, "table")) {
        *concurrently = detaches_concurrently(words);
        return no_transaction_if(*concurrently);
    }
    if (mb_words_accept(words, "database"))
        return of_alter_database(words);
    if (mb_words_accept(words, "subscription"))
        return of_alter_subscription(words);
    if (mb_words_accept(words, "type") && mb_words_read_name(words, NULL, NULL) &&
        mb_words_accept(words, "add") && mb_words_at(words, "value"))
        return MB_STMT_ADD_VALUE;
    return MB_STMT_OTHER;
}

static mb_stmt_kind of_reindex(mb_words *words, bool *concurrently)
{
    static const option concurrent[] = {{"concurrently", .on = true}, {0}};
    bool many;

    *concurrently = read_options(words, concurrent);
    many = mb_words_at(words, "database") || mb_words_at(words, "system") ||
           mb_words_at(words, "schema");
    mb_words_step(words);
    *concurrently = *concurrently || mb_words_at(words, "concurrently");
    return no_transaction_if(many || *concurrently);
}

static mb_stmt_kind of_cluster(mb_words *words, bool *concurrently)
{
    (void)concurrently;
    mb_words_skip_list(words);
    mb_words_accept(words, "verbose");
    return no_transaction_if(words->token.kind == MB_TOKEN_END);
}

static mb_stmt_kind of_discard(mb_words *words, bool *concurrently)
{
    (void)concurrently;
    return no_transaction_if(mb_words_at(words, "all"));
}

static const struct {
    const char *word;
    kind_of *of;
} firsts[] = {
    {"abort", of_rollback},    {"alter", of_alter},         {"begin", of_begin},
    {"cluster", of_cluster},   {"commit", of_commit},       {"create", of_create},
    {"discard", of_discard},   {"drop", of_drop},           {"end", of_commit},
    {"prepare", of_prepare},   {"reindex", of_reindex},     {"release", of_savepoint},
    {"rollback", of_rollback}, {"savepoint", of_savepoint}, {"start", of_start},
    {"vacuum", of_always},
};

mb_stmt_kind mb_classify(const char *sql, size_t len, bool *concurrently)
{
    mb_words words;

    *concurrently = false;
    mb_words_of(&words, sql, len);
    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++)
        if (mb_words_accept(&words, firsts[i].word))
            return firsts[i].of(&words, concurrently);
    return MB_STMT_OTHER;
}

/* After SELECT: steps over set_config('standard_conforming_strings', which may be qualified. */
static bool accept_set_config(mb_words *words)
{
    static const char *const name[] = {"standard_conforming_strings", NULL};
    size_t len;

    if (mb_words_accept(words, "pg_catalog"))
        mb_words_accept_mark(words, '.');
    if (!mb_words_accept(words, "set_config") || words->token.kind != MB_TOKEN_OPEN)
        return false;
    mb_words_step(words);
    if (!mb_words_string(words, &len) || !at_value(words, name))
        return false;
    mb_words_step(words);
    return mb_words_accept_mark(words, ',');
}

bool mb_sets_standard_strings(const char *sql, size_t len, bool initial, bool *on)
{
    static const char *const yes[] = {"on", "true", "yes", "1", NULL};
    static const char *const no[] = {"off", "false", "no", "0", NULL};
    mb_words words;

    mb_words_of(&words, sql, len);
    *on = initial;
    if (mb_words_accept(&words, "select"))
        return accept_set_config(&words) && ((*on = at_value(&words, yes)) || at_value(&words, no));
    if (mb_words_accept(&words, "reset"))
        return mb_words_at(&words, "all") || mb_words_at(&words, "standard_conforming_strings");
    if (!mb_words_accept(&words, "set"))
        return false;
    if (!mb_words_accept(&words, "session"))
        mb_words_accept(&words, "local");
    if (!mb_words_accept(&words, "standard_conforming_strings") ||
        (!mb_words_accept_mark(&words, '=') && !mb_words_accept(&words, "to")))
        return false;
    *on = mb_words_at(&words, "default") ? initial : at_value(&words, yes);
    return *on || mb_words_at(&words, "default") || at_value(&words, no);
}
