/* preview.c -- the statements of an SQL file as `plan` shows them. */
#include "moonbird/project/source.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { PREVIEW = 200 };

/* Fold white space to single spaces, and cut the text with an ellipsis. */
static char *fold(const char *sql)
{
    static const char spaces[] = " \t\n\v\f\r";
    char out[PREVIEW + 8]; /* with the rest of a character, and the ellipsis */
    size_t len = 0;

    while (*sql && len < PREVIEW) {
        size_t word = strcspn(sql, spaces), left = PREVIEW - len;
        size_t n = word < left ? word : left;

        memcpy(out + len, sql, n);
        len += n;
        sql += n;
        n = len < PREVIEW ? strspn(sql, spaces) : 0;
        if (n && len)
            out[len++] = ' ';
        sql += n;
    }
    while (*sql && ((unsigned char)*sql & 0xC0) == 0x80 && len < PREVIEW + 3)
        out[len++] = *sql++; /* do not cut a UTF-8 character in two */
    memcpy(out + len, *sql ? "..." : "", *sql ? 4 : 1);
    return mb_strdup(out);
}

void mb_previews_free(mb_preview *previews, size_t n)
{
    for (size_t i = 0; previews && i < n; i++) {
        free(previews[i].sql);
        free(previews[i].expected);
    }
    free(previews);
}

static void preview(mb_preview *out, const mb_source *source, const mb_stmt *stmt)
{
    const mb_expectation *expected = mb_expectation_of(&source->expectations, stmt->number);

    *out = (mb_preview){
        .sql = fold(stmt->sql),
        .line = stmt->line,
        .kind = stmt->kind,
        .expected = expected ? mb_strdup(expected->text) : NULL,
    };
    mb_stmt_command(stmt, out->command);
}

bool mb_source_previews(const mb_source *source, mb_preview **out, mb_error *err)
{
    mb_preview *list = mb_alloc(source->statements * sizeof *list);
    size_t n = 0, done = mb_source_done(source);
    mb_script *script = NULL;
    mb_stmt stmt;
    bool found = true, ok = mb_source_script(&script, source, err);

    while (ok && found && done + n < source->statements) {
        ok = mb_script_next(script, &stmt, &found, err);
        if (ok && found && stmt.number > done)
            preview(&list[n++], source, &stmt);
    }
    mb_script_close(script);
    if (ok)
        *out = list;
    else
        mb_previews_free(list, n);
    return ok;
}
