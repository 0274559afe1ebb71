/*
 * liquibase_options.c -- liquibase.properties and the variables of Liquibase.
 *
 * The names are those of UpdateCommandStep.java.  A key of the file may have "liquibase.command."
 * before it, capitals in place of "-", or neither.
 */
#include "liquibase_options.h"

#include "moonbird/base/mem.h"
#include "moonbird/format/settings_file.h"
#include "moonbird/os/path.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct reading {
    mb_liquibase_options *out;
    const char *folder; /* that of the file; "." for a variable */
} reading;

static void replace(char **old, const char *value)
{
    free(*old);
    *old = mb_strdup(value);
}

/* The key in lower case, without "-" and "_", and without what is before its last "." */
static char *plain_key(const char *key)
{
    const char *dot = strrchr(key, '.');
    char *plain = mb_strdup(dot ? dot + 1 : key), *to = plain;

    for (const char *s = plain; *s; s++)
        if (*s != '-' && *s != '_')
            *to++ = (char)tolower((unsigned char)*s);
    *to = '\0';
    return plain;
}

static void set_changelog(reading *r, const mb_setting *s)
{
    replace(&r->out->changelog, s->value);
    replace(&r->out->changelog_folder, r->folder);
    replace(&r->out->changelog_place, s->file);
    r->out->changelog_line = s->line;
}

static void set_schema(reading *r, const mb_setting *s)
{
    char *place = s->line ? mb_format("%s:%d", s->file, s->line) : mb_strdup(s->file);

    replace(&r->out->schema, s->value);
    replace(&r->out->schema_place, place);
    free(place);
}

static bool take(void *self, const mb_setting *s, mb_error *err)
{
    reading *r = self;
    char *key = strncmp(s->key, "parameter.", 10) == 0 ? mb_strdup("") : plain_key(s->key);

    (void)err;
    if (strcmp(key, "contexts") == 0 || strcmp(key, "contextfilter") == 0)
        replace(&r->out->contexts, s->value);
    else if (strcmp(key, "labels") == 0 || strcmp(key, "labelfilter") == 0)
        replace(&r->out->labels, s->value);
    else if (strcmp(key, "changelogfile") == 0 && *s->value)
        set_changelog(r, s);
    else if (strcmp(key, "defaultschemaname") == 0 && *s->value)
        set_schema(r, s);
    free(key);
    return true;
}

static bool read_files(reading *r, const mb_listing *l, mb_error *err)
{
    const char *named = getenv("LIQUIBASE_DEFAULTS_FILE");
    char *above = mb_path_dir(l->path), *shown_above = mb_path_dir(l->shown);
    const char *const folders[][2] = {{above, shown_above}, {l->path, l->shown}, {".", "."}};
    bool ok = true;

    for (size_t i = 0; ok && i < 3; i++) {
        const char *name = named ? named : "liquibase.properties";
        char *path = mb_path_join(folders[i][0], name), *shown = mb_path_join(folders[i][1], name);

        r->folder = folders[i][0];
        ok = mb_settings_read(&(mb_settings_file){path, shown}, take, r, err);
        free(path);
        free(shown);
    }
    free(above);
    free(shown_above);
    return ok;
}

static bool read_variables(reading *r, mb_error *err)
{
    static const char *const variables[][2] = {
        {"LIQUIBASE_COMMAND_CONTEXTS", "contexts"},
        {"LIQUIBASE_COMMAND_CONTEXT_FILTER", "contextFilter"},
        {"LIQUIBASE_COMMAND_LABELS", "labels"},
        {"LIQUIBASE_COMMAND_LABEL_FILTER", "labelFilter"},
        {"LIQUIBASE_COMMAND_CHANGELOG_FILE", "changelogFile"},
        {"LIQUIBASE_COMMAND_DEFAULT_SCHEMA_NAME", "defaultSchemaName"},
    };
    bool ok = true;

    r->folder = ".";
    for (size_t i = 0; ok && i < sizeof variables / sizeof variables[0]; i++)
        ok = mb_settings_variable(variables[i][0], variables[i][1], take, r, err);
    return ok;
}

bool mb_liquibase_options_read(mb_liquibase_options *out, const mb_listing *l, mb_error *err)
{
    reading r = {.out = out};

    *out = (mb_liquibase_options){0};
    return read_files(&r, l, err) && read_variables(&r, err);
}

void mb_liquibase_options_free(mb_liquibase_options *options)
{
    free(options->contexts);
    free(options->labels);
    free(options->changelog);
    free(options->changelog_folder);
    free(options->changelog_place);
    free(options->schema);
    free(options->schema_place);
}
