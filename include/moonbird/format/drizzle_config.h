/*
 * drizzle_config.h -- the configuration of drizzle-kit, which is a program, read without running it.
 *
 * Only plain strings are read: `out: "./drizzle"`, `migrations: { table: "x", schema: "y" }`.
 */
#ifndef MOONBIRD_FORMAT_DRIZZLE_CONFIG_H
#define MOONBIRD_FORMAT_DRIZZLE_CONFIG_H

#include <stdbool.h>

typedef struct mb_drizzle_config {
    char *out;           /* the folder of migrations; NULL: not a plain string */
    char *schema, *table; /* of the history; NULL: not named, or not by a plain name */
} mb_drizzle_config;

/* The file in the current folder that drizzle-kit reads; a constant.  NULL: there is none. */
const char *mb_drizzle_config_find(void);

/* Without a file, nothing is set.  The caller frees *config with mb_drizzle_config_free. */
void mb_drizzle_config_read(mb_drizzle_config *config);
void mb_drizzle_config_free(mb_drizzle_config *config);

/* Does it name a table or a schema for the history? Then these are the names of both. */
bool mb_drizzle_config_names(const mb_drizzle_config *config, const char **schema,
                             const char **table);

#endif
