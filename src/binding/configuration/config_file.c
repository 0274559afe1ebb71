/* config_file.c -- finds the project's configuration. */
#include "config_key.h"

#include "moonbird/os/file.h"
#include "moonbird/os/log.h"
#include "moonbird/os/probe.h"

#include <dirent.h>
#include <string.h>
#include <strings.h>

/* True for names like moonbird.lua.txt or .moonbird.lua, which someone may expect to be read. */
static bool is_stray(const char *name)
{
    return strncasecmp(name, "moonbird.lua", 12) == 0 || strcasecmp(name, ".moonbird.lua") == 0;
}

static void note_strays(void)
{
    static const char *const folders[] = {".", "scripts"};

    for (size_t i = 0; i < 2; i++) {
        DIR *list = opendir(folders[i]);
        const struct dirent *entry;

        while (list && (entry = readdir(list)) != NULL)
            if (is_stray(entry->d_name))
                mb_log(MB_LOG_INFO, "note: %s%s is ignored: the configuration file must be named "
                                    "moonbird.lua", i == 0 ? "" : "scripts/", entry->d_name);
        if (list)
            closedir(list);
    }
}

const char *mb_config_find(lua_State *L)
{
    static const char *const places[] = {"moonbird.lua", "scripts/moonbird.lua"};
    bool found[2];
    mb_error err;

    if (!mb_file_find(&found[0], places[0], &err) || !mb_file_find(&found[1], places[1], &err))
        mb_lua_raise_plain(L, &err);
    if (found[0] && found[1]) {
        mb_fail(&err, MB_ERR_FILE, "there are two configuration files: \"%s\" and \"%s\"",
                places[0], places[1]);
        mb_fail_hint(&err, "Remove one of them, or name the one to use with -c.");
        mb_lua_raise_plain(L, &err);
    }
    if (!found[0] && !found[1])
        note_strays();
    return found[0] ? places[0] : found[1] ? places[1] : NULL;
}
