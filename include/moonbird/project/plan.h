/*
 * plan.h -- what is to be done, from (files, history, request) alone.
 *
 * Pure: no connection, no clock, no file is touched.  Everything borrows from
 * the files and the history, which must outlive it.
 */
#ifndef MOONBIRD_PLAN_H
#define MOONBIRD_PLAN_H

#include "moonbird/history/history.h"

/* One migration as files and history together show it. */
typedef struct mb_item {
    mb_stream stream;
    const char *name;
    const mb_migration *file; /* NULL: missing, or never there */
    const mb_row *row;        /* NULL: pending */
    const struct mb_item *renamed; /* pending: what was applied with these contents and whose file
                                      is missing or has others now; or NULL */
    const struct mb_item *moved; /* such a one: whose file has what was applied; or NULL */
    mb_state state;
    bool changed;             /* applied, and the file is not what was applied */
    bool missing;             /* in the history or the journal, and not on disk */
    bool out_of_order;        /* pending before an applied one */
    bool orphan;              /* a file that the journal does not name: never run */
} mb_item;

typedef struct mb_status {
    mb_item *items;  /* auto in order, then manual; missing ones by their number */
    size_t n;
    size_t pending;  /* of the auto stream, without orphans */
    const mb_names *notes; /* of the files */
} mb_status;

/* `changed` says here that the bytes differ; only the file can tell whether that counts. */
void mb_status_build(mb_status *out, const mb_files *files, const mb_history *history);
void mb_status_free(mb_status *status);

/* Is it no longer among those that run: its file is missing, or the journal does not name it? */
bool mb_item_is_gone(const mb_item *item);

/* MB_ERR_POLICY, without place and hint: whose contents the item with `renamed` has. */
void mb_fail_renamed(mb_error *err, const mb_item *item);

typedef enum mb_policy { MB_ALLOW, MB_WARN, MB_REFUSE } mb_policy;

typedef enum mb_what {
    MB_DO_UP,     /* auto: pending ones up to and with names[0]; manual: the names */
    MB_DO_DOWN,   /* newest first, down to and with names[0] (default: the newest); manual: the names */
    MB_DO_REDO,   /* down and up of names[0], default the newest */
} mb_what;

typedef struct mb_request {
    const char *command;       /* the name that its events and its scripts are given */
    mb_what what;
    mb_stream stream;
    const char *const *names;
    size_t n_names;
    const char *restart;       /* up: this half-done one begins anew; NULL for none */
    size_t limit;              /* -n: at most so many; 0 for no limit */
    bool again;                /* manual up: run an applied one again */
    bool partial;              /* down: also what is half applied, by its whole rollback */
    bool single_transaction;
    bool force_empty_history;
    const char *outside_window; /* why it is done outside of an environment's window; or NULL */
    const char *plan;          /* only if it comes to the plan with this id; NULL: to any */
    mb_policy out_of_order, changed;
} mb_request;

typedef struct mb_step {
    const mb_item *item;
    mb_direction direction;
    bool resume;   /* a half-done one goes on */
    bool restart;  /* a half-done one begins anew */
} mb_step;

typedef struct mb_plan {
    mb_step *steps;
    size_t n;
    char **notes;    /* things to say before running: late ones, missing ones, applied already */
    size_t n_notes;
    char id[MB_HASH_HEX]; /* of the steps with the bytes of their files */
} mb_plan;

/* Refusals: MB_ERR_USAGE (names), MB_ERR_FILE (files), MB_ERR_POLICY (changed, out of order, ...). */
MB_MUST_CHECK bool mb_plan_build(mb_plan *out, const mb_status *status, const mb_history *history,
                                 const mb_request *request, mb_error *err);
void mb_plan_free(mb_plan *plan);

/* The steps as text, for mb_plan_beyond; the caller frees it. */
char *mb_plan_text(const mb_plan *plan);

/* The first step that was not in the plan of the text; NULL where all were. */
const mb_step *mb_plan_beyond(const mb_plan *plan, const char *text);

/*
 * The item that NAME on a command line means: a whole name, a unique prefix or
 * number; `auto/NAME` and `manual/NAME` say the stream.  `only`: NULL for both streams.
 */
MB_MUST_CHECK bool mb_status_find(const mb_item **out, const mb_status *status, const char *name,
                                  const mb_stream *only, mb_error *err);

/* Does the NAME of a `requires` mean this one? */
bool mb_is_named(const char *wanted, mb_stream stream, const char *name);

#endif
