/* mark.c -- the history's rows changed without running anything. */
#include "moonbird/history/history.h"

#include "delete_parts.h"
#include "moonbird/history/history_sql.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>

#define WITH_EVENT(what)                                                                           \
    ", event AS (INSERT INTO $S.events (" MB_EVENT_COLUMNS ", detail)"                             \
    " SELECT " MB_EVENT_VALUES ", " what ", 'done', $7 FROM row)"                                  \
    " SELECT 0 FROM row"

/* The time of parameter $13; see mb_marking. */
#define APPLIED_AT                                                                                 \
    "CASE WHEN $13::pg_catalog.text IS NULL THEN pg_catalog.clock_timestamp()"                     \
    " WHEN $13::pg_catalog.text" MB_NE "'' THEN $13::pg_catalog.text::pg_catalog.timestamptz END"

bool mb_history_mark(const mb_writer *by, mb_key key, const mb_marking *marking, mb_error *err)
{
    static const char sql[] =
        "WITH row AS (INSERT INTO $S.migrations AS m (stream, name, runner_host, runner_pid,"
        " environment, state, raw_checksum, checksum, runner_version, git_commit, statements,"
        " statements_done, applied_at) VALUES ($1, $2, $3, $4::int, $5, 'applied', $8,"
        " $9, $10, $11, $12::int, $12::int, " APPLIED_AT ")"
        " ON CONFLICT (stream, name) DO UPDATE SET state = 'applied', direction = 'up',"
        " raw_checksum = $8, checksum = $9, statements = $12::int, statements_done = $12::int,"
        " done_checksum = NULL, error = NULL, started_at = pg_catalog.clock_timestamp(),"
        " applied_at = " APPLIED_AT ", duration_us = NULL, applied_by = session_user,"
        " runner_host = $3, runner_pid = $4::int, runner_version = $10,"
        " git_commit = $11, environment = $5"
        " WHERE m.state" MB_NE "'applied' RETURNING m.name)" WITH_EVENT("$6");
    char count[MB_NUMBER_SIZE];
    const char *own[] = {marking->detail,
                         marking->sums->file,
                         marking->sums->normalized,
                         MB_VERSION,
                         by->commit,
                         mb_number_text(count, (int64_t)marking->statements),
                         marking->at};

    return mb_history_change(by, key, (mb_edit){sql, 7, own}, NULL, err);
}

#define FORGET                                                                                     \
    "WITH row AS (DELETE FROM $S.migrations"                                                       \
    " WHERE stream" MB_EQ "$1 AND name" MB_EQ "$2 RETURNING name)"

bool mb_history_forget(const mb_writer *by, mb_key key, const char *detail, mb_error *err)
{
    static const char row_alone[] = FORGET WITH_EVENT("'forget'"),
                      with_parts[] = FORGET MB_DELETE_PARTS_OF_ROW WITH_EVENT("'forget'");
    const char *sql = by->history->layout.parts ? with_parts : row_alone;
    const char *own[] = {detail};

    return mb_history_change(by, key, (mb_edit){sql, 1, own}, NULL, err);
}

bool mb_history_repair(const mb_writer *by, mb_key key, const mb_checksums *sums,
                       const char *detail, mb_error *err)
{
    static const char sql[] =
        "WITH row AS (UPDATE $S.migrations"
        " SET raw_checksum = $8, checksum = $9"
        " WHERE stream" MB_EQ "$1 AND name" MB_EQ "$2 AND state" MB_EQ "'applied'"
        " RETURNING name)" WITH_EVENT("'repair'");
    const char *own[] = {detail, sums->file, sums->normalized};

    return mb_history_change(by, key, (mb_edit){sql, 3, own}, NULL, err);
}

/* Foreign keys are checked at the end of the statement, when all three tables have been changed. */
#define MOVE_PARTS(table)                                                                          \
    "UPDATE $S." table " SET stream = $1, migration = $2"                                          \
    " WHERE stream" MB_EQ "$8 AND migration" MB_EQ "$9"
#define MOVE                                                                                       \
    "WITH row AS (UPDATE $S.migrations SET stream = $1, name = $2"                                 \
    " WHERE stream" MB_EQ "$8 AND name" MB_EQ "$9 RETURNING name)"

bool mb_history_rename(const mb_writer *by, mb_key from, mb_key to, const char *detail,
                       mb_error *err)
{
    static const char row_alone[] = MOVE WITH_EVENT("'rename'");
    static const char with_parts[] =
        MOVE ", moved_steps AS (" MOVE_PARTS("steps") "),"
        " moved_backfills AS (" MOVE_PARTS("backfills") ")" WITH_EVENT("'rename'");
    const char *sql = by->history->layout.parts ? with_parts : row_alone;
    const char *own[] = {detail, mb_stream_name(from.stream), from.name};

    return mb_history_change(by, to, (mb_edit){sql, 3, own}, NULL, err);
}
