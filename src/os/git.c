#include "moonbird/os/git.h"

#include "moonbird/os/file.h"
#include "moonbird/os/probe.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_LINKS = 5 }; /* from one ref to the next, as in git itself */

/* Reads the first line of a small file; false when it cannot be read. */
static bool read_line(mb_buf *out, const char *dir, const char *name)
{
    char *path = mb_path_join(dir, name);
    mb_error ignored;
    bool ok;

    mb_buf_clear(out);
    ok = mb_file_exists(path) && mb_file_read_head(out, path, 4096, &ignored);
    free(path);
    if (!ok)
        return false;
    out->len = strcspn(out->data, "\r\n");
    out->data[out->len] = '\0';
    return true;
}

/* ---- where the repository is ---- */

/* The path in a worktree's .git file, "gitdir: PATH"; NULL for another file. */
static char *follow(const char *root, const char *dot_git)
{
    mb_buf text = {0};
    char *path = NULL;

    if (read_line(&text, ".", dot_git) && strncmp(text.data, "gitdir: ", 8) == 0)
        path = mb_path_join(root, text.data + 8);
    mb_buf_free(&text);
    return path;
}

/* The repository folder of the work tree `root`; NULL when there is none. */
static char *repository_at(const char *root)
{
    char *dot_git = mb_path_join(root, ".git"), *found;

    if (mb_folder_exists(dot_git))
        return dot_git;
    found = mb_file_exists(dot_git) ? follow(root, dot_git) : NULL;
    free(dot_git);
    return found;
}

static char *find_repository(const char *folder)
{
    char *at = realpath(folder, NULL), *found = NULL;

    while (at && !(found = repository_at(at)) && strcmp(at, "/") != 0) {
        char *above = mb_path_dir(at);

        free(at);
        at = above;
    }
    free(at);
    return found;
}

/* ---- the commit of a ref ---- */

static bool is_hash(const char *s)
{
    size_t len = strspn(s, "0123456789abcdef");

    return (len == 40 || len == 64) && s[len] == '\0';
}

/* Finds a ref in packed-refs.  Its lines are "HASH NAME"; others begin with # or ^. */
static bool find_packed(mb_buf *out, const char *common, const char *ref)
{
    char *path = mb_path_join(common, "packed-refs");
    mb_buf text = {0};
    mb_error ignored;
    bool found = false;
    char *rest = NULL;

    if (mb_file_exists(path) && mb_file_read(&text, path, &ignored) && text.len)
        for (char *line = strtok_r(text.data, "\r\n", &rest); line && !found;
             line = strtok_r(NULL, "\r\n", &rest)) {
            char *space = strchr(line, ' ');

            found = space && strcmp(space + 1, ref) == 0;
            if (found) {
                mb_buf_clear(out);
                mb_buf_add(out, line, (size_t)(space - line));
            }
        }
    mb_buf_free(&text);
    free(path);
    return found;
}

/*
 * A worktree has its own HEAD, and shares most refs with its repository: the folder of those refs.
 */
static char *common_folder(const char *repository)
{
    mb_buf text = {0};
    char *common =
        mb_path_join(repository, read_line(&text, repository, "commondir") ? text.data : ".");

    mb_buf_free(&text);
    return common;
}

static void resolve(mb_buf *value, const char *repository)
{
    char *common = common_folder(repository);
    bool ok = read_line(value, repository, "HEAD");

    for (int i = 0; ok && i < MOST_LINKS && strncmp(value->data, "ref: ", 5) == 0; i++) {
        char *ref = mb_format("%s", value->data + 5);

        ok = read_line(value, repository, ref) || read_line(value, common, ref) ||
             find_packed(value, common, ref);
        free(ref);
    }
    if (!ok)
        mb_buf_clear(value);
    free(common);
}

void mb_git_commit(char out[MB_GIT_HEX], const char *folder)
{
    char *repository = find_repository(folder);
    mb_buf value = {0};

    out[0] = '\0';
    if (repository)
        resolve(&value, repository);
    if (is_hash(mb_buf_str(&value)))
        strcpy(out, value.data);
    mb_buf_free(&value);
    free(repository);
}
