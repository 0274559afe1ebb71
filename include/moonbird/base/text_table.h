/*
 * text_table.h -- rows as aligned text.
 *
 * Rows are written 100 or 64 kB at a time, so memory does not grow with the result.  The first ones
 * decide the column widths; a later cell that is wider than its column makes its line longer.
 * Widths count terminal columns, so wide and combining characters align; control characters are
 * escaped (show.h).
 */
#ifndef MOONBIRD_BASE_TEXT_TABLE_H
#define MOONBIRD_BASE_TEXT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct mb_table mb_table;

typedef enum mb_table_style {
    MB_TABLE_PSQL, /* psql's aligned format, with a line under the header and "(N rows)" */
    MB_TABLE_LIST, /* two spaces between columns; without rows nothing is written */
    MB_TABLE_EXPANDED, /* psql's expanded format: a line for each cell, beside its column's name */
} mb_table_style;

/* A new table; mb_table_end frees it.  `write` gets the finished lines, in pieces of any length. */
mb_table *mb_table_new(mb_table_style style, void (*write)(const char *data, size_t len));

/*
 * Adds a column; all columns come before the first cell.  `right` aligns to the right, for numbers.
 */
void mb_table_column(mb_table *table, const char *name, bool right);

/* Adds the next cell of the row, from left to right; the cell of the last column ends the row. */
void mb_table_cell(mb_table *table, const char *text, size_t len);

/*
 * Writes the rows so far at once, unless they are the first ones: for rows that arrive slowly.  The
 * last row must be complete.
 */
void mb_table_flush(mb_table *table);

/* Shows only the first `most` rows; the last line of psql's formats says how many more there are. */
void mb_table_limit(mb_table *table, size_t most);

/* Writes the remaining complete rows and frees the table; NULL is allowed. */
void mb_table_end(mb_table *table);

/* The number of terminal columns that a line of UTF-8 takes. */
size_t mb_text_width(const char *text, size_t len);

#endif
