/* manual.h -- the manual stream, as `manual list` and `status` show it. */
#ifndef MOONBIRD_PROJECT_MANUAL_H
#define MOONBIRD_PROJECT_MANUAL_H

#include "moonbird/project/status.h"
#include "moonbird/project/project.h"
#include "moonbird/sql/directive.h"

/* One manual migration. */
typedef struct mb_manual {
    const mb_item *item;
    mb_directives directives; /* of its file; owned */
    const mb_item *conflict;  /* what keeps it from being applied; NULL: nothing, or it is applied */
    const char *lacks;        /* the first that it requires and that is not applied; likewise */
    char *invalid;            /* why its directives cannot be read; owned; or NULL */
    char *rolled_back_at;     /* ISO 8601, UTC; owned; NULL: its last change was another one */
} mb_manual;

/* The migrations of the loaded project. They are its own until it is loaded again. */
const mb_manual *mb_project_manual(mb_project *project, size_t *n);

/* Set rolled_back_at of the migrations that are not applied, from the events of the history. */
MB_MUST_CHECK bool mb_project_find_rolled_back(mb_project *project, mb_error *err);

#endif
