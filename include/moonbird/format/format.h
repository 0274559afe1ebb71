/*
 * format.h -- files in the format of another tool, recognised by their names or comments.
 *
 * moonbird does not read these formats.  As plain SQL such a file would run its down part too, or
 * run in the wrong order.  So it is refused, with the name of the tool and a hint.
 */
#ifndef MOONBIRD_FORMAT_FORMAT_H
#define MOONBIRD_FORMAT_FORMAT_H

#include "moonbird/os/file.h"

/* One folder of migrations. */
typedef struct mb_listing {
    const char *path;    /* with which it is opened */
    const char *shown;   /* the path that errors show */
    const char *ignored; /* the path of another folder of migrations, allowed inside it; or NULL */
    const mb_names *files, *folders; /* the names in it */
    bool journal;        /* it has Drizzle's journal */
    bool repeatable;     /* its subfolder repeatable/ has migrations */
    bool unnumbered;     /* its migrations have no numbers, so each script below it is meant as one */
} mb_listing;

/*
 * Checks a folder.  false (MB_ERR_FILE): it has a file or subfolder in the format of another tool,
 * or a subfolder with migrations.  Adds to *notes (sentences that it owns) the files that are
 * ignored although they may be meant as migrations.
 */
MB_MUST_CHECK bool mb_format_check_folder(mb_names *notes, const mb_listing *listing,
                                          mb_error *err);

/*
 * Finds a Lua file in the folder or below.  *found is its path relative to the folder, which the
 * caller frees; NULL: there is none.  false: a folder cannot be read.
 */
MB_MUST_CHECK bool mb_format_find_lua(char **found, const char *path, mb_error *err);

/*
 * Refuses a subfolder and a script that is not SQL in a schema folder, because they would be
 * ignored silently. `files` and `folders`: from mb_folder_read.
 */
MB_MUST_CHECK bool mb_format_check_schema(const char *folder, const mb_names *files,
                                          const mb_names *folders, mb_error *err);

/*
 * For mb_script_watch: the comments of a migration; those of its up part, if the down part is in the
 * same file; and those of a rollback. `tool`: the tool whose
 * format the file has; NULL: moonbird. Annotations of this tool are allowed, and only they divide
 * its files into sections. false (MB_ERR_FILE, without a place): the comment looks like an
 * annotation of moonbird or of this tool but is not one; or, in a migration, it is an annotation of
 * another tool; or, in a rollback, it is the heading of an up part.
 */
MB_MUST_CHECK bool mb_format_check_comment(const char *text, size_t len, const char *tool,
                                           const char **heading, mb_error *err);
MB_MUST_CHECK bool mb_format_check_up_part(const char *text, size_t len, const char *tool,
                                           const char **heading, mb_error *err);
MB_MUST_CHECK bool mb_format_check_rollback(const char *text, size_t len, const char *tool,
                                            const char **heading, mb_error *err);

/*
 * false (MB_ERR_FILE, without a place): the line comment of a Lua file is one of moonbird's
 * annotations for SQL files.
 */
MB_MUST_CHECK bool mb_format_check_lua_comment(const char *text, size_t len, mb_error *err);

#endif
