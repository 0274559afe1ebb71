/*
 * nontransactional.c -- statements that run outside a transaction.
 *
 * If such a statement fails or is killed, the catalog shows its traces: an INVALID index is
 * dropped, a pending detach is finalized, and a finished statement is not run again.
 */
#include "moonbird/project/reporter.h"
#include "moonbird/project/source.h"
#include "moonbird/run/exec.h"
#include "moonbird/run/run.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/pg/qualified.h"
#include "moonbird/pg/version.h"
#include "moonbird/sql/quote.h"

#include <stdlib.h>
#include <string.h>

enum { CLEAN_UP_MS = 10000 };

static char *path_of(const char *schema, const char *name)
{
    mb_buf path = {0};

    if (*schema) {
        mb_quote_identifier(&path, schema);
        mb_buf_putc(&path, '.');
    }
    mb_quote_identifier(&path, name);
    return path.data;
}

static bool ask(mb_result **out, mb_conn *conn, const char *sql, const char *a, const char *b,
                mb_error *err)
{
    enum { TEXT_OID = 25 };
    const mb_param params[] = {{a, strlen(a), false, TEXT_OID}, {b, strlen(b), false, TEXT_OID}};

    return mb_conn_query(out, conn, sql, 2, params, err);
}

static bool ask_bool(bool *out, mb_conn *conn, const char *sql, const char *a, const char *b,
                     mb_error *err)
{
    mb_result *res;

    if (!ask(&res, conn, sql, a, b, err))
        return false;
    *out = mb_result_rows(res) > 0 && mb_result_bool(res, 0, 0);
    mb_result_free(res);
    return true;
}

/* ---- INVALID indexes ---- */

/*
 * The indexes of table $1 that are named $2 (any name if it is empty): name, oid, validity, and
 * whether another session is building one on the table now. A partitioned index is excluded: it is
 * rightly invalid until its partitions have theirs.
 */
static const char indexes_sql[] =
    "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), c.oid, i.indisvalid,"
    " EXISTS (SELECT FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_progress_create_index p ON"
    " p.pid" MB_EQ "l.pid"
    "  WHERE l.relation" MB_EQ "i.indrelid AND l.granted AND l.pid" MB_NE
    "pg_catalog.pg_backend_pid()"
    "  AND l.mode" MB_EQ "'ShareUpdateExclusiveLock')"
    " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid" MB_EQ "i.indexrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid" MB_EQ "c.relnamespace"
    " WHERE i.indrelid" MB_EQ "pg_catalog.to_regclass($1) AND c.relkind" MB_EQ "'i' AND ($2" MB_EQ
    "'' OR c.relname" MB_EQ "$2)";

/*
 * INVALID indexes that REINDEX CONCURRENTLY left, of table $1 or of index $2's table, including its
 * toast table.
 */
static const char leftovers_sql[] =
    "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), c.oid, false, false"
    " FROM pg_catalog.pg_class t JOIN pg_catalog.pg_index i ON i.indrelid" MB_EQ
    "ANY (ARRAY[t.oid, t.reltoastrelid])"
    " JOIN pg_catalog.pg_class c ON c.oid" MB_EQ "i.indexrelid JOIN pg_catalog.pg_namespace n ON"
    " n.oid" MB_EQ "c.relnamespace"
    " WHERE t.oid" MB_EQ "coalesce((SELECT indrelid FROM pg_catalog.pg_index"
    " WHERE indexrelid" MB_EQ "pg_catalog.to_regclass(" MB_FILLED("$2") ")),"
    " pg_catalog.to_regclass(" MB_FILLED("$1") "))"
    " AND NOT i.indisvalid AND c.relname" MB_OP("~") "'_cc(new|old)[0-9]*$'";

/* One statement, and the state of its objects before it ran. */
typedef struct mb_alone_state {
    mb_effect what;
    char *table, *name; /* quoted identifiers; owned */
    char *known;        /* oids of indexes that were INVALID before, as ",1,2,"; owned */
} state;

static void read_effect(state *s, const mb_stmt *stmt)
{
    *s = (state){0};
    mb_stmt_effect(stmt, &s->what);
    s->table = s->what.table[0] ? path_of(s->what.table_schema, s->what.table) : mb_strdup("");
    s->name = s->what.name[0] ? path_of(s->what.schema, s->what.name) : mb_strdup("");
}

