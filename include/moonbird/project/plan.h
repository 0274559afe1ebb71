/*
 * plan.h -- what a request would do, computed from files, history and request alone.
 *
 * These functions use no connection, clock or file. Everything borrows from the files and the
 * history, which must live longer.
 */
#ifndef MOONBIRD_PROJECT_PLAN_H
#define MOONBIRD_PROJECT_PLAN_H

#include "moonbird/history/history.h"

/* One migration, as the files and the history show it. */
typedef struct mb_item {
    mb_stream stream;
    const char *name;
    const mb_migration *file; /* NULL: neither on disk nor in the journal */
    const mb_row *row;        /* NULL: pending */
    /* pending: an applied migration with these contents whose own file is gone or changed */
    const struct mb_item *renamed;
    /* gone or changed: an item whose file has the contents that were applied as this one */
    const struct mb_item *moved;
    mb_state state;
    bool changed;      /* applied, and the file has other contents now */
    bool missing;      /* in the history or the journal, but not on disk */
    bool out_of_order; /* pending, and precedes one that was started */
    bool orphan;       /* a file that the journal does not list, which never runs */
} mb_item;

/* Files and history compared. */
typedef struct mb_status {
    mb_item *items; /* the auto stream in order, then manual */
    size_t n;
    size_t pending; /* number of pending or half-done items in the auto stream, without orphans */
    const mb_names *notes; /* notes from reading the files */
} mb_status;

/*
 * Compare files and history. An item is marked `changed` if its file's bytes differ; the caller
 * must compare the normalized checksums to find out whether that counts. Free *out with
 * mb_status_free.
 */
void mb_status_build(mb_status *out, const mb_files *files, const mb_history *history);
void mb_status_free(mb_status *status);

/* Is the item's file missing, or not in the journal, so that it cannot run? */
bool mb_item_is_gone(const mb_item *item);

/*
 * Set *err to MB_ERR_POLICY, saying which applied migration has the contents of this item, whose
 * `renamed` is set. The caller adds file and hint.
 */
void mb_fail_renamed(mb_error *err, const mb_item *item);

/* The reaction to a migration that was changed or is out of order. */
typedef enum mb_reaction { MB_ALLOW, MB_WARN, MB_REFUSE } mb_reaction;

typedef enum mb_request_kind {
    /* auto: the pending ones up to and including names[0], default all; manual: the names */
    MB_DO_UP,
    /* auto: newest first, down to and including names[0], default the newest; manual: the names */
    MB_DO_DOWN,
    MB_DO_REDO, /* down, then up, of names[0], default the newest */
} mb_request_kind;

/* The request of a command. Everything is borrowed. */
typedef struct mb_request {
    const char *command; /* the command's name in events and in ctx */
    mb_request_kind what;
    mb_stream stream;
    const char *const *names;
    size_t n_names;
    const char *restart; /* up: the half-done migration to start over; or NULL */
    size_t limit;        /* -n: at most so many steps; 0: no limit */
    bool again;          /* manual up: run it although it is applied */
    bool shelved;        /* manual up: run it although it is shelved */
    bool partial; /* down: also roll back a half-applied migration, with its whole rollback */
    bool single_transaction;         /* all steps in one transaction */
    bool force_empty_history;        /* do not refuse another tool's history, or user tables */
    const char *outside_window;      /* why it runs outside an environment's window; or NULL */
    const char *plan;                /* run only if the plan has this id; NULL: any plan */
    mb_reaction out_of_order, changed; /* the reaction to such migrations */
} mb_request;

/* One migration to be run in one direction. */
typedef struct mb_step {
    const mb_item *item;
    mb_direction direction;
    bool resume;  /* continue a half-done migration */
    bool restart; /* start a half-done migration over */
} mb_step;

/* The steps in their order. */
typedef struct mb_plan {
    mb_step *steps;
    size_t n;
    char **notes; /* out-of-order, missing, already applied migrations; owned */
    size_t n_notes;
    char id[MB_HASH_HEX]; /* hash of the steps and the bytes of their files */
} mb_plan;

/*
 * Make the plan. Refuses with MB_ERR_USAGE (names), MB_ERR_FILE (files) or MB_ERR_POLICY (changed,
 * out of order, ...); then there is nothing to free.
 */
MB_MUST_CHECK bool mb_plan_build(mb_plan *out, const mb_status *status, const mb_history *history,
                                 const mb_request *request, mb_error *err);
void mb_plan_free(mb_plan *plan);

/* The steps as text, for mb_plan_beyond; the caller frees it. */
char *mb_plan_text(const mb_plan *plan);

/* The first step that is not in the plan that `text` was made from; NULL if all are. */
const mb_step *mb_plan_beyond(const mb_plan *plan, const char *text);

/*
 * Find the item that NAME on a command line means: a full name, a unique prefix or number, either
 * with `auto/` or `manual/` in front to give the stream. `only` limits the search to one stream;
 * NULL: both. Fails with MB_ERR_USAGE if the name is unknown or ambiguous.
 */
MB_MUST_CHECK bool mb_status_find(const mb_item **out, const mb_status *status, const char *name,
                                  const mb_stream *only, mb_error *err);

/* Does `wanted`, from a `requires` directive, name this migration? */
bool mb_is_named(const char *wanted, mb_stream stream, const char *name);

#endif
