#include "moonbird/base/hash.h"
#include "moonbird/os/file.h"
#include "moonbird/os/git.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#define HASH  "0123456789abcdef0123456789abcdef01234567"
#define OTHER "fedcba9876543210fedcba9876543210fedcba98"
#define LONG  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char root[64];

static int make_root(void **state)
{
    (void)state;
    snprintf(root, sizeof root, "/tmp/mb-git-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    char *command = mb_format("rm -rf %s", root);
    int status = system(command);

    (void)state;
    free(command);
    return status;
}

static void put(const char *name, const char *text)
{
    char *path = mb_path_join(root, name), *folder = mb_path_dir(path);
    mb_error err;

    if (!mb_folder_make(folder, &err) || !mb_file_write(path, text, strlen(text), true, &err))
        fail_msg("%s: %s", path, err.message);
    free(folder);
    free(path);
}

static void test_git__finds_the_commit_wherever_git_keeps_it(void **state)
{
    static const struct {
        const char *name;
        const char *files[4][2];
        const char *folder; /* the project's, below the root */
        const char *commit;
    } cases[] = {
        {"detached", {{".git/HEAD", HASH "\n"}}, "", HASH},
        {"sha256", {{".git/HEAD", LONG "\n"}}, "", LONG},
        {"branch",
         {{".git/HEAD", "ref: refs/heads/main\n"}, {".git/refs/heads/main", HASH "\n"}},
         "",
         HASH},
        {"packed",
         {{".git/HEAD", "ref: refs/heads/a\n"},
          {".git/packed-refs", "# pack-refs with: peeled fully-peeled sorted\n" OTHER
                               " refs/heads/aa\n^" OTHER "\n" HASH " refs/heads/a\n"}},
         "",
         HASH},
        {"loose before packed",
         {{".git/HEAD", "ref: refs/heads/a"},
          {".git/refs/heads/a", HASH},
          {".git/packed-refs", OTHER " refs/heads/a\n"}},
         "",
         HASH},
        {"a ref of a ref",
         {{".git/HEAD", "ref: refs/heads/a"},
          {".git/refs/heads/a", "ref: refs/heads/b"},
          {".git/refs/heads/b", HASH}},
         "",
         HASH},
        {"above", {{".git/HEAD", HASH}, {"a/b/c", ""}}, "a/b", HASH},
        {"worktree",
         {{"tree/.git", "gitdir: ../main/.git/worktrees/tree\n"},
          {"main/.git/worktrees/tree/HEAD", "ref: refs/heads/x\n"},
          {"main/.git/worktrees/tree/commondir", "../..\n"},
          {"main/.git/packed-refs", HASH " refs/heads/x\n"}},
         "tree",
         HASH},
        {"submodule",
         {{"sub/.git", "gitdir: ../.git/modules/sub\n"},
          {".git/modules/sub/HEAD", HASH "\n"},
          {".git/HEAD", OTHER}},
         "sub",
         HASH},
        {"no commit yet", {{".git/HEAD", "ref: refs/heads/main\n"}}, "", ""},
        {"a circle", {{".git/HEAD", "ref: refs/a"}, {".git/refs/a", "ref: refs/a"}}, "", ""},
        {"no hash", {{".git/HEAD", "0123\n"}}, "", ""},
        {"a folder for a ref",
         {{".git/HEAD", "ref: refs/heads"}, {".git/refs/heads/x", HASH}},
         "",
         ""},
        {"empty", {{".git/HEAD", ""}}, "", ""},
        {"a file that is none", {{".git", "hello\n"}}, "", ""},
        {"none", {{"x", ""}}, "", ""},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        char commit[MB_GIT_HEX];
        char *folder;

        current_case = cases[i].name;
        make_root(state);
        for (size_t k = 0; k < 4 && cases[i].files[k][0]; k++)
            put(cases[i].files[k][0], cases[i].files[k][1]);
        folder = mb_path_join(root, cases[i].folder);
        mb_git_commit(commit, folder);
        assert_string_equal(commit, cases[i].commit);
        free(folder);
        assert_int_equal(remove_root(state), 0);
    }
    current_case = NULL;
}

static void run(const char *commands)
{
    char *all = mb_format("cd %s && %s", root, commands);

    assert_int_equal(system(all), 0);
    free(all);
}

#define COMMIT "git add . && git -c user.name=a -c user.email=a@localhost commit -qm a"

static void test_git__compares_with_any_version_that_it_has(void **state)
{
    static const struct {
        const char *name, *text; /* the version that is asked for */
        const char *diff;        /* NULL: git does not have it */
    } cases[] = {
        {"first, under another name", "one\n", "@@ -1 +1 @@\n-one\n+three\n"},
        {"second", "two\n", "@@ -1 +1 @@\n-two\n+three\n"},
        {"never committed", "three\n", NULL},
    };

    (void)state;
    run("git init -q .");
    put("sub/a b.sql", "one\n");
    run(COMMIT " && git mv 'sub/a b.sql' 'sub/*.sql'");
    run(COMMIT);
    put("sub/*.sql", "two\n");
    run(COMMIT);
    put("sub/*.sql", "three\n");
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *folder = mb_path_join(root, "sub"), sum[MB_HASH_HEX];
        mb_git_change change;
        mb_error err;

        current_case = cases[i].name;
        mb_sha256_hex(cases[i].text, strlen(cases[i].text), sum);
        assert_true(mb_git_diff(&change, folder, "*.sql", sum, &err));
        assert_int_equal(change.diff != NULL, cases[i].diff != NULL);
        assert_int_equal(change.id[0] != '\0', cases[i].diff != NULL);
        if (change.diff)
            assert_non_null(strstr(change.diff, cases[i].diff));
        free(change.diff);
        free(folder);
    }
    current_case = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_git__finds_the_commit_wherever_git_keeps_it),
        cmocka_unit_test_setup_teardown(test_git__compares_with_any_version_that_it_has, make_root,
                                        remove_root),
    };

    return RUN_TESTS(tests);
}