static void clear(state *s)
{
    free(s->table);
    free(s->name);
    free(s->known);
}

static bool is_known(const state *s, const char *oid)
{
    char *mark = mb_format(",%s,", oid);
    bool known = s->known && strstr(s->known, mark);

    free(mark);
    return known;
}

static const struct {
    const char *name;
    mb_feature feature;
} limits[] = {
    {"lock_timeout", MB_FEATURE_EVERYWHERE},
    {"statement_timeout", MB_FEATURE_EVERYWHERE},
    {"transaction_timeout", MB_FEATURE_TRANSACTION_TIMEOUT},
};

enum { LIMITS = sizeof limits / sizeof limits[0] };

/*
 * Set the limits of the session, and return the previous ones; not behind a pooler, where they
 * would reach another client.
 */
static bool swap_limits(mb_run *run, char *values[LIMITS], mb_error *err)
{
    mb_buf sql = {0};
    mb_answers was;
    bool ok;

    if (mb_conn_pooled(run->conn))
        return true;
    mb_buf_puts(&sql, "SELECT ");
    for (size_t i = 0; i < LIMITS; i++)
        mb_buf_printf(&sql, "%spg_catalog.current_setting('%s', true)", i ? ", " : "",
                      limits[i].name);
    for (size_t i = 0; i < LIMITS; i++) {
        if (!mb_conn_has(run->conn, limits[i].feature))
            continue;
        mb_buf_printf(&sql, "; SET SESSION %s = ", limits[i].name);
        mb_quote_literal(&sql, values[i]);
    }
    ok = mb_conn_exec_each(&was, run->conn, mb_buf_str(&sql), 1, err);
    mb_buf_free(&sql);
    if (!ok)
        return false;
    for (size_t i = 0; i < LIMITS; i++) {
        free(values[i]);
        values[i] = mb_strdup(mb_result_value(was.items[0], 0, i));
    }
    mb_answers_free(&was);
    return true;
}

/* The time is limited: cleaning up must not wait for ever behind an old transaction. */
static bool drop_index(mb_run *run, const char *index, mb_error *err)
{
    char *values[LIMITS] = {mb_strdup("0"), mb_format("%d", CLEAN_UP_MS), mb_strdup("0")};
    char *drop = mb_format("DROP INDEX CONCURRENTLY IF EXISTS %s", index);
    bool ok = swap_limits(run, values, err);
    mb_error ignored;

    if (ok) {
        ok = mb_conn_exec(NULL, run->conn, drop, err);
        (void)!swap_limits(run, values, &ignored);
    }
    for (size_t i = 0; i < LIMITS; i++)
        free(values[i]);
    free(drop);
    if (ok)
        mb_report_note(run->reporter, "dropped INVALID index %s", index);
    return ok;
}

static bool refuse_live(mb_error *err, const char *index)
{
    mb_fail(err, MB_ERR_FAILED, "another session is building index %s", index);
    return mb_fail_hint(err, "Wait until that session has finished, then run the command again.");
}

/* Drop the INVALID indexes that `sql` finds, except those that were INVALID before. */
static bool drop_invalid(mb_run *run, const state *s, const char *sql, const char *a,
                         const char *b, mb_error *err)
{
    mb_result *res;
    bool ok = true;

    if (!ask(&res, run->conn, sql, a, b, err))
        return false;
    for (size_t i = 0; ok && i < mb_result_rows(res); i++) {
        const char *index = mb_result_value(res, i, 0);

        if (mb_result_bool(res, i, 2) || is_known(s, mb_result_value(res, i, 1)))
            continue;
        ok = mb_result_bool(res, i, 3) ? refuse_live(err, index) : drop_index(run, index, err);
    }
    mb_result_free(res);
    return ok;
}

/*
 * Remember the INVALID indexes of the table: if the statement names no index, an index that did not
 * exist before is the new one.
 */
static bool remember_invalid(mb_run *run, state *s, mb_error *err)
{
    mb_buf known = {0};
    mb_result *res;

    if (!ask(&res, run->conn, indexes_sql, s->table, "", err))
        return false;
    mb_buf_putc(&known, ',');
    for (size_t i = 0; i < mb_result_rows(res); i++)
        if (!mb_result_bool(res, i, 2))
            mb_buf_printf(&known, "%s,", mb_result_value(res, i, 1));
    mb_result_free(res);
    s->known = known.data;
    return true;
}

