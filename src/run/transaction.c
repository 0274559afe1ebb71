/* transaction.c -- BEGIN, COMMIT, limits and resets around a migration's statements. */
#include "moonbird/project/source.h"
#include "moonbird/base/sqlstate.h"
#include "moonbird/run/run.h"

#include "moonbird/base/buf.h"
#include "moonbird/pg/lent_session.h"
#include "moonbird/pg/version.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/clock.h"
#include "moonbird/sql/quote.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool exec(const mb_run *run, mb_buf *sql, mb_error *err)
{
    bool ok = sql->len == 0 || mb_conn_exec(NULL, run->conn, mb_buf_str(sql), err);

    mb_buf_free(sql);
    return ok;
}

/* Our settings that a file may make itself; the bit of each is its place. */
enum { LOCK_TIMEOUT, STATEMENT_TIMEOUT, TRANSACTION_TIMEOUT };
static const struct {
    const char *name, *pin;
    mb_feature feature;
} settings[] = {
    [LOCK_TIMEOUT] = {"lock_timeout", NULL, MB_FEATURE_EVERYWHERE},
    [STATEMENT_TIMEOUT] = {"statement_timeout", "SET LOCAL statement_timeout = 0",
                           MB_FEATURE_EVERYWHERE},
    [TRANSACTION_TIMEOUT] = {"transaction_timeout", "SET LOCAL transaction_timeout = 0",
                             MB_FEATURE_TRANSACTION_TIMEOUT},
    {"intervalstyle", MB_PIN_INTERVALS("LOCAL"), MB_FEATURE_EVERYWHERE},
    {"bytea_output", MB_PIN_BYTEA("LOCAL"), MB_FEATURE_EVERYWHERE},
    {"extra_float_digits", MB_PIN_FLOATS("LOCAL"), MB_FEATURE_EVERYWHERE},
    {"array_nulls", MB_PIN_ARRAYS("LOCAL"), MB_FEATURE_EVERYWHERE},
};

static bool is_own(const mb_run *run, size_t setting)
{
    return run->own_settings & 1U << setting;
}

/*
 * After RESET, the setting is moonbird's again. RESET ALL and DISCARD ALL name no setting, and
 * reset all of them.
 */
void mb_tx_follow(unsigned *own, const mb_stmt *stmt)
{
    unsigned named = 0;

    if (!mb_stmt_sets_session(stmt))
        return;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        if (strcasestr(stmt->sql, settings[i].name))
            named |= 1U << i;
    if (!mb_stmt_resets_session(stmt))
        *own |= named;
    else
        *own &= named ? ~named : 0;
}

/* Append a statement; a separator precedes it unless the text is empty or ends with one. */
static void add(mb_buf *sql, const char *statement)
{
    if (sql->len > 0 && sql->data[sql->len - 1] != ' ')
        mb_buf_puts(sql, "; ");
    mb_buf_puts(sql, statement);
}

/* Append our settings for the transaction; a pooler may have reset them. */
static void add_pins(mb_buf *sql, const mb_run *run)
{
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        if (settings[i].pin && !is_own(run, i) && mb_conn_has(run->conn, settings[i].feature))
            add(sql, settings[i].pin);
    if (run->checks_client)
        add(sql, "SET LOCAL client_connection_check_interval = 2000");
    if (mb_conn_pooled(run->conn))
        add(sql, "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, MDY'");
}

void mb_tx_add_begin(mb_buf *sql, const mb_run *run, const char *begin)
{
    mb_buf_printf(sql, "%s; %s", begin, mb_pooled_save(run->conn));
    add_pins(sql, run);
}

bool mb_tx_begin(const mb_run *run, const char *begin, mb_error *err)
{
    mb_buf sql = {0};

    mb_tx_add_begin(&sql, run, begin ? begin : "BEGIN");
    return exec(run, &sql, err);
}

static int choose(int said, int otherwise)
{
    return said == MB_UNSET ? otherwise : said;
}

