/* folder.c -- whether one folder holds plain files of migrations, and nothing that would be ignored. */
#include "moonbird/format.h"

#include "tool.h"

#include "moonbird/mem.h"
#include "moonbird/probe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEEPEST = 8 }; /* levels of sub-folders that are searched for SQL */

static bool is_script(const char *file)
{
    return mb_path_ends(file, ".sql") || mb_path_ends(file, ".lua");
}

static bool fail_at(mb_error *err, const mb_listing *l, const char *name)
{
    char *path = mb_path_join(l->shown, name);

    mb_fail_at(err, path, 0, 0);
    free(path);
    return false;
}

/* ---- files ---- */

/* What scripts load, and what people read. */
static bool is_data(const char *file)
{
    static const char *const endings[] = {".csv", ".tsv",  ".json", ".txt", ".md", ".rst",
                                          ".toml", ".html", ".pdf", ".png", ".gz"};

    if (!strchr(file, '.'))
        return !isdigit((unsigned char)*file); /* README */
    if (strcasestr(file, ".sql.") || strcasestr(file, ".lua."))
        return false;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (mb_path_ends(file, endings[i]))
            return true;
    return false;
}

static bool has_file(const mb_listing *l, const char *stem, size_t len, const char *ending)
{
    char *name = mb_format("%.*s%s", (int)len, stem, ending);
    char **found = bsearch(&name, l->files->items, l->files->n, sizeof name, mb_compare_text);

    free(name);
    return found != NULL;
}

/* NAME-down.sql beside NAME-up.sql, NAME.rollback.sql beside NAME.sql, and the like. */
static bool check_rollback_name(const mb_listing *l, const char *file, mb_error *err)
{
    static const struct {
        const char *down, *up;
    } pairs[] = {
        {"-down.sql", "-up.sql"},  {"_down.sql", "_up.sql"},  {"-down.sql", ".sql"},
        {"_down.sql", ".sql"},     {"-rollback.sql", ".sql"}, {".rollback.sql", ".sql"},
        {".undo.sql", ".do.sql"},  {".undo.sql", ".sql"},     {"_undo.sql", ".sql"},
        {"_revert.sql", ".sql"},   {".revert.sql", ".sql"},
    };
    size_t len = strlen(file);

    if (len < 5 || !strchr("nkot", tolower((unsigned char)file[len - 5]))) /* most names */
        return true;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        size_t stem = len - strlen(pairs[i].down);

        if (!mb_path_ends(file, pairs[i].down) || !has_file(l, file, stem, pairs[i].up))
            continue;
        mb_fail(err, MB_ERR_FILE, "\"%s\" looks like the rollback of \"%.*s%s\", but would run as "
                                  "a migration", file, (int)stem, file, pairs[i].up);
        mb_fail_hint(err, "Name the two files NAME.sql and NAME_rollback.sql.");
        return fail_at(err, l, file);
    }
    return true;
}

static bool check_file(mb_names *notes, const mb_listing *l, const char *file, mb_error *err)
{
    const mb_tool *tool = mb_tool_of_file(file);

    if (tool) {
        mb_fail(err, MB_ERR_FILE, "\"%s\" is a file of %s, which moonbird does not read", file,
                tool->name);
        mb_fail_hint(err, "%s", tool->hint);
        return fail_at(err, l, file);
    }
    if (!is_script(file) && !is_data(file))
        mb_names_add(notes, mb_format("%s/%s is not a migration: its name ends neither in .sql "
                                      "nor in .lua", l->shown, file));
    return l->journal || check_rollback_name(l, file, err);
}

/* ---- sub-folders ---- */

static bool is_numbered(const char *path)
{
    const char *file = mb_path_base(path);

    return isdigit((unsigned char)*file) || mb_tool_of_file(file);
}

static void prefer(char **found, char *other)
{
    char *unused = other;

    if (!*found || (is_numbered(other) && !is_numbered(*found))) {
        unused = *found;
        *found = other;
    }
    free(unused);
}

/* A Lua or, with `sql`, an SQL file below `path`, a numbered one if any; relative to it, or NULL. */
static bool find_script(char **found, const char *path, bool sql, int depth, mb_error *err)
{
    mb_names files, folders;
    bool ok;

    *found = NULL;
    if (!mb_folder_read(&files, &folders, path, err))
        return false;
    for (size_t i = 0; i < files.n; i++)
        if (sql ? is_script(files.items[i]) : mb_path_ends(files.items[i], ".lua"))
            prefer(found, mb_strdup(files.items[i]));
    ok = true;
    for (size_t i = 0; ok && i < folders.n && depth < DEEPEST; i++) {
        char *deeper = mb_path_join(path, folders.items[i]), *below;

        ok = find_script(&below, deeper, sql, depth + 1, err);
        if (below)
            prefer(found, mb_path_join(folders.items[i], below));
        free(below);
        free(deeper);
    }
    mb_names_free(&files);
    mb_names_free(&folders);
    return ok;
}

bool mb_format_find_lua(char **found, const char *path, mb_error *err)
{
    return find_script(found, path, false, 1, err);
}

static const char *find_plain(const mb_listing *l)
{
    for (size_t i = 0; i < l->files->n; i++)
        if (is_script(l->files->items[i]))
            return l->files->items[i];
    return NULL;
}

