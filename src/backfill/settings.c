/* settings.c -- the settings of one backfill, which hold while it reads and changes its table. */
#include "worker.h"

#include "moonbird/run/run.h"

#include "moonbird/base/mem.h"
#include "moonbird/pg/qualified.h"
#include "moonbird/sql/quote.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define AS_OURSELVES                                                                               \
    "moonbird writes its history as the role of the connection. Use SET LOCAL ROLE in \"batch\" "  \
    "or in a before_batch hook."
#define BEGUN "It has no effect after a transaction has begun. moonbird begins the transactions."
#define VALUES "moonbird needs its own value, to read and write the values of rows."
#define COMMITS                                                                                    \
    "moonbird resets the settings before it records the batch and commits it. Set it for the "     \
    "role or the database, or in the connection string with options=-c."

bool mb_backfill_check_setting(const char *backfill, const char *setting, mb_error *err)
{
    static const struct {
        const char *name, *hint;
    } refused[] = {
        {"role", AS_OURSELVES},
        {"session_authorization", AS_OURSELVES},
        {"transaction_isolation", BEGUN},
        {"transaction_read_only", BEGUN},
        {"transaction_deferrable", BEGUN},
        {"default_transaction_isolation", BEGUN},
        {"default_transaction_read_only", BEGUN},
        {"default_transaction_deferrable", BEGUN},
        {"lock_timeout", "Set it in the migration. A batch waits at most one second for a lock."},
        {"intervalstyle", VALUES},
        {"bytea_output", VALUES},
        {"extra_float_digits", VALUES},
        {"array_nulls", VALUES},
        {"datestyle", VALUES},
        {"client_encoding", VALUES},
        {"synchronous_commit", COMMITS},
        {"commit_delay", COMMITS},
        {"commit_siblings", COMMITS},
    };
    const char *hint = NULL;

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (strcasecmp(setting, refused[i].name) == 0)
            hint = refused[i].hint;
    if (strncasecmp(setting, "moonbird.", strlen("moonbird.")) == 0)
        hint = "Settings whose names begin with \"moonbird.\" are the parameters of the migration. "
               "Declare the parameter in args, and give its value with --set.";
    if (!hint)
        return true;
    mb_fail(err, MB_ERR_USAGE, "backfill \"%s\": the setting \"%s\" is not allowed", backfill,
            setting);
    return mb_fail_hint(err, "%s", hint);
}

/* A limit in microseconds; its text has a unit that an interval has, too. */
#define LIMIT(name)                                                                                \
    "(extract(epoch FROM pg_catalog.current_setting('" name                                        \
    "', true)::interval)" MB_OP("*") "1000000)::bigint"

/* The shorter of two limits; 0 is none. */
static int64_t shorter(int64_t a, int64_t b)
{
    return a > 0 && (b <= 0 || a < b) ? a : b;
}

static bool fail_setting(const mb_worker *worker, mb_error *err)
{
    char *message = mb_strdup(err->message);

    mb_format_into(err->message, sizeof err->message, "backfill \"%s\": %s", worker->b->name,
                   message);
    free(message);
    return false;
}

bool mb_worker_read_timeout(mb_worker *worker, mb_error *err)
{
    mb_result *res;

    if (!mb_conn_query(&res, worker->run->conn,
                       "SELECT " LIMIT("statement_timeout") ", " LIMIT("transaction_timeout"), 0,
                       NULL, err))
        return false;
    worker->timeout_us = shorter(mb_result_int(res, 0, 0), mb_result_int(res, 0, 1));
    mb_result_free(res);
    return true;
}

bool mb_worker_begin_settings(mb_worker *worker, mb_error *err)
{
    const mb_backfill *b = worker->b;
    mb_buf sql = {0};
    bool ok;

    worker->timeout_us =
        INT64_C(1000) * shorter(mb_statement_timeout(worker->run, worker->source),
                                mb_transaction_timeout(worker->run, worker->source));
    if (b->n_settings == 0)
        return true;
    for (size_t i = 0; i < b->n_settings; i++) {
        mb_buf_puts(&sql, i ? ", pg_catalog.set_config(" : "SELECT pg_catalog.set_config(");
        mb_quote_literal(&sql, b->settings[i].name);
        mb_buf_puts(&sql, ", ");
        mb_quote_literal(&sql, b->settings[i].value);
        mb_buf_puts(&sql, ", true)");
    }
    ok = mb_conn_exec(NULL, worker->run->conn, mb_buf_str(&sql), err) || fail_setting(worker, err);
    mb_buf_free(&sql);
    mb_conn_forget(worker->run->conn); /* it may be search_path, on which cached names depend */
    return ok && mb_worker_read_timeout(worker, err);
}

bool mb_worker_end_settings(const mb_worker *worker, mb_error *err)
{
    return worker->b->n_settings == 0 || mb_tx_reset(worker->run, worker->source, err);
}
