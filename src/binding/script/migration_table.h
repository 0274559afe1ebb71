/* migration_table.h -- the table that a migration's Lua file returns. */
#ifndef MOONBIRD_BINDING_SCRIPT_MIGRATION_TABLE_H
#define MOONBIRD_BINDING_SCRIPT_MIGRATION_TABLE_H

#include "binding/binding.h"

/*
 * Reads the value at `index` into *out.  Raises MB_ERR_FILE with its place in the file `path`, whose text is `text`, for a
 * wrong one.
 * The caller frees *out with mb_migration_table_free, also when it raises.
 */
void mb_migration_table_read(lua_State *L, int index, const char *path, const char *text,
                             mb_chunk_info *out);

void mb_migration_table_free(mb_chunk_info *info);

#endif
