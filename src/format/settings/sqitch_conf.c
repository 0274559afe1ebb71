/*
 * sqitch_conf.c -- sqitch.conf, beside the plan, or else in the project, as git reads such files.
 *
 * The settings are those of Target.pm: of the default target, of the engine, and of core.  moonbird
 * does not follow them, but refuses those that differ from the default.
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

typedef struct conf {
    char *top;    /* the folder of the plan */
    char *folder; /* that of the file, to which its paths are relative */
    char *path;   /* of the file */
    char *shown;
    char *target; /* the default target; NULL: none is named */
    char section[128], name[128]; /* [section "name"] of the line */
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
static bool is_general(const conf *c)
{
    return (strcasecmp(c->section, "core") == 0 && (!*c->name || strcmp(c->name, "pg") == 0)) ||
           (strcasecmp(c->section, "engine") == 0 && strcmp(c->name, "pg") == 0);
}

static bool counts(const conf *c)
{
    return is_general(c) || (c->target && strcasecmp(c->section, "target") == 0 &&
                             strcmp(c->name, c->target) == 0);
}

static bool same_path(const conf *c, const char *value, const char *expected)
{
    char *named = mb_path_join(c->folder, value), *ours = mb_path_join(c->top, expected);
    bool same = strcmp(named, ours) == 0 || mb_path_same(named, ours) ||
                (!mb_file_exists(named) && !mb_folder_exists(named) && !mb_file_exists(ours) &&
                 !mb_folder_exists(ours));

    free(named);
    free(ours);
    return same;
}

static bool refuse(const conf *c, const char *key, const char *value, const char *known, int line,
                   mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "%s%s%s.%s is \"%s\", and moonbird reads sqitch only with \"%s\"",
            c->section, *c->name ? "." : "", c->name, key, value, known);
    mb_fail_hint(err, "Name the right folder in moonbird.lua, migrations = \"...\", or use the "
                      "default and remove this line.");
    return mb_fail_at(err, c->shown, line, 0);
}

static bool check(const conf *c, const char *key, const char *value, int line, mb_error *err)
{
    if (!counts(c) || !*value)
        return true;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (strcasecmp(key, paths[i][0]) == 0 && !same_path(c, value, paths[i][1]))
            return refuse(c, key, value, paths[i][1], line, err);
    if (strcasecmp(key, "extension") == 0 && strcmp(value, "sql") != 0)
        return refuse(c, key, value, "sql", line, err);
    if (strcasecmp(key, "engine") == 0 && strcmp(value, "pg") != 0 &&
        strcmp(value, "cockroach") != 0)
        return refuse(c, key, value, "pg", line, err);
    return true;
}

static void keep_target(conf *c, const char *key, const char *value)
{
    if (!is_general(c) || strcasecmp(key, "target") != 0)
        return;
    free(c->target);
    c->target = mb_strdup(value);
}

/* `checks`: the default target is known; otherwise it is looked for. */
static bool read(conf *c, const mb_buf *text, bool checks, mb_error *err)
{
    mb_line line = {0};
    bool ok = true;

    *c->section = *c->name = '\0';
    while (ok && mb_line_next(&line, text)) {
        char *copied = mb_strndup(line.text, line.len), *s = copied + strspn(copied, " \t");
        char *value = *s == '[' ? NULL : cut_value(s);

        if (*s == '[')
            read_section(c, s + 1);
        else if (value && checks)
            ok = check(c, s, value, line.number, err);
        else if (value)
            keep_target(c, s, value);
        free(copied);
    }
    return ok;
}

/* ---- the file ---- */

static void find(conf *c, const mb_listing *l, const char *above)
{
    c->top = *above ? mb_path_join(l->path, "..") : mb_strdup(l->path);
    c->folder = mb_strdup(c->top);
    c->path = mb_path_join(c->top, "sqitch.conf");
    if (!mb_file_exists(c->path)) {
        free(c->folder);
        free(c->path);
        c->folder = mb_strdup(".");
        c->path = mb_strdup("sqitch.conf");
        c->shown = mb_strdup("sqitch.conf");
        return;
    }
    c->shown = *above ? mb_format("%s/../sqitch.conf", l->shown)
                      : mb_path_join(l->shown, "sqitch.conf");
}

bool mb_sqitch_conf_check(const mb_listing *l, const char *above, mb_error *err)
{
    conf c = {0};
    mb_buf text = {0};
    bool ok = true;

    find(&c, l, above);
    if (mb_file_exists(c.path))
        ok = mb_file_read(&text, c.path, err) && read(&c, &text, false, err) &&
             read(&c, &text, true, err);
    mb_buf_free(&text);
    free(c.top);
    free(c.folder);
    free(c.path);
    free(c.shown);
    free(c.target);
    return ok;
}
