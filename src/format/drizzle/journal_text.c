/*
 * journal_text.c -- writes a journal as drizzle-kit does: JSON.stringify(journal, null, 2).
 *
 * The members of an entry are copied as they are, except idx and when, so that what a newer version
 * of drizzle-kit writes is not lost.
 */
#include "journal_text.h"

#include "member.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/number.h"

#include <stdlib.h>
#include <string.h>

static void add_member(mb_buf *out, const char *indent, bool *first, const char *key)
{
    mb_buf_printf(out, "%s\n%s\"%s\": ", *first ? "" : ",", indent, key);
    *first = false;
}

/* The text of the value that `json` reads next; skips it. */
static void add_value(mb_buf *out, mb_json *json)
{
    const char *from = json->text + json->at;

    mb_member_skip(json);
    from += strspn(from, " \t\r\n:");
    mb_buf_add(out, from, (size_t)(json->text + json->at - from));
}

static void add_new_value(mb_buf *out, mb_json *json, int64_t value)
{
    mb_member_skip(json);
    mb_number_add_integer(out, value);
}

static void write_copied(mb_buf *out, const mb_journal_item *e, const char *indent)
{
    mb_json json;
    bool first = true;

    mb_json_read(&json, e->text, e->len);
    mb_member_next(&json);
    for (mb_json_token key; (key = mb_member_next(&json)).kind == MB_JSON_KEY;) {
        char *name = mb_strndup(key.text, key.len);

        add_member(out, indent, &first, name);
        if (strcmp(name, "idx") == 0)
            add_new_value(out, &json, e->new_idx);
        else if (strcmp(name, "when") == 0)
            add_new_value(out, &json, e->new_when);
        else
            add_value(out, &json);
        free(name);
    }
}

/* As drizzle-kit writes it; `version` is that of the other entries. */
static void write_new(mb_buf *out, const mb_journal_item *e, const char *indent, const char *version)
{
    bool first = true;

    add_member(out, indent, &first, "idx");
    mb_number_add_integer(out, e->new_idx);
    add_member(out, indent, &first, "version");
    mb_json_add_string(out, version, strlen(version));
    add_member(out, indent, &first, "when");
    mb_number_add_integer(out, e->new_when);
    add_member(out, indent, &first, "tag");
    mb_json_add_string(out, e->tag, strlen(e->tag));
    add_member(out, indent, &first, "breakpoints");
    mb_buf_puts(out, "true");
}

static void write_entries(mb_buf *out, const mb_journal_items *order, const char *version)
{
    mb_buf_putc(out, '[');
    for (size_t i = 0; i < order->n; i++) {
        const mb_journal_item *e = &order->items[i];

        mb_buf_printf(out, "%s\n    {", i ? "," : "");
        if (e->text)
            write_copied(out, e, "      ");
        else
            write_new(out, e, "      ", version);
        mb_buf_puts(out, "\n    }");
    }
    mb_buf_puts(out, order->n ? "\n  ]" : "]");
}

void mb_journal_write(mb_buf *out, const mb_buf *text, const mb_journal_items *order)
{
    mb_json root, json;
    bool first = true;
    char *version;

    mb_json_read(&root, mb_buf_str(text), text->len);
    json = root;
    version = mb_member_string(&root, "version");
    mb_buf_putc(out, '{');
    mb_member_next(&json);
    for (mb_json_token key; (key = mb_member_next(&json)).kind == MB_JSON_KEY;) {
        char *name = mb_strndup(key.text, key.len);

        add_member(out, "  ", &first, name);
        if (strcmp(name, "entries") == 0) {
            mb_member_skip(&json);
            write_entries(out, order, version ? version : "7");
        } else {
            add_value(out, &json);
        }
        free(name);
    }
    mb_buf_puts(out, text->len && text->data[text->len - 1] == '\n' ? "\n}\n" : "\n}");
    free(version);
}
