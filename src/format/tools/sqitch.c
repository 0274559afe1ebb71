/*
 * sqitch.c -- a project of sqitch: the changes of sqitch.plan, in deploy/, revert/ and verify/.
 *
 * The rules are those of Plan.pm, Plan/Line.pm, Plan/Depend.pm and Plan/Change.pm.  A change that
 * occurs twice in the plan was reworked: the file of the earlier one is NAME@TAG.sql, with the
 * first tag after it.  The plan gives the order; a change may be a Lua file, deploy/NAME.lua.
 */
#include "formats.h"
#include "format/settings/sqitch_conf.h"

#include "moonbird/base/mem.h"
#include "moonbird/format/names.h"
#include "moonbird/format/sqitch_project.h"
#include "moonbird/os/probe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char plan_file[] = "sqitch.plan";

/* A tag, and how many changes come before it. */
typedef struct tag {
    char *name; /* with "@" */
    size_t after;
} tag;

typedef struct tags {
    tag *items;
    size_t n;
} tags;

/* The folder of migrations has the plan, or is the folder deploy/ beside it. */
typedef struct project {
    const mb_listing *l;
    const char *above; /* "../" or "", before the names of the plan and the three folders */
    char *name;        /* that of %project; NULL: the plan does not have it */
    tags tags;         /* of the lines that are read */
} project;

static bool has_file(const mb_listing *l, const char *file)
{
    char *path = mb_path_join(l->path, file);
    bool has = mb_file_exists(path);

    free(path);
    return has;
}

static const char *claim(const mb_listing *l)
{
    if (has_file(l, plan_file))
        return plan_file;
    return strcmp(mb_path_base(l->path), "deploy") == 0 && has_file(l, "../sqitch.plan")
               ? "../sqitch.plan"
               : NULL;
}

static bool refuse(mb_error *err, const project *p, int line, const char *what)
{
    char *file = mb_format("%s%s", p->above, plan_file);

    mb_fail(err, MB_ERR_FILE, "%s", what);
    mb_fail_hint(err, "A line of the plan is: NAME [DEPENDENCY...] TIME PLANNER <EMAIL> # NOTE, or "
                      "@TAG TIME PLANNER <EMAIL>.");
    mb_fail_in(err, p->l, file, line);
    free(file);
    return false;
}

/* ---- names ---- */

/* A dependency, [!][PROJECT:]NAME[@TAG] or [!][PROJECT:]@TAG, in the words of the plan. */
typedef struct dependency {
    const char *text; /* without "!" */
    bool conflict;
    const char *of; /* the name of the change that has it */
    int line;
} dependency;

/* The last of the first n changes that has this name; NULL: none has. */
static const mb_entry *find_before(const mb_entries *out, size_t n, const char *name, size_t len)
{
    while (n-- > 0)
        if (strncmp(out->items[n].name, name, len) == 0 && !out->items[n].name[len])
            return &out->items[n];
    return NULL;
}

/* How many changes come before the tag, which begins with "@"; 0: the plan does not have it yet. */
static size_t before_tag(const tags *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->items[i].name, name) == 0)
            return list->items[i].after;
    return 0;
}

/* The change that NAME, NAME@TAG or @TAG means; NULL: the lines above do not have it. */
static const mb_entry *find_change(const mb_entries *out, const project *p, const char *text)
{
    size_t len = strcspn(text, "@"), n = text[len] ? before_tag(&p->tags, text + len) : out->n;

    if (len == 0)
        return n ? &out->items[n - 1] : NULL;
    return find_before(out, n, text, len);
}

static void add_name(char ***names, size_t *n, const char *name)
{
    *names = mb_grow(*names, *n, sizeof **names);
    (*names)[(*n)++] = mb_strdup(name);
}

static bool refuse_dependency(const project *p, const dependency *d, const char *what,
                              const char *hint, mb_error *err)
{
    char *message = mb_format("\"%s\" %s \"%s\", which %s", d->of,
                              d->conflict ? "conflicts with" : "requires", d->text, what);

    refuse(err, p, d->line, message);
    free(message);
    return hint ? mb_fail_hint(err, "%s", hint) : false;
}

