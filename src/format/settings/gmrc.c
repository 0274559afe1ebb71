/* gmrc.c -- .gmrc, which is JSON5; the rules are those of settings.ts. */
#include "gmrc.h"

#include "moonbird/base/mem.h"
#include "moonbird/format/settings_file.h"
#include "moonbird/os/path.h"
#include "moonbird/os/probe.h"

#include <stdlib.h>
#include <string.h>

static bool take(void *self, const mb_setting *s, mb_error *err)
{
    static const char section[] = "placeholders.:";
    mb_gmrc *out = self;
    const char *name = s->key + sizeof section - 1, *value = s->value;

    if (strncmp(s->key, section, sizeof section - 1) != 0)
        return true;
    if (strcmp(value, "!ENV") == 0)
        value = getenv(name);
    if (!value) {
        mb_fail(err, MB_ERR_FILE,
                "the placeholder \":%s\" has no value: the environment variable "
                "%s is not set",
                name, name);
        mb_fail_hint(err, "Set it, also in the file .env.");
        return mb_fail_at(err, s->file, s->line, 0);
    }
    mb_names_add(&out->names, mb_strdup(name));
    mb_names_add(&out->values, mb_strdup(value));
    return true;
}

bool mb_gmrc_read(mb_gmrc *out, const mb_listing *l, mb_error *err)
{
    char *above = mb_path_dir(l->path), *top = mb_path_dir(above);
    const char *const folders[] = {".", l->path, above, top};
    bool ok = true;

    *out = (mb_gmrc){0};
    for (size_t i = 0; ok && !out->exists && i < sizeof folders / sizeof folders[0]; i++) {
        char *path = mb_path_join(folders[i], ".gmrc");

        out->exists = mb_file_exists(path);
        ok = mb_settings_read(&(mb_settings_file){path, path}, take, out, err);
        free(path);
    }
    free(above);
    free(top);
    return ok;
}

void mb_gmrc_free(mb_gmrc *gmrc)
{
    mb_names_free(&gmrc->names);
    mb_names_free(&gmrc->values);
}

const char *mb_gmrc_placeholder(const mb_gmrc *gmrc, const char *name)
{
    for (size_t i = 0; i < gmrc->names.n; i++)
        if (strcmp(gmrc->names.items[i], name) == 0)
            return gmrc->values.items[i];
    return NULL;
}
