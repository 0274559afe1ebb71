/* scripts.c -- the names of the scripts in a folder. */
#include "session.h"

#include "moonbird/binding/asset.h"
#include "moonbird/os/file.h"
#include "moonbird/format/format.h"
#include "moonbird/os/log.h"
#include "moonbird/os/probe.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAMES "moonbird.names"

/* Appends `name` without .lua to the array on top, if it ends in .lua. */
void mb_scripts_add(lua_State *L, const char *folder, const char *name)
{
    size_t len = strlen(name);
    mb_error err;

    if (len <= 4 || strcasecmp(name + len - 4, ".lua") != 0 || strchr(name, '/'))
        return;
    if (!mb_suffix_check(lua_pushfstring(L, "%s/%s", folder, name), ".lua", &err))
        mb_lua_raise(L, &err);
    lua_pop(L, 1);
    lua_pushlstring(L, name, len - 4);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
}

static int free_names(lua_State *L)
{
    mb_names_free(lua_touserdata(L, 1));
    return 0;
}

mb_names *mb_lua_new_names(lua_State *L)
{
    return mb_lua_new_zeroed(L, sizeof(mb_names), NAMES);
}

/* Refuses a folder that is named like a script, since it would silently not run. */
static void check_folders(lua_State *L, const char *folder, const mb_names *folders)
{
    for (size_t i = 0; i < folders->n; i++) {
        size_t len = strlen(folders->items[i]);
        mb_error err;
        bool found;

        if (len > 4 && strcmp(folders->items[i] + len - 4, ".lua") == 0 &&
            !mb_file_find(&found, lua_pushfstring(L, "%s/%s", folder, folders->items[i]), &err))
            mb_lua_raise(L, &err);
    }
}

/* Notes files and folders that do not run, although someone may expect it. */
static void note_strays(lua_State *L, const char *folder, const mb_names *files,
                        const mb_names *folders)
{
    bool sql = strncmp(folder, "scripts/", 8) == 0;
    mb_error err;

    for (size_t i = 0; sql && i < files->n; i++)
        if (mb_path_ends(files->items[i], ".sql"))
            mb_log(MB_LOG_INFO, "note: %s/%s does not run: scripts must be .lua files", folder,
                   files->items[i]);
    for (size_t i = 0; i < folders->n; i++) {
        char *found;

        if (!mb_format_find_lua(&found, lua_pushfstring(L, "%s/%s", folder, folders->items[i]),
                                &err))
            mb_lua_raise(L, &err);
        lua_pop(L, 1);
        if (found)
            mb_log(MB_LOG_INFO, "note: %s/%s/%s is in a subfolder, which moonbird does not search",
                   folder, folders->items[i], found);
        free(found);
    }
}

void mb_scripts_push(lua_State *L, const char *folder)
{
    mb_names *names = mb_lua_new_names(L), *folders = mb_lua_new_names(L);
    mb_error err;
    bool found;

    if (!mb_scripts_find(&found, ".", folder, &err) ||
        (found && !mb_folder_read(names, folders, folder, &err)))
        mb_lua_raise(L, &err);
    check_folders(L, folder, folders);
    note_strays(L, folder, names, folders);
    lua_newtable(L); /* -- names folders scripts */
    for (size_t i = 0; i < names->n; i++)
        mb_scripts_add(L, folder, names->items[i]);
    lua_replace(L, -3);
    lua_pop(L, 1);
}

int mb_lua_built_in(lua_State *L)
{
    size_t len;
    const char *folder = luaL_checklstring(L, 1, &len);

    if (mb_lua_builtin_folder()) {
        mb_scripts_push(L, lua_pushfstring(L, "%s/%s", mb_lua_builtin_folder(), folder));
        return 1;
    }
    lua_newtable(L);
    for (const mb_asset *a = mb_assets; a->path; a++)
        if (strncmp(a->path, folder, len) == 0 && a->path[len] == '/')
            mb_scripts_add(L, folder, a->path + len + 1);
    return 1;
}

void mb_open_scripts(lua_State *L)
{
    static const luaL_Reg class[] = {{"__gc", free_names}, {NULL, NULL}};

    mb_lua_new_class(L, NAMES, class);
}
