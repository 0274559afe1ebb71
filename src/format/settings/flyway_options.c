/*
 * flyway_options.c -- the configuration files of Flyway, as far as they change what runs.
 *
 * The rules are those of ConfigUtils.java: ${NAME} in a value is a variable of the environment.  A
 * key of flyway.toml may be in a table, [flyway] or [flyway.placeholders]; its default environment
 * is [environments.default].
 */
#include "flyway_options.h"

#include "format/listing.h"

#include "moonbird/base/mem.h"
#include "moonbird/format/settings_file.h"
#include "moonbird/os/env.h"
#include "moonbird/os/probe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- options that moonbird does not read ---- */

#define NAMES                                                                                      \
    "Describe the names of the files in scripts/formats/NAME.lua: moonbird help formats."
#define SCRIPTS "Write what it does as a hook, scripts/hooks/EVENT.lua, and remove it here."

static const struct {
    const char *key, *harmless; /* a value that changes nothing, besides an empty one */
    const char *hint;
} unread[] = {
    {"sqlMigrationPrefix", "V", NAMES},
    {"undoSqlMigrationPrefix", "U", NAMES},
    {"baselineMigrationPrefix", "B", NAMES},
    {"repeatableSqlMigrationPrefix", "R", NAMES},
    {"sqlMigrationSeparator", "__", NAMES},
    {"sqlMigrationSuffixes", ".sql", NAMES},
    {"encoding", "UTF-8", "Convert the migrations to UTF-8, and remove it here."},
    {"initSql", "", SCRIPTS},
    {"callbacks", "", SCRIPTS},
    {"resolvers", "", "Rewrite the migrations that it finds in SQL or Lua."},
    {"migrationResolvers", "", "Rewrite the migrations that it finds in SQL or Lua."},
    {"errorOverrides", "", "Rewrite the migrations so that they do not fail."},
    {"target", "latest", "Remove it here, and name the last migration: moonbird up NAME."},
    {"cherryPick", "", "Remove it here."},
    {"skipExecutingMigrations", "false", "Remove it here; moonbird mark records migrations."},
    {"skipDefaultResolvers", "false", "Remove it here."},
    {"callbackLocations", "", SCRIPTS},
    {"jarDirs", "", "Rewrite the migrations in them in SQL or Lua, and remove it here."},
    {"placeholderSeparator", ":", "Remove it here."},
    {"group", "false", "Remove it here; moonbird up --single-transaction does this."},
};

static void refuse(mb_flyway_options *out, const char *key, const char *hint, const char *file,
                   int line)
{
    if (out->refused)
        return;
    out->refused = true;
    mb_fail(&out->why, MB_ERR_FILE, "Flyway's configuration sets %s, which moonbird does not read",
            key);
    mb_fail_hint(&out->why, "%s", hint);
    mb_fail_at(&out->why, file, line, 0);
}

static void check_unread(mb_flyway_options *out, const char *key, const char *value,
                         const char *file, int line)
{
    for (size_t i = 0; i < sizeof unread / sizeof unread[0]; i++) {
        if (strcmp(key, unread[i].key) != 0 || !*value || strcasecmp(value, unread[i].harmless) == 0)
            continue;
        out->renames = out->renames || strcmp(unread[i].hint, NAMES) == 0;
        refuse(out, key, unread[i].hint, file, line);
    }
}

/* Is the folder of migrations, or one below it, this location of Flyway? */
static bool is_below(const mb_listing *l, const char *location, size_t len)
{
    static const char scheme[] = "filesystem:";
    char *text = mb_strndup(location, len), *path = text;
    size_t shown = strlen(l->shown);
    bool is;

    if (strncmp(path, scheme, sizeof scheme - 1) == 0)
        path += sizeof scheme - 1;
    path += strncmp(path, "./", 2) == 0 ? 2 : 0;
    is = mb_path_same(path, l->path) ||
         (strncmp(path, l->shown, shown) == 0 && path[shown] == '/');
    free(text);
    return is;
}

