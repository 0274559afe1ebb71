/*
 * configured_table.h -- the name of a tool's history, in variables and in the tool's own files.
 *
 * moonbird reads the table that they name.  It does not create one with another name than the
 * default: the tool gives it other constraints and indexes.
 */
#ifndef MOONBIRD_FOREIGN_CONFIGURED_TABLE_H
#define MOONBIRD_FOREIGN_CONFIGURED_TABLE_H

#include "moonbird/base/error.h"
#include "moonbird/os/file.h"

/* { 0 }: nothing is configured, and the default names count. */
typedef struct mb_configured_table {
    const char *tool;
    mb_names tables;  /* the names, some with their schema: "x", "app.x" */
    mb_names schemas; /* those in which the table can be */
    bool or_default;  /* the default name counts, too: a file has settings of several databases */
    char *project;    /* sqitch's, from the plan; NULL: no plan names it */
    char *lock;       /* Liquibase's table with its lock; NULL: the default */
    char *key, *file; /* the last setting and its place; file NULL: a variable */
    int line;
} mb_configured_table;

/*
 * Reads the settings of a tool, which may be NULL.  `folder`: of migrations; the tool's files are
 * in the project, in this folder, or above it.  MB_ERR_FILE, with its place: a file is malformed,
 * or a setting is an expression.  The caller frees *out, also after false.
 */
MB_MUST_CHECK bool mb_configured_table_read(mb_configured_table *out, const char *tool,
                                            const char *folder, mb_error *err);
void mb_configured_table_free(mb_configured_table *configured);

/* The default table of a tool, and the one that is compared with it; a schema of NULL is any. */
typedef struct mb_table_name {
    const char *schema, *table;
} mb_table_name;

/* Is it the table of the history, by the settings or, without them, by its default name? */
bool mb_configured_table_is(const mb_configured_table *configured, mb_table_name usual,
                            mb_table_name table);

/* Does a setting name a table or a schema? */
bool mb_is_configured(const mb_configured_table *configured);

/* Fails, with the place of the setting: the database has no table of this name. */
bool mb_fail_configured(const mb_configured_table *configured, mb_error *err);

#endif
