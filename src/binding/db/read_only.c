/*
 * read_only.c -- a db that is read-only for any SQL.
 *
 * A setting of the session is not enough, because SQL can change it back.  So each statement runs
 * in a transaction that began READ ONLY and has a snapshot; PostgreSQL then refuses to make it READ
 * WRITE, even in a function.  The transaction stays open for further statements, so that they need
 * no additional round trip.  It ends when the script uses another db, so that its locks are not
 * kept while the script does something else.  After an error a new transaction begins; settings of
 * the session are committed before, so that the error does not undo them.
 *
 * The transaction ends with COMMIT, so that the session keeps the settings of the script: after a
 * ROLLBACK its next query would silently run with another search_path.  It ends with ROLLBACK when
 * no statement follows (a check, verify, the end of the script), and behind a pooler, where other
 * clients get the session next.
 *
 * PostgreSQL allows some changes in a READ ONLY transaction: ANALYZE, REINDEX and CLUSTER, which
 * change no row; large objects (before version 16); rows of temporary tables; LISTEN, NOTIFY,
 * advisory and table locks; functions that write by themselves (replication origins and slots,
 * messages in the WAL, pg_import_system_collations); signals and commands to the server
 * (pg_cancel_backend, pg_reload_conf, pg_switch_wal); files (COPY, which is refused here, and
 * lo_export); and everything that a function does outside of the database (dblink, untrusted
 * languages).
 */
#include "binding/binding.h"

bool mb_lua_is_reading(const mb_db *db)
{
    return db->reads && !db->ending && db->depth == 0 && !db->rows &&
           mb_conn_tx(db->conn) == MB_TX_OPEN;
}

static bool end_sent(mb_db *db, mb_error *err)
{
    if (!db->ending)
        return true;
    db->ending = false;
    return mb_conn_collect(NULL, db->conn, err);
}

/* Ends the transactions of other dbs.  The result is read before the next statement of each. */
static void leave_others(const mb_db *db)
{
    mb_error ignored; /* a session that was lost says so when it is used */

    for (mb_db *other = db->home ? *mb_lua_dbs(db->home) : NULL; other; other = other->next) {
        if (other == db || !other->conn || other->inside > 0 || !mb_lua_is_reading(other))
            continue;
        if (mb_conn_pooled(other->conn))
            mb_conn_rollback(other->conn);
        else
            other->ending = mb_conn_send(other->conn, "COMMIT", &ignored);
    }
}

bool mb_lua_begin_reading(mb_db *db, mb_error *err)
{
    leave_others(db);
    if (!db->reads)
        return true;
    if (!end_sent(db, err))
        return false;
    /*
     * Inside of db:with_schema no new transaction begins: the rollback would undo the search_path.
     */
    if (mb_conn_tx(db->conn) == MB_TX_FAILED && db->depth == 0 && db->inside == 0 && !db->rows) {
        db->failed[0] = '\0';
        mb_conn_rollback(db->conn);
    }
    return mb_conn_tx(db->conn) != MB_TX_IDLE ||
           mb_lua_set_pins(db->conn, MB_BEGIN_READING "; ", err);
}

/* Behind a pooler the setting must not be committed, since other clients get the session. */
void mb_lua_keep_setting(mb_db *db)
{
    mb_error ignored; /* a session that was lost says so when it is used */

    if (mb_lua_is_reading(db) && db->inside == 0 && !mb_conn_pooled(db->conn))
        db->ending = mb_conn_send(db->conn, "COMMIT", &ignored);
}

void mb_lua_end_reading(mb_db *db)
{
    mb_error ignored;

    if (!db->reads)
        return;
    (void)!end_sent(db, &ignored);
    if (db->depth == 0 && !db->rows)
        mb_conn_rollback(db->conn);
}