/* A single location may be relative to the file, or in the classpath, which moonbird does not know. */
static void check_location(mb_flyway_options *out, const mb_listing *l, const char *value,
                           const char *file, int line)
{
    static const char scheme[] = "filesystem:";
    const char *path = value + sizeof scheme - 1;
    char *folder, *below;
    bool ours;

    if (strncmp(value, scheme, sizeof scheme - 1) != 0)
        return;
    folder = mb_path_dir(file);
    below = mb_path_join(folder, path);
    ours = is_below(l, path, strlen(path)) || is_below(l, below, strlen(below));
    free(folder);
    free(below);
    if (!ours)
        refuse(out, "another location",
               "Name the right folder in moonbird.lua, migrations = \"...\", or correct this setting.",
               file, line);
}

/* moonbird.lua names one folder.  A second location is another one. */
static void check_locations(mb_flyway_options *out, const mb_listing *l, const char *value,
                            const char *file, int line)
{
    bool all = true;

    if (!strchr(value, ',')) {
        check_location(out, l, value, file, line);
        return;
    }
    for (const char *at = value; *at; at += *at == ',') {
        size_t len = strcspn(at, ",");

        all = all && (len == 0 || is_below(l, at, len));
        at += len;
    }
    if (!all)
        refuse(out, "several locations",
               "Move the files into one folder, and name it in moonbird.lua: migrations = \"...\".",
               file, line);
}

/* ---- values ---- */

static char *take(mb_buf *buf)
{
    char *text = mb_strdup(mb_buf_str(buf));

    mb_buf_free(buf);
    return text;
}

/* The value with variables of the environment in place of ${NAME} and ${env.NAME}. */
static char *expand(const char *value)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    mb_buf out = {0};

    while (*value) {
        const char *name = value + 2 + (strncmp(value, "${env.", 6) == 0 ? 4 : 0);
        size_t len = strncmp(value, "${", 2) == 0 ? strspn(name, letters) : 0;

        if (len && name[len] == '}') {
            char *variable = mb_strndup(name, len);
            const char *text = getenv(variable);

            mb_buf_puts(&out, text ? text : "");
            free(variable);
            value = name + len + 1;
        } else {
            mb_buf_putc(&out, *value++);
        }
    }
    return take(&out);
}

/* A list with commas, of a value such as ["a", "b"]; of another value it only takes the blanks. */
static char *list(const char *value)
{
    mb_buf out = {0};

    for (; *value; value++)
        if (!strchr("[]\"' \t", *value))
            mb_buf_putc(&out, *value);
    return take(&out);
}

static void replace(char **old, const char *text)
{
    free(*old);
    *old = mb_strdup(text);
}

static void set_schema(mb_flyway_options *out, const char *value, bool wins, const char *file,
                       int line)
{
    if (!*value || (out->schema && !wins))
        return;
    free(out->schema);
    free(out->schema_place);
    out->schema = mb_strndup(value, strcspn(value, ","));
    out->schema_place = line ? mb_format("%s:%d", file, line) : mb_strdup(file);
}

/* ---- a file ---- */

typedef struct reading {
    mb_flyway_options *out;
    const mb_listing *l;
} reading;

/* As for other options, the last value counts. */
static void add_placeholder(mb_flyway_options *out, const char *name, const char *value)
{
    char *lower = mb_strdup(name);

    for (char *s = lower; *s; s++)
        *s = (char)tolower((unsigned char)*s);
    for (size_t i = 0; i < out->names.n; i++)
        if (strcmp(out->names.items[i], lower) == 0) {
            replace(&out->values.items[i], value);
            free(lower);
            return;
        }
    mb_names_add(&out->names, lower);
    mb_names_add(&out->values, mb_strdup(value));
}

static void add_option(const reading *r, const char *key, const char *value, const char *file,
                       int line)
{
    mb_flyway_options *out = r->out;
    char *items = list(value);

    if (strncmp(key, "placeholders.", 13) == 0)
        add_placeholder(out, key + 13, value);
    else if (strcmp(key, "placeholderReplacement") == 0)
        out->replaces = strcasecmp(value, "false") != 0;
    else if (strcmp(key, "executeInTransaction") == 0)
        out->no_transaction = strcasecmp(value, "false") == 0;
    else if (strcmp(key, "placeholderPrefix") == 0 && *value)
        replace(&out->prefix, value);
    else if (strcmp(key, "placeholderSuffix") == 0 && *value)
        replace(&out->suffix, value);
    else if (strcmp(key, "defaultSchema") == 0)
        set_schema(out, value, true, file, line);
    else if (strcmp(key, "schemas") == 0)
        set_schema(out, items, false, file, line);
    else if (strcmp(key, "locations") == 0)
        check_locations(out, r->l, items, file, line);
    else
        check_unread(out, key, items, file, line);
    free(items);
}

