/* json_settings.h -- settings in JSON, JSON with comments, and HCL. */
#ifndef MOONBIRD_FORMAT_SYNTAX_JSON_SETTINGS_H
#define MOONBIRD_FORMAT_SYNTAX_JSON_SETTINGS_H

#include "moonbird/base/buf.h"
#include "moonbird/format/settings_file.h"

/*
 * Calls `take` for each setting.  Its key has the names of the objects and blocks around it:
 * {"db": {"schema": "x"}} has the key "db.schema", and env "x" { url = "y" } the key "env.x.url".
 * The value of an array is the list of its values with commas.  What is no setting is passed over.
 */
MB_MUST_CHECK bool mb_json_settings(const mb_buf *text, const char *file, mb_take_setting *take,
                                    void *self, mb_error *err);

#endif
