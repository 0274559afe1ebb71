#include "placeholders.h"

#include "moonbird/base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- where values come from ---- */

static void lower(char *s)
{
    for (; *s; s++)
        *s = (char)tolower((unsigned char)*s);
}

/* The text of `key = value` after the "=", without blanks and quotes around it. */
static char *value_in(const char *s, const char *end)
{
    while (s < end && isspace((unsigned char)*s))
        s++;
    while (end > s && isspace((unsigned char)end[-1]))
        end--;
    if (end - s >= 2 && (*s == '"' || *s == '\'') && end[-1] == *s)
        s++, end--;
    return mb_strndup(s, (size_t)(end - s));
}

/*
 * The option's name, a constant, if it gives files another name than Flyway's own; NULL: it does
 * not.  Without a prefix, files are as in moonbird's own format.
 */
static const char *naming_of(const char *key, const char *value)
{
    static const char *const options[][2] = {
        {"sqlMigrationPrefix", "V"},           {"undoSqlMigrationPrefix", "U"},
        {"baselineMigrationPrefix", "B"},      {"repeatableSqlMigrationPrefix", "R"},
        {"sqlMigrationSeparator", "__"},       {"sqlMigrationSuffixes", ".sql"},
    };

    if (strncmp(key, "flyway.", 7) == 0)
        key += 7;
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (strcmp(key, options[i][0]) == 0 && *value && !strstr(value, options[i][1]))
            return options[i][0];
    return NULL;
}

static void add_line(mb_placeholders *out, const mb_line *line, bool *in_table)
{
    static const char prefix[] = "flyway.placeholders.";
    const char *s = line->text, *end = s + line->len, *equals;
    size_t skip = sizeof prefix - 1, len;
    char *key;

    while (s < end && isspace((unsigned char)*s))
        s++;
    equals = memchr(s, '=', (size_t)(end - s));
    if (s < end && *s == '[')
        *in_table = (size_t)(end - s) >= 21 && strncmp(s, "[flyway.placeholders]", 21) == 0;
    if (!equals || *s == '#' || *s == '[')
        return;
    for (len = (size_t)(equals - s); len > 0 && isspace((unsigned char)s[len - 1]);)
        len--;
    key = mb_strndup(s, len);
    if (strncmp(key, prefix, skip) != 0)
        skip = 0;
    if (skip || *in_table) {
        mb_names_add(&out->names, mb_strdup(key + skip));
        lower(out->names.items[out->names.n - 1]);
        mb_names_add(&out->values, value_in(equals + 1, end));
    } else if (strcmp(key, "flyway.placeholderReplacement") == 0 ||
               strcmp(key, "placeholderReplacement") == 0) {
        char *value = value_in(equals + 1, end);

        out->on = strcasecmp(value, "false") != 0;
        free(value);
    } else {
        char *value = value_in(equals + 1, end);
        const char *naming = naming_of(key, value);

        out->naming = naming ? naming : out->naming;
        free(value);
    }
    free(key);
}

static void read_file(mb_placeholders *out, const char *folder, const char *name)
{
    char *path = mb_path_join(folder, name);
    mb_buf text = {0};
    mb_line line = {0};
    mb_error
        absent; /* an unreadable file has no values: a placeholder then says which is missing */
    bool in_table = false;

    if (mb_file_read(&text, path, &absent))
        while (mb_line_next(&line, &text))
            add_line(out, &line, &in_table);
    mb_buf_free(&text);
    free(path);
}

void mb_placeholders_read(mb_placeholders *out, const mb_listing *l)
{
    static const char *const files[] = {"flyway.conf", "flyway.toml", "conf/flyway.conf"};
    char *above = mb_path_dir(l->path);
    const char *folders[] = {l->path, above, "."};

    *out = (mb_placeholders){.on = true};
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++)
            read_file(out, folders[i], files[k]);
    free(above);
}

void mb_placeholders_free(mb_placeholders *p)
{
    mb_names_free(&p->names);
    mb_names_free(&p->values);
}

/* The variable has the placeholder's name in upper case, with "_" for "-", "." and the like. */
static const char *find_value(const mb_placeholders *p, const char *name)
{
    char *variable = mb_format("FLYWAY_PLACEHOLDERS_%s", name);
    const char *value = NULL;

    for (char *s = variable; *s; s++)
        *s = isalnum((unsigned char)*s) ? (char)toupper((unsigned char)*s) : '_';
    value = getenv(variable);
    for (size_t i = 0; !value && i < p->names.n; i++)
        if (strcasecmp(p->names.items[i], name) == 0)
            value = p->values.items[i];
    free(variable);
    return value;
}

/* ---- replacing ---- */

static bool refuse(mb_error *err, const mb_listing *l, const char *file, const char *name, int line)
{
    if (strncasecmp(name, "flyway:", 7) == 0) {
        mb_fail(err, MB_ERR_FILE,
                "moonbird does not know the value of Flyway's own placeholder "
                "\"${%s}\"",
                name);
        mb_fail_hint(err, "Write its value, or use a function of PostgreSQL such as current_user.");
        return mb_fail_in(err, l, file, line);
    }
    mb_fail(err, MB_ERR_FILE, "the placeholder \"${%s}\" has no value", name);
    mb_fail_hint(err,
                 "Set it in flyway.conf: flyway.placeholders.%s=VALUE. If it is not a "
                 "placeholder, write placeholderReplacement=false in %s.conf, or "
                 "flyway.placeholderReplacement=false in flyway.conf.",
                 name, mb_path_base(file));
    return mb_fail_in(err, l, file, line);
}

bool mb_placeholders_replace(char **out, const mb_placeholders *p, const mb_listing *l,
                             const char *file, const mb_buf *text, mb_error *err)
{
    const char *s = mb_buf_str(text), *open = strstr(s, "${");
    mb_buf replaced = {0};
    int line = 1;

    for (; open; open = strstr(s, "${")) {
        const char *close = strchr(open, '}'), *value;
        char *name;

        if (!close)
            break;
        for (const char *at = s; at < open; at++)
            line += *at == '\n';
        name = mb_strndup(open + 2, (size_t)(close - open - 2));
        value = find_value(p, name);
        if (!value) {
            refuse(err, l, file, name, line);
            free(name);
            mb_buf_free(&replaced);
            return false;
        }
        free(name);
        mb_buf_add(&replaced, s, (size_t)(open - s));
        mb_buf_puts(&replaced, value);
        s = close + 1;
    }
    if (replaced.data)
        mb_buf_puts(&replaced, s);
    *out = replaced.data;
    return true;
}
