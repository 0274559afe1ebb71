/*
 * sqitch_project.h -- the project of a plan of sqitch.  One registry may have several projects.
 */
#ifndef MOONBIRD_FORMAT_SQITCH_PROJECT_H
#define MOONBIRD_FORMAT_SQITCH_PROJECT_H

#include "moonbird/base/buf.h"

/* The value of a plan's line %project=, which the caller frees; NULL: it has no such line. */
char *mb_sqitch_plan_project(const mb_buf *plan);

/* That of the plan in a folder of migrations or, without one, above it; NULL: there is no plan. */
char *mb_sqitch_project(const char *folder);

#endif
