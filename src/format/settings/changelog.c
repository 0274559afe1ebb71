/*
 * changelog.c -- a changelog in XML, YAML or JSON, as a text in which words and names stand.
 *
 * moonbird does not read such a file as Liquibase does.  It only looks whether it includes the SQL
 * files in the order in which moonbird runs them.
 */
#include "changelog.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/file.h"
#include "moonbird/os/path.h"
#include "moonbird/os/probe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_sql(const char *file)
{
    return mb_path_ends(file, ".sql") && !mb_path_ends(file, "_rollback.sql");
}

/* ---- a file of the folder ---- */

/* The folder's file that is at the path; NULL: it is another one. */
static const char *file_at(const mb_listing *l, const char *path)
{
    for (size_t i = 0; i < l->files->n; i++) {
        char *own = mb_path_join(l->path, l->files->items[i]);
        bool same = mb_path_same(own, path);

        free(own);
        if (same)
            return l->files->items[i];
    }
    return NULL;
}

/* Liquibase runs this file alone. */
static bool check_alone(const mb_liquibase_options *o, const mb_listing *l, const char *file,
                        mb_error *err)
{
    for (size_t i = 0; i < l->files->n; i++) {
        const char *other = l->files->items[i];

        if (!is_sql(other) || strcmp(other, file) == 0)
            continue;
        mb_fail(err, MB_ERR_FILE, "Liquibase runs only \"%s\", and not \"%s\" beside it", file,
                other);
        mb_fail_hint(err, "Name a changelog that includes all of them, or move the other files "
                          "elsewhere.");
        return mb_fail_at(err, o->changelog_place, o->changelog_line, 0);
    }
    return true;
}

/* ---- a file that includes them ---- */

/* Writes blanks over comments: of XML, and of YAML to the end of the line. */
static void remove_comments(char *text)
{
    for (char *s = text; *s; s++) {
        if (strncmp(s, "<!--", 4) == 0) {
            const char *end = strstr(s, "-->");

            for (; *s && s != end; s++)
                *s = *s == '\n' ? '\n' : ' ';
        } else if (*s == '#' && (s == text || isspace((unsigned char)s[-1]))) {
            while (*s && *s != '\n')
                *s++ = ' ';
        }
        if (!*s)
            return;
    }
}

static bool in_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/* What follows a key: `="x"` in XML, `: x` in YAML, `": "x"` in JSON. */
static const char *value_behind(const char *s)
{
    s += *s == '"' || *s == '\'';
    s += strspn(s, " \t");
    return *s == '=' || *s == ':' ? s + 1 + strspn(s + 1, " \t\r\n") : NULL;
}

/* The next element or key of this name, in any case; NULL: the text lacks it. */
static const char *find_key(const char *text, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = text; (at = strcasestr(at, name)) != NULL; at++) {
        bool element = at > text && at[-1] == '<';

        if ((at == text || !in_name(at[-1])) && !in_name(at[len]) &&
            (element || value_behind(at + len)))
            return at;
    }
    return NULL;
}

static bool fail_at(mb_error *err, const char *path, const char *text, const char *at,
                    const char *hint)
{
    int line = 1;

    for (const char *s = text; s < at; s++)
        line += *s == '\n';
    mb_fail_hint(err, "%s", hint);
    return mb_fail_at(err, path, at ? line : 0, 0);
}

/* What a changelog can have besides the names of files. */
static bool check_words(const char *path, const char *text, mb_error *err)
{
    static const char *const words[] = {"changeSet", "preConditions", "property",
                                        "context",   "contextFilter", "labels"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const char *at = find_key(text, words[i]);

        if (!at)
            continue;
        mb_fail(err, MB_ERR_FILE, "moonbird does not read \"%s\" in this changelog", words[i]);
        return fail_at(err, path, text, at,
                       "Move it to the SQL files: contexts and labels to each changeset.");
    }
    return true;
}

/* The value of `file` or `path` at a key, which the caller frees. */
static char *value_at(const char *at, const char *key)
{
    const char *s = value_behind(at + strlen(key));

    s = s ? s : "";
    if (*s == '"' || *s == '\'')
        return mb_strndup(s + 1, strcspn(s + 1, *s == '"' ? "\"" : "'"));
    return mb_strndup(s, strcspn(s, " \t\r\n,}"));
}

/* Is the path, relative to the changelog or to the project, that of the folder of migrations? */
static bool is_folder(const char *changelog, const mb_listing *l, const char *path)
{
    char *above = mb_path_dir(changelog), *below = mb_path_join(above, path);
    bool is = mb_path_same(below, l->path) || mb_path_same(path, l->path);

    free(above);
    free(below);
    return is;
}

/* The index of the folder's file that is included; l->files->n: it has no such file. */
static size_t index_of(const mb_listing *l, const char *included)
{
    size_t i = 0;

    while (i < l->files->n && !(is_sql(l->files->items[i]) &&
                                strcmp(l->files->items[i], mb_path_base(included)) == 0))
        i++;
    return i;
}

