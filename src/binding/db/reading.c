/*
 * reading.c -- a db that only reads, whatever SQL is sent.
 *
 * A setting of the session would not hold: SQL can change it back.  So each statement is in a
 * transaction that began READ ONLY and has its snapshot: then PostgreSQL refuses to make it READ
 * WRITE, in a function, too.  The transaction stays open for further statements, so that none
 * costs a round trip more, and ends when another db of the script is used: the locks of what was
 * read are not kept while something else is done.  After an error it is another one; so what was
 * set for the session is committed before that.
 *
 * It ends with COMMIT, so that the session keeps what the script has SET: after a ROLLBACK its next
 * query would run under another search_path, without a word.  Where no statement follows (a check,
 * verify, the end of the script) it ends with ROLLBACK, and so it does behind a pooler: other clients
 * get the session next.
 *
 * What PostgreSQL lets a READ ONLY transaction do all the same: ANALYZE, REINDEX and CLUSTER, which
 * change no row; large objects (before version 16); rows of temporary tables; LISTEN, NOTIFY,
 * advisory and table locks; functions that write by themselves (replication origins and slots,
 * messages in the WAL, pg_import_system_collations); signals and orders to the server
 * (pg_cancel_backend, pg_reload_conf, pg_switch_wal); files (COPY, which is refused here, lo_export),
 * and whatever a function does outside of the database (dblink, untrusted languages).
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

/* Nobody waits for the answer; it comes before the next statement. */
static void leave_others(const mb_db *db)
{
    mb_error ignored; /* a session that was lost says so when it is used */

    for (mb_db *other = db->home ? *mb_lua_dbs(db->home) : NULL; other; other = other->next)
        if (other != db && other->conn && other->inside == 0 && mb_lua_is_reading(other))
            other->ending = mb_conn_send(other->conn, mb_conn_pooled(other->conn) ? "ROLLBACK" : "COMMIT",
                                         &ignored);
}

bool mb_lua_begin_reading(mb_db *db, mb_error *err)
{
    leave_others(db);
    if (!db->reads)
        return true;
    if (!end_sent(db, err))
        return false;
    /* Inside of db:with_schema it is not: the schema would go with the error. */
    if (mb_conn_tx(db->conn) == MB_TX_FAILED && db->depth == 0 && db->inside == 0 && !db->rows) {
        db->failed[0] = '\0';
        mb_conn_rollback(db->conn);
    }
    return mb_conn_tx(db->conn) != MB_TX_IDLE ||
           mb_lua_set_pins(db->conn, MB_BEGIN_READING "; ", err);
}

/* Behind a pooler it would stay with a session that others get. */
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
