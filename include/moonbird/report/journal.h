/* journal.h -- Drizzle's journal, repaired with regard to what databases have applied. */
#ifndef MOONBIRD_REPORT_JOURNAL_H
#define MOONBIRD_REPORT_JOURNAL_H

#include "moonbird/format/journal_fix.h"
#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"

/*
 * Computes the repaired journal of the project's folder; see journal_fix.h.  An entry counts as
 * applied if the history of moonbird or of Drizzle lists it in the project's database or in that of
 * an environment with a url.  The reporter gets a note of each environment that cannot be asked.
 */
MB_MUST_CHECK bool mb_project_fix_journal(mb_journal_fix *out, mb_project *project,
                                          mb_journal_side keep, const mb_reporter *reporter,
                                          mb_error *err);

#endif
