/*
 * plan_checks.h -- the reasons that forbid a plan, and their messages.
 *
 * A check returns false with an error: MB_ERR_USAGE (names), MB_ERR_FILE (files) or MB_ERR_POLICY
 * (changed, out of order, half done). A reaction of "warn" adds a note to the plan instead.
 */
#ifndef MOONBIRD_PROJECT_PLAN_PLAN_CHECKS_H
#define MOONBIRD_PROJECT_PLAN_PLAN_CHECKS_H

#include "moonbird/project/plan.h"

/* The arguments of mb_plan_build, and its findings. */
typedef struct mb_planner {
    mb_plan *plan;
    const mb_status *status;
    const mb_history *history;
    const mb_request *request;
    const mb_item *restart; /* the item that --restart names; NULL for none */
    mb_error *err;
} mb_planner;

/* Add a note to the plan, which frees `text`. */
void mb_plan_note(mb_planner *p, char *text);

/* Check an item of the auto stream before any of them runs, also one that is not planned. */
MB_MUST_CHECK bool mb_plan_check_stream(mb_planner *p, const mb_item *item);

/* Check a pending item of the auto stream; `numbered`: numbers give the order, not a journal. */
MB_MUST_CHECK bool mb_plan_check_up(mb_planner *p, const mb_item *item, bool numbered);

/* Check a manual migration that is to be applied. */
MB_MUST_CHECK bool mb_plan_check_manual_up(mb_planner *p, const mb_item *item);

/* Check a migration that is to be rolled back. */
MB_MUST_CHECK bool mb_plan_check_down(mb_planner *p, const mb_item *item);

/* Fail with MB_ERR_USAGE for the name of a migration that is not applied. */
MB_MUST_CHECK bool mb_plan_check_applied(mb_planner *p, const mb_item *item);

/* Fail with MB_ERR_USAGE unless the item can be started over. */
MB_MUST_CHECK bool mb_plan_check_restart(mb_planner *p, const mb_item *item);

#endif
