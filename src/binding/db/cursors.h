/* cursors.h -- the open cursors of a db. */
#ifndef MOONBIRD_BINDING_DB_CURSORS_H
#define MOONBIRD_BINDING_DB_CURSORS_H

#include "binding/binding.h"

struct mb_rows {
    mb_cursor *cursor;
    mb_db *db;
    mb_rows *next;         /* in db->rows */
    int depth;             /* db->depth when it was opened */
    const mb_result *page; /* borrowed from the cursor */
    size_t at;             /* the next row of the page */
    bool cut; /* it was closed before its end, with its connection or step */
    const mb_column *columns; /* borrowed from user value 2 */
};

/*
 * Closes the cursor and removes it from the list of its db; a closed one is left unchanged.
 * `keep`: the transaction that it began is not rolled back.
 */
void mb_rows_finish(mb_rows *rows, bool keep);

#endif
