/* formats.c -- the table of formats. */
#include "formats.h"

#include "format/repeatable.h"

#include <string.h>

static const mb_file_format *const formats[] = {
    &mb_format_atlas,       &mb_format_dbmate,
    &mb_format_diesel,      &mb_format_drizzle_1,
    &mb_format_flyway,      &mb_format_golang_migrate,
    &mb_format_goose,       &mb_format_graphile_migrate,
    &mb_format_liquibase,   &mb_format_node_pg_migrate,
    &mb_format_prisma,      &mb_format_sqitch,
    &mb_format_sql_migrate, &mb_format_sqlx,
    &mb_format_supabase,    &mb_format_tern,
};

enum { N = sizeof formats / sizeof formats[0] };

const char *mb_file_format_name(const mb_file_format *format)
{
    return format->name;
}

bool mb_file_format_commits(const mb_file_format *format)
{
    return format->commits;
}

const char *mb_file_format_tool(const mb_file_format *format)
{
    return format->tool;
}

const char *mb_file_format_rollback(const mb_file_format *format)
{
    return format->runs_each_sql ? "_rollback.lua" : "_rollback.sql";
}

const char *mb_file_format_down_place(const mb_file_format *format)
{
    return format->down_place;
}

bool mb_file_format_repeats(const mb_file_format *format, const char *name)
{
    const char *prefix = format ? format->repeats : NULL;

    return strncmp(name, MB_REPEATABLE "/", sizeof MB_REPEATABLE) == 0 ||
           (prefix && strncmp(name, prefix, strlen(prefix)) == 0);
}

const mb_file_template *mb_file_format_template(const mb_file_format *format)
{
    return format->created.up ? &format->created : NULL;
}

const mb_file_format *mb_file_format_named(const char *name)
{
    for (size_t i = 0; i < N; i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

const char *const *mb_file_format_names(size_t *n)
{
    static const char *names[N + 1];
    size_t at = 0;

    for (size_t i = 0; i < N; i++)
        names[at++] = formats[i]->name;
    names[at++] = MB_OWN_FORMAT;
    *n = at;
    return names;
}

const mb_file_format *mb_format_of_tool(const char *tool)
{
    for (size_t i = 0; i < N; i++)
        if (strcmp(formats[i]->tool, tool) == 0)
            return formats[i];
    return NULL;
}

bool mb_fail_two_formats(mb_error *err, const mb_listing *l, const char *a, const char *tool_a,
                         const char *b, const char *tool_b)
{
    mb_fail(err, MB_ERR_FILE, "the folder has files of two formats: \"%s\" of %s, and \"%s\" of %s",
            a, tool_a, b, tool_b);
    mb_fail_hint(err, "Move the files of one of them to another folder. If all are in one format, "
                      "name it in moonbird.lua: format = \"NAME\".");
    return mb_fail_in(err, l, b, 0);
}

bool mb_formats_claim(const mb_file_format **out, const mb_listing *l, mb_error *err)
{
    const char *first = NULL;

    *out = NULL;
    for (size_t i = 0; i < N; i++) {
        const char *file = formats[i]->claim ? formats[i]->claim(l) : NULL;

        if (!file || (*out && formats[i]->weak))
            continue;
        if (*out && !(*out)->weak)
            return mb_fail_two_formats(err, l, first, (*out)->tool, file, formats[i]->tool);
        *out = formats[i];
        first = file;
    }
    return true;
}
