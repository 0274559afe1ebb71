/*
 * identity.c -- is it the backfill, and the table, that an earlier run began with?
 *
 * The history identifies a backfill by its migration and its name, and its progress by a key. Under
 * another name, the backfill would start again; in another table with the same name, it would skip
 * rows.
 */
#include "moonbird/project/reporter.h"
#include "worker.h"

#include "moonbird/history/history_sql.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- the table ---- */

/* A table and its file, as MB_TABLE_ID has them; oid NO_TABLE after the last one. */
typedef struct table_id {
    unsigned long oid, file;
} table_id;

#define NO_TABLE ULONG_MAX

static table_id read_table(const char **at)
{
    table_id t = {NO_TABLE, 0};
    char *end;

    if (**at < '0' || **at > '9')
        return t;
    t.oid = strtoul(*at, &end, 10);
    if (*end == '/')
        t.file = strtoul(end + 1, &end, 10);
    *at = end + (*end == ',');
    return t;
}

/* For a table that was dropped in the meantime, the list has the OID but no file. */
static bool have_tables_below_changed(const char *was, const char *now)
{
    table_id a = read_table(&was), b = read_table(&now);
    bool gone = false, added = false;

    while (a.oid != NO_TABLE || b.oid != NO_TABLE) {
        bool first = a.oid <= b.oid, second = b.oid <= a.oid;

        if (first && second && a.file && b.file && a.file != b.file)
            return true;
        gone = gone || !second || (first && a.file && !b.file);
        added = added || !first;
        if (first)
            a = read_table(&was);
        if (second)
            b = read_table(&now);
    }
    return gone && added;
}

typedef enum table_change { SAME_TABLE, OTHER_TABLE, OTHER_ROWS, OTHER_TABLES_BELOW } table_change;

static table_change find_change(const char *was, const char *now)
{
    table_id a = read_table(&was), b = read_table(&now);

    if (a.oid != b.oid)
        return OTHER_TABLE;
    if (a.file != b.file)
        return OTHER_ROWS;
    return have_tables_below_changed(was, now) ? OTHER_TABLES_BELOW : SAME_TABLE;
}

static bool name_change(const mb_worker *worker, table_change change, mb_error *err)
{
    const char *table = worker->target.relation, *name = worker->b->name;

    if (change == OTHER_TABLE)
        return mb_fail(err, MB_ERR_POLICY,
                       "table %s is not the table on which backfill \"%s\" began", table, name);
    if (change == OTHER_ROWS)
        return mb_fail(err, MB_ERR_POLICY,
                       "table %s was truncated or rewritten after backfill \"%s\" began", table,
                       name);
    return mb_fail(err, MB_ERR_POLICY,
                   "partitions of table %s, or tables that inherit from it, "
                   "were truncated, rewritten or replaced after backfill "
                   "\"%s\" began",
                   table, name);
}

static bool refuse_table(const mb_worker *worker, table_change change, mb_error *err)
{
    const mb_migration *file = worker->source->file;
    const char *name = worker->b->name;
    const bool manual = file->stream == MB_MANUAL;

    name_change(worker, change, err);
    mb_fail_detail(err, "The backfill would continue after the last key that it reached, and "
                        "would not process new rows before it.");
    return mb_fail_hint(err,
                        "To process every row: moonbird %s%s --restart %s. If the table still has "
                        "the same rows, as after VACUUM FULL, CLUSTER or ALTER TABLE: moonbird "
                        "backfill resume %s, then run the command again.",
                        manual ? "manual apply " : "up", manual ? file->name : "", file->name,
                        name);
}

static bool refuse_order(const mb_worker *worker, mb_error *err)
{
    const mb_migration *file = worker->source->file;
    const bool manual = file->stream == MB_MANUAL;

    mb_fail(err, MB_ERR_POLICY,
            "the type or the collation of the key of table %s was changed after backfill \"%s\" "
            "began",
            worker->target.relation, worker->b->name);
    mb_fail_detail(err, "The rows are in another order now. The backfill would continue after the "
                        "last key that it reached, and would not process rows that are before it.");
    return mb_fail_hint(err, "Change the key back, or process every row: moonbird %s%s --restart "
                             "%s.", manual ? "manual apply " : "up", manual ? file->name : "",
                        file->name);
}

