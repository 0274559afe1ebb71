/*
 * kept_args.h -- the parameters with which a migration was applied, for its rollback.
 *
 * The row of a migration has the values of --set that its file declares or, for SQL, names. A
 * rollback uses them where no other value is given. A secret is never in the row.
 */
#ifndef MOONBIRD_PROJECT_KEPT_ARGS_H
#define MOONBIRD_PROJECT_KEPT_ARGS_H

#include "moonbird/project/args.h"
#include "moonbird/project/source.h"

/*
 * The given values that the file declares or names, as an object in JSON; NULL: there are none.
 * The caller frees it.
 */
char *mb_args_text(const mb_args *args, const mb_chunk_info *info);

/* The values of --set, borrowed; then those of the rows of the migrations, owned. */
typedef struct mb_all_given {
    mb_setting *items;
    size_t n, given; /* of all; of those of --set */
} mb_all_given;

/*
 * Add to the given values those of the rows that `sources` roll back or apply again. MB_ERR_USAGE:
 * two rows have different values. Free *out with mb_all_given_free; after an error there is nothing
 * to free.
 */
MB_MUST_CHECK bool mb_all_given_read(mb_all_given *out, mb_given given, const mb_source *sources,
                                     size_t n, const mb_host *host, mb_error *err);
void mb_all_given_free(mb_all_given *all);

#endif
