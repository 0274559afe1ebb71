#include "moonbird/sql/temporary.h"

#include "sql/lexer/words.h"

#include "moonbird/base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Steps from the statement's first word to the name.  False: it makes something else. */
static bool to_name(mb_words *words)
{
    static const char *const before[] = {"create", "or", "replace", "global", "local", "temp",
                                         "temporary", "recursive", NULL};
    static const char *const kinds[] = {"table", "view", "sequence", NULL};
    const char *const *word = before;

    while (*word)
        word = mb_words_accept(words, *word) ? before : word + 1;
    for (word = kinds; *word; word++)
        if (mb_words_accept(words, *word))
            break;
    if (*word && mb_words_accept(words, "if") && mb_words_accept(words, "not"))
        mb_words_accept(words, "exists");
    return *word != NULL;
}

void mb_temporary_note(mb_temporary *t, const mb_stmt *stmt)
{
    char schema[64], name[64];
    mb_words words;

    if (!mb_stmt_makes_temporary(stmt))
        return;
    mb_words_of(&words, stmt->sql, stmt->len);
    if (!to_name(&words) || !mb_words_read_name(&words, schema, name))
        return;
    t->names = mb_grow(t->names, t->n, sizeof *t->names);
    t->names[t->n++] = mb_strdup(name);
}

static bool is_in_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (c & 0x80);
}

/*
 * Does the name occur as a word, also in the body of a function?  Behind a "." it is another thing.
 */
static bool names(const char *text, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = text; (at = strcasestr(at, name)); at++)
        if ((at == text || (!is_in_name(at[-1]) && at[-1] != '.')) && !is_in_name(at[len]))
            return true;
    return false;
}

const char *mb_temporary_named(const mb_temporary *t, const mb_stmt *stmt)
{
    for (size_t i = 0; i < t->n; i++)
        if (names(stmt->sql, t->names[i]))
            return t->names[i];
    return NULL;
}

void mb_temporary_free(mb_temporary *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->names[i]);
    free(t->names);
    *t = (mb_temporary){0};
}
