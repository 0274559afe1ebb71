#include "moonbird/os/file.h"
#include "moonbird/os/probe.h"

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static char *path; /* a file in the folder */

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/moonbird-file-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    path = mb_path_join(folder, "a.sql");
    return 0;
}

static int remove_folder(void **state)
{
    char *remove = mb_format("rm -rf %s", folder);
    int status = system(remove);

    (void)state;
    free(remove);
    free(path);
    return status;
}

static void write_text(const char *to, const char *text)
{
    mb_error err;

    if (!mb_file_write(to, text, strlen(text), true, &err))
        fail_msg("%s", err.message);
}

static void test_file__reads_what_was_written(void **state)
{
    mb_buf big = {0}, got = {0};
    mb_error err;

    (void)state;
    for (int i = 0; i < 100000; i++)
        mb_buf_add(&big, "ab\0\n", 4);
    assert_true(mb_file_write(path, big.data, big.len, false, &err));
    mb_buf_puts(&got, "before");
    assert_true(mb_file_read(&got, path, &err));
    assert_int_equal(got.len, 6 + big.len);
    assert_memory_equal(got.data + 6, big.data, big.len);
    assert_int_equal(got.data[got.len], '\0');
    mb_buf_free(&big);
    mb_buf_free(&got);
}

static void test_file__new_files_do_not_overwrite(void **state)
{
    mb_buf got = {0};
    mb_error err;

    (void)state;
    write_text(path, "one");
    assert_false(mb_file_write(path, "two", 3, false, &err));
    assert_int_equal(err.code, MB_ERR_FILE);
    assert_string_equal(err.file, path);
    assert_true(mb_file_read(&got, path, &err));
    assert_string_equal(got.data, "one");
    mb_buf_clear(&got);
    assert_true(mb_file_write(path, "three", 5, true, &err));
    assert_true(mb_file_read(&got, path, &err));
    assert_string_equal(got.data, "three");
    mb_buf_free(&got);
}

static void test_file__replacing_leaves_nothing_else(void **state)
{
    mb_names names;
    mb_error err;

    (void)state;
    write_text(path, "one");
    write_text(path, "two");
    assert_true(mb_folder_list(&names, folder, &err));
    assert_int_equal(names.n, 1);
    mb_names_free(&names);
}

static void test_file__errors_name_the_path(void **state)
{
    mb_buf got = {0};
    mb_names names;
    mb_error err;

    (void)state;
    assert_false(mb_file_read(&got, path, &err));
    assert_int_equal(err.code, MB_ERR_FILE);
    assert_string_equal(err.file, path);
    assert_non_null(strstr(err.message, strerror(ENOENT)));
    assert_false(mb_file_read(&got, folder, &err));
    assert_non_null(strstr(err.message, strerror(EISDIR)));
    assert_false(mb_folder_list(&names, path, &err));
    assert_string_equal(err.file, path);
    assert_false(mb_file_write("/nowhere/at/all", "x", 1, true, &err));
    assert_string_equal(err.file, "/nowhere/at/all");
    mb_buf_free(&got);
}

static void test_folder__lists_files_in_order(void **state)
{
    static const char *const names[] = {"b.sql", "a.sql", "B.sql", ".hidden", "10.sql", "9.sql"};
    static const char *const want[] = {"10.sql", "9.sql", "B.sql", "a.sql", "b.sql"};
    char *file, *below = mb_path_join(folder, "meta/deep");
    mb_names got;
    mb_error err;

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        file = mb_path_join(folder, names[i]);
        write_text(file, "");
        free(file);
    }
    file = mb_path_join(folder, "linked");
    assert_int_equal(symlink(".", file), 0);
    free(file);
    assert_true(mb_folder_make(below, &err));
    assert_true(mb_folder_list(&got, folder, &err));
    assert_int_equal(got.n, COUNT(want));
    for (size_t i = 0; i < got.n; i++)
        assert_string_equal(got.items[i], want[i]);
    mb_names_free(&got);
    free(below);
}

static void test_folder__refuses_links_that_lead_nowhere(void **state)
{
    static const char *const targets[] = {"nowhere", "b.sql" /* itself */};
    char *link = mb_path_join(folder, "b.sql");
    mb_names got;
    mb_error err;

    (void)state;
    for (size_t i = 0; i < COUNT(targets); i++) {
        assert_int_equal(symlink(targets[i], link), 0);
        assert_false(mb_folder_list(&got, folder, &err));
        assert_string_equal(err.file, link);
        unlink(link);
    }
    free(link);
}

/* Whether a FIFO is met itself or behind a link. */
static void test_folder__holds_files_and_folders_alone(void **state)
{
    char *fifo = mb_path_join(folder, "b.sql"), *hidden = mb_path_join(folder, ".pipe");
    mb_names got, folders;
    mb_error err;

    (void)state;
    write_text(path, "");
    assert_int_equal(mkfifo(hidden, 0600), 0);
    assert_true(mb_folder_list(&got, folder, &err));
    assert_int_equal(got.n, 1);
    mb_names_free(&got);
    assert_int_equal(symlink(".pipe", fifo), 0);
    for (int i = 0; i < 2; i++) {
        assert_false(mb_folder_list(&got, folder, &err));
        assert_int_equal(err.code, MB_ERR_FILE);
        assert_string_equal(err.file, fifo);
        assert_null(got.items);
        assert_false(mb_folder_read(&got, &folders, folder, &err));
        assert_null(folders.items);
        unlink(fifo);
        assert_int_equal(mkfifo(fifo, 0600), 0);
    }
    free(fifo);
    free(hidden);
}

