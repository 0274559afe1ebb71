/*
 * session.c -- the effects of a statement on its session and its transaction, by its first words.
 */
#include "moonbird/sql/statement.h"

#include "sql/lexer/words.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/sqlstate.h"

#include <ctype.h>
#include <string.h>

/* After SELECT: one or more set_config(...), perhaps qualified, and nothing else. */
static bool only_set_config(mb_words *words)
{
    do {
        if (mb_words_accept(words, "pg_catalog"))
            mb_words_accept_mark(words, '.');
        if (!mb_words_accept(words, "set_config") || words->token.kind != MB_TOKEN_OPEN)
            return false;
        mb_words_skip_list(words);
    } while (mb_words_accept_mark(words, ','));
    return words->token.kind == MB_TOKEN_END;
}

bool mb_stmt_sets_session(const mb_stmt *stmt)
{
    mb_words words;

    mb_words_of(&words, stmt->sql, stmt->len);
    if (mb_words_accept(&words, "set"))
        return !mb_words_at(&words, "local") && !mb_words_at(&words, "transaction") &&
               !mb_words_at(&words, "constraints");
    if (mb_words_accept(&words, "select"))
        return only_set_config(&words);
    return mb_words_accept(&words, "reset") ||
           (mb_words_accept(&words, "discard") && mb_words_at(&words, "all"));
}

bool mb_stmt_resets_session(const mb_stmt *stmt)
{
    mb_words words;

    mb_words_of(&words, stmt->sql, stmt->len);
    return mb_stmt_sets_session(stmt) &&
           (mb_words_at(&words, "reset") || mb_words_at(&words, "discard"));
}

/* ---- its effects on sessions that begin later ---- */

bool mb_stmt_sets_later_sessions(const mb_stmt *stmt)
{
    static const char *const owners[] = {"database", "role", "user", NULL};
    mb_words words;

    mb_words_of(&words, stmt->sql, stmt->len);
    if (!mb_words_accept(&words, "alter") || !mb_words_accept_any(&words, owners))
        return false;
    for (mb_words_step(&words); words.token.kind != MB_TOKEN_END; mb_words_step(&words)) {
        if (mb_words_at(&words, "reset"))
            return true;
        if (mb_words_accept(&words, "set"))
            return !mb_words_at(&words, "tablespace");
    }
    return false;
}

/* ---- its effects that stay in the session ---- */

/* After CREATE: is TEMP or TEMPORARY next? */
static bool is_temporary(mb_words *words)
{
    static const char *const scopes[] = {"global", "local", NULL};
    static const char *const temporary[] = {"temp", "temporary", NULL};

    if (mb_words_accept(words, "or"))
        mb_words_accept(words, "replace");
    mb_words_accept_any(words, scopes);
    return mb_words_at_any(words, temporary);
}

/* Does the text begin with one of the words, in lower or upper case? */
static bool begins_with_any(const char *text, const char *const *words)
{
    for (; *words; words++)
        if ((*text | 0x20) == **words && strncasecmp(text, *words, strlen(*words)) == 0)
            return true;
    return false;
}

/* Does the text have one of the words?  One pass over it finds them all. */
static bool has_any(const char *text, const char *const *words)
{
    bool first[256] = {false}; /* a word can begin with this byte */

    for (const char *const *word = words; *word; word++)
        first[(unsigned char)**word] = first[(unsigned char)**word & ~0x20] = true;
    for (; *text; text++)
        if (first[(unsigned char)*text] && begins_with_any(text, words))
            return true;
    return false;
}

bool mb_stmt_touches_session(const mb_stmt *stmt)
{
    static const char *const changes[] = {"alter",  "drop",   "comment", "grant",    "revoke",
                                          "insert", "update", "delete",  "truncate", NULL};
    static const char *const tells[] = {"set_config", "pg_temp", "currval",
                                        "lastval",    "setseed", NULL};
    mb_words words;

    if (stmt->kind != MB_STMT_OTHER)
        return true;
    mb_words_of(&words, stmt->sql, stmt->len);
    if (mb_words_accept(&words, "create") ? is_temporary(&words)
                                           : !mb_words_at_any(&words, changes))
        return true;
    return has_any(stmt->sql, tells);
}

