/* check_folder.h -- parts of the check of a folder that folders in other formats need too. */
#ifndef MOONBIRD_FORMAT_CHECK_FOLDER_H
#define MOONBIRD_FORMAT_CHECK_FOLDER_H

#include "moonbird/format/format.h"

/*
 * MB_ERR_FILE: a name is not UTF-8, which errors, notes and JSON must be, or it is not one line, so
 * that a message with it would look like several.  `shown`: the path of their folder.
 */
MB_MUST_CHECK bool mb_format_check_names(const char *shown, const mb_names *names, mb_error *err);

/* True for data that scripts load and for documents. */
bool mb_file_is_data(const char *file);

/* mb_format_check_folder for the subfolders alone. */
MB_MUST_CHECK bool mb_format_check_subfolders(mb_names *notes, const mb_listing *l, mb_error *err);

#endif
