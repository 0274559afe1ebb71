/* toml_settings.h -- settings in TOML 1.0. */
#ifndef MOONBIRD_FORMAT_SYNTAX_TOML_SETTINGS_H
#define MOONBIRD_FORMAT_SYNTAX_TOML_SETTINGS_H

#include "moonbird/base/buf.h"
#include "moonbird/format/settings_file.h"

/*
 * Calls `take` for each setting, with the names of its tables before its key.  The value of an
 * array is the list of its values with commas; the settings of a table in an array are passed over.
 * false: `take` has failed, or the text is not TOML (MB_ERR_FILE, with its line).
 */
MB_MUST_CHECK bool mb_toml_settings(const mb_buf *text, const char *file, mb_take_setting *take,
                                    void *self, mb_error *err);

#endif
