/*
 * args.h -- what --set gives, against what scripts declare.
 *
 * A Lua file's `args` says which arguments it takes; SQL takes any, as settings
 * `moonbird.NAME`.  Secrets are never given on a command line, which others can
 * read, but in the variable MOONBIRD_SET_NAME or by a person who is asked; they
 * reach ctx.args alone, no setting, no event and no error.
 */
#ifndef MOONBIRD_ARGS_H
#define MOONBIRD_ARGS_H

#include "moonbird/base/hash.h"
#include "moonbird/project/host.h"

/* The settings that a command was given with --set; borrowed. */
typedef struct mb_given {
    const mb_setting *args;
    size_t n;
} mb_given;

typedef struct mb_args {
    mb_setting *items; /* what was given, borrowed, and after it secrets, owned */
    size_t n, given;
} mb_args;

/* Each can be the name of a setting of SQL. */
MB_MUST_CHECK bool mb_args_check(const mb_setting *given, size_t n, mb_error *err);

/*
 * For the scripts of one run, NULL where one is SQL: everything given is declared
 * by one of them and is no secret, everything required is there; secrets are
 * read, and never shown from then on (secret.h).  Refusals are MB_ERR_USAGE.
 */
MB_MUST_CHECK bool mb_args_read(mb_args *out, const mb_chunk_info *const *scripts, size_t n,
                                const mb_setting *given, size_t n_given, mb_error *err);
void mb_args_free(mb_args *args); /* secrets are wiped */

/* Those that one script declares; the caller frees the array. */
mb_setting *mb_args_of(const mb_args *args, const mb_chunk_info *info, size_t *n);

/* Tells what one script is given from what it is given elsewhere; of secrets only whether. */
void mb_args_sum(char hex[MB_HASH_HEX], const mb_args *args, const mb_chunk_info *info);

/* Its secrets, "MOONBIRD_SET_NAME=VALUE" each, ended by NULL, for the environment of a child. */
char **mb_args_variables(const mb_args *args, const mb_chunk_info *info);
void mb_args_variables_free(char **variables); /* wiped; NULL is fine */

#endif
