/*
 * args.h -- the values given with --set, checked against the parameters that scripts declare.
 *
 * A Lua file declares its parameters in `args`, and gets their values in ctx.args. An SQL file
 * accepts any parameter, as the setting `moonbird.NAME`, but a name is a mistake if it resembles a
 * name that the file uses and that is not given. A secret is never given on the command line, which
 * other users can read, but in the variable MOONBIRD_SET_NAME or at a prompt. Only ctx.args
 * contains it: no setting, event or error does.
 */
#ifndef MOONBIRD_PROJECT_ARGS_H
#define MOONBIRD_PROJECT_ARGS_H

#include "moonbird/base/hash.h"
#include "moonbird/project/host.h"

/* The values that a command was given with --set; borrowed. */
typedef struct mb_given {
    const mb_setting *args;
    size_t n;
    bool replay;      /* for migrations in a scratch database, which take those that they name */
    const char *kept; /* replay: the values in the row of the migration (kept_args.h); or NULL */
    bool kept_first;  /* those come before `args` */
} mb_given;

typedef struct mb_args {
    mb_setting *items; /* `given` values, borrowed; then the secrets, owned */
    size_t n, given;   /* of all; of those given with --set */
} mb_args;

/*
 * Fail with MB_ERR_USAGE unless each name can be the name of a setting, and no two names are the
 * same setting.
 */
MB_MUST_CHECK bool mb_args_check(const mb_setting *given, size_t n, mb_error *err);

/*
 * Fail with MB_ERR_USAGE for a value that none of the scripts takes (NULL stands for a file that
 * takes any), and if `visible`, because other users can see the command line, for one of a secret.
 */
MB_MUST_CHECK bool mb_args_check_taken(const mb_chunk_info *const *scripts, size_t n,
                                       mb_given given, bool visible, mb_error *err);

/*
 * Check the values for the scripts of one run, and read their secrets. Each value must have the
 * type of a parameter that one of the scripts declares and that is not a secret; each required
 * parameter must have a value. Secrets are redacted in all output from then on (secret.h). Refusals
 * are MB_ERR_USAGE. A replay takes values of secrets, leaves out values that no script takes, and
 * does not ask the user. Free *out with mb_args_free; after an error there is nothing to free.
 */
MB_MUST_CHECK bool mb_args_read(mb_args *out, const mb_chunk_info *const *scripts, size_t n,
                                mb_given given, mb_error *err);

/*
 * The values for a script whose secrets are already in `read`: other values of --set, and copies of
 * these secrets. Checks them, and that none is missing, as mb_args_read does.
 */
MB_MUST_CHECK bool mb_args_read_again(mb_args *out, const mb_chunk_info *script, mb_given given,
                                      const mb_args *read, mb_error *err);
void mb_args_free(mb_args *args); /* wipes the secrets */

/*
 * The file's own parameter of this name; NULL: it declares or, for SQL, names none. PostgreSQL does
 * not distinguish upper and lower case in the names that an SQL file uses. `info` may be NULL.
 */
const mb_parameter *mb_args_find(const mb_chunk_info *info, const char *name);

/* Does the file take a value of this name that is not a secret? */
bool mb_args_takes(const mb_chunk_info *info, const char *name);

/*
 * The values that one script accepts, and its defaults for other parameters, *n in all. The caller
 * frees the array; the rest is borrowed from `args` and `info`.
 */
mb_setting *mb_args_of(const mb_args *args, const mb_chunk_info *info, size_t *n);

/*
 * The settings moonbird.NAME while the script runs, *n in all: the values of --set, and the
 * script's defaults for other parameters, but no secret. `info` may be NULL. The caller frees the
 * array; the rest is borrowed.
 */
mb_setting *mb_args_settings(const mb_args *args, const mb_chunk_info *info, size_t *n);

/*
 * Hash all values given with --set, the script's defaults for other parameters, and the names of
 * its secrets, so that two processes can find out whether they got the same. Values that the script
 * reads as the same give the same hash. Values of secrets are not included.
 */
void mb_args_sum(char hex[MB_HASH_HEX], const mb_args *args, const mb_chunk_info *info);

/*
 * The same without values for parameters that the script does not declare: a later run without the
 * scripts that do would refuse them as unknown. `info` NULL is an SQL file, which can read all of
 * them.
 */
void mb_args_sum_taken(char hex[MB_HASH_HEX], const mb_args *args, const mb_chunk_info *info);

/*
 * The script's secrets as "MOONBIRD_SET_NAME=VALUE", for the environment of a child process. The
 * array ends with NULL; free it with mb_args_variables_free.
 */
char **mb_args_variables(const mb_args *args, const mb_chunk_info *info);
void mb_args_variables_free(char **variables); /* wipes them; NULL is allowed */

#endif
