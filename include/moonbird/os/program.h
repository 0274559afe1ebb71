/*
 * program.h -- other programs, run to their end.
 *
 * No shell: argv[0] is looked up in PATH.  An interrupt ends the program too.
 */
#ifndef MOONBIRD_PROGRAM_H
#define MOONBIRD_PROGRAM_H

#include "moonbird/base/buf.h"

typedef struct mb_program {
    const char *const *argv; /* ends with NULL */
    const char *folder;      /* where it starts */
    const char *input;       /* its stdin */
    size_t input_len;
    size_t most;             /* bytes of output of each kind; more is an error */
} mb_program;

typedef struct mb_program_end {
    int status; /* exit status, or 128 + signal as a shell says it */
    mb_buf out, err;
} mb_program_end;

/* *end is the caller's to free in any case. */
MB_MUST_CHECK bool mb_program_run(mb_program_end *end, const mb_program *program, mb_error *err);
void mb_program_end_free(mb_program_end *end);

#endif