bool mb_stmt_may_set(const mb_stmt *stmt)
{
    static const char *const firsts[] = {"select", "set", "reset", "discard", NULL};
    static const char *const tells[] = {"set_config", "array_nulls", NULL};
    mb_words words;

    mb_words_of(&words, stmt->sql, stmt->len);
    return mb_words_at_any(&words, firsts) || has_any(stmt->sql, tells);
}

/* ---- settings that cannot be made again ---- */

/* After "set_config": is its third argument the word true? */
static bool is_local(mb_words *words)
{
    size_t depth = 0, commas = 0;
    bool local = false, last = false;

    do {
        depth += words->token.kind == MB_TOKEN_OPEN;
        depth -= words->token.kind == MB_TOKEN_CLOSE;
        local = depth ? last && mb_words_at(words, "true") : local;
        last = depth == 1 && mb_words_at_mark(words, ',') && ++commas == 2;
        mb_words_step(words);
    } while (depth > 0 && words->token.kind != MB_TOKEN_END);
    return local;
}

/* At the beginning of a statement of PL/pgSQL: RESET, or SET but not SET LOCAL? */
static bool at_set(mb_words *words)
{
    static const char *const others[] = {"local", "transaction", "constraints", NULL};

    return mb_words_at(words, "reset") ||
           (mb_words_accept(words, "set") && !mb_words_at_any(words, others));
}