int mb_lock_timeout(const mb_run *run, const mb_source *source)
{
    return choose(source ? source->directives->lock_timeout_ms : MB_UNSET,
                  run->settings->lock_timeout_ms);
}

int mb_statement_timeout(const mb_run *run, const mb_source *source)
{
    return choose(source ? source->directives->statement_timeout_ms : MB_UNSET,
                  run->settings->statement_timeout_ms);
}

int mb_transaction_timeout(const mb_run *run, const mb_source *source)
{
    return choose(source ? source->directives->transaction_timeout_ms : MB_UNSET,
                  run->settings->transaction_timeout_ms);
}

static void add_number(mb_buf *sql, const char *scope, const char *name, int value)
{
    add(sql, "SET ");
    mb_buf_printf(sql, "%s %s = %d", scope, name, value);
}

/* SET is not a query: the file's SET TRANSACTION must come before the first query. */
static void add_parameters(mb_buf *sql, const mb_run *run, const mb_source *source,
                           const char *scope)
{
    const mb_given values = mb_run_given(run, source);
    const mb_args given = {.items = (mb_setting *)values.args, .n = values.n, .given = values.n};
    const mb_chunk_info *info =
        source && source->chunk && run->host ? run->host->info(source->chunk) : NULL;
    size_t n;
    mb_setting *list = mb_args_settings(&given, info, &n);

    for (size_t i = 0; i < n; i++) {
        add(sql, "SET ");
        mb_buf_printf(sql, "%s moonbird.\"%s\" = ", scope, list[i].name);
        mb_quote_literal(sql, list[i].value);
    }
    free(list);
}

static void add_limits(mb_buf *sql, const mb_run *run, const mb_source *source, bool local,
                       bool no_lock_timeout)
{
    const char *scope = local ? "LOCAL" : "SESSION";

    if (!is_own(run, LOCK_TIMEOUT))
        add_number(sql, scope, "lock_timeout",
                   no_lock_timeout ? 0 : mb_lock_timeout(run, source));
    if (!is_own(run, STATEMENT_TIMEOUT))
        add_number(sql, scope, "statement_timeout", mb_statement_timeout(run, source));
    if (mb_conn_has(run->conn, MB_FEATURE_TRANSACTION_TIMEOUT) && !is_own(run, TRANSACTION_TIMEOUT))
        add_number(sql, scope, "transaction_timeout", mb_transaction_timeout(run, source));
    add_parameters(sql, run, source, scope);
}

bool mb_tx_limits(const mb_run *run, const mb_source *source, mb_error *err)
{
    mb_buf sql = {0};

    add_limits(&sql, run, source, true, false);
    return exec(run, &sql, err);
}

void mb_tx_add_enter(mb_buf *sql, const mb_run *run, const mb_source *source)
{
    add_limits(sql, run, source, true, false);
    mb_buf_puts(sql, "; DISCARD SEQUENCES");
}

bool mb_tx_enter(const mb_run *run, const mb_source *source, mb_error *err)
{
    mb_buf sql = {0};

    mb_tx_add_enter(&sql, run, source);
    return exec(run, &sql, err);
}

bool mb_tx_limits_alone(const mb_run *run, const mb_source *source, bool concurrently,
                        mb_error *err)
{
    mb_buf sql = {0};

    if (mb_conn_pooled(run->conn))
        return true; /* the setting would reach another client's session */
    if (run->checks_client)
        mb_buf_puts(&sql, MB_WATCH_CLIENT "; "); /* the file may have reset it */
    add_limits(&sql, run, source, false, concurrently);
    return exec(run, &sql, err);
}

/* RESET ALL also resets the lock's settings for the session, so they are made again. */
static void add_reset(mb_buf *sql, const mb_run *run)
{
    if (mb_conn_pooled(run->conn)) {
        mb_buf_puts(sql, mb_pooled_restore(run->conn));
        return;
    }
    mb_buf_puts(sql, "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; ");
    if (run->checks_client)
        mb_buf_puts(sql, MB_WATCH_CLIENT "; ");
}

