/*
 * source.h -- the file of one migration, inspected: everything that can be wrong in it is found before
 * its first statement is sent.
 */
#ifndef MOONBIRD_PROJECT_SOURCE_H
#define MOONBIRD_PROJECT_SOURCE_H

#include "moonbird/history/steps.h"
#include "moonbird/project/host.h"
#include "moonbird/project/settings.h"

/* One statement as `plan` shows it. */
typedef struct mb_preview {
    char *sql;  /* one line, white space folded, cut to 200 bytes */
    int line;
    mb_stmt_kind kind;
} mb_preview;

/* How the statements of an SQL file go with transactions. */
typedef enum mb_file_shape {
    MB_SHAPE_PLAIN,    /* no transaction control: all of it in one transaction */
    MB_SHAPE_WRAPPED,  /* BEGIN first, COMMIT last: likewise, and those two are not sent */
    MB_SHAPE_SEGMENTS, /* runs of statements in transactions, others alone */
    MB_SHAPE_STEPS,    /* Lua with transaction = false: durable steps and backfills */
} mb_file_shape;

typedef struct mb_source {
    const mb_step *step;        /* NULL for `run FILE` */
    const mb_migration *file;   /* NULL for `run FILE` */
    mb_direction direction;
    bool reinsert_row; /* its row is removed by a step before it: redo */
    bool lua;
    const char *path;           /* as errors show it; borrowed from the migration, or of `run` */
    const char *root;           /* the folder that it is below, borrowed */
    mb_section section;
    bool backslashes;           /* of the session, when the file was looked through */
    mb_chunk *chunk;            /* Lua, loaded */
    mb_directives directives;   /* of the file that runs; borrowed from the chunk for Lua */
    mb_file_shape shape;
    mb_stmt_kind breaks;        /* SEGMENTS: the first statement that is why */
    int breaks_line;            /* its line; 0 when a directive is why */
    int ends_for_line;          /* the line of a BEGIN that the file leaves to the runner to end; or 0 */
    int undoes_line;            /* of a ROLLBACK that undoes statements of the file; or 0 */
    bool adds_enum_value;
    int sets_line;              /* of the first statement that sets or makes something for the session; or 0 */
    bool quiet;                 /* SQL, and no statement leaves something in the session: mb_stmt_touches_session */
    char *modes;                /* of its transaction, as its opening statements say; or NULL */
    size_t opening;             /* the last statement that says them, which BEGIN stands for; or 0 */
    int opening_line;
    size_t statements;
    size_t bytes;               /* of their text */
    mb_checksums sums;               /* of what was looked through; what runs must be the same */
} mb_source;

/* Everything that can be wrong in the file is found here.  `host` may be NULL without Lua files. */
MB_MUST_CHECK bool mb_source_open(mb_source *out, const mb_settings *settings, const mb_host *host,
                                  const mb_step *step, mb_error *err);
MB_MUST_CHECK bool mb_source_open_file(mb_source *out, const mb_settings *settings,
                                       const char *path, mb_error *err);
void mb_source_close(mb_source *source, const mb_host *host);

/* The path as it is opened; the caller frees it. */
char *mb_source_full(const mb_source *source);

/* The part of an SQL file that runs, from its first statement on. */
MB_MUST_CHECK bool mb_source_script(mb_script **out, const mb_source *source, mb_error *err);

/* Is the file that was read now the one that was looked through? */
MB_MUST_CHECK bool mb_source_is_same(const mb_source *source, const mb_checksums *now,
                                     mb_error *err);

/* A Lua file is loaded anew, so that what runs again finds nothing of the time before. */
MB_MUST_CHECK bool mb_source_reload(mb_source *source, const mb_settings *settings,
                                    const mb_host *host, mb_error *err);

bool mb_source_is_atomic(const mb_source *source);

/* Under which key the history keeps its steps; the texts are borrowed. */
mb_step_key mb_source_key(const mb_source *source);

/* How many statements an earlier run did, which this one passes over. */
size_t mb_source_done(const mb_source *source);

/* Both sums of a file's up part. */
MB_MUST_CHECK bool mb_sums_of_file(mb_checksums *out, const char *full, bool lua, bool backslashes,
                                   mb_error *err);

/* The rest of a sentence: "manages its own transactions". */
const char *mb_source_why_not_atomic(const mb_source *source);

/* The first lines of the statements that are to be run, for `plan`. */
MB_MUST_CHECK bool mb_source_previews(const mb_source *source, mb_preview **out, mb_error *err);

/* Enough of an SQL file for its directives, which stand before the first statement. */
enum { MB_SOURCE_HEAD = 1 << 16 };

/* Refuses a source whose migration has two rollbacks, or one and says that it is irreversible. */
MB_MUST_CHECK bool mb_source_check_rollback(const mb_source *source, const mb_settings *settings,
                                            const mb_host *host, mb_error *err);

/* A migration's own directives, whichever file kind: `requires` and `irreversible` of an applied one. */
MB_MUST_CHECK bool mb_source_directives(mb_directives *out, const mb_settings *settings,
                                        const mb_host *host, const mb_migration *m, mb_error *err);

#endif
