/*
 * sqitch_conf.c -- sqitch.conf, beside the plan, or else in the project, as git reads such files.
 *
 * The settings are those of Target.pm: of the default target, of the engine, and of core.  moonbird
 * does not follow them, but refuses those that differ from the default.  As in Config.pm,
 * $SQITCH_CONFIG is another path for the file, and what it does not set can be in that of the user.
 */
#include "sqitch_conf.h"

#include "format/lines.h"
#include "format/listing.h"

#include "moonbird/base/mem.h"
#include "moonbird/os/path.h"
#include "moonbird/os/probe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Settings that are paths, and where moonbird looks, below the folder of the plan. */
static const char *const paths[][2] = {
    {"plan_file", "sqitch.plan"}, {"top_dir", "."},         {"deploy_dir", "deploy"},
    {"revert_dir", "revert"},     {"verify_dir", "verify"},
};

/* A setting, in the last file that has it; all strings are owned. */
typedef struct setting {
    char *section, *name; /* [section "name"] */
    char *key, *value;
    char *folder; /* that of the file, to which its paths are relative */
    char *shown;  /* the path of the file */
    int line;
} setting;

typedef struct conf {
    char *top;            /* the folder of the plan */
    setting *items;
    size_t n;
    const char *target;   /* the default target; NULL: none is named */
    char section[128], name[128]; /* of the line */
} conf;

/* ---- lines ---- */

static void copy(char out[128], const char *s, size_t len)
{
    len = len < 127 ? len : 127;
    memcpy(out, s, len);
    out[len] = '\0';
}

static void read_section(conf *c, const char *s)
{
    size_t len = strcspn(s, " \t\"]");

    copy(c->section, s, len);
    s += len + strspn(s + len, " \t");
    copy(c->name, *s == '"' ? s + 1 : "", *s == '"' ? strcspn(s + 1, "\"") : 0);
}

/* Cuts `KEY = VALUE` in two; NULL: it is another line. */
static char *cut_value(char *s)
{
    size_t len = strcspn(s, " \t=");
    char *value = strchr(s, '='), *end;

    if (!isalpha((unsigned char)*s) || !value)
        return NULL;
    s[len] = '\0';
    value += 1 + strspn(value + 1, " \t");
    if (*value == '"') {
        value++;
        value[strcspn(value, "\"")] = '\0';
        return value;
    }
    value[strcspn(value, "#;\r")] = '\0';
    for (end = value + strlen(value); end > value && isspace((unsigned char)end[-1]);)
        *--end = '\0';
    return value;
}

/* ---- settings ---- */

/* [core], [engine "pg"], or its old form [core "pg"]. */
static bool is_general(const setting *s)
{
    return (strcasecmp(s->section, "core") == 0 && (!*s->name || strcmp(s->name, "pg") == 0)) ||
           (strcasecmp(s->section, "engine") == 0 && strcmp(s->name, "pg") == 0);
}

static bool counts(const conf *c, const setting *s)
{
    return is_general(s) || (c->target && strcasecmp(s->section, "target") == 0 &&
                             strcmp(s->name, c->target) == 0);
}

static bool same_path(const conf *c, const setting *s, const char *expected)
{
    char *named = mb_path_join(s->folder, s->value), *ours = mb_path_join(c->top, expected);
    bool same = strcmp(named, ours) == 0 || mb_path_same(named, ours) ||
                (!mb_file_exists(named) && !mb_folder_exists(named) && !mb_file_exists(ours) &&
                 !mb_folder_exists(ours));

    free(named);
    free(ours);
    return same;
}

static bool refuse(const setting *s, const char *known, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "%s%s%s.%s is \"%s\", and moonbird reads sqitch only with \"%s\"",
            s->section, *s->name ? "." : "", s->name, s->key, s->value, known);
    mb_fail_hint(err, "Name the right folder in moonbird.lua, migrations = \"...\", or use the "
                      "default and remove this line.");
    return mb_fail_at(err, s->shown, s->line, 0);
}

