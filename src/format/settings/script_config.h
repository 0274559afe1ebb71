/* script_config.h -- NAME.sql.conf, Flyway's configuration of one migration
 * (SqlScriptMetadata.java). */
#ifndef MOONBIRD_FORMAT_SETTINGS_SCRIPT_CONFIG_H
#define MOONBIRD_FORMAT_SETTINGS_SCRIPT_CONFIG_H

#include "moonbird/format/format.h"

typedef struct mb_script_config {
    bool no_transaction;    /* executeInTransaction is false */
    bool keep_placeholders; /* placeholderReplacement is false */
} mb_script_config;

/*
 * Reads the configuration of a file, if it has one.  MB_ERR_FILE, with its place: it has a key that
 * Flyway or moonbird does not know, or a value that moonbird does not follow.
 */
MB_MUST_CHECK bool mb_script_config_read(mb_script_config *out, const mb_listing *l,
                                         const char *file, mb_error *err);

/* Refuses a configuration whose migration is not among the files. */
MB_MUST_CHECK bool mb_script_configs_check(const mb_listing *l, const mb_names *files,
                                           mb_error *err);

/* Is it the name of such a file? */
bool mb_is_script_config(const char *file);

#endif
