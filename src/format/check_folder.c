/*
 * check_folder.c -- checks that a folder has only plain migrations, and that nothing in it is
 * ignored silently.
 */
#include "moonbird/format/format.h"

#include "check_folder.h"
#include "moonbird/format/names.h"
#include "repeatable.h"
#include "format/names/rollback_name.h"
#include "tool.h"
#include "format/tools/form.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/utf8.h"
#include "moonbird/os/probe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEEPEST = 8 }; /* levels of subfolders that are searched for SQL */

/* ---- files ---- */

bool mb_format_check_names(const char *shown, const mb_names *names, mb_error *err)
{
    for (size_t i = 0; i < names->n; i++) {
        const char *name = names->items[i];
        bool is_text = mb_text_bad(name, strlen(name)) == strlen(name);
        mb_buf line = {0};

        if (is_text && !strpbrk(name, "\n\r\t"))
            continue;
        for (; *name; name++)
            mb_buf_printf(&line, *name < ' ' ? "\\x%02X" : "%c", (unsigned char)*name);
        mb_fail(err, MB_ERR_FILE, "the name \"%s\" %s", mb_buf_str(&line),
                is_text ? "has a line break or a tab" : "is not UTF-8");
        mb_buf_free(&line);
        mb_fail_hint(err, "Rename the file.");
        return mb_fail_at(err, shown, 0, 0);
    }
    return true;
}

bool mb_file_is_data(const char *file)
{
    static const char *const endings[] = {".csv", ".tsv",  ".json", ".txt", ".md", ".rst",
                                          ".toml", ".html", ".pdf", ".png", ".gz"};

    if (!strchr(file, '.'))
        return !isdigit((unsigned char)*file); /* a file without an ending, as README */
    if (strcasestr(file, ".sql.") || strcasestr(file, ".lua."))
        return false;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (mb_path_ends(file, endings[i]))
            return true;
    return false;
}

static bool refuse_tool(const mb_listing *l, const mb_tool *tool, const char *file, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "\"%s\" is a file of %s, which moonbird does not read", file,
            tool->name);
    mb_fail_hint(err, "%s", tool->hint);
    return mb_fail_in(err, l, file, 0);
}

static bool check_file(mb_names *notes, const mb_listing *l, const char *file, mb_error *err)
{
    const mb_tool *tool = mb_tool_of_file(file);

    if (tool)
        return refuse_tool(l, tool, file, err);
    if (mb_name_is_script(file))
        return l->journal || mb_check_rollback_name(l, file, err);
    if (!mb_file_is_data(file))
        mb_names_add(notes, mb_format("%s/%s is not a migration: its name ends neither in .sql "
                                      "nor in .lua", l->shown, file));
    return true;
}

/* ---- sub-folders ---- */

/* The tool whose migrations are folders that contain a file of this name; NULL: none. */
static const mb_tool *tool_of_layout(const char *path)
{
    for (size_t i = 0; i < mb_tools_n; i++)
        if (mb_tools[i].inside && strcmp(mb_tools[i].inside, mb_path_base(path)) == 0)
            return &mb_tools[i];
    return NULL;
}

/* True when the path alone shows that the file is meant as a migration. */
static bool is_telling(const char *path)
{
    const char *file = mb_path_base(path);

    return isdigit((unsigned char)*file) || mb_tool_of_file(file) || tool_of_layout(path);
}

static void prefer(char **found, char *other)
{
    char *unused = other;

    if (!*found || (is_telling(other) && !is_telling(*found))) {
        unused = *found;
        *found = other;
    }
    free(unused);
}

/* Symbolic links can make a cycle of folders. */
static bool refuse_depth(const char *path, const char *folder, mb_error *err)
{
    char *deepest = mb_path_join(path, folder);

    mb_fail(err, MB_ERR_FILE, "moonbird searches subfolders for migrations only %d levels deep",
            DEEPEST);
    mb_fail_at(err, deepest, 0, 0);
    free(deepest);
    return mb_fail_hint(err, "Move this folder elsewhere. If it is a symbolic link to a folder "
                             "above it, remove the link.");
}

/*
 * True for a file of another tool, and for a program in a numbered folder, as 01_a/index.ts: with
 * the name of its folder in front, it would be a name of that tool.
 */
static bool is_foreign(const char *path, const char *file)
{
    const char *folder = mb_path_base(path);
    char *whole = mb_format("%s_%s", folder, file);
    bool foreign = mb_tool_of_file(file) || (isdigit((unsigned char)*folder) &&
                                             !mb_file_is_data(file) && mb_tool_of_file(whole));

    free(whole);
    return foreign;
}

/*
 * Finds a Lua file, or with `foreign` also an SQL file or a file of another tool, below `path`;
 * *found is relative to it, or NULL. A file for which is_telling is true is preferred.
 */
