/*
 * plan.h -- the plan of a request, computed from files, history and request alone.
 *
 * These functions use no connection, clock or file. Everything borrows from the files and the
 * history, which must live longer.
 */
#ifndef MOONBIRD_PROJECT_PLAN_H
#define MOONBIRD_PROJECT_PLAN_H

#include "moonbird/project/status.h"

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
    bool left_out;       /* auto up: also run what is left out; see mb_item */
    bool alone;          /* auto up: run names[0], and not those before it */
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
    char **notes; /* out-of-order, missing, replaced, already applied migrations; owned */
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

/* The steps as text, which mb_plan_beyond compares with a later plan; the caller frees it. */
char *mb_plan_fingerprint(const mb_plan *plan);

/* The first step that is not in the plan that `text` was made from; NULL if all are. */
const mb_step *mb_plan_beyond(const mb_plan *plan, const char *text);

/* Does `wanted`, from a `requires` directive, name this migration? */
bool mb_is_named(const char *wanted, mb_stream stream, const char *name);

#endif
