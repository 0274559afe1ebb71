/*
 * comparison.h -- moonbird's history beside the history of another migration tool.
 */
#ifndef MOONBIRD_FOREIGN_COMPARISON_H
#define MOONBIRD_FOREIGN_COMPARISON_H

#include "moonbird/foreign/tool_match.h"
#include "moonbird/format/tool_writer.h"
#include "moonbird/project/loaded.h"

typedef enum mb_beside_state {
    MB_BESIDE_LISTED,  /* the tool's history has it */
    MB_BESIDE_WRITE,   /* applied, and the tool's history does not have it */
    MB_BESIDE_LEFT,    /* the tool does not run it: Lua, repeatable, not in the journal */
    MB_BESIDE_PENDING, /* not applied */
    MB_BESIDE_MISSING, /* applied, and has no file */
    MB_BESIDE_HALF,    /* half applied, or half rolled back */
    MB_BESIDE_AHEAD,   /* the tool's history has it, moonbird's does not */
    MB_BESIDE_UNFIT,   /* it does not fit the order of the tool's history */
} mb_beside_state;

typedef struct mb_comparison {
    const mb_tool_writer *writer;
    mb_tool_history history;
    char *schema; /* quoted */
    char *table;  /* quoted, with its schema; history.table is NULL: it does not exist */
    const mb_tool_row **rows; /* for each item of the status; see mb_tool_match */
    mb_beside_state *states;  /* for each item of the auto stream */
    size_t n;                 /* items of the auto stream */
} mb_comparison;

/*
 * For a project that is loaded.  The caller frees *out with mb_comparison_free, also after an
 * error.  MB_ERR_USAGE: moonbird cannot write for this tool, the folder is not in its format, or
 * the database has two such histories; MB_ERR_POLICY: its table is not safe.
 */
MB_MUST_CHECK bool mb_compare_tool(mb_comparison *out, const mb_project *project, const char *tool,
                                   mb_error *err);
void mb_comparison_free(mb_comparison *c);

/* Does the tool not run this migration: Lua, repeatable, not in the journal? */
bool mb_tool_leaves_out(const mb_tool_writer *writer, const mb_item *item);

/* False: the tool keeps numbers, and the migration's name has none that fits in a bigint. */
bool mb_tool_can_number(const mb_tool_writer *writer, const mb_migration *file);

/*
 * In a transaction: creates the tool's table if it does not exist; locks it, and checks that it has
 * the columns, and that an INSERT runs no code of its owner.  false (MB_ERR_POLICY): a check
 * failed.
 */
MB_MUST_CHECK bool mb_tool_table_open(const mb_comparison *c, mb_conn *conn, mb_error *err);

#endif
