/*
 * script_format.h -- formats that a project describes itself, in scripts/formats/NAME.lua.
 *
 * A script says which files of the folder are migrations, and which parts of them run.  The core
 * calls it through mb_script_format_host, checks what it says, and reads the files.
 */
#ifndef MOONBIRD_FORMAT_SCRIPT_FORMAT_H
#define MOONBIRD_FORMAT_SCRIPT_FORMAT_H

#include "moonbird/os/file.h"

#define MB_SCRIPT_FORMATS "scripts/formats"

/* The folder of migrations while a script is asked about it. */
typedef struct mb_script_folder mb_script_folder;

const char *mb_script_folder_path(const mb_script_folder *folder); /* that errors show */

/*
 * The paths of its files, relative to it, sorted: also those in subfolders, but not those in
 * repeatable/ and in another folder of migrations.
 */
const mb_names *mb_script_folder_files(const mb_script_folder *folder);

/* Appends the text of a file, one of mb_script_folder_files.  MB_ERR_FILE. */
MB_MUST_CHECK bool mb_script_folder_read(mb_buf *out, const mb_script_folder *folder,
                                         const char *file, mb_error *err);

enum { MB_TO_THE_END = -1 };

/* A part of a file.  All strings are borrowed. */
typedef struct mb_script_part {
    const char *file;    /* NULL: the migration has no such part */
    long long from, to;  /* the first byte, from 1, and the last one, or MB_TO_THE_END */
    bool no_transaction;
    const char *text;    /* runs instead of these bytes; NULL: they run */
} mb_script_part;

typedef struct mb_script_entry {
    const char *name;
    const char *number; /* for the order of Lua files; NULL: the leading digits of the name */
    mb_script_part up, down;
    const char *verify; /* an SQL file that checks the result; NULL: there is none */
    bool repeatable;
} mb_script_entry;

/*
 * Adds a migration after those that were added.  MB_ERR_FILE: its file does not exist, the part is
 * not in it, the name is not fit for a row of the history, or its parts overlap.
 */
MB_MUST_CHECK bool mb_script_folder_add(mb_script_folder *folder, const mb_script_entry *entry,
                                        mb_error *err);

/* A file that the format leaves out, so that nobody is told of it.  MB_ERR_FILE: there is none. */
MB_MUST_CHECK bool mb_script_folder_ignore(mb_script_folder *folder, const char *file,
                                           mb_error *err);

/* Calls of the script of the format `name`.  The folder is valid until they return. */
typedef struct mb_script_format_host {
    void *self;
    /* Is the folder in this format? */
    bool (*recognise)(bool *is, void *self, const char *name, const mb_script_folder *folder,
                      mb_error *err);
    /* Calls mb_script_folder_add for each migration, in their order. */
    bool (*list)(void *self, const char *name, mb_script_folder *folder, mb_error *err);
} mb_script_format_host;

typedef struct mb_script_formats mb_script_formats;

/*
 * The formats of a project, whose scripts have these names.  The migrations that are read with them
 * borrow them.  MB_ERR_FILE: moonbird has a format of that name.
 */
MB_MUST_CHECK bool mb_script_formats_new(mb_script_formats **out, const mb_names *names,
                                         const mb_script_format_host *host, mb_error *err);
void mb_script_formats_free(mb_script_formats *formats);

/* Is there one with this name?  `formats` may be NULL. */
bool mb_script_formats_have(const mb_script_formats *formats, const char *name);

#endif
