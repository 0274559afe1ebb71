/* flyway_row.c -- the values of a row of Flyway, from a file PREFIX VERSION __ DESCRIPTION.sql. */
#include "flyway_row.h"

#include "moonbird/base/hash.h"
#include "moonbird/base/mem.h"
#include "moonbird/pg/qualified.h"
#include "moonbird/sql/quote.h"

#include <stdlib.h>
#include <string.h>

int32_t mb_flyway_checksum(const char *text, size_t len)
{
    const char *end = text + len;
    uint32_t crc = 0;

    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    while (text < end) {
        size_t line = 0;

        while (text + line < end && text[line] != '\r' && text[line] != '\n')
            line++;
        crc = mb_crc32(crc, text, line);
        text += line + 1;
    }
    return (int32_t)crc;
}

static void add_replaced(mb_buf *sql, const char *text, size_t len, char other)
{
    char *copy = mb_strndup(text, len);

    for (char *at = copy; *at; at++)
        if (*at == '_')
            *at = other;
    mb_quote_literal(sql, copy);
    free(copy);
}

/* As it is written in the name; a repeatable migration has none. */
static void add_version(mb_buf *sql, const char *name)
{
    const char *end = strstr(name, "__");

    if (*name == 'R')
        mb_buf_puts(sql, "NULL");
    else
        add_replaced(sql, name + 1, end ? (size_t)(end - name - 1) : strlen(name + 1), '.');
}

static void add_description(mb_buf *sql, const char *name)
{
    const char *begin = strstr(name, "__");

    begin = begin ? begin + 2 : "";
    add_replaced(sql, begin, strlen(begin), ' ');
}

static void add_script(mb_buf *sql, const mb_tool_entry *e)
{
    size_t len = strlen(e->folder);
    bool below = strncmp(e->file->path, e->folder, len) == 0 && e->file->path[len] == '/';

    mb_quote_literal(sql, e->file->path + (below ? len + 1 : 0));
}

static void add_key(mb_buf *sql, const mb_tool_entry *e)
{
    if (e->key)
        mb_quote_literal(sql, e->key);
    else if (*e->file->name == 'R')
        add_script(sql, e);
    else
        add_version(sql, e->file->name);
}

static void add_elapsed(mb_buf *sql, const mb_tool_entry *e)
{
    if (e->at)
        mb_buf_printf(sql, "%lld", (long long)e->ms);
    else
        mb_buf_puts(sql, "(extract(epoch FROM pg_catalog.clock_timestamp()" MB_OP(
                             "-") "pg_catalog.transaction_timestamp())" MB_OP("*") "1000)::int");
}

void mb_flyway_add_value(mb_buf *sql, char what, const mb_tool_entry *e)
{
    switch (what) {
    case 'X':
        add_version(sql, e->file->name);
        break;
    case 'B':
        add_description(sql, e->file->name);
        break;
    case 'S':
        add_script(sql, e);
        break;
    case 'k':
        add_key(sql, e);
        break;
    case 'C':
        mb_buf_printf(sql, "%d", (int)mb_flyway_checksum(e->text, e->len));
        break;
    case 'Y':
        mb_buf_puts(sql, e->file->baseline ? "'SQL_BASELINE'" : "'SQL'");
        break;
    case 'b':
        mb_buf_puts(sql, e->file->baseline ? "true" : "false");
        break;
    case 'E':
        add_elapsed(sql, e);
        break;
    }
}
