/*
 * adoption.h -- compares the history of another migration tool with the files.
 */
#ifndef MOONBIRD_REPORT_ADOPTION_H
#define MOONBIRD_REPORT_ADOPTION_H

#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"
#include "moonbird/report/amend.h"

typedef enum mb_adoption_state {
    MB_ADOPTION_RECORDED, /* moonbird's history has it */
    MB_ADOPTION_APPLIED,  /* the tool applied it */
    MB_ADOPTION_CHANGED,  /* the tool applied it, and the file has changed since */
    MB_ADOPTION_HALF,     /* the tool began it and did not finish it */
    MB_ADOPTION_SKIPPED,  /* the tool did not apply it, but applied a later one */
    MB_ADOPTION_PENDING,  /* the tool applied neither it nor a later one */
    MB_ADOPTION_LEFT_OUT, /* the tool did not apply it, and never will; see mb_item_never_runs */
    MB_ADOPTION_MISSING,  /* the tool applied it, and it has no file */
    MB_ADOPTION_UNREAD,   /* a row that does not say which migration it is, or what became of it */
} mb_adoption_state;

const char *mb_adoption_state_name(mb_adoption_state state); /* "recorded", "applied", ... */

typedef struct mb_adoption_item {
    mb_adoption_state state;
    char *name; /* of the migration; of a missing one, the tool's key; of an unread row, which row it
                   is, and why it cannot be read */
    char *at;   /* when the tool applied it, in ISO 8601; NULL: the tool does not keep it */
} mb_adoption_item;

typedef struct mb_adoption {
    char *table; /* the tool's table, quoted, with its schema */
    mb_adoption_item *items;
    size_t n;
} mb_adoption;

/*
 * Compares the migrations of the auto stream with the history of `tool` (NULL: of the only tool
 * that has one in this database), and changes nothing.  The caller frees *out with
 * mb_adoption_free.  MB_ERR_USAGE: there is no such history, or there are two; MB_ERR_POLICY: it
 * cannot be compared with files.
 */
MB_MUST_CHECK bool mb_project_compare_tool(mb_adoption *out, mb_project *project, const char *tool,
                                           mb_error *err);
void mb_adoption_free(mb_adoption *adoption);

/*
 * Records what the tool applied, with its times, in one transaction; see amend.h.  false
 * (MB_ERR_POLICY): a migration is half applied; or one has changed since, or a row cannot be read,
 * and `force` is false.  Migrations that the tool skipped stay pending; a migration without a file
 * is not recorded, and neither is an unread row.  The reporter gets a note of each.
 */
MB_MUST_CHECK bool mb_project_adopt(mb_amendment *out, mb_project *project, const char *tool,
                                    bool force, const mb_reporter *reporter, mb_error *err);

/*
 * Sets *tool to the tool whose history follows moonbird's, if it has applied migrations that
 * moonbird has not recorded, and moonbird has a history; otherwise to NULL.  Loads the project.
 */
MB_MUST_CHECK bool mb_project_find_newer(const char **tool, mb_project *project, mb_error *err);

/*
 * Before `up`: if the history of a tool follows moonbird's, and moonbird has a history, adopts what
 * that tool has applied since.
 */
MB_MUST_CHECK bool mb_project_adopt_newer(mb_project *project, const mb_reporter *reporter,
                                          mb_error *err);

#endif
