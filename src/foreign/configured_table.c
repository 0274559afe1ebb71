#include "moonbird/foreign/configured_table.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/format/known_tool_tables.h"
#include "moonbird/os/env.h"
#include "moonbird/os/file.h"
#include "moonbird/os/path.h"
#include "moonbird/os/probe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Where a tool reads the name of its table. */
typedef struct setting {
    const char *tool;
    const char *file; /* NULL: the key is a variable of the environment */
    const char *key;
    bool schema; /* it names only the schema */
} setting;

static const setting settings[] = {
    {"dbmate", NULL, "DBMATE_MIGRATIONS_TABLE", false},
    {"goose", NULL, "GOOSE_TABLE", false},
    {"flyway", NULL, "FLYWAY_TABLE", false},
    {"flyway", "flyway.conf", "flyway.table", false},
    {"flyway", "conf/flyway.conf", "flyway.table", false},
    {"flyway", "flyway.toml", "table", false},
    {"flyway", "conf/flyway.toml", "table", false},
    {"sqlx", "sqlx.toml", "table-name", false},
    {"node-pg-migrate", "config/default.json", "migrations-table", false},
    {"node-pg-migrate", "config/default.json", "migrations-schema", true},
    {"node-pg-migrate", ".node-pg-migraterc.json", "migrations-table", false},
    {"node-pg-migrate", ".node-pg-migraterc.json", "migrations-schema", true},
    {"node-pg-migrate", "package.json", "migrations-table", false},
    {"node-pg-migrate", "package.json", "migrations-schema", true},
};

static bool in_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-';
}

static const char *skip_blanks(const char *s)
{
    return s + strspn(s, " \t");
}

/* The value of KEY = VALUE or "KEY": "VALUE", which may be after a dotted prefix; NULL: none is at `at`. */
static char *value_at(const char *text, const char *at, const char *key)
{
    const char *s = at + strlen(key);
    bool quoted;

    if (at > text && in_name(at[-1]))
        return NULL;
    s = skip_blanks(s + (*s == '"' || *s == '\''));
    if (*s != '=' && *s != ':')
        return NULL;
    s = skip_blanks(s + 1);
    quoted = *s == '"' || *s == '\'';
    return quoted ? mb_strndup(s + 1, strcspn(s + 1, *s == '"' ? "\"\n" : "'\n"))
                  : mb_strndup(s, strcspn(s, " \t\r\n,}#"));
}

static bool is_in_comment(const char *text, const char *at)
{
    while (at > text && at[-1] != '\n')
        at--;
    at = skip_blanks(at);
    return *at == '#' || strncmp(at, "//", 2) == 0;
}

/* Finds the last value of the key, and its line. */
static char *find_value(const char *text, const char *key, int *line)
{
    char *found = NULL;

    for (const char *at = text; (at = strstr(at, key)); at++) {
        char *value = is_in_comment(text, at) ? NULL : value_at(text, at, key);

        if (!value)
            continue;
        free(found);
        found = value;
        *line = 1;
        for (const char *s = text; s < at; s++)
            *line += *s == '\n';
    }
    return found;
}

/* The value in the file, with its line; NULL: the file or the key is missing. */
static char *read_value(const char *path, const char *key, int *line)
{
    mb_buf text = {0};
    mb_error unreadable; /* then it names nothing, and the tool fails at it */
    char *value = NULL;

    if (mb_file_exists(path) && mb_file_read(&text, path, &unreadable))
        value = find_value(mb_buf_str(&text), key, line);
    mb_buf_free(&text);
    return value;
}

static const char *default_of(const char *tool)
{
    for (size_t i = 0; i < mb_tool_tables_n; i++)
        if (mb_tool_table_is_of(&mb_tool_tables[i], tool))
            return mb_tool_tables[i].table;
    return "";
}

/* Does the value mean the table that moonbird knows? */
static bool is_known(const setting *s, const char *value, const char *table)
{
    size_t len = strlen(value);

    if (s->schema)
        return !table || (strncmp(table, value, len) == 0 && table[len] == '.');
    return !len || strcmp(value, default_of(s->tool)) == 0 || (table && strcmp(value, table) == 0);
}

/* `path` NULL: the environment has the variable. */
static bool refuse(const setting *s, const char *value, const char *path, int line, mb_error *err)
{
    mb_fail(err, MB_ERR_USAGE, "\"%s\" is \"%s\": moonbird does not know this %s for the history of %s",
            s->key, value, s->schema ? "schema" : "table", s->tool);
    if (path)
        mb_fail_at(err, path, line, 0);
    if (s->schema)
        return mb_fail_hint(err, "Make it the first schema of the search_path, or move the table with "
                                 "ALTER TABLE ... SET SCHEMA and remove the setting.");
    return mb_fail_hint(err,
                        "It knows only the default name. Rename the table, if it exists, with ALTER "
                        "TABLE ... RENAME TO %s, and remove the setting.",
                        default_of(s->tool));
}

static bool check_variable(const setting *s, const char *table, mb_error *err)
{
    const char *value = getenv(s->key);
    bool in_file = mb_env_is_from_file(s->key);
    int line = 0;

    if (!value || is_known(s, value, table))
        return true;
    if (in_file)
        free(read_value(".env", s->key, &line));
    return refuse(s, value, in_file ? ".env" : NULL, line, err);
}

static bool check_file(const setting *s, const char *folder, const char *table, mb_error *err)
{
    char *path = mb_path_join(folder, s->file);
    int line = 0;
    char *value = read_value(path, s->key, &line);
    bool ok = !value || is_known(s, value, table) || refuse(s, value, path, line, err);

    free(value);
    free(path);
    return ok;
}

bool mb_check_configured_table(const char *tool, const char *table, const char *folder,
                               mb_error *err)
{
    char *above = mb_path_dir(folder);
    const char *const folders[] = {".", folder, above};
    bool ok = true;

    for (size_t i = 0; ok && i < sizeof settings / sizeof settings[0]; i++) {
        const setting *s = &settings[i];

        if (strcmp(s->tool, tool) != 0)
            continue;
        if (!s->file)
            ok = check_variable(s, table, err);
        for (size_t k = 0; ok && s->file && k < 3; k++)
            ok = check_file(s, folders[k], table, err);
    }
    free(above);
    return ok;
}
