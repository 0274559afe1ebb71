/*
 * status.h -- the migrations of a project, as files and history together show them.
 *
 * These functions use no connection, clock or file. A status borrows from the files and the
 * history, which must live longer.
 */
#ifndef MOONBIRD_PROJECT_STATUS_H
#define MOONBIRD_PROJECT_STATUS_H

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
    const struct mb_item *moved_too; /* a second one with these contents; NULL: there is none */
    /* left_out: the baseline migration that runs, or ran, in its place; NULL: there is none */
    const struct mb_item *replaced_by;
    mb_state state;
    bool changed;      /* applied, and the file has other contents now */
    bool unrun;        /* changed: an SQL file, of whose statements the history has none */
    bool was_empty;    /* unrun: it was an SQL file without statements, not a Lua file */
    bool repeat;       /* applied and repeatable: it will run again, because its contents changed */
    bool repeatable;   /* it runs again when its contents change; by its name where it is missing */
    bool missing;      /* in the history or the journal, but not on disk */
    const char *hidden; /* missing: why the files' own migration of this name does not run here, as
                           in mb_files; NULL: they have none */
    bool out_of_order; /* pending, and precedes one that was started */
    bool orphan;       /* pending: a file that the journal does not list, which never runs */
    bool left_out;     /* pending: a baseline migration replaces it, or it is a baseline migration
                          and the history has begun without it; it never runs */
} mb_item;

/* Files and history compared. */
typedef struct mb_status {
    mb_item *items; /* the auto stream in order, then manual */
    size_t n;
    size_t pending; /* number of items in the auto stream that are pending, half done or to run
                       again, without those that never run */
    const mb_names *notes; /* notes from reading the files */
    const char *format;    /* the name of the auto stream's format; NULL: moonbird's own */
} mb_status;

/*
 * Compare files and history. An item is marked `changed` if its file's bytes differ; the caller
 * must compare the normalized checksums to find out whether that counts. Free *out with
 * mb_status_free.
 */
void mb_status_build(mb_status *out, const mb_files *files, const mb_history *history);
void mb_status_free(mb_status *status);

/* Is the item's file missing and not hidden, or not in the journal? */
bool mb_item_is_gone(const mb_item *item);

/* Is the item pending, and will it stay so: an orphan, or left out? */
bool mb_item_never_runs(const mb_item *item);

/* Is it applied or half done, but its file not in the journal? A new database will not get it. */
bool mb_item_is_unlisted(const mb_item *item);

/*
 * Set *err to MB_ERR_POLICY, saying which applied migration has the contents of this item, whose
 * `renamed` is set. The caller adds file and hint.
 */
void mb_fail_renamed(mb_error *err, const mb_item *item);

/*
 * Set err->hint to what can be done with a `changed` item that is `unrun`. Returns false.
 */
bool mb_hint_unrun(mb_error *err, const mb_item *item);

/*
 * Find the item that NAME on a command line means: a full name, a unique prefix or number, either
 * with `auto/` or `manual/` in front to give the stream. `only` limits the search to one stream;
 * NULL: both. Fails with MB_ERR_USAGE if the name is empty, unknown or ambiguous.
 */
MB_MUST_CHECK bool mb_status_find(const mb_item **out, const mb_status *status, const char *name,
                                  const mb_stream *only, mb_error *err);

#endif
