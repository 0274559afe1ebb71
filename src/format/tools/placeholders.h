/*
 * placeholders.h -- ${name} in Flyway's files (PlaceholderReplacingReader.java).
 *
 * A value comes from the variable FLYWAY_PLACEHOLDERS_NAME, or from flyway.placeholders.NAME in a
 * flyway.conf or flyway.toml in the project's folder, in the folder of migrations, or in the one
 * above it.
 */
#ifndef MOONBIRD_FORMAT_TOOLS_PLACEHOLDERS_H
#define MOONBIRD_FORMAT_TOOLS_PLACEHOLDERS_H

#include "form.h"

typedef struct mb_placeholders {
    bool on;                /* placeholderReplacement, which is on unless a file says otherwise */
    mb_names names, values; /* in lower case; owned */
    const char *naming; /* the key of an option that gives files other names; NULL: there is none */
} mb_placeholders;

/*
 * Reads them from the configuration files of Flyway in the folder of the listing, the folder above
 * it and the project; the caller frees them.
 */
void mb_placeholders_read(mb_placeholders *out, const mb_listing *l);
void mb_placeholders_free(mb_placeholders *p);

/*
 * Sets *out, which the caller frees, to the text with its placeholders replaced; to NULL if it has
 * none.  MB_ERR_FILE, with its line: a placeholder has no value.
 */
MB_MUST_CHECK bool mb_placeholders_replace(char **out, const mb_placeholders *p,
                                           const mb_listing *l, const char *file,
                                           const mb_buf *text, mb_error *err);

#endif
