/* gmrc.h -- placeholders of graphile-migrate in its file .gmrc. */
#ifndef MOONBIRD_FORMAT_SETTINGS_GMRC_H
#define MOONBIRD_FORMAT_SETTINGS_GMRC_H

#include "moonbird/format/format.h"
#include "moonbird/os/file.h"

typedef struct mb_gmrc {
    bool exists;
    mb_names names, values; /* of placeholders; a name is without its ":" */
} mb_gmrc;

/*
 * Reads the file in the project, the folder of migrations, or one of the two above it.  The value
 * "!ENV" is that of the variable with the placeholder's name; MB_ERR_FILE: it is not set.  The
 * caller frees *out, also after false.
 */
MB_MUST_CHECK bool mb_gmrc_read(mb_gmrc *out, const mb_listing *l, mb_error *err);
void mb_gmrc_free(mb_gmrc *gmrc);

/* The value of a placeholder, borrowed; NULL: the file does not have it. */
const char *mb_gmrc_placeholder(const mb_gmrc *gmrc, const char *name);

#endif
