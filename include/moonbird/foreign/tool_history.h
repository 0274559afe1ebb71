/*
 * tool_history.h -- the history table of another tool in the database, and its rows.
 *
 * The table is read only when it has plain columns of built-in types, so that reading it calls no
 * code of its owner.
 */
#ifndef MOONBIRD_FOREIGN_TOOL_HISTORY_H
#define MOONBIRD_FOREIGN_TOOL_HISTORY_H

#include "moonbird/foreign/configured_table.h"
#include "moonbird/format/known_tool_tables.h"
#include "moonbird/pg/conn.h"
#include "moonbird/pg/qualified.h"

/*
 * SQL condition: reading the table `c` runs no code of its owner, because the owner may not be
 * trusted.  Indexes on expressions are excluded, because the planner may evaluate them.
 */
#define MB_TOOL_TABLE_IS_PLAIN \
    "c.relkind" MB_EQ "'r' AND NOT c.relhasrules AND NOT c.relrowsecurity AND NOT" \
    " c.relhassubclass" \
    " AND NOT c.relispartition AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid" \
    MB_EQ "c.oid AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)) AND NOT EXISTS" \
    " (SELECT FROM pg_catalog.pg_statistic_ext x WHERE x.stxrelid" MB_EQ "c.oid)"

typedef struct mb_tool_row {
    char *key;    /* a version, name or file; NULL: the table has no such column */
    char *sum;    /* the checksum of the file; NULL: the table has none */
    char *at;     /* when it was applied, in ISO 8601; NULL: the table does not have it */
    int64_t when; /* Drizzle: the journal's `when`; otherwise 0 */
    bool half;    /* the row's own migration began and did not finish */
    bool up_to;   /* all migrations with smaller numbers are applied, too */
    bool none;    /* it stands for no migration, such as goose's first row or Flyway's baseline */
    char *unread; /* which row it is, and why moonbird cannot read it; NULL: it can */
    bool baseline_file; /* Flyway: the row is of a baseline migration, as B1__name.sql */
} mb_tool_row;

typedef struct mb_tool_history {
    const char *tools;  /* the names of the tools that have such a table, as in mb_tool_table */
    char *table;        /* quoted, with its schema; NULL: no history of another tool */
    char *project;      /* only its rows are in `items`; NULL: those of all */
    char *other;        /* the quoted name of a second such table; NULL: there is none */
    bool has_programs;  /* the tool's migrations are programs, so its rows belong to no SQL files */
    bool is_comparable; /* its rows can be compared with files, and are in `items` */
    mb_sum_kind sum_is;
    bool one_each;      /* Drizzle: each row is one run of one file */
    mb_tool_row *items;
    size_t n;
} mb_tool_history;

/*
 * `tool`: only a table of this tool counts; NULL: of any tool.  `named`: the settings of a tool for
 * its table; NULL: none.  The caller frees *out with mb_tool_history_free, also after an error.
 */
MB_MUST_CHECK bool mb_tool_history_read(mb_tool_history *out, const char *tool,
                                        const mb_configured_table *named, mb_conn *conn,
                                        mb_error *err);
void mb_tool_history_free(mb_tool_history *f);

#endif
