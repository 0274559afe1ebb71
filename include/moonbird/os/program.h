/*
 * program.h -- runs another program to its end.
 *
 * There is no shell: argv[0] is looked up in PATH.  An interrupt kills the program.
 */
#ifndef MOONBIRD_OS_PROGRAM_H
#define MOONBIRD_OS_PROGRAM_H

#include "moonbird/base/buf.h"

typedef struct mb_program {
    const char *const *argv; /* ends with NULL */
    const char *folder;      /* its working folder */
    const char *input;       /* its stdin */
    size_t input_len;
    size_t most;             /* limit of stdout and of stderr, in bytes; more is MB_ERR_FAILED */
} mb_program;

typedef struct mb_program_end {
    int status; /* exit status, or 128 + signal as a shell has it */
    mb_buf out; /* what it wrote to stdout */
    mb_buf err; /* and to stderr */
} mb_program_end;

/*
 * True when it ran to its end, whatever its exit status.  The caller frees *end, also after false.
 * MB_ERR_FILE: it could not be started.
 */
MB_MUST_CHECK bool mb_program_run(mb_program_end *end, const mb_program *program, mb_error *err);
void mb_program_end_free(mb_program_end *end);

#endif
