/*
 * kit_run.h -- runs of drizzle-kit generate, which write to scratch folders, and the files that
 * moonbird makes of what they wrote.
 */
#ifndef MOONBIRD_FORMAT_DRIZZLE_KIT_RUN_H
#define MOONBIRD_FORMAT_DRIZZLE_KIT_RUN_H

#include "moonbird/format/drizzle_kit.h"
#include "moonbird/os/program.h"

/* One run: what it is asked for, and where it writes. */
typedef struct mb_kit_run {
    const mb_drizzle_kit *kit;
    const char *name;
    bool custom;       /* an empty migration, which leaves the schema as it is */
    const char *hints; /* a file with answers to its questions; then its output is JSON.  Or NULL */
    char *out;         /* the folder that it writes */
    char *config;      /* the configuration that names this folder; NULL with options */
} mb_kit_run;

/* The folder in which the runs of a command have their folders.  The caller frees it. */
char *mb_kit_scratch(void);

/* A run that writes to the folder `part` of `scratch`.  The caller frees it with mb_kit_run_free. */
mb_kit_run mb_kit_run_new(const mb_drizzle_kit *kit, const char *name, const char *scratch,
                          const char *part);
void mb_kit_run_free(mb_kit_run *run);

/*
 * Runs it to its end.  Some versions end with status 0 after errors, so only the files that it
 * wrote tell whether it worked.  The caller frees *end, also after false.
 */
MB_MUST_CHECK bool mb_kit_run_start(mb_program_end *end, const mb_kit_run *run, mb_error *err);

/* Sets the error for a run that did not write `missing`, with its output; returns false. */
bool mb_kit_fail_output(mb_error *err, const mb_kit_run *run, const char *missing,
                        const mb_program_end *end);

/*
 * Compares the migration that drizzle-kit generate makes for an empty folder with the output of
 * drizzle-kit export.  MB_ERR_FAILED: the two disagree about the schema.
 */
MB_MUST_CHECK bool mb_kit_check_export(const mb_buf *generated, const char *exported,
                                       mb_error *err);

/* Reads a file of a folder. */
MB_MUST_CHECK bool mb_kit_read(mb_buf *text, const char *folder, const char *name, mb_error *err);

/* Copies a file from one folder to another one. */
MB_MUST_CHECK bool mb_kit_copy(const char *from, const char *to, const char *name, mb_error *err);

/* A file that is to be written; `text` NULL: none. */
typedef struct mb_kit_file {
    char *path;
    const char *text; /* borrowed */
    size_t len;
    bool replace; /* it may exist */
} mb_kit_file;

/*
 * Writes the files in order, and adds their paths to *paths, which must be empty.  After false,
 * those that are new are gone again, so only the last one may have `replace`.
 */
MB_MUST_CHECK bool mb_kit_write(mb_names *paths, const mb_kit_file *files, size_t n, mb_error *err);

/* Frees the paths of the files. */
void mb_kit_files_free(mb_kit_file *files, size_t n);

#endif
