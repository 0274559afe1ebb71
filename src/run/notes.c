/* notes.c -- notes about parts of a file that are allowed but may be mistakes. */
#include "moonbird/project/reporter.h"
#include "moonbird/project/source.h"
#include "moonbird/run/run.h"

/*
 * A file without statements, which another tool's format or a rollback may be, may not be written
 * yet. A transaction that the file leaves open may lack its COMMIT. A ROLLBACK may be left
 * over from a trial. Settings for later sessions reach the next migrations only if they run in
 * another session.
 */
void mb_note_files(const mb_run *run, const mb_source *sources, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!sources[i].lua && sources[i].statements == 0 && !sources[i].directives->empty)
            mb_report_note(run->reporter, "%s has no statements", sources[i].path);
        if (sources[i].later_line && i + 1 < n)
            mb_report_note(run->reporter,
                           "%s: line %d changes settings of new sessions, so the migrations after "
                           "it keep the old ones in this run, unless the connection is lost; run "
                           "them in another run, or use SET in them",
                           sources[i].path, sources[i].later_line);
        if (sources[i].ends_for_line)
            mb_report_note(run->reporter,
                           "%s does not end the transaction that begins on line "
                           "%d; moonbird commits it",
                           sources[i].path, sources[i].ends_for_line);
        if (sources[i].undoes_line && sources[i].step)
            mb_report_note(run->reporter,
                           "%s: the ROLLBACK on line %d undoes the statements "
                           "before it, but the history will count them as done",
                           sources[i].path, sources[i].undoes_line);
        else if (sources[i].undoes_ours)
            mb_report_note(run->reporter,
                           "%s: the ROLLBACK on line %d undoes the statements before it: without a "
                           "BEGIN, they are in moonbird's transaction",
                           sources[i].path, sources[i].undoes_line);
    }
}
