/*
 * flyway_options.h -- what Flyway's configuration says of the migrations.
 *
 * It is read from flyway.conf, flyway.toml, flyway.user.toml and the folder conf/, in the folder of
 * migrations, the one above it, and the project.
 */
#ifndef MOONBIRD_FORMAT_SETTINGS_FLYWAY_OPTIONS_H
#define MOONBIRD_FORMAT_SETTINGS_FLYWAY_OPTIONS_H

#include "moonbird/format/format.h"
#include "moonbird/os/file.h"

typedef struct mb_flyway_options {
    bool replaces;          /* placeholderReplacement, which is on unless a file says otherwise */
    bool no_transaction;    /* executeInTransaction is off */
    char *prefix, *suffix;  /* of a placeholder; owned, as all of it */
    mb_names names, values; /* of placeholders; the names are in lower case */
    char *schema;           /* in which Flyway creates names without one; NULL: it does not say */
    char *schema_place;     /* the file and line that say so */
    bool renames;           /* an option gives files other names than Flyway's own */
    bool refused;           /* an option that changes what runs, which moonbird does not read; */
    mb_error why;           /* then this says so, with its place */
} mb_flyway_options;

/* The caller frees them. */
void mb_flyway_options_read(mb_flyway_options *out, const mb_listing *l);
void mb_flyway_options_free(mb_flyway_options *options);

#endif
