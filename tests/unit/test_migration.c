#include "moonbird/base/buf.h"
#include "moonbird/os/file.h"
#include "moonbird/format/migration.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Files, a name a word, each with "-- NAME" in it; "{...}" is the journal. */
typedef struct folder_case {
    const char *name, *files, *journal;
    const char *order; /* "name" a word; "name-" has a rollback, "~name" no file, "?name" orphan */
    const char *says;  /* a part of the refusal */
} folder_case;

static const folder_case cases[] = {
    {"none", "", NULL, "", NULL},
    {"by number, not by text", "m/10_b.sql m/9_a.sql", NULL, "9_a 10_b", NULL},
    {"zeros in front", "m/0010_b.sql m/9_a.sql m/000_z.sql", NULL, "000_z 9_a 0010_b", NULL},
    {"longer than any integer", "m/100000000000000000000000_b.sql m/99999999999999999999999_a.sql",
     NULL, "99999999999999999999999_a 100000000000000000000000_b", NULL},
    {"same number, by name", "m/1_b.sql m/1_a.lua", NULL, "1_a 1_b", NULL},
    {"without number, last", "m/a.sql m/2_b.sql", NULL, "2_b a", NULL},
    {"other files", "m/README.md m/1_a.sql m/notes.txt", NULL, "1_a", NULL},
    {"rollback by name", "m/1_a.sql m/1_a_rollback.sql", NULL, "1_a-", NULL},
    {"rollback in Lua", "m/1_a.sql m/1_a_rollback.lua", NULL, "1_a-", NULL},
    {"up and down", "m/1_a.up.sql m/1_a.down.sql", NULL, "1_a-", NULL},
    {"down beside plain", "m/1_a.sql m/1_a.down.sql", NULL, "1_a-", NULL},
    {"two rollbacks", "m/1_a.sql m/1_a.down.sql m/1_a_rollback.sql", NULL, NULL, "two rollbacks"},
    {"two files", "m/1_a.sql m/1_a.lua", NULL, NULL, "two files"},
    {"lone rollback", "m/1_a.sql m/2_b_rollback.sql", NULL, NULL, "no migration \"2_b\""},
    {"manual after auto", "n/001_x.sql m/2_a.sql n/001_y.sql", NULL, "2_a 001_x 001_y", NULL},
    {"journal order", "m/1_a.sql m/2_b.sql m/0_c.sql",
     "{\"entries\":[{\"tag\":\"2_b\"},{\"tag\":\"0_c\"},{\"tag\":\"1_a\"}]}", "2_b 0_c 1_a", NULL},
    {"journal, orphan", "m/1_a.sql m/2_b.sql", "{\"entries\":[{\"tag\":\"2_b\"}]}", "2_b ?1_a",
     NULL},
    {"journal, no file", "m/1_a.sql", "{\"entries\":[{\"tag\":\"1_a\"},{\"tag\":\"2_b\"}]}",
     "1_a ~2_b", NULL},
    {"journal, Lua between", "m/1_a.sql m/2_b.sql m/1_x.lua m/3_y.lua m/0_z.lua",
     "{\"entries\":[{\"tag\":\"1_a\"},{\"tag\":\"2_b\"}]}", "0_z 1_a 1_x 2_b 3_y", NULL},
    {"journal, a name that looks like a rollback", "m/1_a.sql m/2_fix_rollback.sql",
     "{\"entries\":[{\"tag\":\"1_a\"},{\"tag\":\"2_fix_rollback\"}]}", "1_a 2_fix_rollback", NULL},
    {"journal, rollback beside", "m/1_a.sql m/1_a_rollback.sql",
     "{\"entries\":[{\"tag\":\"1_a\"}]}", "1_a-", NULL},
    {"journal, empty", "", "{\"entries\":[]}", "", NULL},
    {"journal, its dialect", "m/1_a.sql", "{\"dialect\":\"pg\",\"entries\":[{\"tag\":\"1_a\"}]}",
     "1_a", NULL},
    {"journal, another database", "m/1_a.sql",
     "{\"dialect\":\"mysql\",\"entries\":[{\"tag\":\"1_a\"}]}", NULL,
     "\"mysql\", not for"
     " PostgreSQL"},
    {"journal, no JSON", "m/1_a.sql", "{\"entries\":[", NULL, "invalid JSON"},
    {"journal, no entries", "m/1_a.sql", "{}", NULL, "no array"},
    {"journal, no tag", "m/1_a.sql", "{\"entries\":[{}]}", NULL, "no valid"},
    {"journal, a way out", "m/1_a.sql", "{\"entries\":[{\"tag\":\"../x\"}]}", NULL, "no valid"},
    {"journal, twice", "m/1_a.sql", "{\"entries\":[{\"tag\":\"1_a\"},{\"tag\":\"1_a\"}]}", NULL,
     "lists \"1_a\" twice"},
    {"journal, its folder misspelt", "m/1_a.sql m/Meta/_journal.json", NULL, NULL,
     "the folder is not named \"meta\""},
    {"journal, misspelt", "m/1_a.sql m/meta/_Journal.json", NULL, NULL,
     "the file is not named \"_journal.json\""},
    {"journal, a file in place of its folder", "m/1_a.sql m/meta", NULL, NULL,
     "expected a folder of this name"},
    {"journal, not one of the manual folder", "m/1_a.sql n/2_b.sql n/meta/_journal.json", NULL,
     "1_a 2_b", NULL},
};

