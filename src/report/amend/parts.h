/* parts.h -- private header of the folder: a command that changes the history and runs nothing. */
#ifndef MOONBIRD_REPORT_AMEND_PARTS_H
#define MOONBIRD_REPORT_AMEND_PARTS_H

#include "moonbird/foreign/tool_lock.h"
#include "moonbird/history/lock.h"
#include "moonbird/project/loaded.h"
#include "moonbird/project/other_runner.h"
#include "moonbird/project/reporter.h"
#include "moonbird/report/amend.h"

typedef struct mb_amend mb_amend;
struct mb_tool_comparison;
struct mb_comparison;

/* How the history of another tool follows a command, if the configuration says so. */
typedef enum mb_mirrors {
    MB_MIRRORS_NOTHING,
    MB_MIRRORS_UP,     /* its rows are written */
    MB_MIRRORS_DOWN,   /* they are removed */
    MB_MIRRORS_REPAIR, /* they get the checksums of the files */
    MB_MIRRORS_RENAME, /* they must have the new name already */
} mb_mirrors;

typedef struct mb_amend_verb {
    const char *name;   /* of the command, and of its event */
    bool makes_history; /* it creates or updates the history's tables */
    mb_mirrors mirrors;

    /* Calls mb_amend_add for each item that the command is to change. */
    bool (*choose)(mb_amend *w, mb_error *err);

    /* false: the change is refused.  *why (allocated): there is nothing to do, for this reason. */
    bool (*check)(const mb_amend *w, const mb_item *item, char **why, mb_error *err);
    bool (*execute)(const mb_amend *w, const mb_item *item, mb_amended *out, mb_error *err);

    /* Called for each change after the COMMIT; may be NULL. */
    void (*report)(const mb_amend *w, const mb_item *item);
} mb_amend_verb;

struct mb_amend {
    const mb_amend_verb *verb;
    mb_project *project;
    const char *const *names;
    size_t n_names;
    mb_writer by;
    const mb_item **items; /* items[i] is the item of out->items[i] */
    const mb_item **to;    /* rename: to[i] gets the row of items[i]; otherwise NULL */
    bool force;            /* baseline: accept items that another tool's history does not list */
    bool told;             /* the note about that history was reported */
    struct mb_tool_comparison *tool; /* adopt: the other tool's history beside the files */
    struct mb_comparison *eject;     /* eject: that history beside moonbird's */
    const mb_reporter *reporter;
    char *unfinished; /* mb_unfinished, when the command began */
    mb_lock *lock;
    mb_tool_lock *tool_lock; /* of the tool whose history the command reads or changes; or NULL */
    mb_amendment shown;      /* what was found before the run lock; owned */
    mb_amendment *out;
};

/* ---- amend.c: its course ---- */

/* The work of a command; the strings are borrowed. */
mb_amend mb_amend_of(const mb_amend_verb *what, mb_amendment *out, mb_project *project,
                     const char *const *names, size_t n, const mb_reporter *reporter);

/* Runs the command: under the run lock, in one transaction, unless there is nothing to do. */
MB_MUST_CHECK bool mb_amend_run(mb_amend w, mb_error *err);

/* Adds a migration to those that are changed, if `check` allows it; is it among them? */
MB_MUST_CHECK bool mb_amend_add(mb_amend *w, const mb_item *item, mb_error *err);
bool mb_amend_has(const mb_amend *w, const mb_item *item);

/* Adds the migrations that the command line names. */
MB_MUST_CHECK bool mb_amend_choose_named(mb_amend *w, mb_error *err);

/* ---- mirrored.c ---- */

/* Takes the lock of the tool whose history the command changes, too. */
MB_MUST_CHECK bool mb_amend_lock_tool(mb_amend *w, mb_error *err);

/*
 * In the transaction of the command: changes the history of the tool that follows moonbird's, if
 * there is one.  MB_ERR_POLICY: the change does not fit that history.
 */
MB_MUST_CHECK bool mb_amend_follow(const mb_amend *w, mb_error *err);

/* ---- item.c: one migration ---- */

mb_key mb_amend_key(const mb_item *item);

/* Sets the error "STREAM/NAME what", with the file; returns false. */
bool mb_amend_refuse(mb_error *err, mb_code code, const mb_item *item, const char *what,
                     const char *hint);

/* False if the migration has no file, or no row. */
MB_MUST_CHECK bool mb_amend_need_file(const mb_item *item, const char *hint, mb_error *err);
MB_MUST_CHECK bool mb_amend_need_row(const mb_item *item, mb_error *err);

/* Describes the row before the change, for the event; "" for NULL.  The caller frees it. */
char *mb_amend_describe(const mb_row *row);

/* Inspects the file as a run does, so that the same checksums are recorded. */
MB_MUST_CHECK bool mb_amend_inspect_file(const mb_amend *w, const mb_item *item, mb_checksums *sums,
                                         size_t *statements, mb_error *err);

/* ---- mark.c: `check` and `execute` of mark, and of baseline ---- */

MB_MUST_CHECK bool mb_amend_check_mark(const mb_amend *w, const mb_item *item, char **why,
                                       mb_error *err);
MB_MUST_CHECK bool mb_amend_mark(const mb_amend *w, const mb_item *item, mb_amended *out,
                                 mb_error *err);

/* Records the item as applied; `at` as in mb_marking. */
MB_MUST_CHECK bool mb_amend_record(const mb_amend *w, const mb_item *item, mb_checksums *sums,
                                   const char *detail, const char *at, mb_error *err);

#endif
