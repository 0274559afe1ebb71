/*
 * format.h -- files that another tool's format owns, recognised by name or by comment.
 *
 * moonbird does not read these formats. Running such a file as plain SQL would run its down part
 * too, or run files in the wrong order, so each is refused with the tool's name and what to do.
 */
#ifndef MOONBIRD_FORMAT_H
#define MOONBIRD_FORMAT_H

#include "moonbird/os/file.h"

/* One folder of migrations. */
typedef struct mb_listing {
    const char *path;    /* to open it */
    const char *shown;   /* as errors show it */
    const char *ignored; /* the path of another folder of migrations, which may be inside; or NULL */
    const mb_names *files, *folders;
    bool journal;        /* Drizzle's journal is there */
} mb_listing;

/*
 * Refuses (MB_ERR_FILE) a file or sub-folder that another tool's format owns, and a sub-folder
 * that holds migrations. Adds to *notes (allocated sentences) the files that are ignored although
 * they could be meant as migrations.
 */
MB_MUST_CHECK bool mb_format_check_folder(mb_names *notes, const mb_listing *listing,
                                          mb_error *err);

/* A Lua file in the folder or below, relative to it and allocated; NULL where there is none. */
MB_MUST_CHECK bool mb_format_find_lua(char **found, const char *path, mb_error *err);

/*
 * Both fit mb_script_watch. They refuse (MB_ERR_FILE, without a place) a comment that looks like an
 * annotation of moonbird and is not read as one; mb_format_check_comment also an annotation of
 * another tool, and it says whether the comment can be the heading of a down part.
 */
MB_MUST_CHECK bool mb_format_check_own(const char *text, size_t len, bool *heads_down,
                                       mb_error *err);
MB_MUST_CHECK bool mb_format_check_comment(const char *text, size_t len, bool *heads_down,
                                           mb_error *err);

#endif
