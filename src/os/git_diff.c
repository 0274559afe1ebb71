/* git_diff.c -- how git is run, and an old text of a file from it. */
#include "moonbird/os/git.h"

#include "moonbird/base/hash.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_OUTPUT = 64 << 20 /* of all versions of a file together */ };

/* ---- git, without the programs of the repository ---- */

/*
 * Without network access, prompts, a pager, fsmonitor, gpg for signatures, and hooks: diff writes
 * the index, also with --no-optional-locks, and that runs post-index-change.
 */
static const char *const quiet_git[] = {
    "env", "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=", "GIT_TERMINAL_PROMPT=0", "MOONBIRD_EMPTY=",
    "git", "--no-pager", "--no-optional-locks", "--literal-pathspecs", "-c", "core.fsmonitor=false",
    "-c", "log.showSignature=false", "-c", "core.hooksPath=/dev/null",
};

/* Runs git; *end is empty if git could not be started: only an interrupt is an error. */
static bool run(mb_program_end *end, const mb_names *command, const char *folder,
                const mb_buf *input, mb_error *err)
{
    mb_program program = {.folder = folder, .most = MOST_OUTPUT};
    const char **argv = mb_alloc((command->n + 1) * sizeof *argv);
    bool ok;

    for (size_t i = 0; i < command->n; i++)
        argv[i] = command->items[i];
    argv[command->n] = NULL;
    program.argv = argv;
    if (input) {
        program.input = input->data;
        program.input_len = input->len;
    }
    *end = (mb_program_end){0};
    ok = mb_program_run(end, &program, err) || err->code != MB_ERR_INTERRUPTED;
    free(argv);
    return ok;
}

static void add_words(mb_names *command, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mb_names_add(command, mb_strdup(words[i]));
}

/* The setting has no value: for git, such a filter does not exist.  -c ends a key at its first "=". */
static void turn_off(mb_names *command, const char *key)
{
    if (strchr(key, '=')) {
        mb_names_add(command, mb_format("--config-env=%s=MOONBIRD_EMPTY", key));
    } else {
        mb_names_add(command, mb_strdup("-c"));
        mb_names_add(command, mb_format("%s=", key));
    }
}

bool mb_git_command(mb_names *command, const char *folder, mb_error *err)
{
    static const char *const filters[] = {"config", "--null", "--name-only", "--get-regexp",
                                          "^filter\\..*\\.(clean|process|required)$"};
    mb_names question = {0};
    mb_program_end end;
    bool ok;

    add_words(command, quiet_git, sizeof quiet_git / sizeof quiet_git[0]);
    add_words(&question, quiet_git, sizeof quiet_git / sizeof quiet_git[0]);
    add_words(&question, filters, sizeof filters / sizeof filters[0]);
    ok = run(&end, &question, folder, NULL, err);
    if (ok && end.status == 0)
        for (const char *key = mb_buf_str(&end.out), *last = key + end.out.len; key < last;
             key += strlen(key) + 1)
            turn_off(command, key);
    mb_program_end_free(&end);
    mb_names_free(&question);
    return ok;
}

/* *out is empty if git could not be run or failed: only an interrupt is an error. */
static bool run_git(mb_buf *out, const char *folder, const char *const *words, const mb_buf *input,
                    mb_error *err)
{
    mb_names command = {0};
    mb_program_end end = {0};
    size_t n = 0;
    bool ok;

    while (words[n])
        n++;
    *out = (mb_buf){0};
    ok = mb_git_command(&command, folder, err);
    add_words(&command, words, n);
    ok = ok && run(&end, &command, folder, input, err);
    if (ok && end.status == 0) {
        *out = end.out;
        end.out = (mb_buf){0};
    }
    mb_program_end_free(&end);
    mb_names_free(&command);
    return ok;
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
