#include "moonbird/sql/effect.h"

#include "sql/lexer/words.h"

/* IF [NOT] EXISTS */
static bool accept_exists(mb_words *words)
{
    if (!mb_words_accept(words, "if"))
        return false;
    mb_words_accept(words, "not");
    return mb_words_accept(words, "exists");
}

static void create_index(mb_words *words, mb_effect *out)
{
    mb_words_accept(words, "concurrently");
    out->kind = MB_EFFECT_CREATE_INDEX;
    out->if_exists = accept_exists(words);
    if (!mb_words_at(words, "on"))
        mb_words_read_name(words, out->schema, out->name);
    if (!mb_words_accept(words, "on"))
        return;
    mb_words_accept(words, "only");
    mb_words_read_name(words, out->table_schema, out->table);
}

static void create(mb_words *words, mb_effect *out)
{
    mb_words_accept(words, "unique");
    if (mb_words_accept(words, "index")) {
        create_index(words, out);
    } else if (mb_words_accept(words, "database")) {
        out->kind = MB_EFFECT_CREATE_DATABASE;
        mb_words_read_name(words, NULL, out->name);
    }
}

static void drop(mb_words *words, mb_effect *out)
{
    if (mb_words_accept(words, "index")) {
        mb_words_accept(words, "concurrently");
        out->kind = MB_EFFECT_DROP_INDEX;
    } else if (mb_words_accept(words, "database")) {
        out->kind = MB_EFFECT_DROP_DATABASE;
    } else {
        return;
    }
    out->if_exists = accept_exists(words);
    mb_words_read_name(words, out->schema, out->name);
}

static void reindex(mb_words *words, mb_effect *out)
{
    bool table, schema;

    out->kind = MB_EFFECT_REINDEX;
    mb_words_skip_list(words);
    table = mb_words_at(words, "table");
    schema = mb_words_at(words, "schema");
    mb_words_step(words);
    mb_words_accept(words, "concurrently");
    if (table)
        mb_words_read_name(words, out->table_schema, out->table);
    else if (schema)
        mb_words_read_name(words, NULL, out->schema);
    else
        mb_words_read_name(words, out->schema, out->name);
}

static void alter_table(mb_words *words, mb_effect *out)
{
    out->if_exists = accept_exists(words);
    mb_words_accept(words, "only");
    mb_words_read_name(words, out->table_schema, out->table);
    mb_words_accept_mark(words, '*');
    if (!mb_words_accept(words, "detach") || !mb_words_accept(words, "partition"))
        return;
    out->kind = MB_EFFECT_DETACH;
    mb_words_read_name(words, out->schema, out->name);
}

static void alter_type(mb_words *words, mb_effect *out)
{
    if (mb_words_read_name(words, out->schema, out->name) && mb_words_accept(words, "add") &&
        mb_words_accept(words, "value"))
        out->if_exists = accept_exists(words);
}

static void alter(mb_words *words, mb_effect *out)
{
    if (mb_words_accept(words, "table"))
        alter_table(words, out);
    else if (mb_words_accept(words, "type"))
        alter_type(words, out);
}

void mb_stmt_effect(const mb_stmt *stmt, mb_effect *out)
{
    mb_words words;

    *out = (mb_effect){.kind = MB_EFFECT_OTHER};
    mb_words_of(&words, stmt->sql, stmt->len);
    if (mb_words_accept(&words, "create"))
        create(&words, out);
    else if (mb_words_accept(&words, "drop"))
        drop(&words, out);
    else if (mb_words_accept(&words, "reindex"))
        reindex(&words, out);
    else if (mb_words_accept(&words, "alter"))
        alter(&words, out);
    else if (mb_words_accept(&words, "call") || mb_words_accept(&words, "do"))
        out->kind = MB_EFFECT_CALL;
}
