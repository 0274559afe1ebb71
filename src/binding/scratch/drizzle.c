/*
 * drizzle.c -- a generated migration among those of Drizzle.
 *
 * Finds drizzle-kit: in the key schema, when its program is one of drizzle-kit's commands, or
 * else in node_modules.  So a script cannot choose the program.
 */
#include "scratch.h"

#include "binding/command/session.h"
#include "binding/project/methods.h"
#include "binding/value/field.h"

#include "moonbird/base/mem.h"
#include "moonbird/format/drizzle_config.h"
#include "moonbird/format/drizzle_kit.h"
#include "moonbird/os/path.h"
#include "moonbird/os/probe.h"

#include <stdlib.h>
#include <string.h>

#define KIT "moonbird.drizzle_kit"

enum { MOST_WORDS = 64 };

/* Everything that the method owns; its words are strings in the user value. */
typedef struct work {
    const char *program[MOST_WORDS + 1], *options[MOST_WORDS + 1];
    mb_drizzle_kit kit;
    mb_journal_entry entry; /* in a folder with a journal */
    mb_kit_folder folder;   /* in a folder of version 1 */
    mb_buf exported;
    mb_names paths;
    lua_Integer item; /* the place of the command in a list of schemas, or 0 */
} work;

static int free_work(lua_State *L)
{
    work *w = lua_touserdata(L, 1);

    mb_journal_entry_free(&w->entry);
    mb_kit_folder_free(&w->folder);
    mb_buf_free(&w->exported);
    mb_names_free(&w->paths);
    *w = (work){0};
    return 0;
}

/* ---- finding it ---- */

static bool is_drizzle_kit(const char *word)
{
    static const char name[] = "drizzle-kit";
    const char *base = mb_path_base(word);

    return strncmp(base, name, sizeof name - 1) == 0 &&
           (!base[sizeof name - 1] || base[sizeof name - 1] == '@');
}

/* Sorts one word after `export` into the configuration or the options; 1: it takes the next one. */
static int take_option(work *w, size_t *n, const char *word, const char *next)
{
    static const char config[] = "--config";

    if (strcmp(word, config) == 0 && next) {
        w->kit.config = next;
        return 1;
    }
    if (strncmp(word, "--config=", sizeof config) == 0)
        w->kit.config = word + sizeof config;
    else if (strncmp(word, "--sql", 5) != 0)
        w->options[(*n)++] = word;
    return 0;
}

/*
 * Pushes the words of schema.command, or of the first command of a list; *item is its place in that
 * list, or 0.  false: there is no command.
 */
static bool push_command(lua_State *L, lua_Integer *item)
{
    lua_Integer n;
    bool found;

    *item = 0;
    mb_lua_push_config(L, "schema");
    if (!lua_istable(L, -1))
        return false;
    n = mb_list_length(L, -1);
    found = n <= 0;
    for (lua_Integer i = 1; i <= n && !found; i++) {
        found = lua_geti(L, -1, i) == LUA_TTABLE;
        *item = i;
        if (!found)
            lua_pop(L, 1);
    }
    return found && lua_getfield(L, -1, "command") == LUA_TTABLE;
}

/* Pushes the path of the file that project:printed_schema has written for that item. */
static const char *push_printed(lua_State *L, lua_Integer item)
{
    return item ? lua_pushfstring(L, ".moonbird/schema_%I.sql", (LUAI_UACINT)item)
                : lua_pushliteral(L, ".moonbird/schema.sql");
}

/*
 * Reads the words of schema.command, such as npx drizzle-kit export --config=a.ts. false: it is not
 * such a command. The strings belong to the configuration.
 */
