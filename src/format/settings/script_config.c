#include "script_config.h"

#include "format/listing.h"

#include "moonbird/base/mem.h"
#include "moonbird/format/settings_file.h"
#include "moonbird/os/path.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool mb_is_script_config(const char *file)
{
    return mb_path_ends(file, ".sql.conf");
}

static bool refuse(const mb_setting *s, const char *what, const char *hint, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "%s %s", s->key, what);
    mb_fail_hint(err, "%s", hint);
    return mb_fail_at(err, s->file, s->line, 0);
}

static bool take_false(bool *is_false, const mb_setting *s, mb_error *err)
{
    *is_false = strcasecmp(s->value, "false") == 0;
    return *is_false || strcasecmp(s->value, "true") == 0 ||
           refuse(s, "is neither true nor false", "Correct the value.", err);
}

static bool take(void *self, const mb_setting *s, mb_error *err)
{
    mb_script_config *out = self;

    if (strcmp(s->key, "executeInTransaction") == 0)
        return take_false(&out->no_transaction, s, err);
    if (strcmp(s->key, "placeholderReplacement") == 0)
        return take_false(&out->keep_placeholders, s, err);
    if (strcmp(s->key, "shouldExecute") == 0)
        return strcasecmp(s->value, "true") == 0 ||
               refuse(s, "is a key that moonbird does not evaluate",
                      "Remove the key, or move the migration out of the folder.", err);
    if (strcmp(s->key, "encoding") == 0)
        return strcasecmp(s->value, "UTF-8") == 0 ||
               refuse(s, "is not UTF-8", "Convert the migration to UTF-8, and remove the key.",
                      err);
    return refuse(s, "is not a key of this file, to Flyway",
                  "Correct the key. Flyway knows executeInTransaction, placeholderReplacement, "
                  "encoding and shouldExecute.",
                  err);
}

bool mb_script_config_read(mb_script_config *out, const mb_listing *l, const char *file,
                           mb_error *err)
{
    char *path = mb_format("%s/%s.conf", l->path, file);
    char *shown = mb_format("%s/%s.conf", l->shown, file);
    bool ok;

    *out = (mb_script_config){0};
    ok = mb_settings_read(&(mb_settings_file){path, shown}, take, out, err);
    free(path);
    free(shown);
    return ok;
}

static bool has(const mb_names *files, const char *file, size_t len)
{
    for (size_t i = 0; i < files->n; i++)
        if (strncmp(files->items[i], file, len) == 0 && !files->items[i][len])
            return true;
    return false;
}

/* Flyway reads the file only if its ending has no capitals. */
static bool refuse_ending(const mb_listing *l, const char *file, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "Flyway ignores a configuration that does not end in \".conf\"");
    mb_fail_hint(err, "Rename it to end in .conf, or delete it.");
    return mb_fail_in(err, l, file, 0);
}

bool mb_script_configs_check(const mb_listing *l, const mb_names *files, mb_error *err)
{
    for (size_t i = 0; i < files->n; i++) {
        const char *file = files->items[i], *name = mb_path_base(file);
        size_t ending = sizeof ".conf" - 1;

        if (mb_is_script_config(file) && strcmp(file + strlen(file) - ending, ".conf") != 0)
            return refuse_ending(l, file, err);
        if (!mb_is_script_config(file) || has(files, file, strlen(file) - ending))
            continue;
        mb_fail(err, MB_ERR_FILE, "this file configures \"%.*s\", which is not beside it",
                (int)(strlen(name) - ending), name);
        mb_fail_hint(err, "Rename it after its migration, or delete it.");
        return mb_fail_in(err, l, file, 0);
    }
    return true;
}