/* One folder for each migration: alone, or beside plain files. */
static bool refuse_layout(const mb_listing *l, const mb_tool *tool, const char *file, mb_error *err)
{
    const char *plain = l->journal ? "meta/_journal.json" : find_plain(l);

    if (plain)
        mb_fail(err, MB_ERR_FILE, "the folder has two layouts: \"%s\" as by %s, one folder for "
                                  "each migration, and \"%s\"", file, tool->name, plain);
    else
        mb_fail(err, MB_ERR_FILE, "\"%s\" is laid out as by %s, one folder for each migration, "
                                  "which moonbird does not read", file, tool->name);
    mb_fail_hint(err, "%s", tool->hint);
    return fail_at(err, l, file);
}

static bool refuse_sub_folder(const mb_listing *l, const mb_tool *tool, const char *folder,
                              const char *file, mb_error *err)
{
    if (tool) {
        mb_fail(err, MB_ERR_FILE, "\"%s\" is a folder of %s, which moonbird does not read", folder,
                tool->name);
        mb_fail_hint(err, "%s", tool->hint);
    } else {
        mb_fail(err, MB_ERR_FILE, "\"%s\" is in a sub-folder, where moonbird does not look for "
                                  "migrations", file);
        mb_fail_hint(err, "Move it to %s. If its folder is the one that is meant, name that in the "
                          "configuration.", l->shown);
    }
    return fail_at(err, l, file);
}

static const mb_tool *tool_of_folder(const char *folder, const char *path)
{
    for (size_t i = 0; i < mb_tools_n; i++) {
        char *file = mb_tools[i].inside ? mb_path_join(path, mb_tools[i].inside) : NULL;
        bool is = (file && mb_file_exists(file)) ||
                  (mb_tools[i].folder && strcmp(mb_tools[i].folder, folder) == 0);

        free(file);
        if (is)
            return &mb_tools[i];
    }
    return NULL;
}

static bool judge_sub_folder(mb_names *notes, const mb_listing *l, const char *folder,
                             const char *path, const char *script, mb_error *err)
{
    const mb_tool *tool = tool_of_folder(folder, path);
    char *file = mb_path_join(folder, tool && tool->inside ? tool->inside : script);
    bool ok = true;

    if (tool && tool->inside)
        ok = refuse_layout(l, tool, file, err);
    else if (tool || is_numbered(script))
        ok = refuse_sub_folder(l, tool, folder, file, err);
    else
        mb_names_add(notes, mb_format("%s/%s is in a sub-folder, and is not a migration", l->shown,
                                      file));
    free(file);
    return ok;
}

static bool is_same_folder(const char *a, const char *b)
{
    struct stat x, y;

    return b && stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool check_sub_folder(mb_names *notes, const mb_listing *l, const char *folder,
                             mb_error *err)
{
    char *path, *script = NULL;
    bool ok;

    if (is_script(folder)) {
        mb_fail(err, MB_ERR_FILE, "this is a folder, and a file of this name is expected");
        return fail_at(err, l, folder);
    }
    path = mb_path_join(l->path, folder);
    ok = is_same_folder(path, l->ignored) || find_script(&script, path, true, 1, err);
    if (ok && script)
        ok = judge_sub_folder(notes, l, folder, path, script, err);
    free(script);
    free(path);
    return ok;
}

/* Without its journal a folder of Drizzle runs by number, which need not be the journal's order. */
static bool note_lost_journal(mb_names *notes, const mb_listing *l, mb_error *err)
{
    char *path = mb_path_join(l->path, "meta");
    mb_names files = {0};
    bool ok = l->journal || !mb_folder_exists(path) || mb_folder_list(&files, path, err);

    for (size_t i = 0; i < files.n; i++)
        if (mb_path_ends(files.items[i], "_snapshot.json")) {
            mb_names_add(notes, mb_format("%s/meta holds Drizzle's snapshots and no _journal.json; "
                                          "the order is that of the numbers", l->shown));
            break;
        }
    mb_names_free(&files);
    free(path);
    return ok;
}

/* deploy/ of a project of sqitch, whose plan is beside that folder. */
static bool check_deploy(const mb_listing *l, mb_error *err)
{
    char *plan = mb_path_join(l->path, "../sqitch.plan");
    bool found = strcmp(mb_path_base(l->shown), "deploy") == 0 && mb_file_exists(plan);

    free(plan);
    if (!found)
        return true;
    mb_fail(err, MB_ERR_FILE, "this is a folder of sqitch, which moonbird does not read");
    mb_fail_hint(err, "%s", mb_tool_of_file("sqitch.plan")->hint);
    return mb_fail_at(err, l->shown, 0, 0);
}

/* Sub-folders first: their layout tells more than a plain file beside them. */
bool mb_format_check_folder(mb_names *notes, const mb_listing *l, mb_error *err)
{
    bool ok = check_deploy(l, err) && note_lost_journal(notes, l, err);

    for (size_t i = 0; ok && i < l->folders->n; i++)
        ok = check_sub_folder(notes, l, l->folders->items[i], err);
    for (size_t i = 0; ok && i < l->files->n; i++)
        ok = check_file(notes, l, l->files->items[i], err);
    return ok;
}
