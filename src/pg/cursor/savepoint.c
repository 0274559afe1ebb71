#include "moonbird/pg/savepoint.h"

#include "pg/pg.h"

#include "moonbird/base/buf.h"

#include <stdio.h>

bool mb_savepoint_set(mb_savepoint *out, mb_conn *conn, const char *name, mb_error *err)
{
    char sql[64];

    snprintf(sql, sizeof sql, "SAVEPOINT %s", name);
    if (!mb_conn_exec(NULL, conn, sql, err))
        return false;
    *out = (mb_savepoint){.name = name, .outer = conn->cursors.fresh};
    conn->cursors.fresh = 0;
    return true;
}

bool mb_savepoint_release(const mb_savepoint *savepoint, mb_conn *conn, mb_error *err)
{
    char sql[64];

    conn->cursors.fresh |= savepoint->outer;
    snprintf(sql, sizeof sql, "RELEASE SAVEPOINT %s", savepoint->name);
    return mb_conn_exec(NULL, conn, sql, err);
}

bool mb_savepoint_undo(const mb_savepoint *savepoint, mb_conn *conn, mb_error *err)
{
    mb_cursor_slots *slots = &conn->cursors;
    uint32_t older = slots->left & ~slots->fresh;
    mb_buf sql = {0};
    bool ok;

    mb_buf_printf(&sql, "ROLLBACK TO SAVEPOINT %s; RELEASE SAVEPOINT %s", savepoint->name,
                  savepoint->name);
    for (int slot = 0; older >> slot; slot++)
        if (older >> slot & 1)
            mb_buf_printf(&sql, "; CLOSE mb_cursor_%d", slot);
    slots->used &= ~slots->left;
    slots->left = 0;
    slots->fresh = savepoint->outer;
    ok = mb_conn_exec(NULL, conn, sql.data, err);
    mb_buf_free(&sql);
    return ok;
}
