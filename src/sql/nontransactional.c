/* nontransactional.c -- the names that a resume looks up: mb_stmt_alone. */
#include "moonbird/sql/script.h"

#include "sql/lexer/words.h"

static bool take_exists(mb_words *words)
{
    if (!mb_words_take(words, "if"))
        return false;
    mb_words_take(words, "not");
    return mb_words_take(words, "exists");
}

static void create_index(mb_words *words, mb_alone *out)
{
    mb_words_take(words, "concurrently");
    out->kind = MB_ALONE_CREATE_INDEX;
    out->if_exists = take_exists(words);
    if (!mb_words_at(words, "on"))
        mb_words_take_name(words, out->schema, out->name);
    if (!mb_words_take(words, "on"))
        return;
    mb_words_take(words, "only");
    mb_words_take_name(words, out->table_schema, out->table);
}

static void create(mb_words *words, mb_alone *out)
{
    mb_words_take(words, "unique");
    if (mb_words_take(words, "index")) {
        create_index(words, out);
    } else if (mb_words_take(words, "database")) {
        out->kind = MB_ALONE_CREATE_DATABASE;
        mb_words_take_name(words, NULL, out->name);
    }
}

static void drop(mb_words *words, mb_alone *out)
{
    if (mb_words_take(words, "index")) {
        mb_words_take(words, "concurrently");
        out->kind = MB_ALONE_DROP_INDEX;
    } else if (mb_words_take(words, "database")) {
        out->kind = MB_ALONE_DROP_DATABASE;
    } else {
        return;
    }
    out->if_exists = take_exists(words);
    mb_words_take_name(words, out->schema, out->name);
}

static void reindex(mb_words *words, mb_alone *out)
{
    bool table, schema;

    out->kind = MB_ALONE_REINDEX;
    mb_words_skip_list(words);
    table = mb_words_at(words, "table");
    schema = mb_words_at(words, "schema");
    mb_words_step(words);
    mb_words_take(words, "concurrently");
    if (table)
        mb_words_take_name(words, out->table_schema, out->table);
    else if (schema)
        mb_words_take_name(words, NULL, out->schema);
    else
        mb_words_take_name(words, out->schema, out->name);
}

static void alter_table(mb_words *words, mb_alone *out)
{
    out->if_exists = take_exists(words);
    mb_words_take(words, "only");
    mb_words_take_name(words, out->table_schema, out->table);
    mb_words_take_mark(words, '*');
    if (!mb_words_take(words, "detach") || !mb_words_take(words, "partition"))
        return;
    out->kind = MB_ALONE_DETACH;
    mb_words_take_name(words, out->schema, out->name);
}

static void alter_type(mb_words *words, mb_alone *out)
{
    if (mb_words_take_name(words, out->schema, out->name) && mb_words_take(words, "add") &&
        mb_words_take(words, "value"))
        out->if_exists = take_exists(words);
}

static void alter(mb_words *words, mb_alone *out)
{
    if (mb_words_take(words, "table"))
        alter_table(words, out);
    else if (mb_words_take(words, "type"))
        alter_type(words, out);
}

void mb_stmt_alone(const mb_stmt *stmt, mb_alone *out)
{
    mb_words words;

    *out = (mb_alone){.kind = MB_ALONE_OTHER};
    mb_words_of(&words, stmt->sql, stmt->len);
    if (mb_words_take(&words, "create"))
        create(&words, out);
    else if (mb_words_take(&words, "drop"))
        drop(&words, out);
    else if (mb_words_take(&words, "reindex"))
        reindex(&words, out);
    else if (mb_words_take(&words, "alter"))
        alter(&words, out);
    else if (mb_words_take(&words, "call") || mb_words_take(&words, "do"))
        out->kind = MB_ALONE_CALL;
}