static bool find_script(char **found, const char *path, bool foreign, int depth, mb_error *err)
{
    mb_names files, folders;
    bool ok;

    *found = NULL;
    if (!mb_folder_read(&files, &folders, path, err))
        return false;
    for (size_t i = 0; i < files.n; i++)
        if (foreign ? mb_name_is_script(files.items[i]) || is_foreign(path, files.items[i])
                    : mb_path_ends(files.items[i], ".lua"))
            prefer(found, mb_strdup(files.items[i]));
    ok = depth < DEEPEST || folders.n == 0 || refuse_depth(path, folders.items[0], err);
    for (size_t i = 0; ok && i < folders.n; i++) {
        char *deeper = mb_path_join(path, folders.items[i]), *below;

        ok = find_script(&below, deeper, foreign, depth + 1, err);
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
        if (mb_name_is_script(l->files->items[i]))
            return l->files->items[i];
    return NULL;
}

/* Refuses the layout with a folder for each migration, alone or beside plain files. */
static bool refuse_layout(const mb_listing *l, const mb_tool *tool, const char *file, mb_error *err)
{
    const char *plain = l->journal ? "meta/_journal.json" : find_plain(l);

    if (plain)
        mb_fail(err, MB_ERR_FILE,
                "the folder has two layouts: \"%s\" is in the layout of %s, with one folder for "
                "each migration, and \"%s\" is not",
                file, tool->name, plain);
    else
        mb_fail(err, MB_ERR_FILE,
                "\"%s\" is in the layout of %s, with one folder for each migration, which moonbird "
                "does not read",
                file, tool->name);
    mb_fail_hint(err, "%s", tool->hint);
    return mb_fail_in(err, l, file, 0);
}

static bool refuse_sub_folder(const mb_listing *l, const mb_tool *tool, const char *folder,
                              const char *file, mb_error *err)
{
    if (tool) {
        mb_fail(err, MB_ERR_FILE, "\"%s\" is a folder of %s, which moonbird does not read", folder,
                tool->name);
        mb_fail_hint(err, "%s", tool->hint);
        return mb_fail_in(err, l, file, 0);
    }
    mb_fail(err, MB_ERR_FILE, "\"%s\" is in a subfolder, where moonbird does not look for "
                              "migrations", file);
    if (l->unnumbered)
        mb_fail_hint(err, "Move it to %s.", l->shown);
    else if (strcmp(folder, MB_REPEATABLE) == 0)
        mb_fail_hint(err, "Migrations of this folder cannot be repeatable, since up does not run "
                          "them. Move the file to the subfolder \"" MB_REPEATABLE "\" of the other "
                          "migrations.");
    else
        mb_fail_hint(err, "Move it to %s. If the migrations belong in its folder, name that "
                          "folder in the configuration.", l->shown);
    return mb_fail_in(err, l, file, 0);
}

static const mb_tool *tool_of_folder(const char *folder)
{
    for (size_t i = 0; i < mb_tools_n; i++)
        if (mb_tools[i].folder && strcmp(mb_tools[i].folder, folder) == 0)
            return &mb_tools[i];
    return NULL;
}

/* Refuses or notes a subfolder; `script` is a file in it or deeper, relative to it. */
static bool check_sub_folder_files(mb_names *notes, const mb_listing *l, const char *folder,
                                   const char *script, mb_error *err)
{
    const mb_tool *layout = tool_of_layout(script), *tool = tool_of_folder(folder);
    const mb_tool *owner = mb_name_is_script(script) ? NULL : mb_tool_of_file(mb_path_base(script));
    char *file = mb_path_join(folder, script);
    bool ok = true;

    if (layout)
        ok = refuse_layout(l, layout, file, err);
    else if (owner)
        ok = refuse_tool(l, owner, file, err);
    else if (tool || is_telling(script) || l->unnumbered || strcmp(folder, MB_REPEATABLE) == 0)
        ok = refuse_sub_folder(l, tool, folder, file, err);
    else
        mb_names_add(notes, mb_format("%s/%s is in a subfolder and is not a migration", l->shown,
                                      file));
    free(file);
    return ok;
}

static bool check_sub_folder(mb_names *notes, const mb_listing *l, const char *folder,
                             mb_error *err)
{
    char *path, *script = NULL;
    bool ok;

    if (mb_name_is_script(folder)) {
        mb_fail(err, MB_ERR_FILE, "expected a file of this name, but this is a folder");
        return mb_fail_in(err, l, folder, 0);
    }
    path = mb_path_join(l->path, folder);
    ok = (l->repeatable && strcmp(folder, MB_REPEATABLE) == 0) || (l->ignored && mb_path_same(path, l->ignored)) ||
         find_script(&script, path, true, 1, err);
    if (ok && script)
        ok = check_sub_folder_files(notes, l, folder, script, err);
    free(script);
    free(path);
    return ok;
}

/* Notes that Drizzle's journal is missing: the order by number may differ from the journal's. */
static bool note_lost_journal(mb_names *notes, const mb_listing *l, mb_error *err)
{
    char *path = mb_path_join(l->path, "meta");
    mb_names files = {0};
    bool ok = l->journal || !mb_folder_exists(path) || mb_folder_list(&files, path, err);

    for (size_t i = 0; i < files.n; i++)
        if (mb_path_ends(files.items[i], "_snapshot.json")) {
            mb_names_add(notes, mb_format("%s/meta has Drizzle's snapshots but no _journal.json; "
                                          "migrations run in order of number", l->shown));
            break;
        }
    mb_names_free(&files);
    free(path);
    return ok;
}

/* Refuses the folder deploy/ of a sqitch project, whose plan is beside the folder. */
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

bool mb_format_check_subfolders(mb_names *notes, const mb_listing *l, mb_error *err)
{
    bool ok = true;

    for (size_t i = 0; ok && i < l->folders->n; i++)
        ok = check_sub_folder(notes, l, l->folders->items[i], err);
    return ok;
}

/*
 * Subfolders are checked first, because a layout of subfolders is a surer sign than a plain file.
 */
bool mb_format_check_folder(mb_names *notes, const mb_listing *l, mb_error *err)
{
    bool ok = check_deploy(l, err) && note_lost_journal(notes, l, err) &&
              mb_format_check_subfolders(notes, l, err);

    for (size_t i = 0; ok && i < l->files->n; i++)
        ok = check_file(notes, l, l->files->items[i], err);
    return ok;
}
