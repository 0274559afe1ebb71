/* git.h -- the commit that is checked out in a folder, read from git's files. */
#ifndef MOONBIRD_OS_GIT_H
#define MOONBIRD_OS_GIT_H

enum { MB_GIT_HEX = 65 }; /* SHA-1 has 40 digits, SHA-256 64 */

/*
 * The commit that is checked out in the repository that contains `folder`, in hex; "" when there is
 * no repository, no commit, or it cannot be read.  .git may be in a folder above, or a worktree's
 * file.  See gitrepository-layout(5).
 */
void mb_git_commit(char out[MB_GIT_HEX], const char *folder);

#endif
