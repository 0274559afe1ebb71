/*
 * search_path.c -- whether migrations would create their objects in the schema of the history.
 *
 * With the default search_path, "$user", public, a role with the name of that schema creates
 * unqualified names in it, as soon as the schema exists.  Then a migration's table "events" or
 * "steps" would collide with the history's, and DROP TABLE would find the history's own.
 */
#include "moonbird/history/search_path.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *skip_blanks(const char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    return s;
}

/* Reads the next name of a list, as PostgreSQL's SplitIdentifierString; returns what follows it. */
static const char *read_name(mb_buf *out, const char *s)
{
    bool quoted = *(s = skip_blanks(s)) == '"';

    if (quoted)
        for (s++; *s && (*s != '"' || s[1] == '"'); s++)
            mb_buf_putc(out, *(s += *s == '"'));
    else
        for (; *s && *s != ',' && !isspace((unsigned char)*s); s++)
            mb_buf_putc(out, (char)tolower((unsigned char)*s));
    s = skip_blanks(s + (quoted && *s));
    return s + (*s == ',');
}

bool mb_path_leads_to(const mb_name_place *place, const char *schema)
{
    bool leads = false, ends = false;

    if (place->current)
        ends = leads = strcmp(place->current, schema) == 0;
    if (place->exists)
        return leads;
    for (const char *s = place->path; *s && !ends && !leads;) {
        mb_buf name = {0};
        const char *text;

        s = read_name(&name, s);
        text = strcmp(mb_buf_str(&name), "$user") == 0 ? place->user : mb_buf_str(&name);
        leads = strcmp(text, schema) == 0;
        ends = place->current && strcmp(text, place->current) == 0;
        mb_buf_free(&name);
    }
    return leads;
}

bool mb_history_check_path(const mb_history *history, mb_store in, mb_error *err)
{
    if (!history->caught_by)
        return true;
    mb_fail(err, MB_ERR_POLICY,
            "names without a schema in migrations mean the schema of the history, \"%s\"", in.schema);
    mb_fail_detail(err, "The role is \"%s\", and its search_path is: %s", mb_conn_user(in.conn),
                   history->caught_by);
    if (history->exists)
        return mb_fail_hint(err,
                            "Set another search_path, as in: ALTER ROLE CURRENT_USER SET "
                            "search_path = public. If tables of migrations are in \"%s\" already, "
                            "move them: ALTER TABLE ... SET SCHEMA.",
                            in.schema);
    return mb_fail_hint(err, "Set history_schema in moonbird.lua to another name, or another "
                             "search_path, as in: ALTER ROLE CURRENT_USER SET search_path = "
                             "public.");
}
