/* The project that a folder is inside of: how far the search goes, and whom it trusts. */
#include "moonbird/project/find_root.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[64]; /* with home/agenda/src/deep, home/agenda/migrations/old */

static void sh(const char *command)
{
    char *line = mb_format("cd %s && %s", top, command);

    assert_int_equal(system(line), 0);
    free(line);
}

static int make(void **state)
{
    char *home;

    (void)state;
    strcpy(top, "/tmp/moonbird-root-XXXXXX");
    if (!mkdtemp(top))
        return -1;
    sh("mkdir -p home/agenda/src/deep home/agenda/migrations/old home/agenda/migrations-manual");
    home = mb_format("%s/home", top);
    setenv("HOME", home, 1);
    free(home);
    return 0;
}

static int clean(void **state)
{
    char *remove = mb_format("rm -rf %s", top);
    int status = chdir("/") || system(remove);

    (void)state;
    free(remove);
    return status;
}

static bool find_in(mb_root *root, const char *folder, mb_error *err)
{
    char *path = mb_format("%s/%s", top, folder);

    assert_int_equal(chdir(path), 0);
    free(path);
    return mb_project_find_root(root, err);
}

/* `wanted` and `below` NULL: the folder itself is the project, or is in none. */
static void expect(const char *folder, const char *wanted, const char *below)
{
    mb_root root;
    mb_error err;

    current_case = folder;
    if (!find_in(&root, folder, &err))
        fail_msg("%s", err.message);
    if (wanted) {
        char *path = *wanted ? mb_format("%s/%s", top, wanted) : mb_strdup(top);

        assert_string_equal(root.path, path);
        assert_string_equal(root.below, below);
        free(path);
    } else {
        assert_null(root.path);
        assert_null(root.below);
    }
    mb_root_free(&root);
    current_case = NULL;
}

static void test_find_root__a_configuration_above_is_found(void **state)
{
    (void)state;
    sh("touch home/agenda/moonbird.lua");
    expect("home/agenda/src/deep", "home/agenda", "src/deep");
    expect("home/agenda/migrations", "home/agenda", "migrations");
    expect("home/agenda", NULL, NULL);
    expect("home", NULL, NULL);
    sh("mkdir home/agenda/src/scripts && touch home/agenda/src/scripts/moonbird.lua");
    expect("home/agenda/src/deep", "home/agenda/src", "deep"); /* the nearest */
}

static void test_find_root__the_search_ends_at_the_home_folder(void **state)
{
    (void)state;
    sh("touch moonbird.lua");
    expect("home/agenda/src/deep", NULL, NULL);
    expect("home", NULL, NULL);
    sh("touch home/moonbird.lua");
    expect("home/agenda/src/deep", "home", "agenda/src/deep");
    assert_int_equal(unsetenv("HOME"), 0);
    sh("rm home/moonbird.lua");
    expect("home/agenda/src/deep", "", "home/agenda/src/deep");
}

static void test_find_root__folders_of_migrations_name_a_project_too(void **state)
{
    (void)state;
    expect("home/agenda/migrations", "home/agenda", "migrations");
    expect("home/agenda/migrations/old", "home/agenda", "migrations/old");
    expect("home/agenda/migrations-manual", "home/agenda", "migrations-manual");
    expect("home/agenda/src", NULL, NULL);
    expect("home/agenda", NULL, NULL);
    sh("mkdir -p home/agenda/migrations/part/migrations");
    expect("home/agenda/migrations/part", NULL, NULL); /* it has its own */
}

static void refuse(const char *folder, const char *why)
{
    mb_root root;
    mb_error err;

    current_case = why;
    assert_false(find_in(&root, folder, &err));
    assert_int_equal(err.code, MB_ERR_USAGE);
    assert_non_null(strstr(err.message, why));
    assert_non_null(strstr(err.hint, "moonbird -C /tmp/moonbird-root-"));
    assert_null(root.path);
    current_case = NULL;
}

