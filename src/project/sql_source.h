/* sql_source.h -- inspect a migration's SQL file. */
#ifndef MOONBIRD_PROJECT_SQL_SOURCE_H
#define MOONBIRD_PROJECT_SQL_SOURCE_H

#include "moonbird/project/source.h"

/*
 * Read the file at source->path: its directives, statements, shape and checksums go into *source,
 * and all of its bytes if they are not more than `room`.
 * False with *err, whose place is in the file, where the file cannot run; nothing was sent.
 */
MB_MUST_CHECK bool mb_source_open_sql(mb_source *source, size_t room, mb_error *err);

/* False with an error at the file where its `text` is white space alone; also for a Lua file. */
MB_MUST_CHECK bool mb_source_check_blank(const mb_source *source, const char *text, size_t len,
                                         mb_error *err);

#endif