/* No DISCARD undoes setseed(), after which random() returns a known sequence: make a new seed. */
static void add_seed(mb_buf *sql)
{
    uint32_t seed = (uint32_t)mb_now_us();

    if (getentropy(&seed, sizeof seed) != 0)
        seed ^= (uint32_t)getpid() << 16;
    mb_buf_printf(sql, "SET seed = 0.%010" PRIu32 "; ", seed);
}

/*
 * Remove names and values that the next migration could mistake for its own. Messages are reduced,
 * because the server would warn of each lock that a transaction holds and that cannot be released.
 */
static void add_clean(mb_buf *sql, const mb_run *run)
{
    char *release = mb_lock_release_others_sql(run->lock);

    add_seed(sql);
    mb_buf_puts(sql, "CLOSE ALL; DISCARD TEMP; DISCARD SEQUENCES; UNLISTEN *; DEALLOCATE ALL;"
                     " SET LOCAL client_min_messages = error; ");
    mb_buf_puts(sql, release);
    mb_buf_puts(sql, "; SET LOCAL client_min_messages TO DEFAULT; ");
    free(release);
}

bool mb_tx_reset_session(const mb_run *run, mb_error *err)
{
    mb_buf sql = {0};

    if (mb_conn_pooled(run->conn))
        return true; /* nothing of ours outlasts its transaction there */
    add_reset(&sql, run);
    return exec(run, &sql, err);
}

void mb_tx_add_clean_session(mb_buf *sql, const mb_run *run)
{
    if (mb_conn_pooled(run->conn))
        return;
    add_reset(sql, run);
    add_clean(sql, run);
}

bool mb_tx_clean_session(const mb_run *run, mb_error *err)
{
    mb_buf sql = {0};

    mb_tx_add_clean_session(&sql, run);
    return exec(run, &sql, err);
}

static bool lost_lock(const mb_run *run, mb_error *err)
{
    if (!run->lock || !mb_error_is_failed_check(err))
        return false;
    mb_fail(err, MB_ERR_LOCKED,
            "a statement released the run lock, and another moonbird process took it");
    return mb_fail_hint(err, "Release only locks that the file itself takes: do not use "
                             "pg_advisory_unlock_all or DISCARD ALL. Then run the command again.");
}

/*
 * RESET ALL in a file loses the settings that the pool gave the session, so this transaction must
 * not commit.
 */
static bool lost_settings(const mb_run *run, mb_error *err)
{
    if (!mb_conn_pooled(run->conn) || !mb_error_is(err, MB_SQLSTATE_INVALID_TEXT_REPRESENTATION))
        return false;
    mb_fail(err, MB_ERR_FAILED, "behind a pooler, RESET ALL loses the settings that the pool "
                                "gives its sessions");
    mb_fail_hint(err, "Reset settings by name (RESET search_path), or connect directly to the "
                      "server.");
    mb_conn_name_direct(err, run->conn);
    return false;
}

bool mb_tx_fail_clean(const mb_run *run, mb_error *err)
{
    return lost_lock(run, err) || lost_settings(run, err);
}

static bool exec_reset(const mb_run *run, mb_buf *sql, mb_error *err)
{
    return exec(run, sql, err) || mb_tx_fail_clean(run, err);
}

/*
 * Deferred triggers run with the role and the settings that the file leaves, as they would in the
 * file's own COMMIT. In a transaction that other files share, constraints are deferred again.
 * Cursors are closed, because COMMIT would run the query of one WITH HOLD as our own role.
 */
static void add_fire(mb_buf *sql, const mb_run *run)
{
    mb_buf_puts(sql, "SET CONSTRAINTS ALL IMMEDIATE; ");
    if (run->single_transaction)
        mb_buf_puts(sql, "SET CONSTRAINTS ALL DEFERRED; ");
    if (!mb_conn_pooled(run->conn))
        mb_buf_puts(sql, "CLOSE ALL; ");
}

static void add_settings(mb_buf *sql, const mb_run *run, const mb_source *source)
{
    add_reset(sql, run);
    add_pins(sql, run);
    mb_buf_puts(sql, "; ");
    add_limits(sql, run, source, true, false);
}