static void test_find_root__a_project_of_another_user_is_refused(void **state)
{
    (void)state;
    sh("touch home/agenda/moonbird.lua && chmod 1777 home/agenda");
    refuse("home/agenda/src", "every user can write");
    expect("home/agenda", NULL, NULL);
    sh("chmod 755 home/agenda");
    if (geteuid() != 0)
        return; /* only root can give a file away */
    sh("chown 65534 home/agenda");
    refuse("home/agenda/src", "belongs to another user");
    assert_int_equal(setenv("SUDO_UID", "65534", 1), 0);
    expect("home/agenda/src", "home/agenda", "src");
    assert_int_equal(setenv("SUDO_UID", "65533", 1), 0);
    refuse("home/agenda/src", "belongs to another user");
    assert_int_equal(unsetenv("SUDO_UID"), 0);
    sh("chown 0 home/agenda && chown 65534 home/agenda/moonbird.lua");
    refuse("home/agenda/src", "belongs to another user");
    sh("mv home/agenda/moonbird.lua other.lua && ln -s ../../other.lua home/agenda/moonbird.lua");
    refuse("home/agenda/src", "belongs to another user"); /* the target's owner */
}

static void test_find_root__a_project_that_every_user_can_change_is_refused(void **state)
{
    static const struct {
        const char *path, *open; /* `open`: what is named, if it is not the path */
    } cases[] = {
        {"moonbird.lua", NULL},
        {"scripts", NULL},
        {"scripts/hooks", NULL},
        {"scripts/hooks/before_up/01.lua", NULL},
        {"scripts/commands/own.lua", NULL},
        {"scripts/lib/lists/set.lua", NULL},
        {"migrations", NULL},
        {"migrations/old/0001_a.sql", NULL},
        {"migrations-manual", NULL},
        {"../outside.lua", "scripts/lib/link.lua"},
        {"../shared", "scripts/lib/shared"},
        {"../shared/one.lua", "scripts/lib/shared/one.lua"},
    };

    (void)state;
    sh("cd home/agenda && mkdir -p scripts/hooks/before_up scripts/commands scripts/lib/lists &&"
       " touch moonbird.lua scripts/hooks/before_up/01.lua scripts/commands/own.lua"
       " scripts/lib/lists/set.lua migrations/old/0001_a.sql ../outside.lua &&"
       " ln -s ../../../outside.lua scripts/lib/link.lua && ln -s .. scripts/lib/up &&"
       " ln -s nowhere scripts/lib/broken && mkdir ../shared && touch ../shared/one.lua &&"
       " ln -s ../../../shared scripts/lib/shared");
    expect("home/agenda/src", "home/agenda", "src");
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *open = cases[i].open ? cases[i].open : cases[i].path;
        char *change = mb_format("chmod o+w home/agenda/%s", cases[i].path);
        char *back = mb_format("chmod o-w home/agenda/%s", cases[i].path);
        char *why = mb_format("every user can write to its \"%s\"", open);

        sh(change);
        refuse("home/agenda/src", why);
        expect("home/agenda", NULL, NULL);
        sh(back);
        free(change);
        free(back);
        free(why);
    }
    sh("chmod o+w home/agenda/src"); /* nothing runs from there */
    expect("home/agenda/src", "home/agenda", "src");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_find_root__a_configuration_above_is_found, make,
                                        clean),
        cmocka_unit_test_setup_teardown(test_find_root__the_search_ends_at_the_home_folder, make,
                                        clean),
        cmocka_unit_test_setup_teardown(test_find_root__folders_of_migrations_name_a_project_too,
                                        make, clean),
        cmocka_unit_test_setup_teardown(test_find_root__a_project_of_another_user_is_refused, make,
                                        clean),
        cmocka_unit_test_setup_teardown(
            test_find_root__a_project_that_every_user_can_change_is_refused, make, clean),
    };

    return RUN_TESTS(tests);
}
