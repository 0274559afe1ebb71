/*
 * ejection.h -- private header: the comparison on which eject is based.
 */
#ifndef MOONBIRD_REPORT_EJECTION_PRIVATE_H
#define MOONBIRD_REPORT_EJECTION_PRIVATE_H

#include "moonbird/format/tool_writer.h"
#include "moonbird/project/loaded.h"
#include "moonbird/report/ejection.h"
#include "tool_match.h"

typedef struct mb_eject_comparison {
    const mb_tool_writer *writer;
    mb_tool_history history;
    char *schema;    /* quoted */
    char *table;     /* quoted, with its schema; history.table is NULL: it does not exist */
    bool has_schema; /* the schema exists */
    mb_ejection_state *states; /* for each item of the auto stream */
    size_t n;                  /* items of the auto stream */
} mb_eject_comparison;

/*
 * For a project that is loaded; see mb_project_compare_ejection for the errors.  The caller frees
 * *out with mb_eject_comparison_free, also after an error.
 */
MB_MUST_CHECK bool mb_eject_compare(mb_eject_comparison *out, const mb_project *project,
                                    const char *tool, mb_error *err);
void mb_eject_comparison_free(mb_eject_comparison *c);

/*
 * In a transaction: creates the table; or locks it against other writers, and checks that it has
 * the columns, and that an INSERT runs no code of its owner.  false (MB_ERR_POLICY): a check
 * failed.
 */
MB_MUST_CHECK bool mb_eject_open_table(const mb_eject_comparison *c, mb_conn *conn, mb_error *err);

#endif
