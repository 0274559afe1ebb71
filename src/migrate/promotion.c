/* promotion.c -- is it applied in the environment that comes before? */
#include "guard.h"

#include "moonbird/buf.h"
#include "moonbird/cluster.h"
#include "moonbird/mem.h"

#include <stdlib.h>
#include <string.h>

static bool refuse_unknown(const mb_environment *env, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY,
            "environment \"%s\" is promoted from \"%s\", which has no database "
            "here",
            env->name, env->promote_from);
    return mb_fail_hint(err, "Give \"%s\" its url in moonbird.lua or in DATABASE_..._URL.",
                        env->promote_from);
}

static bool refuse_unseen(const mb_environment *env, mb_error *err)
{
    mb_error why = *err;

    if (why.code == MB_ERR_INTERRUPTED)
        return false;
    mb_fail(err, MB_ERR_POLICY,
            "environment \"%s\" is promoted from \"%s\", whose history cannot be "
            "read: %s",
            env->name, env->promote_from, why.message);
    mb_fail_detail(err, "%s", why.detail);
    return mb_fail_hint(err, "%s", why.hint[0] ? why.hint : "Let it be reached from here.");
}

static bool load(mb_ledger *out, const char *conninfo, const char *schema, mb_error *err)
{
    mb_conn *conn;
    bool ok;

    *out = (mb_ledger){0};
    if (!mb_conn_open(&conn, conninfo, err))
        return false;
    ok = mb_conn_exec(NULL, conn, MB_BEGIN_READING, err) &&
         mb_ledger_load(out, conn, schema, MB_DETAIL_PLAN, err);
    mb_conn_close(conn);
    return ok;
}

static bool read_ledger(mb_ledger *out, const mb_environment *env, const mb_settings *settings,
                        mb_error *err)
{
    char *conninfo = NULL;
    bool ok = true;

    if (strcmp(env->promote_url, "embedded:") == 0)
        ok = mb_embedded_start(&conninfo, settings->root, err);
    else
        conninfo = mb_strdup(env->promote_url);
    ok = ok && load(out, conninfo, settings->schema, err);
    free(conninfo);
    return ok;
}

/* What keeps the unit's migration from being promoted; NULL for nothing. */
static const char *obstacle(const mb_ledger *there, const mb_unit *unit)
{
    const mb_row *row = mb_ledger_find(there, unit->file->stream, unit->file->name);

    if (!row || row->state != MB_APPLIED)
        return "not applied";
    return strcmp(row->canonical, unit->sums.canonical) == 0 ? NULL : "applied with other contents";
}

static bool compare(const mb_ledger *there, const mb_environment *env, const mb_unit *units,
                    size_t n, mb_error *err)
{
    mb_buf missing = {0};
    bool manual = false;
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        const char *what = units[i].direction == MB_UP ? obstacle(there, &units[i]) : NULL;

        if (!what)
            continue;
        mb_buf_printf(&missing, "%s%s/%s is %s there", count++ ? ", " : "",
                      mb_stream_name(units[i].file->stream), units[i].file->name, what);
        manual = units[i].file->stream == MB_MANUAL;
    }
    if (count == 0)
        return true;
    mb_fail(err, MB_ERR_POLICY,
            "environment \"%s\" is promoted from \"%s\", where %zu of these "
            "migrations %s not applied as %s here",
            env->name, env->promote_from, count, count == 1 ? "is" : "are",
            count == 1 ? "it is" : "they are");
    mb_fail_detail(err, "%s.", missing.data);
    mb_buf_free(&missing);
    return mb_fail_hint(err, "Apply %s there first: moonbird -e %s %s.", count == 1 ? "it" : "them",
                        env->promote_from, manual ? "manual apply NAME" : "up");
}

static bool goes_up(const mb_unit *units, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (units[i].direction == MB_UP)
            return true;
    return false;
}

bool mb_promotion_check(const mb_environment *env, const mb_settings *settings,
                        const mb_unit *units, size_t n, mb_error *err)
{
    mb_ledger there;
    bool ok;

    if (!env->promote_from || !goes_up(units, n))
        return true;
    if (!env->promote_url)
        return refuse_unknown(env, err);
    ok = read_ledger(&there, env, settings, err) ? compare(&there, env, units, n, err)
                                                 : refuse_unseen(env, err);
    mb_ledger_free(&there);
    return ok;
}
