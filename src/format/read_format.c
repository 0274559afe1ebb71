#include "read_format.h"

#include "check_folder.h"
#include "format/names/rollback_name.h"
#include "format/settings/tool_settings.h"
#include "script_format.h"
#include "tool.h"
#include "format/tools/form.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/sort.h"
#include "moonbird/format/names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A folder while it is read. */
typedef struct reading {
    mb_files *files;
    const mb_file_format *format;
    const mb_listing *l;
    mb_entries entries;
    mb_entries lua; /* the Lua files between them */
    size_t first; /* the index of the first migration of the folder among the files */
} reading;

static int compare_numbers(const reading *r, const char *a, const char *b)
{
    return r->format->compare ? r->format->compare(a, b) : mb_compare_numbers(a, b);
}

/* ---- migrations ---- */

/* Takes over what the entry owns. */
static void add(reading *r, mb_entry *e)
{
    mb_files *files = r->files;
    mb_migration *m;

    m = &files->items[files->n++];
    *m = (mb_migration){
        .stream = MB_AUTO,
        .name = e->name,
        .number = e->number,
        .path = mb_path_join(r->l->shown, e->file),
        .down_path = e->down_file ? mb_path_join(r->l->shown, e->down_file) : NULL,
        .verify_path = e->verify_file ? mb_path_join(r->l->shown, e->verify_file) : NULL,
        .listed = e->listed,
        .up = e->up,
        .down = e->down,
        .format = r->format,
        .given = e->given,
        .repeatable = e->repeatable,
        .baseline = e->baseline,
    };
    m->lua = mb_path_ends(m->path, ".lua");
    free(e->file);
    free(e->down_file);
    free(e->verify_file);
    *e = (mb_entry){0};
}

/* The index for a Lua file: after the last entry whose number is not greater than its own. */
static size_t place_of(const reading *r, const mb_entry *lua)
{
    size_t at = r->files->n;

    while (at > r->first && (r->files->items[at - 1].repeatable ||
                             compare_numbers(r, r->files->items[at - 1].number, lua->number) > 0))
        at--;
    return at;
}

/* Adds a Lua file between the migrations; takes over the entry. */
static void add_lua(reading *r, mb_entry *lua)
{
    size_t at = place_of(r, lua), last = r->files->n;
    mb_migration m;

    add(r, lua);
    m = r->files->items[last];
    memmove(r->files->items + at + 1, r->files->items + at, (last - at) * sizeof m);
    m.format = NULL;
    r->files->items[at] = m;
}

/* Takes over `name`. */
static void list_lua_file(reading *r, char *name, const char *file)
{
    mb_entry *e = mb_entries_add(&r->lua, name);

    e->file = mb_strdup(file);
    if (r->format->version) {
        free(e->number);
        e->number = r->format->version(file);
    }
}

/* A script of the project lists the Lua files in subfolders itself. */
static void list_lua_files(reading *r)
{
    for (size_t i = 0; i < r->l->files->n; i++) {
        const char *file = r->l->files->items[i];
        char *name = NULL;

        if (r->entries.taken[i] || strchr(file, '/') || !mb_path_ends(file, ".lua") ||
            mb_role_of(file, &name) != MB_ROLE_MIGRATION) {
            free(name);
            continue;
        }
        r->entries.taken[i] = true;
        list_lua_file(r, name, file);
    }
    mb_entries_sort(&r->lua, r->format->compare ? r->format->compare : mb_compare_numbers);
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(mb_migration *const *)a)->name, (*(mb_migration *const *)b)->name);
}

/* The migrations of the folder sorted by name; refuses two with one name. */
static mb_migration **index_of(const reading *r, mb_error *err)
{
    size_t n = r->files->n - r->first;
    mb_migration **index = mb_alloc((n + 1) * sizeof *index);

    for (size_t i = 0; i < n; i++)
        index[i] = &r->files->items[r->first + i];
    mb_sort(index, n, sizeof *index, by_name);
    for (size_t i = 1; i < n; i++)
        if (strcmp(index[i - 1]->name, index[i]->name) == 0) {
            mb_fail_two_files(err, "files", index[i]->name, index[i - 1]->path, index[i]->path);
            free(index);
            return NULL;
        }
    return index;
}

/* ---- files that are left over ---- */

/* A rollback file of moonbird's own form. */
static bool add_rollback(const reading *r, mb_migration **index, const char *name, const char *file,
                         mb_error *err)
{
    const mb_migration key = {.name = (char *)name}, *of_key = &key;
    size_t n = r->files->n - r->first;
    mb_migration **m = n ? bsearch(&of_key, index, n, sizeof *index, by_name) : NULL;

    if (!m) {
        mb_fail(err, MB_ERR_FILE, "this rollback has no migration \"%s\" beside it", name);
        mb_fail_hint(err, "Restore the file of the migration, or delete this one.");
        return mb_fail_in(err, r->l, file, 0);
    }
    if ((*m)->down_path)
        return mb_fail_two_files(err, "rollbacks", name, (*m)->down_path, file);
    (*m)->down_path = mb_path_join(r->l->shown, file);
    return true;
}