static bool check_valid(mb_run *run, const state *s, mb_error *err)
{
    mb_result *res;
    bool ok = true;

    if (!ask(&res, run->conn, indexes_sql, s->table, s->what.name, err))
        return false;
    for (size_t i = 0; ok && i < mb_result_rows(res); i++)
        if (!mb_result_bool(res, i, 2) && !is_known(s, mb_result_value(res, i, 1))) {
            mb_fail(err, MB_ERR_FAILED, "index %s is INVALID after it was built",
                    mb_result_value(res, i, 0));
            ok = mb_fail_hint(err, "Drop the index, then run the command again.");
        }
    mb_result_free(res);
    return ok;
}

/* ---- does the effect exist already? ---- */

static bool finalize_detach(mb_run *run, const state *s, bool *there, mb_error *err)
{
    bool pending;
    char *sql;

    if (!ask_bool(&pending, run->conn,
                  "SELECT inhdetachpending FROM pg_catalog.pg_inherits"
                  " WHERE inhparent" MB_EQ "pg_catalog.to_regclass($1) AND inhrelid" MB_EQ
                  "pg_catalog.to_regclass($2)",
                  s->table, s->name, err))
        return false;
    if (!pending)
        return true;
    sql = mb_format("ALTER TABLE %s DETACH PARTITION %s FINALIZE", s->table, s->name);
    *there = mb_conn_exec(NULL, run->conn, sql, err);
    free(sql);
    return *there;
}

static bool inspect(mb_run *run, const state *s, bool *there, mb_error *err)
{
    mb_conn *conn = run->conn;

    switch (s->what.kind) {
    case MB_EFFECT_CREATE_INDEX:
        return !s->what.name[0] ||
               ask_bool(there, conn,
                        "SELECT pg_catalog.bool_or(i.indisvalid) FROM pg_catalog.pg_index i JOIN"
                        " pg_catalog.pg_class c"
                        " ON c.oid" MB_EQ "i.indexrelid WHERE i.indrelid" MB_EQ
                        "pg_catalog.to_regclass($1)"
                        " AND c.relname" MB_EQ "$2", s->table, s->what.name, err);
    case MB_EFFECT_DROP_INDEX:
        return ask_bool(there, conn, "SELECT pg_catalog.to_regclass($1) IS NULL AND"
                                     " $2" MB_EQ "''", s->name, "", err);
    case MB_EFFECT_CREATE_DATABASE:
        return ask_bool(there, conn, "SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE"
                                     " datname" MB_EQ "$1)"
                                     " AND $2" MB_EQ "''", s->what.name, "", err);
    case MB_EFFECT_DROP_DATABASE:
        return ask_bool(there, conn, "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE"
                                     " datname" MB_EQ "$1)"
                                     " AND $2" MB_EQ "''", s->what.name, "", err);
    case MB_EFFECT_DETACH:
        return ask_bool(there, conn,
                        "SELECT pg_catalog.to_regclass($2) IS NOT NULL AND NOT EXISTS (SELECT FROM"
                        " pg_catalog.pg_inherits"
                        " WHERE inhparent" MB_EQ "pg_catalog.to_regclass($1) AND inhrelid" MB_EQ
                        "pg_catalog.to_regclass($2))",
                        s->table, s->name, err) &&
               (*there || !mb_conn_has(conn, MB_FEATURE_DETACH_CONCURRENTLY) ||
                finalize_detach(run, s, there, err));
    case MB_EFFECT_REINDEX:
    case MB_EFFECT_CALL:
    case MB_EFFECT_OTHER:
        break;
    }
    return true;
}

/* ---- prepare, run, clean up ---- */

static bool prepare(mb_run *run, state *s, mb_error *err)
{
    if (s->what.kind == MB_EFFECT_CREATE_INDEX && s->what.name[0])
        return drop_invalid(run, s, indexes_sql, s->table, s->what.name, err);
    if (s->what.kind == MB_EFFECT_CREATE_INDEX)
        return remember_invalid(run, s, err);
    if (s->what.kind == MB_EFFECT_REINDEX)
        return drop_invalid(run, s, leftovers_sql, s->table, s->name, err);
    return true;
}

