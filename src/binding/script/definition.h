/* definition.h -- the table that a migration's Lua file returns. */
#ifndef MOONBIRD_BINDING_SCRIPT_DEFINITION_H
#define MOONBIRD_BINDING_SCRIPT_DEFINITION_H

#include "binding/binding.h"

/*
 * Reads the value at `index` into *out.  Raises MB_ERR_FILE with the place `path` for a wrong one.
 * The caller frees *out with mb_definition_free, also when it raises.
 */
void mb_definition_read(lua_State *L, int index, const char *path, mb_chunk_info *out);

void mb_definition_free(mb_chunk_info *info);

#endif