static bool refuse_left(const reading *r, const char *file, mb_error *err)
{
    const mb_tool *tool = mb_tool_of_file(file);

    if (tool && !mb_path_ends(file, ".sql")) {
        mb_fail(err, MB_ERR_FILE, "\"%s\" is a file of %s, which moonbird does not run", file,
                tool->name);
        mb_fail_hint(err, "%s", tool->hint);
    } else {
        mb_fail(err, MB_ERR_FILE, "\"%s\" is not in the format of this folder, %s", file,
                r->format->tool);
        mb_fail_hint(err, "Its files are %s. If the folder is in another format, name it in "
                          "moonbird.lua: format = \"NAME\".", r->format->expected);
    }
    return mb_fail_in(err, r->l, file, 0);
}

/* Can the author mean the file as a migration, although the tool ignores it? */
static bool is_meant(const reading *r, const char *file)
{
    return mb_path_ends(file, ".lua") || mb_tool_of_file(file) ||
           (mb_path_ends(file, ".sql") && (r->format->strict || isdigit((unsigned char)*file)));
}

static bool check_left(reading *r, mb_migration **index, const char *file, mb_error *err)
{
    char *name = NULL;
    bool ok = true;

    if (mb_role_of(file, &name) == MB_ROLE_ROLLBACK)
        ok = add_rollback(r, index, name, file, err);
    else if (is_meant(r, file))
        ok = refuse_left(r, file, err);
    else if (!mb_file_is_data(file))
        mb_names_add(&r->files->notes, mb_format("%s/%s is not a migration of %s, and is ignored",
                                                 r->l->shown, file, r->format->tool));
    free(name);
    return ok;
}

static bool check_left_files(reading *r, mb_error *err)
{
    mb_migration **index = index_of(r, err);
    bool ok = index != NULL;

    for (size_t i = 0; ok && i < r->l->files->n; i++)
        ok = r->entries.taken[i] || check_left(r, index, r->l->files->items[i], err);
    free(index);
    return ok;
}

/* The tool passes over NAME.SQL, which moonbird would run. */
static bool check_endings(const reading *r, mb_error *err)
{
    for (size_t i = 0; i < r->entries.n && !r->format->any_case && !r->format->scripts; i++) {
        const char *file = r->entries.items[i].file;
        size_t len = strlen(file);

        if (!mb_path_ends(file, ".sql") || strcmp(file + len - 4, ".sql") == 0)
            continue;
        mb_fail(err, MB_ERR_FILE, "%s ignores a file that ends in \"%s\"", r->format->tool,
                file + len - 4);
        mb_fail_hint(err, "Rename it to end in .sql if it is to run; otherwise move it elsewhere.");
        return mb_fail_in(err, r->l, file, 0);
    }
    return true;
}

/* A script in a subfolder is an error or a note; an error if the tool runs it. */
static bool check_subfolders(const reading *r, mb_error *err)
{
    mb_listing l = *r->l;

    l.unnumbered = l.unnumbered || r->format->recurses;
    return r->format->nested || mb_format_check_subfolders(&r->files->notes, &l, err);
}

/* *below: the files in the subfolders, too, which must be migrations or be left out. */
static bool list(reading *r, mb_listing *below, mb_names *names, mb_error *err)
{
    if (r->format->scripts) {
        *below = *r->l;
        below->files = names;
        if (!mb_script_format_list(&r->entries, names, r->format, r->l, err))
            return false;
        r->l = below;
        return true;
    }
    r->entries.taken = mb_alloc((r->l->files->n + 1) * sizeof *r->entries.taken);
    return check_subfolders(r, err) &&
           mb_tool_settings_check(&r->entries, r->format->name, r->l, err) &&
           r->format->list(&r->entries, r->l, err);
}

/* A list of the project's own, or a plan, says itself what a migration is. */
static bool check_names(const reading *r, mb_error *err)
{
    return r->format->scripts || r->format->planned ||
           mb_check_rollback_entries(&r->entries, &r->lua, r->l, err);
}

bool mb_format_read(mb_files *files, const mb_file_format *format, const mb_listing *l,
                    mb_error *err)
{
    reading r = {.files = files, .format = format, .l = l, .first = files->n};
    mb_listing below;
    mb_names names = {0};
    bool ok;

    files->format = format;
    ok = list(&r, &below, &names, err);
    if (ok)
        list_lua_files(&r);
    ok = ok && check_names(&r, err) && check_endings(&r, err);
    if (ok) /* a Lua file is one of the folder's files */
        files->items = mb_realloc(files->items, (files->n + r.entries.n + r.l->files->n + 1) *
                                                    sizeof *files->items);
    for (size_t i = 0; ok && i < r.entries.n; i++)
        add(&r, &r.entries.items[i]);
    for (size_t i = 0; ok && i < r.entries.notes.n; i++)
        mb_names_add(&files->notes, mb_strdup(r.entries.notes.items[i]));
    for (size_t i = 0; ok && i < r.entries.hidden.n; i++) {
        mb_names_add(&files->hidden, mb_strdup(r.entries.hidden.items[i]));
        mb_names_add(&files->reasons, mb_strdup(r.entries.reasons.items[i]));
    }
    files->schema = r.entries.schema;
    files->schema_place = r.entries.schema_place;
    r.entries.schema = r.entries.schema_place = NULL;
    for (size_t i = 0; ok && i < r.lua.n; i++)
        add_lua(&r, &r.lua.items[i]);
    ok = ok && check_left_files(&r, err);
    mb_entries_free(&r.entries);
    mb_entries_free(&r.lua);
    mb_names_free(&names);
    return ok;
}
