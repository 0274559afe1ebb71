/* folders.c -- the errors about a folder of migrations that does not exist. */
#include "moonbird/project/settings.h"

#include "moonbird/format/names.h"

#include "moonbird/os/file.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/probe.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

/* ---- a misspelt default folder ---- */

/* Do the two have the same letters, regardless of case and of the characters between them? */
static bool has_letters(const char *name, const char *word)
{
    for (; *name; name++) {
        if (ispunct((unsigned char)*name) || *name == ' ')
            continue;
        if (tolower((unsigned char)*name) != *word++)
            return false;
    }
    return !*word;
}

static bool is_meant(const char *name, const char *folder)
{
    static const struct {
        const char *folder, *words[4];
    } known[] = {
        {"migrations", {"migrations", "migration"}},
        {"migrations-manual",
         {"migrationsmanual", "migrationmanual", "manualmigrations", "manualmigration"}},
    };
    bool is = false;

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        for (size_t k = 0; k < 4 && known[i].words[k]; k++)
            is = is ||
                 (strcmp(folder, known[i].folder) == 0 && has_letters(name, known[i].words[k]));
    return is;
}

/* An unreadable folder counts as a folder without migrations: the user did not ask for it. */
static bool holds_migrations(const char *path)
{
    mb_names files;
    mb_error unread;
    bool holds = false;

    if (!mb_folder_list(&files, path, &unread))
        return false;
    for (size_t i = 0; i < files.n && !holds; i++) {
        char *name = NULL;

        holds = mb_role_of(files.items[i], &name) != MB_ROLE_NONE;
        free(name);
    }
    mb_names_free(&files);
    return holds;
}

/* Refuse a folder such as migrations_manual: its migrations would be ignored without a word. */
static bool check_meant(const char *root, const char *folder, mb_error *err)
{
    DIR *list = opendir(root);
    const struct dirent *entry;
    bool ok = true;

    while (list && ok && (entry = readdir(list)) != NULL) {
        char *path = mb_path_join(root, entry->d_name);

        ok = !is_meant(entry->d_name, folder) || !mb_folder_exists(path) || !holds_migrations(path);
        if (!ok) {
            mb_fail(err, MB_ERR_FILE, "moonbird does not look for migrations in this folder");
            mb_fail_at(err, entry->d_name, 0, 0);
            mb_fail_hint(err, "Rename it to \"%s\", or name it in moonbird.lua: %s ="
                              " \"%s\".", folder,
                         strcmp(folder, "migrations") == 0 ? "migrations" : "manual",
                         entry->d_name);
        }
        free(path);
    }
    if (list)
        closedir(list);
    return ok;
}

bool mb_origin_check(mb_key_origin from, const char *root, const char *folder, mb_error *err)
{
    char *path = mb_path_join(root, folder);
    bool found, ok = mb_folder_find(&found, path, err);

    free(path);
    if (!ok || found)
        return ok;
    if (!from.file)
        return check_meant(root, folder, err);
    mb_fail(err, MB_ERR_FILE, "the folder \"%s\" does not exist", folder);
    mb_fail_at(err, from.file, from.line, 0);
    return mb_fail_hint(err, "Correct the path, which is relative to the project folder, or "
                             "create the folder.");
}

