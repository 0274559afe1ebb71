/* cursors.h -- the cursors that are open on a db. */
#ifndef MOONBIRD_CURSORS_H
#define MOONBIRD_CURSORS_H

#include "binding/binding.h"

struct mb_rows {
    mb_cursor *cursor;
    mb_db *db;
    mb_rows *next;         /* in db->rows */
    int depth;             /* of db:try when it was opened */
    const mb_result *page; /* the cursor's */
    size_t at;
    bool cut; /* closed with its connection or step, before its end */
    const mb_column *columns; /* user value 2 */
};

/* Close it and take it out of its db's list; `keep`: what it began is not rolled back. */
void mb_rows_finish(mb_rows *rows, bool keep);

#endif
