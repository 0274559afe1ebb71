/*
 * adoption.h -- private header: the comparison on which adopt is based.
 */
#ifndef MOONBIRD_REPORT_ADOPTION_PRIVATE_H
#define MOONBIRD_REPORT_ADOPTION_PRIVATE_H

#include "moonbird/project/loaded.h"
#include "moonbird/report/adoption.h"
#include "moonbird/foreign/tool_match.h"
#include "moonbird/foreign/tool_sum.h"

typedef struct mb_tool_comparison {
    mb_tool_history history;
    const mb_tool_row **rows;  /* for each item of the status; see mb_tool_match */
    mb_adoption_state *states; /* for each item of the auto stream */
    size_t n;                  /* items of the auto stream */
    const mb_status *status;   /* borrowed */
} mb_tool_comparison;

/*
 * For a project that is loaded; see mb_project_compare_tool for the errors.  The caller frees *out
 * with mb_tool_comparison_free, also after an error.
 */
MB_MUST_CHECK bool mb_tool_compare(mb_tool_comparison *out, const mb_project *project,
                                   const char *tool, mb_error *err);
void mb_tool_comparison_free(mb_tool_comparison *c);

/*
 * Does the row's migration have no file?  False for rows that stand for no migration, and for those
 * that cannot be read.
 */
bool mb_tool_row_is_missing(const mb_tool_comparison *c, size_t row);

/*
 * A name for a row in messages: its key, or other columns that identify it.  The caller frees it.
 */
char *mb_tool_row_name(const mb_tool_row *row);

#endif
