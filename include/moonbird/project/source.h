/*
 * source.h -- the file of one migration, inspected: errors in it are found before its first
 * statement is sent.
 */
#ifndef MOONBIRD_PROJECT_SOURCE_H
#define MOONBIRD_PROJECT_SOURCE_H

#include "moonbird/base/buf.h"
#include "moonbird/history/steps.h"
#include "moonbird/os/file_mark.h"
#include "moonbird/project/host.h"
#include "moonbird/project/settings.h"

/* One statement as `plan` shows it. */
typedef struct mb_preview {
    char *sql; /* one line, white space folded, cut to 200 bytes; owned */
    int line;
    mb_stmt_kind kind;
    char command[MB_COMMAND_SIZE]; /* mb_stmt_command */
    char *expected; /* what it must return, as it is written; owned; NULL: anything */
} mb_preview;

/* A file that stays in memory. */
typedef struct mb_kept_file {
    mb_buf text;       /* the inspected contents, from which the file runs */
    mb_file_mark mark; /* of the file, from before it was read */
} mb_kept_file;

/* How a file's statements are divided into transactions. */
typedef enum mb_file_shape {
    /* no transaction control, but for a BEGIN that is not sent: the file is one transaction */
    MB_SHAPE_PLAIN,
    /* BEGIN first, COMMIT last: the file is one transaction, and these two are not sent */
    MB_SHAPE_WRAPPED,
    MB_SHAPE_SEGMENTS, /* groups of statements in transactions, others outside */
    MB_SHAPE_STEPS,    /* Lua with transaction = false: durable steps and backfills */
} mb_file_shape;

/*
 * A step's file, or the file of `run FILE`. A line number is 0 where there is no such statement.
 * A plan holds thousands of them: what few files have is allocated apart.
 */
typedef struct mb_source {
    const mb_step *step;        /* NULL for `run FILE` */
    const mb_migration *file;   /* NULL for `run FILE` */
    char *path;               /* as errors show it; owned */
    const char *root;         /* the folder that `path` is relative to; borrowed */
    mb_cut cut;               /* the part of the file that is read; its text belongs to `file` */
    mb_chunk *chunk;          /* the loaded script, owned; NULL for SQL */
    const mb_directives *directives; /* of the file that runs; for Lua borrowed from the chunk */
    mb_directives *own_directives;   /* SQL: `directives`, owned; NULL: nothing is given */
    mb_direction direction;
    mb_section section; /* the part of an SQL file that runs */
    mb_file_shape shape;
    mb_stmt_kind breaks; /* SEGMENTS: the kind of the first statement that requires them */
    int breaks_line;     /* its line; 0 if a directive requires them */
    int ends_for_line; /* of a BEGIN whose transaction the file leaves open for the runner to end */
    int undoes_line;   /* of a ROLLBACK that undoes statements of the file */
    int later_line; /* of the first change of the settings of later sessions; 0: there is none */
    int sets_line; /* of the first SET, or CREATE TEMPORARY, or other change of the session */
    int opening_line; /* of the statement that is counted by `opening` */
    bool reinsert_row; /* redo: the step before this one removes its row */
    bool is_redone;    /* redo: the step after this one applies it again */
    bool lua;
    bool backslashes;  /* standard_conforming_strings was off when the file was inspected */
    bool undoes_ours;  /* `undoes_line` has no BEGIN: the runner began the transaction */
    bool adds_enum_value; /* it has an ALTER TYPE ... ADD VALUE */
    bool keeps_session; /* SQL, and no statement passes mb_stmt_touches_session */
    bool names_args; /* SQL with "moonbird." in it, as in current_setting('moonbird.KEY') */
    bool has_down;   /* the file has a down section */
    bool is_bare;    /* SQL with neither a comment nor a directive in its head */
    bool has_directives; /* SQL with a comment "-- moonbird:" in its head */
    bool is_large;   /* longer than MB_SOURCE_HEAD */
    mb_chunk_info *named; /* SQL: `parameters` are those that it names; owned; NULL: none */
    char *modes;    /* transaction modes that its first statements set, for BEGIN; owned; or NULL */
    size_t opening; /* the last statement that sets `modes`, which is not sent; or 0 */
    size_t statements; /* in the part that runs */
    size_t bytes;      /* total length of the statements */
    mb_expectations expectations; /* SQL: of the statements in the part that runs; owned */
    mb_checksums sums; /* of the inspected contents, which must be those that run */
    mb_kept_file *kept;   /* SQL, owned; NULL: it is read again where it runs */
} mb_source;

/*
 * Inspect the file of a plan's step, or any SQL file for `run`. Finds every error that can be found
 * without the database. `settings` and `step` must outlive the source; `host` may be NULL if there
 * are no Lua files. Free *out with mb_source_close; after an error there is nothing to free.
 */
MB_MUST_CHECK bool mb_source_open(mb_source *out, const mb_settings *settings, const mb_host *host,
                                  const mb_step *step, mb_error *err);

/*
 * The two halves of mb_source_open: find the file, and inspect it. The second one keeps an SQL file
 * in memory if it is not longer than `room` bytes. It frees *out if it fails.
 */