static void add_keep(mb_buf *sql, const mb_run *run)
{
    char *keep = run->lock ? mb_lock_keep_sql(run->lock) : NULL;

    if (keep) {
        mb_buf_puts(sql, "; ");
        mb_buf_puts(sql, keep);
    }
    free(keep);
}

bool mb_tx_reset(const mb_run *run, const mb_source *source, mb_error *err)
{
    mb_buf sql = {0};

    add_fire(&sql, run);
    add_settings(&sql, run, source);
    add_keep(&sql, run);
    return exec_reset(run, &sql, err) && mb_pooled_clean(run->conn, err);
}

void mb_tx_add_clean(mb_buf *sql, const mb_run *run, const mb_source *source)
{
    add_fire(sql, run);
    add_settings(sql, run, source);
    if (!mb_conn_pooled(run->conn)) {
        mb_buf_puts(sql, "; ");
        add_clean(sql, run);
    }
    add_keep(sql, run);
}

bool mb_tx_clean(const mb_run *run, const mb_source *source, mb_error *err)
{
    mb_buf sql = {0};

    mb_tx_add_clean(&sql, run, source);
    return exec_reset(run, &sql, err) && mb_pooled_clean(run->conn, err);
}

/*
 * Temporary tables are dropped after each step, and a seed is replaced. A later run skips the step
 * that made them, and its new session does not have them.  Other steps must not see them in one run
 * and miss them in another.
 */
bool mb_tx_reset_step(const mb_run *run, const mb_source *source, mb_error *err)
{
    mb_buf sql = {0};

    add_fire(&sql, run);
    add_settings(&sql, run, source);
    if (!mb_conn_pooled(run->conn)) {
        mb_buf_puts(&sql, "; ");
        add_seed(&sql);
        mb_buf_puts(&sql, "DISCARD TEMP");
    }
    add_keep(&sql, run);
    return exec_reset(run, &sql, err) && mb_pooled_clean(run->conn, err);
}

static bool not_open(mb_error *err)
{
    mb_fail(err, MB_ERR_FAILED, "a statement ended the migration's transaction");
    return mb_fail_hint(err, "Leave the commit to moonbird, or write \"-- moonbird: "
                             "transaction=off\" at the head of the file.");
}

bool mb_tx_still_open(const mb_run *run, mb_error *err)
{
    return mb_conn_tx(run->conn) == MB_TX_OPEN || not_open(err);
}

/* Takes the statements that COMMIT's message begins with. */
static mb_buf take_before_commit(mb_run *run)
{
    mb_buf sql = {0};

    mb_buf_puts(&sql, run->before_commit ? run->before_commit : "");
    free(run->before_commit);
    run->before_commit = NULL;
    return sql;
}

bool mb_tx_commit(mb_run *run, mb_error *err)
{
    mb_buf sql = take_before_commit(run);
    bool ok;

    if (!mb_tx_still_open(run, err)) {
        mb_buf_free(&sql);
        return false;
    }
    /* Deferred triggers run under our limits, before the session's own are restored. */
    if (mb_conn_pooled(run->conn))
        mb_buf_printf(&sql, "SET CONSTRAINTS ALL IMMEDIATE; %s", mb_pooled_restore(run->conn));
    mb_buf_puts(&sql, "COMMIT");
    run->committing = true;
    ok = exec(run, &sql, err);
    /*
     * Only a missing answer leaves the outcome unknown; any other error says that it was not
     * committed.
     */
    run->committing = !ok && (err->code == MB_ERR_CONNECT || err->code == MB_ERR_FAILED);
    if (!run->committing)
        return ok || lost_settings(run, err);
    mb_conn_give_up(run->conn);
    err->code = MB_ERR_CONNECT;
    if (!run->recorded)
        return mb_fail_hint(err, "The outcome of COMMIT is unknown, and the history does not "
                                 "record scripts. Check in the database whether the script was "
                                 "committed.");
    return mb_fail_hint(err, "The outcome of COMMIT is unknown. moonbird status shows whether "
                             "the migration was committed.");
}