/* Clean up after a failure or an interrupt. The next run cleans up if this one cannot. */
static void clean(mb_run *run, const state *s)
{
    bool reindex = s->what.kind == MB_EFFECT_REINDEX;
    mb_error why;

    if ((!reindex && s->what.kind != MB_EFFECT_CREATE_INDEX) ||
        mb_conn_tx(run->conn) != MB_TX_IDLE)
        return;
    mb_conn_shield(run->conn, true);
    if (!drop_invalid(run, s, reindex ? leftovers_sql : indexes_sql, s->table,
                      reindex ? s->name : s->what.name, &why))
        mb_report_note(run->reporter, "an INVALID index may remain: %s", why.message);
    mb_conn_shield(run->conn, false);
}

static bool send(mb_run *run, const mb_source *source, mb_script *script, const mb_stmt *stmt,
                 mb_error *err)
{
    const mb_exec_with with = {
        .rows = run->reporter->rows,
        .expected = mb_expectation_of(&source->expectations, stmt->number),
    };

    return mb_tx_limits_alone(run, source, stmt->concurrently, err) &&
           mb_exec_statement(run->conn, script, stmt, &with, &(int64_t){0}, err);
}

/* Does it work in several transactions, whose changes nothing undoes when a later one fails? */
static bool drops(const state *s)
{
    return s->what.kind == MB_EFFECT_DROP_INDEX || s->what.kind == MB_EFFECT_DETACH;
}

/*
 * Did the server refuse the statement before it did anything? The errors of class 42 say that a
 * name, the syntax or a privilege is wrong. An index's expression can raise them, too.
 */
static bool is_refused(const state *s, const mb_error *err)
{
    return drops(s) && strncmp(err->sqlstate, "42", 2) == 0;
}

static bool run_prepared(mb_run *run, const mb_source *source, mb_script *script,
                         const mb_stmt *stmt, state *s, mb_error *err)
{
    if (!prepare(run, s, err))
        return mb_stmt_fail(err, script, stmt);
    if (!send(run, source, script, stmt, err)) {
        run->left_traces = !is_refused(s, err);
        run->left.more = run->left_traces && (drops(s) || s->what.kind == MB_EFFECT_CALL ||
                                              mb_conn_tx(run->conn) == MB_TX_LOST);
        if (s->what.kind == MB_EFFECT_CALL && !err->hint[0])
            mb_fail_hint(err, "The changes that the procedure committed stay. When you run the "
                              "command again, the procedure runs from its start.");
        clean(run, s);
        return false;
    }
    return s->what.kind != MB_EFFECT_CREATE_INDEX || check_valid(run, s, err) ||
           mb_stmt_fail(err, script, stmt);
}

static bool run_alone(mb_run *run, const mb_source *source, mb_script *script, const mb_stmt *stmt,
                      bool again, mb_error *err)
{
    bool there = false, ok;
    state s;

    read_effect(&s, stmt);
    run->may_be_partial = s.what.kind == MB_EFFECT_CALL;
    if (again && run->may_be_partial)
        mb_report_note(run->reporter,
                       "%s:%d: this statement may have run in part; running it "
                       "again from its start",
                       source->path, stmt->line);
    ok = !again || inspect(run, &s, &there, err);
    if (ok && there)
        mb_report_note(run->reporter, "%s:%d: this statement was already done", source->path,
                       stmt->line);
    else if (ok)
        ok = run_prepared(run, source, script, stmt, &s, err);
    run->left.more |= ok; /* until it is recorded */
    clear(&s);
    return ok;
}

/*
 * Releases the lock of the other tool while the statement runs. A session that waits for this lock
 * in the server holds a snapshot: the statement would wait for that session, and the session for us.
 */
bool mb_alone_run(mb_run *run, const mb_source *source, mb_script *script, const mb_stmt *stmt,
                  bool again, mb_error *err)
{
    mb_error why;
    bool ok;

    if (!stmt->concurrently)
        return run_alone(run, source, script, stmt, again, err);
    mb_tool_lock_pause(run->tool_lock);
    ok = run_alone(run, source, script, stmt, again, err);
    return mb_tool_lock_resume(run->tool_lock, ok ? err : &why) && ok;
}
