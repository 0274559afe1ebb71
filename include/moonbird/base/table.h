/*
 * table.h -- rows as aligned text, written while they come.
 *
 * Column widths are taken from the first rows (100, or 64 kB of them); those
 * after are written as they come, and a wider cell then pushes its line out:
 * memory stays flat for a result of any size.  Widths count terminal columns,
 * so wide and combining characters align; control characters are shown as
 * psql shows them and cannot reach the terminal.
 */
#ifndef MOONBIRD_TABLE_H
#define MOONBIRD_TABLE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct mb_table mb_table;

typedef enum mb_table_style {
    MB_TABLE_PSQL, /* psql's aligned format, with its rule and "(N rows)" */
    MB_TABLE_LIST, /* two spaces between columns; nothing at all without rows */
} mb_table_style;

mb_table *mb_table_new(mb_table_style style, void (*write)(const char *data, size_t len));

/* All columns first; `right` aligns numbers. */
void mb_table_column(mb_table *table, const char *name, bool right);

/* The next cell, left to right; a row is complete with its last column. */
void mb_table_cell(mb_table *table, const char *text, size_t len);

/* Rows after the first `most` are counted and not shown; MB_TABLE_PSQL's last line says so. */
void mb_table_limit(mb_table *table, size_t most);

/* Write what is left but for a row that is not complete, and free; NULL is fine. */
void mb_table_end(mb_table *table);

/* How many terminal columns a line of UTF-8 takes. */
size_t mb_text_width(const char *text, size_t len);

#endif