/* The key without the table of Flyway's own options; NULL: it is in another table. */
static const char *own_key(const char *key)
{
    static const char *const tables[] = {"flyway.", "environments.default."};

    for (size_t i = 0; i < 2; i++)
        if (strncmp(key, tables[i], strlen(tables[i])) == 0)
            return key + strlen(tables[i]);
    return strncmp(key, "environments.", 13) == 0 ? NULL : key;
}

static bool take_setting(void *self, const mb_setting *s, mb_error *err)
{
    const char *own = own_key(s->key);
    char *value = own ? expand(s->value) : NULL;

    (void)err;
    if (own)
        add_option(self, own, value, s->file, s->line);
    free(value);
    return true;
}

/* The first error counts. */
static void keep_error(mb_flyway_options *out, const mb_error *err)
{
    if (!out->refused)
        out->why = *err;
    out->refused = true;
}

static void read_file(mb_flyway_options *out, const mb_listing *l, const char *folder,
                      const char *shown, const char *name)
{
    char *path = mb_path_join(folder, name), *shown_path = mb_path_join(shown, name);
    mb_error err;

    if (!mb_settings_read(&(mb_settings_file){path, shown_path}, take_setting,
                          &(reading){out, l}, &err))
        keep_error(out, &err);
    free(path);
    free(shown_path);
}

static bool take_variable(void *self, const mb_setting *s, mb_error *err)
{
    (void)err;
    add_option(self, s->key, s->value, s->file, s->line);
    return true;
}

/*
 * A variable of the environment counts more than all files: FLYWAY_INIT_SQL is initSql
 * (ConfigUtils.java).
 */
static void read_variable(mb_flyway_options *out, const mb_listing *l, const char *key)
{
    mb_buf name = {0};
    mb_error err;

    mb_buf_puts(&name, "FLYWAY_");
    for (const char *s = key; *s; s++) {
        if (isupper((unsigned char)*s))
            mb_buf_putc(&name, '_');
        mb_buf_putc(&name, (char)toupper((unsigned char)*s));
    }
    if (!mb_settings_variable(mb_buf_str(&name), key, take_variable, &(reading){out, l}, &err))
        keep_error(out, &err);
    mb_buf_free(&name);
}

/* FLYWAY_CONFIG_FILES has the paths of more files, with commas. */
static void read_named_files(mb_flyway_options *out, const mb_listing *l)
{
    const char *value = getenv("FLYWAY_CONFIG_FILES");

    for (const char *at = value; at && *at; at += *at == ',') {
        size_t len = strcspn(at, ",");
        char *name = mb_strndup(at, len);

        read_file(out, l, ".", ".", name);
        free(name);
        at += len;
    }
}

static void read_variables(mb_flyway_options *out, const mb_listing *l)
{
    static const char *const known[] = {"placeholderReplacement", "executeInTransaction",
                                        "placeholderPrefix",      "placeholderSuffix",
                                        "defaultSchema",          "schemas",
                                        "locations"};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        read_variable(out, l, known[i]);
    for (size_t i = 0; i < sizeof unread / sizeof unread[0]; i++)
        read_variable(out, l, unread[i].key);
}

void mb_flyway_options_read(mb_flyway_options *out, const mb_listing *l)
{
    static const char *const files[] = {"flyway.conf",      "conf/flyway.conf", "flyway.toml",
                                        "conf/flyway.toml", "flyway.user.toml"};
    char *above = mb_path_dir(l->path), *shown_above = mb_path_dir(l->shown);
    const char *const folders[][2] = {{l->path, l->shown}, {above, shown_above}, {".", "."}};

    *out = (mb_flyway_options){.replaces = true, .prefix = mb_strdup("${"), .suffix = mb_strdup("}")};
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < sizeof files / sizeof files[0]; k++)
            if (i < 2 || !mb_path_same(above, "."))
                read_file(out, l, folders[i][0], folders[i][1], files[k]);
    read_named_files(out, l);
    read_variables(out, l);
    free(above);
    free(shown_above);
}

void mb_flyway_options_free(mb_flyway_options *options)
{
    free(options->prefix);
    free(options->suffix);
    free(options->schema);
    free(options->schema_place);
    mb_names_free(&options->names);
    mb_names_free(&options->values);
}
