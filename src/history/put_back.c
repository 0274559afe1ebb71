/* put_back.c -- undo mb_history_resume, if the migration did nothing after it. */
#include "put_back.h"

#include "delete_parts.h"
#include "moonbird/history/history_sql.h"
#include "moonbird/history/steps.h"

#define PUT(place, column, type) ", " column " = (w.was)[" #place "]::" type

/* Parameters: $7 the values, $8 by->row_us, $9 the stream, $10 the direction that ran. */
#define PUT_BACK(nothing_done)                                                                     \
    "UPDATE $S.migrations m SET state = (w.was)[1]" MB_RESUMED_COLUMNS(PUT)                        \
    " FROM (SELECT $7::pg_catalog.text[] AS was) w WHERE m.stream" MB_EQ "$9 AND m.name" MB_EQ     \
    "$2 AND m.state" MB_EQ "'running' AND m.runner_host" MB_EQ "$3 AND m.runner_pid" MB_EQ         \
    "$4::int AND " MB_US_OF("m.started_at") MB_EQ "$8::bigint AND m.statements_done" MB_EQ "0"     \
    nothing_done " RETURNING m.name"

#define OF_KEY "stream" MB_EQ "$9 AND migration" MB_EQ "$2 AND direction" MB_EQ "$10"
#define NO_PARTS                                                                                   \
    " AND NOT EXISTS (SELECT FROM $S.steps WHERE " OF_KEY " AND state" MB_EQ "'done')"             \
    " AND NOT EXISTS (SELECT FROM $S.backfills f WHERE " OF_KEY " AND (f.state" MB_EQ              \
    "'done' OR EXISTS (SELECT FROM $S.chunks c WHERE c.backfill" MB_EQ "f.id AND (c.done OR"       \
    " c.reached IS NOT NULL))))"

bool mb_history_put_back(bool *done, const mb_writer *by, const mb_step_key *key, const char *was,
                         mb_error *err)
{
    static const char row_alone[] = PUT_BACK("");
    static const char with_parts[] = "WITH row AS (" PUT_BACK(NO_PARTS) "), " MB_DELETE_PARTS(
        "EXISTS (SELECT FROM row) AND " OF_KEY) " SELECT name FROM row";
    char us[MB_NUMBER_SIZE];
    const char *own[] = {was, mb_number_text(us, by->row_us), mb_stream_name(key->migration.stream),
                         mb_direction_name(key->direction)};
    bool parts = by->history->layout.parts;

    return mb_history_write_if(done, by, key->migration.name,
                               (mb_edit){parts ? with_parts : row_alone, parts ? 4 : 3, own}, err);
}
