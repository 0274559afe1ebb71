/* git.h -- the commit that a folder is at, read from git's own files. */
#ifndef MOONBIRD_GIT_H
#define MOONBIRD_GIT_H

enum { MB_GIT_HEX = 65 }; /* SHA-1 has 40 digits, SHA-256 64 */

/*
 * The commit checked out in `folder`'s repository, whose .git may stand in a
 * folder above it or be a worktree's file; "" where there is none to be read.
 * See gitrepository-layout(5).
 */
void mb_git_commit(char out[MB_GIT_HEX], const char *folder);

#endif
