/*
 * foreign.h -- the comparison of migrations with the history of another tool.
 */
#ifndef MOONBIRD_REPORT_FOREIGN_H
#define MOONBIRD_REPORT_FOREIGN_H

#include "moonbird/foreign/configured_table.h"
#include "moonbird/project/reporter.h"
#include "moonbird/project/project.h"

typedef struct mb_foreign_request {
    const mb_status *status;
    const mb_item *const *items; /* those to record; they are items of the status and have files */
    size_t n;
    bool force;
    const mb_configured_table *named; /* the table of the tool whose format the folder has */
} mb_foreign_request;

/*
 * Compares the items to record with the history of another tool in the database, if there is one.
 * Without `force`, false (MB_ERR_POLICY) in three cases: the history does not list an item, so the
 * tool may have skipped it; the history lists other migrations, which `up` would apply again; or
 * the history cannot be compared. Otherwise the reporter (may be NULL) gets a note of how many of
 * them it lists, or that it was not compared.
 */
MB_MUST_CHECK bool mb_foreign_check(const mb_foreign_request *r, const mb_reporter *reporter,
                                    mb_conn *conn, mb_error *err);

#endif