static void put(const char *root, const char *name, const char *text)
{
    char *path = mb_path_join(root, name), *folder = mb_path_dir(path);
    mb_error err;

    if (!mb_folder_make(folder, &err) || !mb_file_write(path, text, strlen(text), false, &err))
        fail_msg("%s: %s", path, err.message);
    free(folder);
    free(path);
}

static void show(mb_buf *out, const mb_files *files)
{
    for (size_t i = 0; i < files->n; i++) {
        const mb_migration *m = &files->items[i];

        mb_buf_printf(out, "%s%s%s%s", i ? " " : "", !m->path ? "~" : m->orphan ? "?" : "",
                      m->name, m->down_path || m->down_section ? "-" : "");
    }
}

static void remove_tree(const char *root)
{
    char *command = mb_format("rm -rf %s", root);

    assert_int_equal(system(command), 0);
    free(command);
}

static void check(const folder_case *c)
{
    char root[] = "/tmp/mb-test-XXXXXX", *names, *rest, *word;
    const mb_folders folders = {.root = root, .migrations = "m", .manual = "n"};
    mb_files files = {0};
    mb_buf shown = {0};
    mb_error err = {0};
    bool ok;

    assert_non_null(mkdtemp(root));
    names = rest = mb_format("%s", c->files);
    while ((word = strsep(&rest, " ")) != NULL)
        if (*word)
            put(root, word, word);
    free(names);
    if (c->journal)
        put(root, "m/meta/_journal.json", c->journal);
    ok = mb_files_read(&files, &folders, NULL, &err);
    if (ok != !c->says)
        fail_msg("%s", err.message);
    if (ok)
        show(&shown, &files);
    if (ok)
        assert_string_equal(mb_buf_str(&shown), c->order);
    else if (!strstr(err.message, c->says) || !err.file[0])
        fail_msg("%s: %s", err.file, err.message);
    mb_buf_free(&shown);
    mb_files_free(&files);
    remove_tree(root);
}

static void test_migration__order_and_pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].name;
        check(&cases[i]);
    }
    current_case = NULL;
}

/* A marker is found even if it spans two of the blocks in which a file is read. */
static void test_migration__down_marker_at_any_place(void **state)
{
    char root[] = "/tmp/mb-test-XXXXXX";

    (void)state;
    assert_non_null(mkdtemp(root));
    for (size_t i = 0; i < 40; i++) {
        char *blanks = mb_format("%*s", (int)((1 << 16) - 20 + i), "");
        char *text = mb_format("%s\n-- moonbird:down\nSELECT 1;", blanks);
        char *name = mb_format("m/%zu_a.sql", i);

        put(root, name, text);
        free(name);
        free(text);
        free(blanks);
    }
    put(root, "m/90_data.sql", "COPY a FROM stdin;\n-- moonbird:down\n\\.\n");
    put(root, "m/91_string.sql", "SELECT '\n-- moonbird:down\n', $$\n-- moonbird:down\n$$;");
    put(root, "m/92_both.sql", "SELECT '\n-- moonbird:down\n';\n-- moonbird:down\n");
    put(root, "m/99_b.sql", "-- no moonbird:down here\n-- moonbird: description=down\nSELECT 1");
    {
        const mb_folders folders = {.root = root, .migrations = "m", .manual = "n"};
        mb_files files;
        mb_error err;

        assert_true(mb_files_read(&files, &folders, NULL, &err));
        assert_int_equal(files.n, 44);
        for (size_t i = 0; i < 44; i++)
            assert_int_equal(files.items[i].down_section, i < 40 || i == 42);
        mb_files_free(&files);
    }
    remove_tree(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_migration__order_and_pairs),
        cmocka_unit_test(test_migration__down_marker_at_any_place),
    };

    return RUN_TESTS(tests);
}
