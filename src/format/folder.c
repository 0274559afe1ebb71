/*
 * folder.c -- the check that a folder has only plain migrations, and nothing is ignored silently.
 */
#include "moonbird/format/format.h"

#include "folder.h"
#include "moonbird/format/names.h"
#include "repeatable.h"
#include "tool.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/suggest.h"
#include "moonbird/os/probe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEEPEST = 8 }; /* levels of subfolders that are searched for SQL */

static bool fail_at(mb_error *err, const mb_listing *l, const char *name)
{
    char *path = mb_path_join(l->shown, name);

    mb_fail_at(err, path, 0, 0);
    free(path);
    return false;
}

/* ---- files ---- */

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

static char *find_file(const mb_listing *l, const char *stem, size_t len, const char *ending)
{
    char *name = mb_format("%.*s%s", (int)len, stem, ending);
    char **found = bsearch(&name, l->files->items, l->files->n, sizeof name, mb_compare_text);

    free(name);
    return found ? *found : NULL;
}

typedef struct word {
    const char *text;
    size_t len;
} word;

static const word back[] = {{"down", 4}, {"undo", 4}, {"revert", 6}, {"rollback", 8}};

enum { BACK = sizeof back / sizeof back[0] };

static bool is_separator(char c)
{
    return c == '-' || c == '_' || c == '.';
}

/* The offset of NAME in WORD-NAME, WORD_NAME or WORD.NAME; 0 for other names. */
static size_t word_before(const char *file, size_t len, const word *w)
{
    return len > w->len && is_separator(file[w->len]) && strncasecmp(file, w->text, w->len) == 0
               ? w->len + 1
               : 0;
}

/* The length of NAME in NAME-WORD, NAME_WORD or NAME.WORD; 0 for other names. */
static size_t word_after(const char *file, size_t len, const word *w)
{
    size_t rest = len - w->len;

    return len > w->len + 1 && is_separator(file[rest - 1]) &&
                   strncasecmp(file + rest, w->text, w->len) == 0
               ? rest - 1
               : 0;
}

/* True for a name that is only such a word: down.sql, _rollback.sql. */
static bool is_only_word(const char *file, size_t len)
{
    size_t from = is_separator(*file) ? 1 : 0;
    bool only = false;

    for (size_t i = 0; i < BACK; i++)
        only = only || (len - from == back[i].len &&
                        strncasecmp(file + from, back[i].text, len - from) == 0);
    return only;
}

/* The file of the migration with this stem; NULL when there is none. */
static const char *find_up(const mb_listing *l, const char *stem, size_t len)
{
    static const char *const endings[] = {".sql", ".lua", "-up.sql", "_up.sql", ".do.sql"};
    const char *found = NULL;

    for (size_t i = 0; !found && len > 0 && i < sizeof endings / sizeof endings[0]; i++)
        found = find_file(l, stem, len, endings[i]);
    return found;
}

/* The file up-NAME.sql beside down-NAME.sql, whose `rest` is "-NAME"; NULL when there is none. */
static const char *find_forth(const mb_listing *l, const char *rest, size_t len)
{
    static const char *const forth[] = {"up", "do", "deploy", "apply"};
    const char *found = NULL;

    for (size_t i = 0; !found && i < sizeof forth / sizeof forth[0]; i++) {
        char *stem = mb_format("%s%.*s", forth[i], (int)len, rest);

        found = find_up(l, stem, strlen(stem));
        free(stem);
    }
    return found;
}

/* True when the letters are nearly "rollback": `rolback`, `rollback2`, `rollback (1)`. */
static bool is_nearly_rollback(const char *s, size_t len)
{
    static const char *const rollback[] = {"rollback"};
    char letters[16];
    size_t n = 0, first = 0;

    while (first < len && !isalpha((unsigned char)s[first]))
        first++;
    if (first == len || tolower((unsigned char)s[first]) != 'r') /* nearly all names end here */
        return false;
    for (size_t i = first; i < len && n < sizeof letters; i++)
        if (isalpha((unsigned char)s[i]))
            letters[n++] = (char)tolower((unsigned char)s[i]);
    if (n == sizeof letters)
        return false;
    letters[n] = '\0';
    return strncmp(letters, "ro", 2) == 0 && mb_nearest(letters, rollback, 1) != NULL;
}

