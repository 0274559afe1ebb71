/*
 * tool_settings.h -- settings of the tools that change which files run, or what they do.
 *
 * Flyway, sqitch, Liquibase and graphile-migrate have more of them, in files of their own here.
 */
#ifndef MOONBIRD_FORMAT_SETTINGS_TOOL_SETTINGS_H
#define MOONBIRD_FORMAT_SETTINGS_TOOL_SETTINGS_H

#include "format/tools/form.h"

/*
 * Reads the configuration of the tool with this format, in the project, the folder and the one
 * above it, and its variables.  Sets the schema of *out, and adds notes to it.  MB_ERR_FILE, with
 * its place: a setting names another folder, or moonbird does not do what it says.
 */
MB_MUST_CHECK bool mb_tool_settings_check(mb_entries *out, const char *format, const mb_listing *l,
                                          mb_error *err);

#endif
