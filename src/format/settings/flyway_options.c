/*
 * flyway_options.c -- the configuration files of Flyway, as far as they change what runs.
 *
 * The rules are those of ConfigUtils.java: ${NAME} in a value is a variable of the environment.  A
 * key of flyway.toml may be in a table, [flyway] or [flyway.placeholders]; its default environment
 * is [environments.default].
 */
#include "flyway_options.h"

#include "format/lines.h"
#include "format/listing.h"

#include "moonbird/base/mem.h"
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

/* moonbird.lua names one folder.  A second location is another one. */
static void check_locations(mb_flyway_options *out, const mb_listing *l, const char *value,
                            const char *file, int line)
{
    bool all = true;

    if (!strchr(value, ','))
        return;
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

/* The value without blanks and quotes around it. */
static char *plain(const char *s, const char *end)
{
    while (end > s && isspace((unsigned char)end[-1]))
        end--;
    if (end - s >= 2 && (*s == '"' || *s == '\'') && end[-1] == *s)
        s++, end--;
    return mb_strndup(s, (size_t)(end - s));
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
    out->schema_place = mb_format("%s:%d", file, line);
}

/* ---- a file ---- */

typedef struct reading {
    mb_flyway_options *out;
    const mb_listing *l;
    char *file; /* that errors show */
    bool toml;
    char table[80]; /* the name of a table of TOML, with a dot behind it */
} reading;

static void add_placeholder(mb_flyway_options *out, const char *name, const char *value)
{
    char *lower = mb_strdup(name);

    for (char *s = lower; *s; s++)
        *s = (char)tolower((unsigned char)*s);
    mb_names_add(&out->names, lower);
    mb_names_add(&out->values, mb_strdup(value));
}

static void add_option(const reading *r, const char *key, const char *value, int line)
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
        set_schema(out, value, true, r->file, line);
    else if (strcmp(key, "schemas") == 0)
        set_schema(out, items, false, r->file, line);
    else if (strcmp(key, "locations") == 0)
        check_locations(out, r->l, items, r->file, line);
    else
        check_unread(out, key, items, r->file, line);
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

static void add_line(reading *r, const mb_line *line)
{
    const char *s = line->text, *end = s + line->len, *equals, *own;
    char *key, *value, *expanded;
    size_t len;

    while (s < end && isspace((unsigned char)*s))
        s++;
    while (end > s && isspace((unsigned char)end[-1]))
        end--;
    if (s == end || *s == '#' || *s == '!')
        return;
    if (r->toml && *s == '[') {
        size_t n = strcspn(s + 1, "]\r\n");

        *r->table = '\0';
        if (n < sizeof r->table - 1) {
            memcpy(r->table, s + 1, n);
            memcpy(r->table + n, ".", 2);
        }
        return;
    }
    len = strcspn(s, r->toml ? "=\r\n" : "=: \t\r\n");
    equals = s + len;
    if (equals >= end)
        return;
    while (equals < end && isspace((unsigned char)*equals))
        equals++;
    equals += equals < end && strchr("=:", *equals) != NULL;
    while (equals < end && isspace((unsigned char)*equals))
        equals++;
    while (len > 0 && isspace((unsigned char)s[len - 1]))
        len--;
    key = mb_format("%s%.*s", r->table, (int)len, s);
    value = plain(equals, end);
    expanded = expand(value);
    own = own_key(key);
    if (own)
        add_option(r, own, expanded, line->number);
    free(key);
    free(value);
    free(expanded);
}

/* A value that goes on: an array of TOML up to its "]", a line of flyway.conf that ends in "\". */
static bool goes_on(mb_buf *text, bool toml)
{
    const char *open = toml ? strchr(mb_buf_str(text), '=') : NULL;

    if (!toml)
        return text->len > 0 && text->data[text->len - 1] == '\\';
    return open && open[1 + strspn(open + 1, " \t")] == '[' && !strchr(open, ']');
}

/* The length of a line of TOML without the comment at its end. */
static size_t without_comment(const mb_line *line)
{
    char quote = '\0';
    size_t i = 0;

    for (; i < line->len && (quote || line->text[i] != '#'); i++)
        if (quote ? line->text[i] == quote : line->text[i] == '"' || line->text[i] == '\'')
            quote = quote ? '\0' : line->text[i];
    return i;
}

static void read_text(reading *r, const mb_buf *text)
{
    mb_line line = {0};
    mb_buf whole = {0};
    int first = 0;

    while (mb_line_next(&line, text)) {
        first = whole.len ? first : line.number;
        mb_buf_add(&whole, line.text, r->toml ? without_comment(&line) : line.len);
        if (goes_on(&whole, r->toml)) {
            whole.len -= !r->toml;
            continue;
        }
        add_line(r, &(mb_line){.text = mb_buf_str(&whole), .len = whole.len, .number = first});
        mb_buf_clear(&whole);
    }
    if (whole.len)
        add_line(r, &(mb_line){.text = mb_buf_str(&whole), .len = whole.len, .number = first});
    mb_buf_free(&whole);
}

static void read_file(mb_flyway_options *out, const mb_listing *l, const char *folder,
                      const char *shown, const char *name)
{
    char *path = mb_path_join(folder, name);
    reading r = {.out = out, .l = l, .file = mb_path_join(shown, name)};
    mb_buf text = {0};
    mb_error err;

    r.toml = mb_path_ends(name, ".toml");
    if (mb_file_exists(path)) {
        if (mb_file_read(&text, path, &err)) {
            read_text(&r, &text);
        } else if (!out->refused) {
            out->refused = true;
            out->why = err;
        }
    }
    mb_buf_free(&text);
    free(r.file);
    free(path);
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
