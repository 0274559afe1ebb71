#include "moonbird/server/find_programs.h"

#include "moonbird/os/file.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/probe.h"
#include "process.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEBIAN_ROOT "/usr/lib/postgresql"

static bool has_program(const char *folder, const char *program)
{
    char *path = mb_path_join(folder, program);
    bool has = mb_file_exists(path) && access(path, X_OK) == 0;

    free(path);
    return has;
}

static void add_path(mb_names *places)
{
    const char *path = getenv("PATH");

    while (path && *path) {
        size_t len = strcspn(path, ":");

        if (path[0] == '/')
            mb_names_add(places, mb_strndup(path, len));
        path += len + (path[len] == ':');
    }
}

static int newest_first(const struct dirent **a, const struct dirent **b)
{
    return atoi((*b)->d_name) - atoi((*a)->d_name);
}

static int is_version(const struct dirent *entry)
{
    return atoi(entry->d_name) > 0;
}

static void add_debian(mb_names *places)
{
    struct dirent **entries;
    int n = scandir(DEBIAN_ROOT, &entries, is_version, newest_first);

    for (int i = 0; i < n; i++) {
        mb_names_add(places, mb_format(DEBIAN_ROOT "/%s/bin", entries[i]->d_name));
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

/* The folder that the first pg_config in `path`, the folders of PATH, prints. */
static void add_pg_config(mb_names *places, const mb_names *path)
{
    mb_buf out = {0};
    mb_error unfound;

    for (size_t i = 0; i < path->n; i++) {
        char *program = mb_path_join(path->items[i], "pg_config");
        const char *const argv[] = {program, "--bindir", NULL};
        bool there = has_program(path->items[i], "pg_config");

        if (there && mb_process_read(&out, argv, &unfound) && out.len > 1 && out.data[0] == '/')
            mb_names_add(places, mb_strndup(out.data, strcspn(out.data, "\n")));
        free(program);
        if (there)
            break;
    }
    mb_buf_free(&out);
}

/* The folders to look in, best first. */
static void list_places(mb_names *places)
{
    const char *given = getenv("MOONBIRD_PG_BIN");
    mb_names path = {0};

    *places = (mb_names){0};
    if (given && *given) {
        char *real = realpath(given, NULL); /* programs are started from "/" */

        mb_names_add(places, real ? real : mb_strdup(given));
        return;
    }
    add_path(&path);
    add_pg_config(places, &path);
    add_debian(places);
    for (size_t i = 0; i < path.n; i++)
        mb_names_add(places, mb_strdup(path.items[i]));
    mb_names_free(&path);
}

bool mb_server_version(char version[MB_SERVER_VERSION], const char *bin, mb_error *err)
{
    char *path = mb_path_join(bin, "postgres");
    const char *const argv[] = {path, "--version", NULL};
    mb_buf out = {0};
    bool ok = mb_process_read(&out, argv, err);

    if (ok) /* postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1) */
        ok = sscanf(out.data, "%*s (PostgreSQL) %31s", version) == 1 ||
             mb_fail(err, MB_ERR_FAILED, "\"%s\" does not report its version", path);
    mb_buf_free(&out);
    free(path);
    return ok;
}

static bool is_major(const char *bin, int major)
{
    char version[MB_SERVER_VERSION];
    mb_error untold;

    return major == 0 || (mb_server_version(version, bin, &untold) && atoi(version) == major);
}

static bool fail_missing(const char *program, mb_error *err)
{
    const char *given = getenv("MOONBIRD_PG_BIN");

    if (given && *given) {
        mb_fail(err, MB_ERR_FILE, "program \"%s\" does not exist in \"%s\"", program, given);
        return mb_fail_hint(err, "MOONBIRD_PG_BIN names the folder of PostgreSQL's programs; "
                                 "correct it, or unset it so that moonbird searches for them.");
    }
    mb_fail(err, MB_ERR_FILE, "PostgreSQL's program \"%s\" was not found", program);
    return mb_fail_hint(err, "On Debian and Ubuntu, install the package postgresql. "
                             "Elsewhere, set MOONBIRD_PG_BIN to the folder that contains it.");
}

bool mb_server_find(char **bin, int major, mb_error *err)
{
    mb_names places;
    const char *found = NULL;

    list_places(&places);
    for (size_t i = 0; i < places.n && !found; i++) {
        const char *place = places.items[i];

        if (has_program(place, "initdb") && has_program(place, "postgres") &&
            is_major(place, major))
            found = place;
    }
    *bin = mb_strdup(found);
    mb_names_free(&places);
    return *bin != NULL || fail_missing("initdb", err);
}

bool mb_server_program(char **path, const char *program, mb_error *err)
{
    mb_names places;

    *path = NULL;
    list_places(&places);
    for (size_t i = 0; i < places.n && !*path; i++)
        if (has_program(places.items[i], program))
            *path = mb_path_join(places.items[i], program);
    mb_names_free(&places);
    return *path != NULL || fail_missing(program, err);
}

bool mb_server_program_major(int *major, const char *path, mb_error *err)
{
    const char *const argv[] = {path, "--version", NULL};
    mb_buf out = {0};
    bool ok = mb_process_read(&out, argv, err);

    if (ok && sscanf(out.data, "%*s (PostgreSQL) %d", major) != 1)
        ok = mb_fail(err, MB_ERR_FAILED, "\"%s\" does not report its version", path);
    mb_buf_free(&out);
    return ok;
}