static bool is_id(const char *name)
{
    return strlen(name) == 40 && !name[strspn(name, "0123456789abcdef")];
}

/* NAME, NAME@TAG or @TAG, without the prefix of this project. */
static bool add_dependency(const mb_entries *out, mb_entry *e, const project *p,
                           const dependency *d, mb_error *err)
{
    const char *colon = strchr(d->text, ':'), *text = colon ? colon + 1 : d->text;
    mb_directives *given = mb_entry_given(e);
    const mb_entry *found;
    bool itself;

    if (colon && !(p->name && strlen(p->name) == (size_t)(colon - d->text) &&
                   strncmp(p->name, d->text, (size_t)(colon - d->text)) == 0))
        return refuse_dependency(p, d,
                                 "is in another project, and moonbird does not read its "
                                 "history",
                                 "Remove it from the plan. The script of the change can check "
                                 "that what it needs exists.",
                                 err);
    if (is_id(text))
        return refuse_dependency(p, d, "is an id, and moonbird compares only names",
                                 "Write the name of the change in its place, with @TAG if it was "
                                 "reworked.",
                                 err);
    found = find_change(out, p, text);
    itself = found == e;
    if (d->conflict && found && !itself)
        add_name(&given->conflicts, &given->n_conflicts, found->name);
    if (d->conflict) /* a change that does not come before it cannot be deployed */
        return true;
    if (!found || itself)
        return refuse_dependency(p, d, "does not come before it", NULL, err);
    if (strcmp(found->name, e->name) != 0) /* a reworked change comes after itself in any case */
        add_name(&given->requires, &given->n_requires, found->name);
    return true;
}

/* ---- the plan ---- */

/* How the history lists a change that comes after n others of its name. */
static char *listed_of(const mb_entries *out, const char *name)
{
    size_t n = 1;

    for (size_t i = 0; i < out->n; i++)
        n += strcmp(out->items[i].name, name) == 0;
    return n == 1 ? mb_strdup(name) : mb_format("%s#%zu", name, n);
}

/* Reads `NAME [DEPENDENCY...] TIME PLANNER <EMAIL>`; `text` is cut into words. */
static bool read_change(mb_entries *out, const project *p, char *text, int line, mb_error *err)
{
    char *rest, *word = strtok_r(text, " \t", &rest);
    mb_entry *e;
    char *dependencies = rest ? strchr(rest, '[') : NULL, *close;
    size_t n = out->n;
    char *listed = listed_of(out, word);

    e = mb_entries_add(out, mb_strdup(word));
    e->listed = listed;
    e->number[0] = '\0';
    close = dependencies && dependencies == rest + strspn(rest, " \t") ? strchr(dependencies, ']')
                                                                       : NULL;
    if (!close)
        return true;
    *close = '\0';
    for (word = strtok_r(dependencies + 1, " \t", &rest); word;
         word = strtok_r(NULL, " \t", &rest)) {
        bool conflict = *word == '!';
        const dependency d = {word + conflict, conflict, out->items[n].name, line};

        if (!add_dependency(out, &out->items[n], p, &d, err))
            return false;
    }
    return true;
}

static void add_tag(tags *list, const char *text, size_t after)
{
    list->items = mb_grow(list->items, list->n, sizeof *list->items);
    list->items[list->n++] = (tag){mb_strndup(text, strcspn(text, " \t")), after};
}

static void free_tags(tags *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->items[i].name);
    free(list->items);
}

static bool read_plan(mb_entries *out, project *p, const mb_buf *plan, mb_error *err)
{
    mb_line line = {0};
    bool ok = true;

    while (ok && mb_line_next(&line, plan)) {
        char *text = mb_strndup(line.text, line.len), *s = text + strspn(text, " \t");
        char *note = strstr(s, " #");

        if (note)
            *note = '\0';
        if (*s == '@')
            add_tag(&p->tags, s, out->n);
        else if (*s && *s != '#' && *s != '%')
            ok = read_change(out, p, s, line.number, err);
        free(text);
    }
    return ok;
}

/* ---- files ---- */