/* The migration NAME.sql of a misspelt rollback file NAME_rolback.sql; NULL when there is none. */
static const char *find_misspelt(const mb_listing *l, const char *file, size_t len)
{
    const char *up = NULL;

    for (size_t i = len; !up && i-- > 1;)
        if ((is_separator(file[i]) || file[i] == ' ') &&
            is_nearly_rollback(file + i + 1, len - i - 1))
            up = find_up(l, file, i);
    return up;
}

static bool refuse_rollback(const mb_listing *l, const char *file, const char *up, mb_error *err)
{
    if (up) {
        mb_fail(err, MB_ERR_FILE, "\"%s\" looks like the rollback of \"%s\", but would run as a "
                                  "migration", file, up);
        mb_fail_hint(err, "Rename the two files to NAME.sql and NAME_rollback.sql.");
    } else {
        mb_fail(err, MB_ERR_FILE, "\"%s\" looks like a rollback, but would run as a migration",
                file);
        mb_fail_hint(err, "If it is the rollback of NAME.sql, rename it to NAME_rollback.sql. "
                          "Otherwise give it another name.");
    }
    return fail_at(err, l, file);
}

/*
 * Refuses NAME-down.sql beside NAME-up.sql; down_NAME.sql beside up_NAME.sql; NAME.rollback.sql or
 * rollback_NAME.sql beside NAME.sql; down.sql.
 */
static bool check_rollback_name(const mb_listing *l, const char *file, mb_error *err)
{
    size_t len = strlen(file) - strlen(".sql");
    const char *up = NULL;

    for (size_t i = 0; !up && i < BACK; i++) {
        size_t from = word_before(file, len, &back[i]), to = word_after(file, len, &back[i]);

        if (from)
            up = find_up(l, file + from, len - from);
        if (from && !up)
            up = find_forth(l, file + from - 1, len - from + 1);
        if (!up && to)
            up = find_up(l, file, to);
    }
    if (!up)
        up = find_misspelt(l, file, len);
    if (!up && !is_only_word(file, len))
        return true;
    return mb_path_ends(file, "_rollback.sql") || mb_path_ends(file, "_rollback.lua") ||
           mb_path_ends(file, ".down.sql") || refuse_rollback(l, file, up, err);
}

/* `file` is relative to the folder. */
static bool refuse_tool(const mb_listing *l, const mb_tool *tool, const char *file, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "\"%s\" is a file of %s, which moonbird does not read", file,
            tool->name);
    mb_fail_hint(err, "%s", tool->hint);
    return fail_at(err, l, file);
}

static bool check_file(mb_names *notes, const mb_listing *l, const char *file, mb_error *err)
{
    const mb_tool *tool = mb_tool_of_file(file);

    if (tool)
        return refuse_tool(l, tool, file, err);
    if (mb_name_is_script(file))
        return l->journal || check_rollback_name(l, file, err);
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

/* Symbolic links can make folders without an end. */
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
        mb_fail(err, MB_ERR_FILE, "\"%s\" is in a subfolder, where moonbird does not look for "
                                  "migrations", file);
        mb_fail_hint(err, "Move it to %s. If the migrations belong in its folder, name that "
                          "folder in the configuration.", l->shown);
    }
    return fail_at(err, l, file);
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
    else if (tool || is_telling(script))
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
        return fail_at(err, l, folder);
    }
    path = mb_path_join(l->path, folder);
    ok = strcmp(folder, MB_REPEATABLE) == 0 || (l->ignored && mb_path_same(path, l->ignored)) ||
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
