/*
 * ejection.h -- writes moonbird's history to the table of another migration tool.
 */
#ifndef MOONBIRD_REPORT_EJECTION_H
#define MOONBIRD_REPORT_EJECTION_H

#include "moonbird/report/amend.h"

typedef enum mb_ejection_state {
    MB_EJECTION_LISTED,  /* the tool's history has it */
    MB_EJECTION_WRITE,   /* applied, and the tool's history does not have it */
    MB_EJECTION_LEFT,    /* the tool does not run it: Lua, repeatable, not in the journal */
    MB_EJECTION_PENDING, /* not applied */
    MB_EJECTION_MISSING, /* applied, and has no file */
    MB_EJECTION_HALF,    /* half applied, or half rolled back */
    MB_EJECTION_AHEAD,   /* the tool's history has it, moonbird's does not */
    MB_EJECTION_UNFIT,   /* it does not fit the order of the tool's history */
} mb_ejection_state;

const char *mb_ejection_state_name(mb_ejection_state state); /* "listed", "write", ... */

typedef struct mb_ejection_item {
    mb_ejection_state state;
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
