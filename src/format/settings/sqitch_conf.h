/* sqitch_conf.h -- the settings of sqitch.conf that say which files sqitch runs. */
#ifndef MOONBIRD_FORMAT_SETTINGS_SQITCH_CONF_H
#define MOONBIRD_FORMAT_SETTINGS_SQITCH_CONF_H

#include "moonbird/format/format.h"

/*
 * Refuses, with its place, a setting that names other files than those that moonbird reads, or
 * another database than PostgreSQL.  `above`: "../" or "", before the name of the plan.
 */
MB_MUST_CHECK bool mb_sqitch_conf_check(const mb_listing *l, const char *above, mb_error *err);

#endif
