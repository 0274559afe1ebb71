/* command.c -- the words that name a statement's command. */
#include "moonbird/sql/statement.h"

#include "sql/lexer/words.h"

#include <string.h>

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Append the current word, in capitals, and step over it. */
static void add_word(mb_words *words, char *out)
{
    const char *word = words->in.data + words->token.from;
    size_t len = words->token.to - words->token.from, at = strlen(out);

    if (at + len + 2 <= MB_COMMAND_SIZE) {
        if (at)
            out[at++] = ' ';
        for (size_t i = 0; i < len; i++)
            out[at++] = upper(word[i]);
        out[at] = '\0';
    }
    mb_words_step(words);
}

/* Words that belong to the name of a command if they follow the first word of the pair. */
static const char *const pairs[][2] = {
    {"MATERIALIZED", "view"}, {"FOREIGN", "table"},        {"FOREIGN", "data"},
    {"DATA", "wrapper"},      {"FOREIGN", "schema"},       {"EVENT", "trigger"},
    {"ACCESS", "method"},     {"OPERATOR", "class"},       {"OPERATOR", "family"},
    {"TEXT", "search"},       {"SEARCH", "configuration"}, {"SEARCH", "dictionary"},
    {"SEARCH", "parser"},     {"SEARCH", "template"},      {"USER", "mapping"},
    {"LARGE", "object"},      {"DEFAULT", "privileges"},   {"REFRESH", "materialized"},
    {"IMPORT", "foreign"},    {"SECURITY", "label"},       {"REASSIGN", "owned"},
    {"START", "transaction"}, {"PREPARE", "transaction"},  {"COMMIT", "prepared"},
    {"ROLLBACK", "prepared"},
};

static bool belongs_to(const mb_words *words, const char *out)
{
    const char *space = strrchr(out, ' '), *last = space ? space + 1 : out;

    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (*last == *pairs[i][0] && strcmp(last, pairs[i][0]) == 0 &&
            mb_words_at(words, pairs[i][1]))
            return true;
    return false;
}

/* WITH a AS (...), b AS (...) INSERT: a common table expression may have a command's name. */
static void skip_with(mb_words *words)
{
    static const char *const commands[] = {"select", "insert", "update", "delete",
                                           "merge",  "values", "table",  NULL};

    mb_words_accept(words, "recursive");
    mb_words_step(words);
    while (words->token.kind != MB_TOKEN_END && !mb_words_at_any(words, commands)) {
        bool another = mb_words_at_mark(words, ',');

        if (words->token.kind == MB_TOKEN_OPEN)
            mb_words_skip_list(words);
        else
            mb_words_step(words);
        if (another)
            mb_words_step(words);
    }
}

/* Step over the beginning, to the first word of the command; false: there is none. */
static bool find_verb(mb_words *words, const mb_stmt *stmt)
{
    mb_words_of(words, stmt->sql, stmt->len);
    while (words->token.kind == MB_TOKEN_OPEN)
        mb_words_step(words);
    if (mb_words_accept(words, "with"))
        skip_with(words);
    return words->token.kind == MB_TOKEN_WORD;
}

void mb_stmt_verb(const mb_stmt *stmt, char out[MB_COMMAND_SIZE])
{
    mb_words words;

    *out = '\0';
    if (find_verb(&words, stmt))
        add_word(&words, out);
}

void mb_stmt_command(const mb_stmt *stmt, char out[MB_COMMAND_SIZE])
{
    static const char *const on_objects[] = {"create", "alter", "drop", NULL};
    static const char *const modifiers[] = {"or",        "replace", "global",     "local",
                                            "temp",      "unique",  "unlogged",   "temporary",
                                            "recursive", "trusted", "procedural", "constraint",
                                            NULL};
    mb_words words;
    bool create, object;

    *out = '\0';
    if (!find_verb(&words, stmt))
        return;
    create = mb_words_at(&words, "create");
    object = mb_words_at_any(&words, on_objects);
    add_word(&words, out);
    while (create && mb_words_accept_any(&words, modifiers))
        continue;
    if (object && words.token.kind == MB_TOKEN_WORD)
        add_word(&words, out);
    while (belongs_to(&words, out))
        add_word(&words, out);
}

bool mb_verb_answers(const char *verb)
{
    static const char *const commands[] = {"SELECT", "VALUES",  "TABLE",  "SHOW",
                                           "INSERT", "UPDATE",  "DELETE", "MERGE",
                                           "FETCH",  "EXECUTE", "CALL"};

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(verb, commands[i]) == 0)
            return true;
    return false;
}

bool mb_stmt_answers(const mb_stmt *stmt)
{
    char verb[MB_COMMAND_SIZE];

    mb_stmt_verb(stmt, verb);
    return mb_verb_answers(verb);
}
