/* listing.c -- errors in the files of a folder of migrations. */
#include "format/tools/form.h"

#include <stdlib.h>

bool mb_fail_in(mb_error *err, const mb_listing *l, const char *file, int line)
{
    char *path = mb_path_join(l->shown, file);

    mb_fail_at(err, path, line, 0);
    free(path);
    return false;
}
