/* read_format.h -- a folder in the format of another tool, read as migrations. */
#ifndef MOONBIRD_FORMAT_READ_FORMAT_H
#define MOONBIRD_FORMAT_READ_FORMAT_H

#include "moonbird/format/format.h"
#include "moonbird/format/migration.h"

/*
 * Adds the migrations of the folder to the auto stream, in their order, with the Lua files between
 * them; their checksums are not set.  MB_ERR_FILE as mb_files_read.
 */
MB_MUST_CHECK bool mb_format_read(mb_files *files, const mb_file_format *format,
                                  const mb_listing *l, mb_error *err);

#endif
