/* put_back.h -- the values of a row that mb_history_resume overwrites. */
#ifndef MOONBIRD_HISTORY_PUT_BACK_H
#define MOONBIRD_HISTORY_PUT_BACK_H

#include "moonbird/pg/qualified.h"

/* The columns that mb_history_resume sets, except the state: place in the array, name and type. */
#define MB_RESUMED_COLUMNS(X)                                                                      \
    X(2, "direction", "pg_catalog.text")                                                           \
    X(3, "statements_done", "int")                                                                 \
    X(4, "statements", "int")                                                                      \
    X(5, "done_checksum", "pg_catalog.text")                                                       \
    X(6, "runner_host", "pg_catalog.text")                                                         \
    X(7, "runner_pid", "int")                                                                      \
    X(8, "runner_version", "pg_catalog.text")                                                      \
    X(9, "git_commit", "pg_catalog.text")                                                          \
    X(10, "environment", "pg_catalog.text")                                                        \
    X(11, "started_at", "pg_catalog.timestamptz")                                                  \
    X(12, "error", "pg_catalog.text")                                                              \
    X(13, "raw_checksum", "pg_catalog.text")                                                       \
    X(14, "args_checksum", "pg_catalog.text")                                                      \
    X(15, "backup_path", "pg_catalog.text")                                                        \
    X(16, "args", "pg_catalog.text")

#define MB_RESUMED_VALUE(place, column, type) ", b." column "::pg_catalog.text"

/*
 * A query that gives these values as one text. In RETURNING it sees the row as it was before the
 * statement. $1 is the stream, $2 the name.
 */
#define MB_ROW_BEFORE                                                                              \
    "SELECT ARRAY[b.state" MB_RESUMED_COLUMNS(MB_RESUMED_VALUE) "]::pg_catalog.text"               \
    " FROM $S.migrations b WHERE b.stream" MB_EQ "$1 AND b.name" MB_EQ "$2"

#endif
