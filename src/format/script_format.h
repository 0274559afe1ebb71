/* script_format.h -- the formats of a project's scripts, as the other formats are used. */
#ifndef MOONBIRD_FORMAT_SCRIPT_FORMAT_OWN_H
#define MOONBIRD_FORMAT_SCRIPT_FORMAT_OWN_H

#include "format/tools/form.h"

#include "moonbird/format/script_format.h"

/* The project's format with this name; NULL: it has none. */
const mb_file_format *mb_script_format_named(const mb_script_formats *formats, const char *name);

/*
 * Asks the scripts whether the folder is in their format; *out is NULL when none says so.
 * MB_ERR_FILE: two do, or a script fails.
 */
MB_MUST_CHECK bool mb_script_formats_recognise(const mb_file_format **out,
                                               const mb_script_formats *formats,
                                               const mb_listing *l, mb_error *err);

/*
 * mb_file_format.list for a format of a script.  *below: the folder's files and those in its
 * subfolders, to which out->taken belongs; the caller frees them.
 */
MB_MUST_CHECK bool mb_script_format_list(mb_entries *out, mb_names *below,
                                         const mb_file_format *format, const mb_listing *l,
                                         mb_error *err);

#endif