static bool read_command(lua_State *L, work *w)
{
    const char *words[MOST_WORDS + 1] = {NULL};
    size_t n = 0, at = 0, n_options = 0;

    if (!push_command(L, &w->item))
        return false;
    while (n < MOST_WORDS && lua_rawgeti(L, -1, (lua_Integer)n + 1) == LUA_TSTRING) {
        words[n++] = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    while (words[at] && !is_drizzle_kit(words[at]))
        at++;
    if (!words[at] || !words[at + 1] || strcmp(words[at + 1], "export") != 0)
        return false;
    memcpy(w->program, words, (at + 1) * sizeof *words);
    for (size_t i = at + 2; words[i]; i++)
        i += (size_t)take_option(w, &n_options, words[i], words[i + 1]);
    return true;
}

/* Pushes the path of node_modules/.bin/drizzle-kit in the project or a folder above it; or nil. */
static const char *push_installed(lua_State *L, const char *root)
{
    char *folder = realpath(root, NULL), *slash = folder, *path = NULL;

    while (slash) {
        path = mb_format("%s/node_modules/.bin/drizzle-kit", folder);
        if (mb_file_exists(path))
            break;
        free(path);
        path = NULL;
        slash = strrchr(folder, '/');
        if (slash)
            *slash = '\0';
    }
    lua_pushstring(L, path); /* nil for NULL */
    free(path);
    free(folder);
    return lua_tostring(L, -1);
}

/* `exported`: the schema is the output of drizzle-kit.  NULL: found; otherwise why not. */
static const char *find(lua_State *L, work *w, bool *exported)
{
    bool named = read_command(L, w);

    *exported = *exported && named;
    if (!*exported) {
        memset(w->program, 0, sizeof w->program);
        memset(w->options, 0, sizeof w->options);
        w->program[0] = push_installed(L, w->kit.root);
    }
    if (!w->program[0])
        return "drizzle-kit is not installed here";
    if (!w->kit.config && !w->options[0])
        w->kit.config = mb_drizzle_config_find();
    if (!w->kit.config && !w->options[0])
        return "the project has no drizzle.config.ts";
    return NULL;
}

/* ---- the method ---- */

static void push_result(lua_State *L, const work *w)
{
    lua_createtable(L, 0, 2);
    mb_field_text(L, "name", w->folder.name ? w->folder.name : w->entry.tag);
    mb_array_push(L);
    for (size_t i = 0; i < w->paths.n; i++) {
        lua_pushstring(L, w->paths.items[i]);
        mb_array_append(L);
    }
    lua_setfield(L, -2, "files");
}

static bool write_entry(work *w, const char *migrations, const mb_kit_wish *wish,
                        const mb_entry_files *files, mb_error *err)
{
    return mb_journal_entry_make(&w->entry, &w->kit, migrations, wish->name, wish->exported, err) &&
           mb_journal_entry_write(&w->paths, &w->entry, migrations, files, err);
}

static bool write_folder(work *w, const char *migrations, const mb_kit_wish *wish,
                         const mb_entry_files *files, mb_error *err)
{
    return mb_kit_folder_make(&w->folder, &w->kit, migrations, wish, err) &&
           mb_kit_folder_write(&w->paths, &w->folder, migrations, files, err);
}

/*
 * project:journal_migration(name, { up, down, desired, folders, renames }) -> { name, files }; or
 * nil and why drizzle-kit cannot be run
 *
 * Adds a migration to Drizzle's journal or, with `folders`, a folder of version 1.  `desired`: it
 * leads to the desired schema of the project, which printed_schema has written; otherwise the
 * schema of the snapshot is that of the migration before.  `renames`: of mb_kit_wish.
 */
static int project_journal_migration(lua_State *L)
{
    bool (*write)(work *, const char *, const mb_kit_wish *, const mb_entry_files *, mb_error *);
    mb_session *s = mb_session_check(L, 1);
    mb_kit_wish wish = {.name = luaL_checkstring(L, 2)};
    mb_entry_files files;
    const char *why;
    bool exported, folders, ok;
    mb_error err;
    work *w;

    luaL_checktype(L, 3, LUA_TTABLE);
    files.up = (mb_field_get(L, 3, "up"), luaL_checkstring(L, -1));
    files.rollback = (mb_field_get(L, 3, "down"), lua_tostring(L, -1));
    wish.renames = (mb_field_get(L, 3, "renames"), luaL_optstring(L, -1, ""));
    exported = (mb_field_get(L, 3, "desired"), lua_toboolean(L, -1));
    folders = (mb_field_get(L, 3, "folders"), lua_toboolean(L, -1));
    w = mb_lua_new_zeroed(L, sizeof *w, KIT);
    w->kit =
        (mb_drizzle_kit){.root = mb_lua_env(L)->root, .program = w->program, .options = w->options};
    why = find(L, w, &exported);
    if (why) {
        lua_pushnil(L);
        lua_pushstring(L, why);
        return 2;
    }
    ok = !exported || mb_file_read(&w->exported, push_printed(L, w->item), &err);
    wish.exported = exported ? mb_buf_str(&w->exported) : NULL;
    write = folders ? write_folder : write_entry;
    ok = ok && write(w, s->settings.migrations, &wish, &files, &err);
    if (!ok)
        return mb_lua_raise_plain(L, &err);
    push_result(L, w);
    return 1;
}

/*
 * project:drizzle_config() -> { file, out }, of the configuration of drizzle-kit; or nil.  `out` is
 * nil if it is not a plain string.
 */
static int project_drizzle_config(lua_State *L)
{
    const char *file = mb_drizzle_config_find();
    mb_buf *out = mb_lua_new_buf(L);
    mb_drizzle_config config;

    mb_session_check(L, 1);
    mb_drizzle_config_read(&config);
    mb_buf_puts(out, config.out ? config.out : "");
    mb_drizzle_config_free(&config);
    if (!file)
        return 0;
    lua_createtable(L, 0, 2);
    mb_field_text(L, "file", file);
    if (out->len)
        mb_field_text(L, "out", out->data);
    return 1;
}

const luaL_Reg mb_drizzle_methods[] = {
    {"drizzle_config", project_drizzle_config},
    {"journal_migration", project_journal_migration},
    {NULL, NULL},
};

int mb_open_drizzle(lua_State *L)
{
    static const luaL_Reg class[] = {{"__gc", free_work}, {NULL, NULL}};

    mb_lua_new_class(L, KIT, class);
    return 0;
}
