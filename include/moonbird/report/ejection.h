/*
 * ejection.h -- writes moonbird's history to the table of another migration tool.
 */
#ifndef MOONBIRD_REPORT_EJECTION_H
#define MOONBIRD_REPORT_EJECTION_H

#include "moonbird/foreign/comparison.h"
#include "moonbird/report/amend.h"

const char *mb_ejection_state_name(mb_beside_state state); /* "listed", "write", ... */

typedef struct mb_ejection_item {
    mb_beside_state state;
    char *name;
} mb_ejection_item;

typedef struct mb_ejection {
    char *table; /* the tool's table, quoted, with its schema; it may not exist yet */
    bool exists; /* the table */
    mb_ejection_item *items;
    size_t n;
} mb_ejection;

/*
 * Compares the auto stream with the history of `tool`, and changes nothing.  The caller frees *out
 * with mb_ejection_free.  MB_ERR_USAGE: moonbird cannot write for this tool, the folder is not in
 * its format, or the database has two such histories; MB_ERR_POLICY: its table is not safe.
 */
MB_MUST_CHECK bool mb_project_compare_ejection(mb_ejection *out, mb_project *project,
                                               const char *tool, mb_error *err);
void mb_ejection_free(mb_ejection *ejection);

/*
 * Adds to the history of `tool` the applied migrations that it does not have, in one transaction;
 * see amend.h.  Creates the table if it does not exist.  false (MB_ERR_POLICY): the tool's history
 * cannot express it.  The reporter gets a note of what is left out.
 */
MB_MUST_CHECK bool mb_project_eject(mb_amendment *out, mb_project *project, const char *tool,
                                    const mb_reporter *reporter, mb_error *err);

#endif
