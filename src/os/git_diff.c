/* git_diff.c -- git is asked for an old text of a file. */
#include "moonbird/os/git.h"

#include "moonbird/base/hash.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OWN_WORDS = 9,
    MOST_WORDS = 20, /* of a command line */
    MOST_OUTPUT = 64 << 20, /* of all versions of a file together */
};

/*
 * Runs git in a folder. It does not prompt, fetch, or start a program that the repository
 * configures. *out is empty if it could not be run or failed: only an interrupt is an error.
 */
static bool run_git(mb_buf *out, const char *folder, const char *const *words, const mb_buf *input,
                    mb_error *err)
{
    const char *argv[MOST_WORDS] = {"env", "GIT_NO_LAZY_FETCH=1", "GIT_TERMINAL_PROMPT=0",
                                    "git", "--no-pager", "--no-optional-locks",
                                    "--literal-pathspecs", "-c", "core.fsmonitor=false"};
    const mb_program program = {argv, folder, input ? input->data : NULL, input ? input->len : 0,
                                MOST_OUTPUT};
    mb_program_end end = {0};
    bool ok;

    for (size_t i = 0; words[i]; i++)
        argv[OWN_WORDS + i] = words[i];
    *out = (mb_buf){0};
    ok = mb_program_run(&end, &program, err);
    if (ok && end.status == 0) {
        *out = end.out;
        end.out = (mb_buf){0};
    }
    mb_program_end_free(&end);
    return ok || err->code != MB_ERR_INTERRUPTED;
}

/* ---- the versions of a file ---- */

static void add_id(mb_buf *ids, const char *id)
{
    bool absent = id[strspn(id, "0")] == '\0'; /* the file was created or deleted */

    if (!absent && !strstr(mb_buf_str(ids), id))
        mb_buf_printf(ids, "%s\n", id);
}

/* The lines of git log --raw: ":MODE MODE BEFORE AFTER CHANGE". */
static void add_ids(mb_buf *ids, const char *log)
{
    for (const char *line = log; line; line = strchr(line, '\n')) {
        char before[MB_GIT_HEX], after[MB_GIT_HEX];

        line += *line == '\n';
        if (sscanf(line, ":%*s %*s %64s %64s", before, after) != 2)
            continue;
        add_id(ids, after);
        add_id(ids, before);
    }
}

/* One after the other: a line "ID blob SIZE", its bytes, a newline; or a line "ID missing". */
static bool find_sum(char id[MB_GIT_HEX], const mb_buf *blobs, const char *sum)
{
    const char *at = mb_buf_str(blobs), *end = at + blobs->len;

    while (at < end) {
        const char *line = memchr(at, '\n', (size_t)(end - at));
        char hex[MB_HASH_HEX];
        size_t size = 0;
        bool blob = line && sscanf(at, "%64s blob %zu", id, &size) == 2;

        if (!line || size >= (size_t)(end - line))
            return false;
        mb_sha256_hex(line + 1, size, hex);
        if (blob && strcmp(hex, sum) == 0)
            return true;
        at = line + 1 + size + (blob ? 1 : 0);
    }
    return false;
}

static bool find_version(char id[MB_GIT_HEX], const char *folder, const char *path,
                         const char *sum, mb_error *err)
{
    const char *const log[] = {"log",   "--all",          "--follow", "-m", "--format=",
                               "--raw", "--no-abbrev",    "--",       path, NULL};
    const char *const read[] = {"cat-file", "--batch", NULL};
    mb_buf lines, ids = {0}, blobs = {0};
    bool ok = run_git(&lines, folder, log, NULL, err);

    if (ok)
        add_ids(&ids, mb_buf_str(&lines));
    ok = ok && (ids.len == 0 || run_git(&blobs, folder, read, &ids, err));
    if (!ok || !find_sum(id, &blobs, sum))
        id[0] = '\0';
    mb_buf_free(&lines);
    mb_buf_free(&ids);
    mb_buf_free(&blobs);
    return ok;
}

bool mb_git_diff(mb_git_change *out, const char *folder, const char *path, const char *sum,
                 mb_error *err)
{
    char *file = mb_format("./%s", path);
    const char *const diff[] = {"diff", "--no-color", "--no-ext-diff", "--no-textconv", out->id,
                                file,   NULL};
    char commit[MB_GIT_HEX];
    mb_buf text = {0};
    const char *body;
    bool ok;

    *out = (mb_git_change){0};
    mb_git_commit(commit, folder); /* git would wait for a HEAD that is a pipe */
    ok = !commit[0] || (find_version(out->id, folder, file, sum, err) &&
                        (!out->id[0] || run_git(&text, folder, diff, NULL, err)));
    body = ok ? strstr(mb_buf_str(&text), "\n--- ") : NULL; /* after git's own header */
    if (body)
        out->diff = mb_strdup(body + 1);
    mb_buf_free(&text);
    free(file);
    return ok;
}
