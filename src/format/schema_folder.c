/* schema_folder.c -- a folder of SQL files that are the desired schema. */
#include "check_folder.h"

#include "moonbird/format/format.h"

#include "moonbird/os/path.h"

#include <stdlib.h>

static bool refuse(const char *folder, const char *name, const char *message, mb_error *err)
{
    char *path = mb_path_join(folder, name);

    mb_fail(err, MB_ERR_FILE, "%s", message);
    mb_fail_at(err, path, 0, 0);
    free(path);
    return false;
}

bool mb_format_check_schema(const char *folder, const mb_names *files, const mb_names *folders,
                            mb_error *err)
{
    if (folders->n > 0) {
        refuse(folder, folders->items[0], "moonbird does not read subfolders in a schema folder",
               err);
        return mb_fail_hint(err,
                            "Move its files into %s, or list the files of the schema in the "
                            "key schema of moonbird.lua.",
                            folder);
    }
    for (size_t i = 0; i < files->n; i++) {
        const char *file = files->items[i];

        if (mb_path_ends(file, ".sql") || mb_file_is_data(file))
            continue;
        refuse(folder, file, "the name of each file in a schema folder must end in .sql", err);
        return mb_fail_hint(err,
                            "Rename the file, or move it elsewhere. If it is a part of the schema, "
                            "list the folder and the file in the key schema of moonbird.lua.");
    }
    return true;
}
