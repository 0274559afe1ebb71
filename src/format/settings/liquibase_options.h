/* liquibase_options.h -- what Liquibase's configuration says of the changesets. */
#ifndef MOONBIRD_FORMAT_SETTINGS_LIQUIBASE_OPTIONS_H
#define MOONBIRD_FORMAT_SETTINGS_LIQUIBASE_OPTIONS_H

#include "moonbird/format/format.h"

typedef struct mb_liquibase_options {
    char *contexts, *labels; /* of the run; NULL: not set; owned, as all of it */
    char *changelog;         /* the path of the file that Liquibase runs; NULL: not set */
    char *changelog_folder;  /* that of the file that names it */
    char *changelog_place;
    int changelog_line;
    char *schema, *schema_place; /* as in mb_files */
} mb_liquibase_options;

/*
 * Reads liquibase.properties, in the project, the folder of migrations and the one above it, and
 * the variables LIQUIBASE_..., which count more.  The caller frees *out, also after false
 * (MB_ERR_FILE).
 */
MB_MUST_CHECK bool mb_liquibase_options_read(mb_liquibase_options *out, const mb_listing *l,
                                             mb_error *err);
void mb_liquibase_options_free(mb_liquibase_options *options);

#endif