static void test_file__what_cannot_be_written_whole_is_not_there(void **state)
{
    struct rlimit all, little = {.rlim_cur = 4096};
    static char text[10000];
    mb_error err;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &all), 0);
    little.rlim_max = all.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    for (int replace = 0; replace < 2; replace++) {
        mb_names got;
        bool written;

        assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
        written = mb_file_write(path, text, sizeof text, replace, &err);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
        assert_false(written);
        assert_non_null(strstr(err.message, strerror(EFBIG)));
        assert_true(mb_folder_list(&got, folder, &err));
        assert_int_equal(got.n, 0);
        mb_names_free(&got);
    }
}

/*
 * The error has the reason of mkdir: the link exists.  A check whether it is a folder gives another
 * reason.
 */
static void test_folder__why_it_cannot_be_made(void **state)
{
    char *link = mb_path_join(folder, "link"), *below = mb_path_join(link, "below");
    mb_error err;

    (void)state;
    assert_int_equal(symlink("nowhere", link), 0);
    assert_false(mb_folder_make(below, &err));
    assert_string_equal(err.file, link);
    assert_non_null(strstr(err.message, strerror(EEXIST)));
    free(link);
    free(below);
}

static void test_folder__made_with_its_parents(void **state)
{
    char *deep = mb_path_join(folder, "a/b/c"), *through;
    mb_error err;

    (void)state;
    assert_false(mb_folder_exists(deep));
    assert_true(mb_folder_make(deep, &err));
    assert_true(mb_folder_exists(deep));
    assert_true(mb_folder_make(deep, &err));
    write_text(path, "");
    through = mb_path_join(path, "x");
    assert_false(mb_folder_make(through, &err));
    assert_string_equal(err.file, path);
    assert_false(mb_folder_make("", &err));
    assert_true(mb_folder_make("/", &err));
    free(deep);
    free(through);
}

static void test_file__exists(void **state)
{
    (void)state;
    assert_false(mb_file_exists(path));
    write_text(path, "");
    assert_true(mb_file_exists(path));
    assert_false(mb_folder_exists(path));
    assert_false(mb_file_exists(folder));
}

static void test_path__parts(void **state)
{
    static const struct {
        const char *path, *dir, *base;
    } cases[] = {
        {"a", ".", "a"},         {"a/b", "a", "b"}, {"/a", "/", "a"},
        {"/a/b.c", "/a", "b.c"}, {"a/", "a", ""},
    };
    static const struct {
        const char *dir, *name, *want;
    } joins[] = {{"a", "b", "a/b"}, {".", "b", "b"}, {"a", "/b", "/b"}, {"/a", "b/c", "/a/b/c"}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *dir = mb_path_dir(cases[i].path);

        current_case = cases[i].path;
        assert_string_equal(dir, cases[i].dir);
        assert_string_equal(mb_path_base(cases[i].path), cases[i].base);
        free(dir);
    }
    for (size_t i = 0; i < COUNT(joins); i++) {
        char *got = mb_path_join(joins[i].dir, joins[i].name);

        current_case = joins[i].want;
        assert_string_equal(got, joins[i].want);
        free(got);
    }
}

static void make_links(void)
{
    char *make = mb_format("cd %s && mkdir -p lib/a lib/..a deep/inner && ln -s deep/inner link && "
                           "ln -s data.csv alias && touch data.csv deep/data.csv link/data.csv",
                           folder);

    assert_int_equal(system(make), 0);
    free(make);
}

/* The project is the current folder; then it is `folder`. */
static void check_path(const char *named, const char *want)
{
    char *got = mb_path_in_root(".", named), *below = mb_path_join(folder, named);
    char *got_below = mb_path_in_root(folder, below);

    assert_string_equal(got, want);
    assert_string_equal(got_below, want);
    free(got);
    free(below);
    free(got_below);
}

static void test_path__a_file_of_the_project_has_one_path(void **state)
{
    static const struct {
        const char *path, *want;
    } cases[] = {
        {"data.csv", "data.csv"},
        {"./data.csv", "data.csv"},
        {".//lib/.././data.csv", "data.csv"},
        {"lib/a/../../data.csv", "data.csv"},
        {"lib/a/b.csv", "lib/a/b.csv"},
        {"lib/..a/b.csv", "lib/..a/b.csv"},
        {"alias", "alias"},
        {"link/data.csv", "link/data.csv"},
        {"link/../data.csv", "deep/data.csv"},
    };
    char *above, *whole;
    int before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    (void)state;
    make_links();
    assert_int_equal(chdir(folder), 0);
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].path;
        check_path(cases[i].path, cases[i].want);
    }
    current_case = "the folder's own name";
    above = mb_format("../%s/data.csv", mb_path_base(folder));
    whole = mb_format("%s/lib/../data.csv", folder);
    check_path(above, "data.csv");
    check_path(whole, "data.csv");
    free(above);
    free(whole);
    assert_int_equal(fchdir(before), 0);
    close(before);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_file__reads_what_was_written),
        IN_FOLDER(test_file__new_files_do_not_overwrite),
        IN_FOLDER(test_file__replacing_leaves_nothing_else),
        IN_FOLDER(test_file__errors_name_the_path),
        IN_FOLDER(test_folder__lists_files_in_order),
        IN_FOLDER(test_folder__refuses_links_that_lead_nowhere),
        IN_FOLDER(test_folder__holds_files_and_folders_alone),
        IN_FOLDER(test_file__what_cannot_be_written_whole_is_not_there),
        IN_FOLDER(test_folder__why_it_cannot_be_made),
        IN_FOLDER(test_folder__made_with_its_parents),
        IN_FOLDER(test_file__exists),
        cmocka_unit_test(test_path__parts),
        IN_FOLDER(test_path__a_file_of_the_project_has_one_path),
    };

    return RUN_TESTS(tests);
}
