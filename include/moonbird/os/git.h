/* git.h -- the commit of a folder, the changes of a file in it, and how git is run. */
#ifndef MOONBIRD_OS_GIT_H
#define MOONBIRD_OS_GIT_H

#include "moonbird/os/file.h"

enum { MB_GIT_HEX = 65 }; /* SHA-1 has 40 digits, SHA-256 64 */

/*
 * The commit that is checked out in the repository that contains `folder`, in hex; "" when there is
 * no repository, no commit, or it cannot be read.  .git may be in a folder above, or a worktree's
 * file.  See gitrepository-layout(5).
 */
void mb_git_commit(char out[MB_GIT_HEX], const char *folder);

/*
 * Adds the words of a command line, of which only git's subcommand is missing.  Git then does not
 * prompt, fetch, or start a program that the repository configures, such as core.fsmonitor or the
 * clean filter of a file, because a folder that somebody unpacked can contain such a configuration.
 * The options --no-ext-diff and --no-textconv are the subcommand's.  False: interrupted.
 */
MB_MUST_CHECK bool mb_git_command(mb_names *command, const char *folder, mb_error *err);

/* How a file differs from an old version of it. */
typedef struct mb_git_change {
    char id[MB_GIT_HEX]; /* of the old version's blob; "" where git has none */
    char *diff;          /* from it to the file, in unified format, without git's header; owned */
} mb_git_change;

/*
 * Compares the file at `path` below `folder` with the version whose SHA-256 is `sum`, which git may
 * have in any commit, also under an earlier name.  out->diff is NULL where git is not installed,
 * `folder` is in no repository, or no commit has that version.  The caller frees it.  git reads
 * only; false: interrupted.
 */
MB_MUST_CHECK bool mb_git_diff(mb_git_change *out, const char *folder, const char *path,
                               const char *sum, mb_error *err);

#endif
