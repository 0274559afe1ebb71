/* changelog.h -- the file that Liquibase runs, and that may include those of the folder. */
#ifndef MOONBIRD_FORMAT_SETTINGS_CHANGELOG_H
#define MOONBIRD_FORMAT_SETTINGS_CHANGELOG_H

#include "liquibase_options.h"

/*
 * Does the changelog that the options name run the folder's SQL files, all of them and in the order
 * of their names, and nothing else?  Refuses it otherwise (MB_ERR_FILE), with its place.
 */
MB_MUST_CHECK bool mb_changelog_check(const mb_liquibase_options *options, const mb_listing *l,
                                      mb_error *err);

/* The same for the folder's own files in XML, YAML and JSON that are changelogs. */
MB_MUST_CHECK bool mb_changelogs_check(const mb_listing *l, mb_error *err);

#endif