static bool check(const conf *c, const setting *s, mb_error *err)
{
    if (!counts(c, s) || !*s->value)
        return true;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (strcasecmp(s->key, paths[i][0]) == 0 && !same_path(c, s, paths[i][1]))
            return refuse(s, paths[i][1], err);
    if (strcasecmp(s->key, "extension") == 0 && strcmp(s->value, "sql") != 0)
        return refuse(s, "sql", err);
    if (strcasecmp(s->key, "engine") == 0 && strcmp(s->value, "pg") != 0 &&
        strcmp(s->value, "cockroach") != 0)
        return refuse(s, "pg", err);
    return true;
}

static bool check_all(conf *c, mb_error *err)
{
    bool ok = true;

    for (size_t i = 0; i < c->n; i++)
        if (is_general(&c->items[i]) && strcasecmp(c->items[i].key, "target") == 0)
            c->target = c->items[i].value;
    for (size_t i = 0; ok && i < c->n; i++)
        ok = check(c, &c->items[i], err);
    return ok;
}

static void free_setting(setting *s)
{
    free(s->section);
    free(s->name);
    free(s->key);
    free(s->value);
    free(s->folder);
    free(s->shown);
}

/* The place of this setting, which is new or freed. */
static setting *place_of(conf *c, const char *key)
{
    for (size_t i = 0; i < c->n; i++) {
        setting *s = &c->items[i];

        if (strcasecmp(s->section, c->section) == 0 && strcmp(s->name, c->name) == 0 &&
            strcasecmp(s->key, key) == 0) {
            free_setting(s);
            return s;
        }
    }
    c->items = mb_grow(c->items, c->n, sizeof *c->items);
    return &c->items[c->n++];
}

static bool read(conf *c, const char *path, const char *shown, const char *folder, mb_error *err)
{
    mb_buf text = {0};
    mb_line line = {0};
    bool ok = !mb_file_exists(path) || mb_file_read(&text, path, err);

    *c->section = *c->name = '\0';
    while (ok && mb_line_next(&line, &text)) {
        char *copied = mb_strndup(line.text, line.len), *s = copied + strspn(copied, " \t");
        char *value = *s == '[' ? NULL : cut_value(s);

        if (*s == '[')
            read_section(c, s + 1);
        else if (value)
            *place_of(c, s) = (setting){mb_strdup(c->section), mb_strdup(c->name), mb_strdup(s),
                                        mb_strdup(value),      mb_strdup(folder),  mb_strdup(shown),
                                        line.number};
        free(copied);
    }
    mb_buf_free(&text);
    return ok;
}

/* ---- the files ---- */

/* The file of the user, whose paths are relative to the folder in which sqitch runs. */
static bool read_users(conf *c, mb_error *err)
{
    const char *named = getenv("SQITCH_USER_CONFIG"), *home = getenv("HOME");
    char *path = named ? mb_strdup(named) : mb_format("%s/.sqitch/sqitch.conf", home ? home : "");
    bool ok = read(c, path, path, c->top, err);

    free(path);
    return ok;
}

static bool read_own(conf *c, const mb_listing *l, const char *above, mb_error *err)
{
    const char *named = getenv("SQITCH_CONFIG");
    char *path = mb_path_join(c->top, "sqitch.conf"), *shown;
    bool ok;

    if (named || !mb_file_exists(path)) {
        free(path);
        return read(c, named ? named : "sqitch.conf", named ? named : "sqitch.conf", ".", err);
    }
    shown = *above ? mb_format("%s/../sqitch.conf", l->shown)
                   : mb_path_join(l->shown, "sqitch.conf");
    ok = read(c, path, shown, c->top, err);
    free(path);
    free(shown);
    return ok;
}

bool mb_sqitch_conf_check(const mb_listing *l, const char *above, mb_error *err)
{
    conf c = {.top = *above ? mb_path_join(l->path, "..") : mb_strdup(l->path)};
    bool ok = read_users(&c, err) && read_own(&c, l, above, err) && check_all(&c, err);

    for (size_t i = 0; i < c.n; i++)
        free_setting(&c.items[i]);
    free(c.items);
    free(c.top);
    return ok;
}
