/* file_checksum.h -- the checksums of the files in a folder. */
#ifndef MOONBIRD_FORMAT_FILE_CHECKSUM_H
#define MOONBIRD_FORMAT_FILE_CHECKSUM_H

#include "moonbird/format/migration.h"

/*
 * Sets the file checksum (of the part that runs), `down_section` and `annotated` of each item, from
 * its file in the project's folder `root`.  `known`: as for mb_files_read.  false (MB_ERR_FILE): a
 * file cannot be read, or has a down section beside a rollback in its format.
 */
MB_MUST_CHECK bool mb_file_checksums_read(mb_migration *items, size_t n, const char *root,
                                          const mb_known_files *known, mb_error *err);

#endif