/*
 * If the identity has no table, `backfill resume` accepted the present table. Identities of older
 * versions have no order.
 */
bool mb_identity_check_table(const mb_worker *worker, const char *was, const char *now,
                             mb_error *err)
{
    size_t table = was ? strcspn(was, " ") : 0, table_now = strcspn(now, " ");
    table_change change = table ? find_change(was, now) : SAME_TABLE;

    if (change != SAME_TABLE)
        return refuse_table(worker, change, err);
    return !was || !was[table] || strcmp(was + table, now + table_now) == 0 ||
           refuse_order(worker, err);
}

/* ---- the name ---- */

static bool is_declared(const mb_worker *worker, const char *name)
{
    const mb_chunk_info *info = worker->run->host->info(worker->source->chunk);

    for (size_t i = 0; i < info->n_backfills; i++)
        if (strcmp(info->backfills[i].name, name) == 0)
            return true;
    return false;
}

/* A backfill of the same migration that the file no longer declares. */
static bool check_name(const mb_worker *worker, const char *was, bool done, mb_error *err)
{
    const char *name = worker->b->name;

    if (is_declared(worker, was))
        return true;
    if (done) {
        mb_report_note(worker->run->reporter,
                       "backfill \"%s\" is new, and backfill \"%s\", which finished before, is no "
                       "longer in the file; a renamed backfill processes all rows again",
                       name, was);
        return true;
    }
    mb_fail(err, MB_ERR_POLICY,
            "backfill \"%s\" is new, and backfill \"%s\", which is half done, is no longer in the "
            "file", name, was);
    mb_fail_detail(err, "Both change table %s. A renamed backfill would process all rows again.",
                   worker->target.relation);
    return mb_fail_hint(err, "If it was renamed, restore the name \"%s\". If \"%s\" is another "
                             "backfill: moonbird backfill cancel %s, then run the command again.",
                        was, name, was);
}

static bool refuse_migration(const mb_worker *worker, const mb_result *res, size_t row,
                             mb_error *err)
{
    const char *stream = mb_result_value(res, row, 0), *migration = mb_result_value(res, row, 1);
    const mb_migration *file = worker->source->file;

    mb_fail(err, MB_ERR_POLICY, "backfill \"%s\" of table %s is half done in %s/%s",
            worker->b->name, worker->target.relation, stream, migration);
    mb_fail_detail(err, "If that file was renamed, this run would process all rows again.");
    return mb_fail_hint(err, "If the file was renamed: moonbird forget %s/%s, then moonbird rename "
                             "%s/%s %s/%s. If they are two backfills: moonbird backfill cancel "
                             "%s/%s/%s, then run the command again.",
                        mb_stream_name(file->stream), file->name, stream, migration,
                        mb_stream_name(file->stream), file->name, stream, migration,
                        worker->b->name);
}

bool mb_identity_check_name(const mb_worker *worker, mb_error *err)
{
    static const char sql[] =
        "SELECT o.stream, o.migration, o.name, o.state" MB_EQ "'done', n.own"
        " FROM $S.backfills o, LATERAL (SELECT o.stream" MB_EQ "$1 AND o.migration" MB_EQ "$2"
        " AS own) n WHERE o.table_name" MB_EQ "$5 AND o.direction" MB_EQ "$3"
        " AND o.state" MB_NE "'cancelled' AND (n.own AND o.name" MB_NE "$4"
        " OR NOT n.own AND o.name" MB_EQ "$4 AND o.state" MB_NE "'done') ORDER BY o.id";
    const mb_migration *file = worker->source->file;
    const mb_param params[] = {
        mb_history_text(mb_stream_name(file->stream)),
        mb_history_text(file->name),
        mb_history_text(mb_direction_name(worker->source->direction)),
        mb_history_text(worker->b->name),
        mb_history_text(worker->target.relation),
    };
    mb_result *res;
    bool ok = mb_history_query(&res, worker->run->by.in, (mb_query){sql, 5, params}, err);

    if (!ok)
        return false;
    for (size_t i = 0; ok && i < mb_result_rows(res); i++)
        ok = mb_result_bool(res, i, 4)
                 ? check_name(worker, mb_result_value(res, i, 2), mb_result_bool(res, i, 3), err)
                 : refuse_migration(worker, res, i, err);
    mb_result_free(res);
    return ok;
}
