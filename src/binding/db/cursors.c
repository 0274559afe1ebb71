#include "cursors.h"

static void unlink_rows(mb_rows *rows)
{
    mb_rows **p = &rows->db->rows;

    while (*p != rows)
        p = &(*p)->next;
    *p = rows->next;
}

void mb_rows_finish(mb_rows *rows, bool keep)
{
    mb_error err;

    if (!rows->cursor)
        return;
    if (!mb_cursor_settle(rows->cursor, &err))
        mb_format_into(rows->db->failed, sizeof rows->db->failed, "%s", err.message);
    unlink_rows(rows);
    mb_cursor_close(rows->cursor, keep);
    rows->cursor = NULL;
    rows->page = NULL;
}

void mb_rows_close_all(mb_db *db, bool keep)
{
    while (db->rows) {
        db->rows->cut = true;
        mb_rows_finish(db->rows, keep);
    }
}

void mb_rows_lose(mb_db *db, int depth)
{
    for (mb_rows *rows = db->rows; rows; rows = rows->next)
        if (rows->depth >= depth) {
            mb_cursor_lose(rows->cursor);
            rows->page = NULL;
        }
}

void mb_rows_release(mb_db *db, int depth)
{
    for (mb_rows *rows = db->rows; rows; rows = rows->next)
        if (rows->depth >= depth)
            rows->depth = depth - 1;
}
