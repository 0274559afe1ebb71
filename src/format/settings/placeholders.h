/*
 * placeholders.h -- ${name} in Flyway's files (PlaceholderReplacingReader.java).
 *
 * A value comes from the variable FLYWAY_PLACEHOLDERS_NAME, or from Flyway's configuration.
 */
#ifndef MOONBIRD_FORMAT_SETTINGS_PLACEHOLDERS_H
#define MOONBIRD_FORMAT_SETTINGS_PLACEHOLDERS_H

#include "flyway_options.h"

/*
 * Sets *out, which the caller frees, to the text with its placeholders replaced; to NULL if it has
 * none.  MB_ERR_FILE, with its line: a placeholder has no value.
 */
MB_MUST_CHECK bool mb_placeholders_replace(char **out, const mb_flyway_options *options,
                                           const mb_listing *l, const char *file,
                                           const mb_buf *text, mb_error *err);

#endif
