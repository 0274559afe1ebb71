/*
 * file_format.h -- the formats of folders that other tools made, which moonbird reads as they are.
 *
 * A format tells which files are migrations, their order, and the sections and directives in them.
 * The rest of the program sees only an mb_migration, whose `up` and `down` say which parts of which
 * files run.  Each format is one file in src/format/tools/.  form.h declares their common
 * interface, and formats.c lists them.
 */
#ifndef MOONBIRD_FORMAT_FILE_FORMAT_H
#define MOONBIRD_FORMAT_FILE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct mb_file_format mb_file_format;

/* The format's name in the configuration and in `status`: "goose".  A constant. */
const char *mb_file_format_name(const mb_file_format *format);

/* The tool's name in messages, as in mb_tools: "goose".  A constant. */
const char *mb_file_format_tool(const mb_file_format *format);

/* The ending of a file for a rollback that the tool does not run as a migration: of SQL or of Lua. */
const char *mb_file_format_rollback(const mb_file_format *format);

/* Where the down part of a file is in it: "below a line \"...\""; NULL: it is in another file. */
const char *mb_file_format_down_place(const mb_file_format *format);

/* Does the tool run each file in a transaction, so that it commits what a BEGIN in it leaves open? */
bool mb_file_format_commits(const mb_file_format *format);

/*
 * Is a migration of the auto stream repeatable by its name, as far as it says so?  For one whose
 * file is gone.  NULL: moonbird's own format.
 */
bool mb_file_format_repeats(const mb_file_format *format, const char *name);

/* The format with this name; NULL: there is none. */
const mb_file_format *mb_file_format_named(const char *name);

/* The name of moonbird's own format, which mb_file_format_named does not know. */
#define MB_OWN_FORMAT "moonbird"

/*
 * How a new migration is written.  With down_ending, the rollback is a separate file; otherwise it
 * follows in the same file.
 */
typedef struct mb_file_template {
    const char *up, *down; /* the lines above the up part and above the down part; "" for none */
    const char *up_ending,
        *down_ending; /* of the files' names: ".up.sql"; down_ending may be NULL */
    bool dated; /* names are sorted as text, so numbers are times, which have equal lengths */
} mb_file_template;

/* NULL: moonbird cannot make new migrations in this format. */
const mb_file_template *mb_file_format_template(const mb_file_format *format);

/* All names, with MB_OWN_FORMAT; *n of them.  Constants. */
const char *const *mb_file_format_names(size_t *n);

#endif
