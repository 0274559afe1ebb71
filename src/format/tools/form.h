/*
 * form.h -- the interface of the formats of other tools.
 *
 * A format lists the entries of a folder.  read_format.c makes migrations of them, with rollback
 * files of moonbird's own form and with Lua files between them, and refuses or notes each file that
 * is left over.  So a format knows its own files only.
 */
#ifndef MOONBIRD_FORMAT_TOOLS_FORM_H
#define MOONBIRD_FORMAT_TOOLS_FORM_H

#include "format/lines.h"
#include "format/listing.h"

#include "moonbird/format/file_format.h"
#include "moonbird/format/format.h"
#include "moonbird/os/file.h"
#include "moonbird/sql/directive.h"
#include "moonbird/sql/script.h"

/* One migration. */
typedef struct mb_entry {
    char *name;      /* unique; owned, as all of it */
    char *number;    /* its number or version, "" for none; for the order of Lua files */
    char *file;      /* with its up part, relative to the folder */
    char *down_file; /* with its down part; NULL: it has none */
    char *verify_file; /* NULL: it has none */
    char *listed;      /* as in mb_migration */
    mb_cut up, down; /* which parts of these files they are */
    mb_directives *given; /* as in mb_migration; NULL: none */
    bool repeatable, baseline; /* as in mb_migration */
} mb_entry;

typedef struct mb_entries {
    mb_entry *items;
    size_t n;
    bool *taken;    /* for each of the folder's files: the format has read it, or knows it */
    mb_names notes; /* sentences about files that are ignored */
    mb_names hidden, reasons; /* as in mb_files */
    char *schema, *schema_place; /* as in mb_files */
} mb_entries;

struct mb_script_formats;

struct mb_file_format {
    const char *name;     /* as mb_file_format_name */
    const char *tool;     /* as mb_file_format_tool; its annotations are read */
    const char *expected; /* the form of its files, for the hint about another file */
    bool weak;            /* its files can also be moonbird's own or those of another format; then
                             the other format counts */
    bool strict;          /* another SQL file in the folder is an error of the tool, too */
    bool commits;         /* as mb_file_format_commits */
    bool nested;          /* its files are in subfolders, which it reads itself */
    bool reads_repeatable; /* and in repeatable/, too; it names the scripts below that it ignores */
    const char *repeats;   /* begins the names of repeatable migrations; NULL: names do not tell */
    bool runs_each_sql;   /* the tool would run NAME_rollback.sql as a migration, but no Lua */
    bool any_case;        /* the tool reads files that end in .SQL, too */
    bool recurses;        /* the tool runs files in subfolders, and moonbird does not */
    bool planned;         /* a plan names its migrations, so that a file's name shows nothing */
    const char *down_place; /* as mb_file_format_down_place */
    mb_file_template created; /* up NULL: moonbird cannot make new migrations */

    /*
     * A file, or subfolder, of the folder whose name shows the format; borrowed from `l`.  NULL:
     * there is none.  No function: only annotations in files show the format.
     *
     * Every format is asked about every folder, which may have ten thousand plain SQL files: stop
     * at the first file that shows that it is another format, or look names up (mb_listed_from).
     */
    const char *(*claim)(const mb_listing *l);

    /*
     * Lists the migrations in their order.  The caller frees *out.  false (MB_ERR_FILE, with its
     * place): a file is malformed, or moonbird does not run what it has.
     */
    bool (*list)(mb_entries *out, const mb_listing *l, mb_error *err);

    /* Compares two versions as strcmp.  NULL: mb_compare_numbers. */
    int (*compare)(const char *a, const char *b);

    /* The version of a Lua file of this name, which the caller frees.  NULL: its leading digits. */
    char *(*version)(const char *file);

    /* A script of the project lists the migrations instead of `list`; NULL: it is a built-in format. */
    const struct mb_script_formats *scripts;
};

/* ---- entry.c ---- */

/* Adds an entry whose number is the leading digits of its name; takes over `name`. */
mb_entry *mb_entries_add(mb_entries *entries, char *name);
void mb_entries_free(mb_entries *entries);

/*
 * Sorts by number, then by name; `compare` as in mb_file_format.  A baseline comes after the others
 * with its number.
 */
void mb_entries_sort(mb_entries *entries, int (*compare)(const char *a, const char *b));

/*
 * Refuses two entries with the same number, naming both files: for a tool whose history has the
 * number alone, so that the second file would count as applied.  If one looks like the rollback of
 * another, that is the error.  A baseline may have the number of another entry.
 */
MB_MUST_CHECK bool mb_entries_check_numbers(const mb_entries *entries, const mb_listing *l,
                                            mb_error *err);

/* The directives of an entry, which are empty at first. */
mb_directives *mb_entry_given(mb_entry *entry);

/* ---- entry_file.c ---- */

/* Reads the sections, and directives, of an entry from the text of its file.  MB_ERR_FILE. */
typedef bool mb_read_sections(mb_entry *entry, const mb_listing *l, const mb_buf *text,
                              mb_error *err);

/*
 * Adds an entry for each SQL file that `takes` accepts, and reads its sections.  Its name is the
 * file's without ".sql".  Files NAME_rollback.sql are not taken, unless NAME.sql does not exist and
 * they have annotations of a tool.
 */
MB_MUST_CHECK bool mb_entries_read(mb_entries *entries, const mb_listing *l,
                                   bool (*takes)(const char *file), mb_read_sections *read,
                                   mb_error *err);

/* NUMBER_NAME.sql; NUMBER with anything after it. */
bool mb_is_number_name(const char *file);
bool mb_is_numbered(const char *file);

/* Does the folder belong to a Rust program, whose pairs of files are those of sqlx? */
bool mb_is_crate(const mb_listing *l);

/* Sets the entry's down part, unless the section has only white space; `file` is the entry's own.
 */
void mb_entry_set_down(mb_entry *entry, const mb_cut *down, const mb_buf *text);

/*
 * Sets the entry's parts at the end of the text, where the last section ends.  `down` comes after
 * `up`, and has line 0 if there is none.
 */
void mb_entry_end_sections(mb_entry *entry, mb_cut *up, mb_cut *down, const mb_buf *text);

#endif