/* At current_setting: does it read a setting that moonbird or BEGIN makes for each transaction? */
static bool is_of_transaction(mb_words words)
{
    static const char *const names[] = {"transaction_", "lock_timeout", "statement_timeout", NULL};
    const char *s;
    size_t len;

    mb_words_step(&words);
    mb_words_step(&words);
    s = mb_words_string(&words, &len);
    for (size_t i = 0; s && names[i]; i++)
        if (len >= strlen(names[i]) && strncasecmp(s, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/*
 * At the arguments of set_config(): can they have another value when they are evaluated again?
 * current_setting() can, `after_local`. A word that is not in these lists counts as changing: it
 * can be another function, a query, current_user, or the type of 'now'::timestamp.
 */
static bool may_change(const mb_words *words, bool after_local)
{
    static const char *const same[] = {"quote_ident", "format", "concat", "coalesce",
                                       "lower",       "upper",  NULL};
    static const char *const plain[] = {
        "pg_catalog", "text", "varchar", "int",  "integer", "bigint", "bool", "boolean",
        "numeric",    "true", "false",   "null", "and",     "or",     "not",  "is",
        "case",       "when", "then",    "else", "end",     NULL};
    size_t depth = 0;
    mb_words args;

    mb_words_of(&args, words->in.data + words->token.from, words->in.len - words->token.from);
    do {
        depth += args.token.kind == MB_TOKEN_OPEN;
        depth -= args.token.kind == MB_TOKEN_CLOSE;
        if (mb_words_at(&args, "current_setting")
                ? after_local || is_of_transaction(args)
                : args.token.kind == MB_TOKEN_NAME ||
                      (args.token.kind == MB_TOKEN_WORD && !mb_words_at_any(&args, same) &&
                       !mb_words_at_any(&args, plain)))
            return true;
        mb_words_step(&args);
    } while (depth > 0 && args.token.kind != MB_TOKEN_END);
    return false;
}

/* After EXECUTE of PL/pgSQL: does it run a string with SET or set_config()? */
static bool executes_setting(mb_words *words)
{
    const char *text;
    mb_words inner;
    size_t len;

    mb_words_accept(words, "format");
    while (words->token.kind == MB_TOKEN_OPEN)
        mb_words_step(words);
    text = mb_words_string(words, &len);
    if (!text)
        return false;
    mb_words_of(&inner, text, len);
    return at_set(&inner) || memmem(text, len, "set_config", strlen("set_config")) != NULL;
}

typedef enum place {
    ALONE,    /* set_config() is all that the SELECT does */
    IN_QUERY, /* beside something else */
    IN_BODY,  /* of PL/pgSQL, in which a statement can begin anywhere */
} place;

/*
 * Does the text set something for the session, in a way that a second run of the text may not
 * repeat? `after_local`: mb_stmt_follow_local.
 */
static bool sets_inside(const char *text, size_t len, place where, bool after_local)
{
    static const char *const before[] = {"begin", "then", "else", "loop", NULL};
    bool start = false;
    char name[64];
    mb_words words;

    for (mb_words_of(&words, text, len); words.token.kind != MB_TOKEN_END;) {
        if (start && at_set(&words))
            return true;
        start = where == IN_BODY &&
                (words.token.kind == MB_TOKEN_SEMICOLON || mb_words_at_any(&words, before));
        if (where == IN_BODY && mb_words_accept(&words, "execute")) {
            if (executes_setting(&words))
                return true;
        } else if (words.token.kind != MB_TOKEN_WORD && words.token.kind != MB_TOKEN_NAME) {
            mb_words_step(&words);
        } else if (mb_words_read_name(&words, NULL, name) && strcmp(name, "set_config") == 0 &&
                   words.token.kind == MB_TOKEN_OPEN &&
                   (where != ALONE || may_change(&words, after_local)) && !is_local(&words)) {
            return true;
        }
    }
    return false;
}

/* Does it only keep a query, or code, for later?  CREATE TABLE AS runs its query at once. */
static bool keeps_code(mb_words *words)
{
    static const char *const kinds[] = {"global",   "local",    "temp",
                                        "unlogged", "temporary", NULL};
    static const char *const runs[] = {"table", "materialized", NULL};

    if (!mb_words_accept(words, "create"))
        return false;
    while (mb_words_accept_any(words, kinds))
        continue;
    return !mb_words_at_any(words, runs);
}

/* UPDATE pg_settings is SET. */
static bool updates_settings(mb_words *words)
{
    char name[64];

    if (!mb_words_accept(words, "update"))
        return false;
    mb_words_accept(words, "only");
    return mb_words_read_name(words, NULL, name) && strcmp(name, "pg_settings") == 0;
}

/* The text of a DO block as written: in single quotes it has '' for each '.  Or NULL. */
static const char *body_of_do(mb_words *words, size_t *len)
{
    const char *body = NULL;

    for (; !body && words->token.kind != MB_TOKEN_END; mb_words_step(words)) {
        if (mb_words_accept(words, "language")) /* its name may be a string, too */
            continue;
        body = mb_words_string(words, len);
    }
    return body;
}

bool mb_stmt_hides_setting(const mb_stmt *stmt, bool after_local)
{
    const char *body;
    mb_words words;
    size_t len;

    mb_words_of(&words, stmt->sql, stmt->len);
    if (mb_stmt_sets_session(stmt))
        return mb_words_at(&words, "select") &&
               sets_inside(stmt->sql, stmt->len, ALONE, after_local);
    if (keeps_code(&words))
        return false;
    if (!mb_words_at(&words, "do"))
        return updates_settings(&words) || sets_inside(stmt->sql, stmt->len, IN_QUERY, false);
    body = body_of_do(&words, &len);
    return body && sets_inside(body, len, IN_BODY, false);
}

/* In a SELECT of set_config(): can one of the values differ the next time? */
static bool changes_value(const mb_stmt *stmt, bool after_local)
{
    mb_words words;

    for (mb_words_of(&words, stmt->sql, stmt->len); words.token.kind != MB_TOKEN_END;) {
        if (words.token.kind == MB_TOKEN_OPEN && may_change(&words, after_local))
            return true;
        if (words.token.kind == MB_TOKEN_OPEN)
            mb_words_skip_list(&words);
        else
            mb_words_step(&words);
    }
    return false;
}

/*
 * Does it make a setting for its transaction that moonbird does not make again, or makes with
 * another value?
 */
static bool sets_local(const mb_stmt *stmt, bool after_local)
{
    mb_words words;

    mb_words_of(&words, stmt->sql, stmt->len);
    if (mb_words_at(&words, "select") && mb_stmt_sets_session(stmt))
        return changes_value(stmt, after_local);
    if (mb_words_at(&words, "do") && strcasestr(stmt->sql, "local"))
        return true;
    return (mb_words_accept(&words, "set") && mb_words_at(&words, "local")) ||
           strcasestr(stmt->sql, "set_config") != NULL;
}

void mb_stmt_follow_local(bool *local, const mb_stmt *stmt)
{
    switch (stmt->kind) {
    case MB_STMT_BEGIN:
    case MB_STMT_COMMIT:
    case MB_STMT_ROLLBACK:
    case MB_STMT_NO_TRANSACTION:
        *local = false;
        break;
    default:
        *local = *local || sets_local(stmt, *local);
    }
}

/* ---- the meaning of names after it ---- */

/* After SELECT: no table is read, and a function is called. */
static bool only_calls(mb_words *words)
{
    bool calls = false, name = false;

    while (words->token.kind != MB_TOKEN_END && !mb_words_at(words, "from")) {
        calls = calls || (name && words->token.kind == MB_TOKEN_OPEN);
        name = words->token.kind == MB_TOKEN_WORD || words->token.kind == MB_TOKEN_NAME;
        if (words->token.kind == MB_TOKEN_OPEN)
            mb_words_skip_list(words);
        else
            mb_words_step(words);
    }
    return calls && words->token.kind == MB_TOKEN_END;
}

bool mb_stmt_moves_names(const mb_stmt *stmt)
{
    mb_words words;

    mb_words_of(&words, stmt->sql, stmt->len);
    if (mb_words_accept(&words, "select") && only_calls(&words))
        return true;
    return mb_stmt_is_setting(stmt) || strcasestr(stmt->sql, "set_config") != NULL;
}

/* ---- the transaction's modes ---- */

/*
 * Steps to the modes, and adds the words that transaction_isolation stands for.  False: the
 * statement gives none.
 */
static bool to_modes(mb_buf *modes, mb_words *words)
{
    static const char *const scopes[] = {"session", "local", NULL};

    if (mb_words_accept(words, "begin")) {
        if (!mb_words_accept(words, "work"))
            mb_words_accept(words, "transaction");
        return true;
    }
    if (mb_words_accept(words, "start"))
        return mb_words_accept(words, "transaction");
    if (!mb_words_accept(words, "set"))
        return false;
    mb_words_accept_any(words, scopes);
    if (mb_words_accept(words, "transaction"))
        return !mb_words_at(words, "snapshot");
    if (!mb_words_accept(words, "transaction_isolation") ||
        (!mb_words_accept_mark(words, '=') && !mb_words_accept(words, "to")))
        return false;
    mb_buf_puts(modes, "isolation level");
    return !mb_words_at(words, "default");
}

/* Adds the current token in lower case, without quotes. */
static void add_token(mb_buf *modes, const mb_words *words)
{
    size_t len;
    const char *s = mb_words_text(words, &len);

    mb_buf_puts(modes, modes->len ? " " : "");
    for (size_t i = 0; i < len; i++)
        mb_buf_putc(modes, (char)tolower((unsigned char)s[i]));
}

char *mb_stmt_modes(const mb_stmt *stmt)
{
    mb_buf modes = {0};
    mb_words words;

    mb_words_of(&words, stmt->sql, stmt->len);
    if (!to_modes(&modes, &words)) {
        mb_buf_free(&modes);
        return NULL;
    }
    for (; words.token.kind != MB_TOKEN_END; mb_words_step(&words))
        if (!mb_words_at_mark(&words, ',')) /* commas are optional in the grammar */
            add_token(&modes, &words);
    return modes.len ? modes.data : mb_strdup("");
}

bool mb_stmt_is_setting(const mb_stmt *stmt)
{
    static const char *const firsts[] = {"set", "reset", NULL};
    mb_words words;

    mb_words_of(&words, stmt->sql, stmt->len);
    return mb_words_at_any(&words, firsts);
}

/* ---- outside a transaction ---- */

bool mb_stmt_may_run_outside(const mb_stmt *stmt, const mb_error *err)
{
    /*
     * They cannot run in a transaction when the table is partitioned, which only the catalog knows.
     */
    static const char *const parted[] = {"reindex", "cluster", NULL};
    static const char *const commits[] = {"call", "do", NULL};
    /* They run other code, which may have raised the error, or they belong to a transaction. */
    static const char *const others[] = {
        "call",   "copy",   "create", "declare", "delete", "do",     "execute", "explain",
        "fetch",  "insert", "merge",  "refresh", "select", "set",    "table",   "update",
        "values", "with",   NULL,
    };
    mb_words words;

    mb_words_of(&words, stmt->sql, stmt->len);
    if (mb_error_is(err, MB_SQLSTATE_INVALID_TRANSACTION_TERMINATION))
        return mb_words_at_any(&words, commits);
    return mb_error_is(err, MB_SQLSTATE_ACTIVE_SQL_TRANSACTION) &&
           (mb_words_at_any(&words, parted) ||
            (stmt->number == 1 && words.token.kind == MB_TOKEN_WORD &&
             !mb_words_at_any(&words, others)));
}