MB_MUST_CHECK bool mb_source_locate(mb_source *out, const mb_settings *settings,
                                    const mb_host *host, const mb_step *step, mb_error *err);
MB_MUST_CHECK bool mb_source_inspect(mb_source *out, const mb_settings *settings,
                                     const mb_host *host, size_t room, mb_error *err);

/* mb_source_open for `run FILE`: out->step and out->file are NULL. */
MB_MUST_CHECK bool mb_source_open_file(mb_source *out, const mb_settings *settings,
                                       const char *path, mb_error *err);
void mb_source_close(mb_source *source, const mb_host *host);

/*
 * The parameters that the file declares or, for SQL, names; borrowed from the source. For
 * mb_args_read.
 */
const mb_chunk_info *mb_source_parameters(const mb_source *source, const mb_host *host);

/* The path to open: root and path joined. The caller frees it. */
char *mb_source_full(const mb_source *source);

/*
 * Open the part of an SQL file that runs, at its first statement; from memory if the file is kept.
 * The caller closes *out with mb_script_close, and calls mb_source_check_ran at its end.
 */
MB_MUST_CHECK bool mb_source_script(mb_script **out, const mb_source *source, mb_error *err);

/*
 * Fail with MB_ERR_FILE unless the statements that `script` read to its end are those that were
 * inspected, and unless the file still has them: otherwise a user could believe that an edit ran.
 * For a file that is kept, only the second can fail. Then an unchanged mb_file_mark is enough,
 * because the statements that run are known without it.
 */
MB_MUST_CHECK bool mb_source_check_ran(const mb_source *source, const mb_script *script,
                                       mb_error *err);

/* Fail with MB_ERR_FILE unless the file has the contents that were inspected; reads it. */
MB_MUST_CHECK bool mb_source_check_file(const mb_source *source, mb_error *err);

/*
 * Before a retry: load a Lua file again, so that no state of the earlier try is left in it; does
 * nothing for SQL. Fails if the file changed.
 */
MB_MUST_CHECK bool mb_source_reload(mb_source *source, const mb_settings *settings,
                                    const mb_host *host, mb_error *err);

/*
 * Append the bytes of the whole file to `out`. Fails with MB_ERR_FILE unless they are those that
 * were inspected.
 */
MB_MUST_CHECK bool mb_source_read(mb_buf *out, const mb_source *source, mb_error *err);

/* Does the file run in one transaction? */
bool mb_source_is_atomic(const mb_source *source);

/* The key of the migration's steps in the history; strings are borrowed. */
mb_step_key mb_source_key(const mb_source *source);

/* How many statements an earlier run completed, so that this run skips them. */
size_t mb_source_done(const mb_source *source);

/*
 * Open the up part of a migration's SQL file, without inspecting it. `root` is the project's folder;
 * `backslashes` as in mb_source. The caller closes *out.
 */
MB_MUST_CHECK bool mb_source_open_up(mb_script **out, const char *root, const mb_migration *m,
                                     bool backslashes, mb_error *err);

/*
 * Compute both checksums of a migration's up part. `root` and `backslashes` as in
 * mb_source_open_up.
 */
MB_MUST_CHECK bool mb_checksums_of_file(mb_checksums *out, const char *root, const mb_migration *m,
                                        bool backslashes, mb_error *err);

/* Why the file is not atomic, as the predicate of a sentence: "manages its own transactions". */
const char *mb_source_why_not_atomic(const mb_source *source);

/*
 * Make one preview for each statement that is to be run: source->statements minus mb_source_done.
 * The caller frees the array with mb_previews_free.
 */
MB_MUST_CHECK bool mb_source_previews(const mb_source *source, mb_preview **out, mb_error *err);
void mb_previews_free(mb_preview *previews, size_t n);

/* How many bytes of an SQL file to read for its directives, which precede the first statement. */
enum { MB_SOURCE_HEAD = 1 << 16 };

/*
 * Fail with MB_ERR_FILE if the migration has two rollbacks, or has one and is marked irreversible.
 */
MB_MUST_CHECK bool mb_source_check_rollback(const mb_source *source, const mb_settings *settings,
                                            const mb_host *host, mb_error *err);

/*
 * Fail with MB_ERR_FILE if an SQL file without statements is blank or has directives, which most
 * often is a template that nobody has filled in, and does not say why; or says why, and has
 * statements. In the formats of other tools and in a journal such files are legal, unless they have
 * directives of moonbird.
 */
MB_MUST_CHECK bool mb_source_check_empty(const mb_source *source, mb_error *err);

/* Fail with MB_ERR_FILE if a directive needs a feature that the server's version does not have. */
MB_MUST_CHECK bool mb_directives_check_server(const mb_directives *directives, const char *path,
                                              const mb_conn *conn, mb_error *err);

/*
 * Read the directives of a migration's main file, SQL or Lua, whichever of its files runs: an
 * applied migration's `requires` and `irreversible`. Free *out with mb_directives_free.
 */
MB_MUST_CHECK bool mb_source_directives(mb_directives *out, const mb_settings *settings,
                                        const mb_host *host, const mb_migration *m, mb_error *err);

#endif