/* The path of a change's file, whether it exists or not. */
static char *name_in(const project *p, const char *folder, const char *name, const char *ending)
{
    bool own = *p->above && strcmp(folder, "deploy") == 0; /* it is the folder of migrations */

    return own ? mb_format("%s%s", name, ending)
               : mb_format("%s%s/%s%s", p->above, folder, name, ending);
}

static char *file_in(const project *p, const char *folder, const char *name, const char *ending)
{
    char *file = name_in(p, folder, name, ending);

    if (has_file(p->l, file))
        return file;
    free(file);
    return NULL;
}

static bool refuse_reworked(mb_error *err, const project *p, const char *name)
{
    char *message =
        mb_format("the change \"%s\" is in the plan twice, and the earlier one has no file "
                  "deploy/%s@TAG.sql",
                  name, name);

    refuse(err, p, 0, message);
    free(message);
    return mb_fail_hint(err,
                        "Run sqitch rework, which makes the file. It needs a tag between the two "
                        "changes.");
}

/* Replaces the name of a change where it is required. */
static void rename_required(mb_entry *e, const char *name, const char *reworked)
{
    for (size_t i = 0; e->given && i < e->given->n_requires; i++)
        if (strcmp(e->given->requires[i], name) == 0) {
            free(e->given->requires[i]);
            e->given->requires[i] = mb_strdup(reworked);
        }
}

/* NAME@TAG, with the first tag between the changes i and `next` that has a file; NULL: none has. */
static char *reworked_name(const mb_entries *out, size_t i, size_t next, const project *p)
{
    const tags *list = &p->tags;

    for (size_t k = 0; k < list->n; k++) {
        char *name = mb_format("%s%s", out->items[i].name, list->items[k].name), *file;

        file = list->items[k].after > i && list->items[k].after <= next
                   ? file_in(p, "deploy", name, ".sql")
                   : NULL;
        free(file);
        if (file)
            return name;
        free(name);
    }
    return NULL;
}

/* Names the changes that come again later; the changes between the two require the earlier one. */
static bool name_reworked(mb_entries *out, const project *p, mb_error *err)
{
    for (size_t i = 0; i < out->n; i++) {
        mb_entry *e = &out->items[i];
        size_t next = i + 1;
        char *name;

        while (next < out->n && strcmp(out->items[next].name, e->name) != 0)
            next++;
        if (next == out->n)
            continue;
        name = reworked_name(out, i, next, p);
        if (!name)
            return refuse_reworked(err, p, e->name);
        for (size_t k = i + 1; k < next; k++)
            rename_required(&out->items[k], e->name, name);
        free(e->name);
        e->name = name;
    }
    return true;
}

static bool set_files(mb_entry *e, const project *p, mb_error *err)
{
    char *message;

    e->file = file_in(p, "deploy", e->name, ".sql");
    e->file = e->file ? e->file : file_in(p, "deploy", e->name, ".lua");
    e->down_file = file_in(p, "revert", e->name, ".sql");
    e->verify_file = file_in(p, "verify", e->name, ".sql");
    if (e->file)
        return true;
    message =
        mb_format("the change \"%s\" of the plan has no file deploy/%s.sql", e->name, e->name);
    refuse(err, p, 0, message);
    free(message);
    return mb_fail_hint(err, "Restore the file.");
}

static bool list_plan(mb_entries *out, project *p, const mb_buf *plan, mb_error *err)
{
    bool ok;

    p->name = mb_sqitch_plan_project(plan);
    ok = read_plan(out, p, plan, err) && name_reworked(out, p, err);
    for (size_t i = 0; ok && i < out->n; i++)
        ok = set_files(&out->items[i], p, err);
    free_tags(&p->tags);
    free(p->name);
    return ok;
}

/* ---- files that no change has ---- */

static bool file_of_change(const mb_entries *out, const char *path)
{
    for (size_t i = 0; i < out->n; i++) {
        const mb_entry *e = &out->items[i];
        const char *const files[] = {e->file, e->down_file, e->verify_file};

        for (size_t k = 0; k < 3; k++)
            if (files[k] && strcmp(files[k], path) == 0)
                return true;
    }
    return false;
}

