/* file_checksum.h -- the checksums of the files in a folder. */
#ifndef MOONBIRD_FORMAT_FILE_CHECKSUM_H
#define MOONBIRD_FORMAT_FILE_CHECKSUM_H

#include "moonbird/format/migration.h"

/* `raw` and `down_section` of each, from its file in the open folder `dir`. */
MB_MUST_CHECK bool mb_file_checksums_read(mb_migration *items, size_t n, int dir, mb_error *err);

#endif
