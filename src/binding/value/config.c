#include "binding/binding.h"

#include <string.h>

void mb_lua_push_config(lua_State *L, const char *key)
{
    const char *config = mb_lua_env(L)->config;

    if (!config) {
        lua_pushnil(L);
        return;
    }
    mb_lua_push_json(L, config, strlen(config));
    if (!key)
        return;
    lua_getfield(L, -1, key);
    lua_remove(L, -2);
}