/* The change whose file in this folder would have the path, but for capitals; NULL: none would. */
static const char *change_nearly(const mb_entries *out, const project *p, const char *folder,
                                 const char *path)
{
    const char *found = NULL;

    for (size_t i = 0; !found && i < out->n; i++) {
        char *file = name_in(p, folder, out->items[i].name, ".sql");

        found = strcasecmp(file, path) == 0 ? out->items[i].name : NULL;
        free(file);
    }
    return found;
}

/* sqitch ignores a script that no change of the plan has. */
static bool check_script(mb_entries *out, const project *p, const char *folder, const char *path,
                         mb_error *err)
{
    const char *change;

    if (file_of_change(out, path) || (!mb_name_is_script(path) && !strcasestr(path, ".sql.")))
        return true;
    change = change_nearly(out, p, folder, path);
    if (!change) {
        mb_names_add(&out->notes, mb_format("%s/%s does not run: sqitch.plan does not have this "
                                            "change",
                                            p->l->shown, path));
        return true;
    }
    mb_fail(err, MB_ERR_FILE, "sqitch ignores this file: the change is \"%s\"", change);
    mb_fail_hint(err, "Rename it to %s.sql, with the same capitals.", change);
    return mb_fail_in(err, p->l, path, 0);
}

static bool check_folder(mb_entries *out, const project *p, const char *folder, mb_error *err)
{
    char *name = mb_format("%s%s", p->above, folder), *path = mb_path_join(p->l->path, name);
    bool own = *p->above && strcmp(folder, "deploy") == 0, ok = true;
    mb_names files = {0};

    if (own)
        ok = mb_listed_below(&files, p->l, err);
    else if (mb_folder_exists(path))
        ok = mb_listed_in(&files, p->l, name, err);
    for (size_t i = 0; ok && i < files.n; i++)
        ok = check_script(out, p, folder, files.items[i], err);
    mb_names_free(&files);
    free(path);
    free(name);
    return ok;
}

/* sqitch does not look in a folder such as Revert. */
static bool check_folder_names(const project *p, mb_error *err)
{
    static const char *const names[] = {"deploy", "revert", "verify"};

    for (size_t i = 0; !*p->above && i < p->l->folders->n; i++)
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
            const char *folder = p->l->folders->items[i];

            if (strcasecmp(folder, names[k]) != 0 || strcmp(folder, names[k]) == 0)
                continue;
            mb_fail(err, MB_ERR_FILE, "sqitch ignores this folder: its name is \"%s\"", names[k]);
            mb_fail_hint(err, "Rename the folder.");
            return mb_fail_in(err, p->l, folder, 0);
        }
    return true;
}

/* The scripts beside the plan, and those in its three folders. */
static bool check_scripts(mb_entries *out, const project *p, mb_error *err)
{
    bool ok = true;

    for (size_t i = 0; ok && !*p->above && i < p->l->files->n; i++)
        ok = check_script(out, p, "", p->l->files->items[i], err);
    return ok && check_folder_names(p, err) && check_folder(out, p, "deploy", err) &&
           check_folder(out, p, "revert", err) && check_folder(out, p, "verify", err);
}

static bool list(mb_entries *out, const mb_listing *l, mb_error *err)
{
    project p = {.l = l, .above = has_file(l, plan_file) ? "" : "../"};
    char *file = mb_format("%s%s", p.above, plan_file);
    mb_buf plan = {0};
    bool ok = mb_sqitch_conf_check(l, p.above, err) && mb_listed_read(&plan, l, file, err) &&
              list_plan(out, &p, &plan, err) && check_scripts(out, &p, err);

    for (size_t i = 0; i < l->files->n; i++)
        out->taken[i] = true;
    mb_buf_free(&plan);
    free(file);
    return ok;
}

/* Other Lua files run last: a plan has no numbers. */
static int compare(const char *a, const char *b)
{
    (void)a;
    (void)b;
    return -1;
}

const mb_file_format mb_format_sqitch = {
    .name = "sqitch",
    .tool = "sqitch",
    .expected = "the changes of sqitch.plan",
    .nested = true,
    .planned = true,
    .claim = claim,
    .list = list,
    .compare = compare,
};
