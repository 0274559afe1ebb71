/*
 * temporary.c -- objects that a statement makes and that end with the session, and their later
 * changes.
 *
 * A name is enough for a relation or a type, since pg_temp is searched first.  Cursors and prepared
 * statements have separate names, which only a few statements can use.
 */
#include "moonbird/sql/temporary.h"

#include "sql/lexer/words.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 64 };

static const char cursor[] = "cursor", prepared[] = "prepared statement";

/* Do these words follow each other anywhere in the statement? */
static bool has(const mb_stmt *stmt, const char *const *sequence)
{
    const char *const *next = sequence;
    mb_words words;

    for (mb_words_of(&words, stmt->sql, stmt->len); *next && words.token.kind != MB_TOKEN_END;
         mb_words_step(&words))
        next = mb_words_at(&words, *next)      ? next + 1
               : mb_words_at(&words, *sequence) ? sequence + 1
                                                : sequence;
    return !*next;
}

static bool accept_if_exists(mb_words *words)
{
    if (!mb_words_accept(words, "if"))
        return false;
    mb_words_accept(words, "not");
    return mb_words_accept(words, "exists");
}

/* ---- made ---- */

/* Receives each object that a statement makes. */
typedef struct maker {
    void *self;
    void (*made)(void *self, const char *kind, const char *name);
} maker;

static bool read_name(mb_words *words, bool *temporary, char name[NAME_SIZE])
{
    char schema[NAME_SIZE];

    if (!mb_words_read_name(words, schema, name))
        return false;
    *temporary = *temporary || strcmp(schema, "pg_temp") == 0;
    return true;
}

/*
 * After CREATE, and after the INTO of a SELECT, which may leave out the word TABLE. The kind of the
 * temporary object that it makes, and its name; NULL: it makes none.
 */
static const char *temporary_relation(mb_words *words, bool selects, char name[NAME_SIZE])
{
    static const char *const before[] = {"or",   "replace",   "global",    "local",
                                         "temp", "temporary", "recursive", "unlogged", NULL};
    static const char *const kinds[] = {"table",    "view",      "sequence", "type",   "domain",
                                        "function", "procedure", NULL};
    bool temporary = false;
    const char *word, *kind;

    while ((word = mb_words_accept_any(words, before)))
        temporary = temporary || strncmp(word, "temp", 4) == 0;
    kind = mb_words_accept_any(words, kinds);
    if (!kind && !selects)
        return NULL;
    accept_if_exists(words);
    if (!read_name(words, &temporary, name) || !temporary)
        return NULL;
    return kind ? kind : "table";
}

/*
 * SELECT ... INTO TABLE: an INTO in parentheses belongs to a part, one after INSERT names a target.
 */
static void select_into(mb_words *words, maker to)
{
    static const char *const targets[] = {"insert", "merge", NULL};
    char name[NAME_SIZE];
    const char *kind;

    while (words->token.kind != MB_TOKEN_END) {
        mb_words_skip_list(words);
        if (mb_words_accept_any(words, targets))
            mb_words_accept(words, "into");
        else if (!mb_words_accept(words, "into"))
            mb_words_step(words);
        else if ((kind = temporary_relation(words, true, name)) != NULL)
            to.made(to.self, kind, name);
    }
}

static void create(const mb_stmt *stmt, maker to)
{
    static const char *const drops[] = {"on", "commit", "drop", NULL};
    char name[NAME_SIZE];
    const char *kind;
    mb_words words;

    mb_words_of(&words, stmt->sql, stmt->len);
    if (mb_words_accept(&words, "create") &&
        (kind = temporary_relation(&words, false, name)) != NULL && !has(stmt, drops))
        to.made(to.self, kind, name);
}

/* A DO block, and text that it executes: from the word CREATE to the next semicolon. */
static void block(const mb_stmt *stmt, maker to)
{
    const char *end = stmt->sql + stmt->len;

    for (const char *at = stmt->sql; (at = strcasestr(at, "create")) && at < end; at++)
        create(&(mb_stmt){.sql = at, .len = strcspn(at, ";")}, to);
}

/* `words` is at the first one of the statement. */
static void read_made(const mb_stmt *stmt, mb_words *words, maker to)
{
    static const char *const selects[] = {"select", "with", NULL};
    static const char *const holds[] = {"with", "hold", NULL};
    char name[NAME_SIZE];

    if (mb_words_at(words, "create")) {
        create(stmt, to);
    } else if (mb_words_accept(words, "do")) {
        block(stmt, to);
    } else if (mb_words_accept(words, "declare")) {
        if (mb_words_read_name(words, NULL, name) && has(stmt, holds))
            to.made(to.self, cursor, name);
    } else if (mb_words_accept(words, "prepare")) {
        if (!mb_words_at(words, "transaction") && mb_words_read_name(words, NULL, name))
            to.made(to.self, prepared, name);
    } else if (mb_words_accept_any(words, selects)) {
        select_into(words, to);
    }
}

static void set_true(void *self, const char *kind, const char *name)
{
    (void)kind, (void)name;
    *(bool *)self = true;
}

bool mb_stmt_makes_temporary(const mb_stmt *stmt)
{
    static const char *const others[] = {"listen", "load", NULL};
    bool makes = false;
    mb_words words;

    mb_words_of(&words, stmt->sql, stmt->len);
    if (mb_words_accept_any(&words, others))
        return true;
    read_made(stmt, &words, (maker){&makes, set_true});
    return makes;
}

/* ---- noted ---- */

