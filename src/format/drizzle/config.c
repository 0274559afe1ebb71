#include "moonbird/format/drizzle_config.h"

#include "moonbird/base/mem.h"
#include "moonbird/os/file.h"
#include "moonbird/os/probe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- tokens of TypeScript, JavaScript and JSON ---- */

typedef enum kind { END, WORD, TEXT, MARK } kind;

typedef struct token {
    kind kind;
    const char *s; /* the word, the string without its quotes, or the mark */
    size_t len;
    const char *next;
} token;

static const char *skip_gap(const char *s)
{
    for (;;) {
        if (isspace((unsigned char)*s)) {
            s++;
        } else if (s[0] == '/' && s[1] == '/') {
            s += strcspn(s, "\n");
        } else if (s[0] == '/' && s[1] == '*') {
            const char *close = strstr(s + 2, "*/");

            s = close ? close + 2 : s + strlen(s);
        } else {
            return s;
        }
    }
}

/* A string with an escape, or a template with a value in it, is not plain: it counts as a word. */
static token read_string(const char *s)
{
    const char *at = s + 1;
    bool plain = true;

    for (; *at && *at != *s; at++) {
        plain = plain && *at != '\\' && (*s != '`' || *at != '$');
        if (*at == '\\' && at[1])
            at++;
    }
    return (token){plain ? TEXT : WORD, s + 1, (size_t)(at - s - 1), *at ? at + 1 : at};
}

static token read_token(const char *s)
{
    const char *end = s = skip_gap(s);

    if (!*s)
        return (token){END, s, 0, s};
    if (strchr("\"'`", *s))
        return read_string(s);
    while (isalnum((unsigned char)*end) || *end == '_' || *end == '$')
        end++;
    if (end > s)
        return (token){WORD, s, (size_t)(end - s), end};
    return (token){MARK, s, 1, s + 1};
}

static bool is_mark(const token *t, char mark)
{
    return t->kind == MARK && *t->s == mark;
}

/* Is it this key, with a colon after it?  Then *value is the token after the colon. */
static bool is_key(const token *t, const char *key, token *value)
{
    token colon;

    if ((t->kind != WORD && t->kind != TEXT) || t->len != strlen(key) ||
        memcmp(t->s, key, t->len) != 0)
        return false;
    colon = read_token(t->next);
    *value = read_token(colon.next);
    return is_mark(&colon, ':');
}

/* The value, if it is all of the expression.  Of a key that is there twice, the last one counts. */
static void keep_text(char **out, const token *value)
{
    token after = read_token(value->next);

    free(*out);
    *out = NULL;
    if (value->kind == TEXT && (is_mark(&after, ',') || is_mark(&after, '}')))
        *out = mb_strndup(value->s, value->len);
}

/* A name that needs no quotes in a template of SQL. */
static void keep_name(char **out, const token *value)
{
    bool plain = value->len > 0;

    for (size_t i = 0; i < value->len; i++)
        plain = plain && (isalnum((unsigned char)value->s[i]) || value->s[i] == '_');
    keep_text(out, value);
    if (!plain) {
        free(*out);
        *out = NULL;
    }
}

/* ---- the configuration ---- */

/* Reads the object `migrations`, which begins after the brace; returns its end. */
static const char *read_migrations(mb_drizzle_config *config, const char *s)
{
    token t, value;
    int depth = 1;

    for (t = read_token(s); depth > 0 && t.kind != END; t = read_token(t.next)) {
        if (depth == 1 && is_key(&t, "table", &value))
            keep_name(&config->table, &value);
        else if (depth == 1 && is_key(&t, "schema", &value))
            keep_name(&config->schema, &value);
        depth += is_mark(&t, '{') || is_mark(&t, '[') || is_mark(&t, '(');
        depth -= is_mark(&t, '}') || is_mark(&t, ']') || is_mark(&t, ')');
    }
    return t.s;
}

static void read_text(mb_drizzle_config *config, const char *s)
{
    token t, value;

    for (t = read_token(s); t.kind != END; t = read_token(t.next)) {
        if (is_key(&t, "out", &value))
            keep_text(&config->out, &value);
        else if (is_key(&t, "migrations", &value) && is_mark(&value, '{'))
            t.next = read_migrations(config, value.next);
    }
}

const char *mb_drizzle_config_find(void)
{
    static const char *const names[] = {"drizzle.config.ts", "drizzle.config.js",
                                        "drizzle.config.json", NULL};

    for (size_t i = 0; names[i]; i++)
        if (mb_file_exists(names[i]))
            return names[i];
    return NULL;
}

void mb_drizzle_config_read(mb_drizzle_config *config)
{
    const char *path = mb_drizzle_config_find();
    mb_buf text = {0};
    mb_error unreadable; /* then nothing is known, as for an expression */

    *config = (mb_drizzle_config){0};
    if (path && mb_file_read(&text, path, &unreadable))
        read_text(config, mb_buf_str(&text));
    mb_buf_free(&text);
}

void mb_drizzle_config_free(mb_drizzle_config *config)
{
    free(config->out);
    free(config->schema);
    free(config->table);
    *config = (mb_drizzle_config){0};
}

bool mb_drizzle_config_names(const mb_drizzle_config *config, const char **schema,
                             const char **table)
{
    *schema = config->schema ? config->schema : "drizzle";
    *table = config->table ? config->table : "__drizzle_migrations";
    return config->schema || config->table;
}