/* Checks that *next is the index of the included file, which it then steps over. */
static bool check_next(size_t *next, const mb_listing *l, const char *included, mb_error *err)
{
    size_t i = index_of(l, included);

    while (*next < l->files->n && !is_sql(l->files->items[*next]))
        ++*next;
    if (i == *next && i < l->files->n) {
        ++*next;
        return true;
    }
    if (i == l->files->n)
        return mb_fail(err, MB_ERR_FILE, "this changelog includes \"%s\", which is not an SQL file "
                                         "in \"%s\"", included, l->shown);
    return mb_fail(err, MB_ERR_FILE, "this changelog includes \"%s\" in another place than the "
                                     "order of the names, in which moonbird runs the files",
                   l->files->items[i]);
}

#define AGREE "Rename or move the files, so that both agree."

/* Checks the files that are included by their names; *next is the first one that is not. */
static bool check_files(size_t *next, const char *path, const mb_listing *l, const char *text,
                        mb_error *err)
{
    *next = 0;
    for (const char *at = text; (at = find_key(at, "file")) != NULL; at++) {
        char *included = value_at(at, "file");
        bool ok = check_next(next, l, included, err);

        free(included);
        if (!ok)
            return fail_at(err, path, text, at, AGREE);
    }
    return true;
}

/* includeAll runs the files of a folder in the order of their names, too.  Is there one? */
static bool check_folders(bool *all, const char *path, const mb_listing *l, const char *text,
                          mb_error *err)
{
    const char *at = find_key(text, "includeAll");

    *all = at != NULL;
    for (; at && (at = find_key(at, "path")) != NULL; at++) {
        char *folder = value_at(at, "path");
        bool ours = is_folder(path, l, folder);

        if (!ours)
            mb_fail(err, MB_ERR_FILE, "this changelog includes \"%s\", and moonbird reads \"%s\"",
                    folder, l->shown);
        free(folder);
        if (!ours)
            return fail_at(err, path, text, at, AGREE);
    }
    return true;
}

static bool check_order(const char *path, const mb_listing *l, const char *text, mb_error *err)
{
    size_t next;
    bool all;

    if (!check_files(&next, path, l, text, err) || !check_folders(&all, path, l, text, err))
        return false;
    while (next < l->files->n && (all || !is_sql(l->files->items[next])))
        next++;
    if (next == l->files->n)
        return true;
    mb_fail(err, MB_ERR_FILE, "this changelog does not include \"%s\"", l->files->items[next]);
    return fail_at(err, path, text, NULL, "Include it, or move the file elsewhere.");
}

/* A file that is no changelog is passed over if `named` is false. */
static bool check_including(const char *path, const mb_listing *l, bool named, mb_error *err)
{
    mb_buf text = {0};
    bool ok = mb_file_read(&text, path, err);

    mb_buf_puts(&text, "");
    if (ok) {
        remove_comments(text.data);
        ok = (!named && !find_key(text.data, "databaseChangeLog")) ||
             (check_words(path, text.data, err) && check_order(path, l, text.data, err));
    }
    mb_buf_free(&text);
    return ok;
}

/* ---- the path ---- */

/* The path of a file below a folder; NULL: there is none. */
static char *find_below(const char *folder, const char *name)
{
    char *path = mb_path_join(folder, name);

    if (mb_file_exists(path))
        return path;
    free(path);
    return NULL;
}

/*
 * The path of the changelog, relative to the file that names it, or to the folder of migrations or
 * one above it, such as src/main/resources; NULL: there is none.
 */
static char *find_changelog(const mb_liquibase_options *o, const mb_listing *l)
{
    const char *name = o->changelog + (strncmp(o->changelog, "classpath:", 10) == 0 ? 10 : 0);
    char *path = find_below(o->changelog_folder, name), *folder = mb_strdup(l->path);

    while (!path) {
        char *above = mb_path_dir(folder);
        bool last = strcmp(above, folder) == 0;

        path = find_below(folder, name);
        free(folder);
        folder = above;
        if (last)
            break;
    }
    free(folder);
    return path;
}

bool mb_changelog_check(const mb_liquibase_options *o, const mb_listing *l, mb_error *err)
{
    char *path = o->changelog ? find_changelog(o, l) : NULL;
    const char *own = path ? file_at(l, path) : NULL;
    bool ok = true;

    if (o->changelog && !path) {
        mb_fail(err, MB_ERR_FILE, "Liquibase's changelog \"%s\" is not found", o->changelog);
        mb_fail_hint(err, "moonbird reads it to compare which files run, and in which order. "
                          "Correct the path, or remove this setting.");
        ok = mb_fail_at(err, o->changelog_place, o->changelog_line, 0);
    } else if (path) {
        ok = own && is_sql(own) ? check_alone(o, l, own, err) : check_including(path, l, true, err);
    }
    free(path);
    return ok;
}

bool mb_changelogs_check(const mb_listing *l, mb_error *err)
{
    static const char *const endings[] = {".xml", ".yaml", ".yml", ".json"};
    bool ok = true;

    for (size_t i = 0; ok && i < l->files->n; i++)
        for (size_t k = 0; ok && k < sizeof endings / sizeof endings[0]; k++)
            if (mb_path_ends(l->files->items[i], endings[k])) {
                char *path = mb_path_join(l->path, l->files->items[i]);

                ok = check_including(path, l, false, err);
                free(path);
            }
    return ok;
}