static void add(void *self, const char *kind, const char *name)
{
    mb_temporary *t = self;

    t->items = mb_grow(t->items, t->n, sizeof *t->items);
    t->items[t->n++] = (mb_temporary_object){
        .kind = kind == cursor || kind == prepared ? mb_strdup(kind)
                                                   : mb_format("temporary %s", kind),
        .name = mb_strdup(name),
    };
}

static bool is_relation(const mb_temporary_object *o)
{
    return strncmp(o->kind, "temporary ", 10) == 0;
}

/* Removes the objects of a kind (NULL: relations and types) with the name (NULL: any name). */
static void drop(mb_temporary *t, const char *kind, const char *name)
{
    size_t kept = 0;

    for (size_t i = 0; i < t->n; i++) {
        mb_temporary_object *o = &t->items[i];
        bool of_kind = kind ? strcmp(o->kind, kind) == 0 : is_relation(o);

        if (of_kind && (!name || strcmp(o->name, name) == 0)) {
            free(o->kind);
            free(o->name);
        } else {
            t->items[kept++] = *o;
        }
    }
    t->n = kept;
}

static void drop_named(mb_temporary *t, const char *kind, mb_words *words)
{
    char name[NAME_SIZE];

    if (kind && mb_words_at(words, "all"))
        drop(t, kind, NULL);
    else
        do
            if (mb_words_read_name(words, NULL, name))
                drop(t, kind, name);
        while (mb_words_accept_mark(words, ','));
}

static void rename_one(mb_temporary *t, mb_words *words)
{
    char from[NAME_SIZE], to[NAME_SIZE];

    accept_if_exists(words);
    if (!mb_words_read_name(words, NULL, from) || !mb_words_accept(words, "rename") ||
        !mb_words_accept(words, "to") || !mb_words_read_name(words, NULL, to))
        return;
    for (size_t i = 0; i < t->n; i++)
        if (is_relation(&t->items[i]) && strcmp(t->items[i].name, from) == 0) {
            free(t->items[i].name);
            t->items[i].name = mb_strdup(to);
        }
}

static void discard(mb_temporary *t, mb_words *words)
{
    static const char *const temporary[] = {"temp", "temporary", NULL};
    bool all = mb_words_at(words, "all");

    if (all || mb_words_accept_any(words, temporary))
        drop(t, NULL, NULL);
    if (all) {
        drop(t, cursor, NULL);
        drop(t, prepared, NULL);
    }
}

/* Objects that no longer exist, or have another name. */
static void note_change(mb_temporary *t, const mb_stmt *stmt)
{
    mb_words words;

    mb_words_of(&words, stmt->sql, stmt->len);
    if (mb_words_accept(&words, "drop")) {
        mb_words_step(&words); /* TABLE, VIEW, ... */
        accept_if_exists(&words);
        drop_named(t, NULL, &words);
    } else if (mb_words_accept(&words, "alter")) {
        mb_words_step(&words);
        rename_one(t, &words);
    } else if (mb_words_accept(&words, "discard")) {
        discard(t, &words);
    } else if (mb_words_accept(&words, "close")) {
        drop_named(t, cursor, &words);
    } else if (mb_words_accept(&words, "deallocate")) {
        mb_words_accept(&words, "prepare");
        drop_named(t, prepared, &words);
    }
}

void mb_temporary_note(mb_temporary *t, const mb_stmt *stmt)
{
    mb_words words;

    if (t->n)
        note_change(t, stmt);
    mb_words_of(&words, stmt->sql, stmt->len);
    read_made(stmt, &words, (maker){t, add});
}

/* ---- named ---- */

static bool is_in_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (c & 0x80);
}

/* Does a "." before the name, if there is one, belong to pg_temp? */
static bool may_be_temporary(const char *text, const char *at)
{
    static const char schema[] = "pg_temp";
    const size_t len = sizeof schema - 1;

    if (at > text && at[-1] == '"')
        at--;
    if (at == text || at[-1] != '.')
        return true;
    return (size_t)(at - text) > len && strncasecmp(at - 1 - len, schema, len) == 0;
}

/* Does the name occur as a word, also in the body of a function? */
static bool names(const char *text, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = text; (at = strcasestr(at, name)); at++)
        if ((at == text || !is_in_name(at[-1])) && !is_in_name(at[len]) &&
            may_be_temporary(text, at))
            return true;
    return false;
}

/* Can the statement use an object of that kind? */
static bool can_name(const mb_temporary_object *o, const mb_stmt *stmt)
{
    static const char *const of_cursor[] = {"fetch", "move", "close", NULL};
    static const char *const of_current[] = {"current", "of", NULL};
    static const char *const of_prepared[] = {"execute", "deallocate", NULL};
    static const char *const of_execute[] = {"execute", NULL};
    mb_words words;

    mb_words_of(&words, stmt->sql, stmt->len);
    if (strcmp(o->kind, cursor) == 0)
        return mb_words_accept_any(&words, of_cursor) || has(stmt, of_current);
    if (strcmp(o->kind, prepared) == 0)
        return mb_words_accept_any(&words, of_prepared) || has(stmt, of_execute);
    return true;
}

const mb_temporary_object *mb_temporary_named(const mb_temporary *t, const mb_stmt *stmt)
{
    for (size_t i = 0; i < t->n; i++)
        if (names(stmt->sql, t->items[i].name) && can_name(&t->items[i], stmt))
            return &t->items[i];
    return NULL;
}

void mb_temporary_free(mb_temporary *t)
{
    for (size_t i = 0; i < t->n; i++) {
        free(t->items[i].kind);
        free(t->items[i].name);
    }
    free(t->items);
    *t = (mb_temporary){0};
}
