/*
 * tool_history.h -- the history table of another tool in the database, and its rows.
 *
 * The table is read only when it has plain columns of built-in types, so that reading it calls no
 * code of its owner.
 */
#ifndef MOONBIRD_REPORT_TOOL_HISTORY_H
#define MOONBIRD_REPORT_TOOL_HISTORY_H

#include "moonbird/pg/conn.h"

typedef struct mb_tool_row {
    char *key;    /* a version, name or file; NULL: the table has no such column */
    char *hash;   /* Drizzle: SHA-256 of the file; otherwise NULL */
    int64_t when; /* Drizzle: the journal's `when`; otherwise 0 */
    bool dirty;   /* golang-migrate: the migration of the key itself is not finished */
} mb_tool_row;

typedef struct mb_tool_history {
    char *table;        /* quoted, with its schema; NULL: no history of another tool */
    bool is_comparable; /* its rows can be compared with files, and are in `items` */
    bool one_each;      /* Drizzle: each row is one run of one file */
    bool up_to;         /* its only row means all numbers up to its key */
    mb_tool_row *items;
    size_t n;
} mb_tool_history;

/* The caller frees *out with mb_tool_history_free, also after an error. */
MB_MUST_CHECK bool mb_tool_history_read(mb_tool_history *out, mb_conn *conn, mb_error *err);
void mb_tool_history_free(mb_tool_history *f);

#endif
