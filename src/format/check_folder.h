/* check_folder.h -- parts of the check of a folder that folders in other formats need too. */
#ifndef MOONBIRD_FORMAT_CHECK_FOLDER_H
#define MOONBIRD_FORMAT_CHECK_FOLDER_H

#include "moonbird/format/format.h"

/* True for data that scripts load and for documents. */
bool mb_file_is_data(const char *file);

/* mb_format_check_folder for the subfolders alone. */
MB_MUST_CHECK bool mb_format_check_subfolders(mb_names *notes, const mb_listing *l, mb_error *err);

#endif
