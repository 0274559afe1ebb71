/*
 * table_layouts.c -- the history's tables, version by version. A `;` may only end a statement.
 *
 * The tables of steps and backfills are created for the first migration that has any. The comment
 * on `migrations` marks the history, with the version of the tables that exist.
 */
#include "moonbird/history/history_sql.h"

#include "moonbird/base/buf.h"

void mb_history_add_mark(mb_buf *sql, mb_layout layout)
{
    mb_buf_printf(sql, "COMMENT ON TABLE $S.migrations IS 'moonbird ledger %d%s'", layout.version,
                  layout.parts ? "" : ", without steps");
}

const struct mb_history_ddl mb_history_ddl[MB_HISTORY_VERSION] = {
    {"CREATE TABLE $S.migrations ("
     " stream text NOT NULL CHECK (stream IN ('auto', 'manual')),"
     " name text NOT NULL,"
     " position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,"
     " state text NOT NULL CHECK (state IN ('running', 'applied', 'failed')),"
     " direction text NOT NULL DEFAULT 'up' CHECK (direction IN ('up', 'down')),"
     " raw_checksum text, checksum text,"
     " statements_done integer NOT NULL DEFAULT 0, statements integer NOT NULL DEFAULT 0,"
     " done_checksum text,"
     " started_at timestamptz NOT NULL DEFAULT clock_timestamp(), applied_at timestamptz,"
     " duration_us bigint, applied_by text NOT NULL DEFAULT session_user,"
     " runner_host text, runner_pid integer, runner_version text, git_commit text,"
     " environment text, error text, backup_path text,"
     " PRIMARY KEY (stream, name));"
     "CREATE TABLE $S.events ("
     " id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
     " at timestamptz NOT NULL DEFAULT clock_timestamp(),"
     " who text NOT NULL DEFAULT session_user, runner_host text, runner_pid integer,"
     " environment text, command text, stream text, name text,"
     " what text NOT NULL, outcome text NOT NULL, detail text);"
     "COMMENT ON TABLE $S.events IS 'moonbird ledger 1: append-only'",
     NULL},

    /* For a row that is deleted in psql; moonbird deletes the rows that belong to it itself. */
    {NULL,
     "CREATE TABLE $S.steps ("
     " stream text NOT NULL, migration text NOT NULL,"
     " direction text NOT NULL CHECK (direction IN ('up', 'down')), name text NOT NULL,"
     " position integer NOT NULL, state text NOT NULL CHECK (state IN ('running', 'done')),"
     " result json, started_at timestamptz NOT NULL DEFAULT clock_timestamp(),"
     " done_at timestamptz,"
     " PRIMARY KEY (stream, migration, direction, name),"
     " FOREIGN KEY (stream, migration) REFERENCES $S.migrations (stream, name) ON DELETE CASCADE);"
     "CREATE TABLE $S.backfills ("
     " id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,"
     " stream text NOT NULL, migration text NOT NULL,"
     " direction text NOT NULL CHECK (direction IN ('up', 'down')), name text NOT NULL,"
     " state text NOT NULL CHECK (state IN ('running', 'done', 'failed', 'cancelled')),"
     " paused boolean NOT NULL DEFAULT false, checksum text NOT NULL,"
     " table_name text NOT NULL, key text[] NOT NULL, rows_estimated bigint NOT NULL,"
     " remaining bigint, started_at timestamptz NOT NULL DEFAULT clock_timestamp(),"
     " ended_at timestamptz, error text,"
     " PRIMARY KEY (stream, migration, direction, name),"
     " FOREIGN KEY (stream, migration) REFERENCES $S.migrations (stream, name) ON DELETE CASCADE);"
     "CREATE TABLE $S.chunks ("
     " backfill bigint NOT NULL REFERENCES $S.backfills (id) ON DELETE CASCADE,"
     " number integer NOT NULL, low text[], high text[] NOT NULL, reached text[],"
     " rows bigint NOT NULL DEFAULT 0, done boolean NOT NULL DEFAULT false,"
     " PRIMARY KEY (backfill, number));"
     "CREATE TABLE $S.rejects ("
     " backfill bigint NOT NULL REFERENCES $S.backfills (id) ON DELETE CASCADE,"
     " key text[] NOT NULL, error text NOT NULL, accepted boolean NOT NULL DEFAULT false,"
     " at timestamptz NOT NULL DEFAULT clock_timestamp(),"
     " PRIMARY KEY (backfill, key))"},

    {NULL, "ALTER TABLE $S.backfills ADD COLUMN args_checksum text"},

    {"ALTER TABLE $S.migrations ADD COLUMN args_checksum text",
     "ALTER TABLE $S.backfills ADD COLUMN table_id text"},

    {"ALTER TABLE $S.migrations ADD COLUMN args text", NULL},
};
