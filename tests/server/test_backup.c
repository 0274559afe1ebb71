/* Backups: when they are made, what is in them, and what happens without one. */
#include "moonbird/policy/allow.h"
#include "moonbird/policy/backup.h"
#include "moonbird/policy/environment.h"
#include "environments.h"

#include "moonbird/os/file.h"
#include "moonbird/os/probe.h"
#include "moonbird/server/find_programs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *backup_of(const bench *b, const char *name)
{
    static char text[512];
    char *query = mb_format("SELECT backup_path FROM moonbird.migrations WHERE name = '%s'", name);
    mb_result *res;
    mb_error err;

    assert_true(mb_conn_exec(&res, b->conn, query, &err));
    snprintf(text, sizeof text, "%s", mb_result_value(res, 0, 0));
    mb_result_free(res);
    free(query);
    return text;
}

static size_t count_files(const bench *b)
{
    char *folder = mb_path_join(b->root, b->settings.backups);
    mb_names names = {0};
    mb_error err;
    size_t n;

    if (mb_folder_exists(folder))
        assert_true(mb_folder_list(&names, folder, &err));
    n = names.n;
    mb_names_free(&names);
    free(folder);
    return n;
}

static void test_backup__is_made_before_what_the_policy_says(void **state)
{
    static const struct {
        const char *name;
        mb_backup_when backup;
        bool before_auto, before_manual;
    } cases[] = {
        {"never", MB_BACKUP_NEVER, false, false},
        {"manual", MB_BACKUP_MANUAL, false, true},
        {"always", MB_BACKUP_ALWAYS, true, true},
    };
    bench *b = *state;
    char *url = url_of(b);
    mb_environment env = environment("production", url);
    size_t files = 0;

    b->settings.backups = "copies";
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *one = mb_format("migrations/%zu_a.sql", i + 1), *two = mb_format("%zu_m", i + 1);
        char *path = mb_format("migrations-manual/%s.sql", two);

        current_case = cases[i].name;
        env.backup = cases[i].backup;
        demand(b, &env, 1);
        put_file(b, one, "SELECT 1;");
        put_file(b, path, "SELECT 2;");
        EXPECT(up(b));
        assert_int_equal(count_files(b), files += cases[i].before_auto);
        EXPECT(up(b));
        EXPECT(manual(b, MB_DO_UP, two));
        assert_int_equal(count_files(b), files += cases[i].before_manual);
        assert_int_equal(mb_file_exists(backup_of(b, two)), cases[i].before_manual);
        free(path);
        free(one);
        free(two);
    }
    current_case = NULL;
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM moonbird.events WHERE what = 'backup'"
                                      " AND outcome = 'done' AND detail ~ ', [1-9][0-9]+ bytes$'"),
                     files);
    EXPECT(allow_script(b));
    assert_int_equal(count_files(b), files + 1);
    free(url);
}

static void test_backup__holds_what_was_there_and_is_for_no_other_eyes(void **state)
{
    bench *b = *state;
    char *command, *program = NULL;
    mb_backup backup;
    struct stat st;

    b->settings.backups = ".moonbird/backups";
    demand(b, NULL, 0);
    sql(b->conn, "CREATE TABLE rows AS SELECT 'found again' AS text");
    EXPECT(mb_project_backup(&backup, b->project, NULL, &b->err));
    assert_int_equal(stat(backup.path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_size, backup.bytes);
    assert_false(backup.recorded);
    assert_non_null(strstr(backup.path, b->database));
    EXPECT(mb_server_program(&program, "pg_restore", &b->err));
    command = mb_format("%s -f - %s | grep -q 'found again'", program, backup.path);
    free(program);
    assert_int_equal(system(command), 0);
    free(command);
    command = mb_format("test -z \"$(ls %s/.moonbird/backups | grep -v '[.]dump$')\""
                        " && test -f %s/.moonbird/backups/.gitignore",
                        b->root, b->root);
    assert_int_equal(system(command), 0);
    free(command);
    mb_backup_free(&backup);
}

static void test_backup__is_needed_or_nothing_is_done(void **state)
{
    static const struct {
        const char *name, *program, *says;
    } cases[] = {
        {"too old", "#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n",
         "pg_dump 9 cannot back up a server of version"},
        {"something else", "#!/bin/sh\necho 'GNU tar'\n", "does not report its version"},
        {"fails half-way",
         "#!/bin/sh\n[ \"$1\" = --version ] && exec echo 'pg_dump (PostgreSQL) 99.1'\n"
         "echo half; echo 'no space left' >&2; exit 1\n",
         "pg_dump failed"},
    };
    bench *b = *state;
    char *url = url_of(b);
    bool made;
    mb_environment env = environment("production", url);

    env.backup = MB_BACKUP_ALWAYS;
    b->settings.backups = "copies";
    put_file(b, "migrations/1_a.sql", "CREATE TABLE a (x int);");
    demand(b, &env, 1);
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].name;
        put_pg_dump(b, cases[i].program);
        expect_refusal(up(b), b, cases[i].says);
        assert_int_equal(count_files(b), 0);
        EXPECT(mb_history_is_there(&made, (mb_store){b->conn, "moonbird"}, NULL, &b->err));
        assert_false(made);
    }
    current_case = NULL;
    assert_string_equal(b->err.detail, "no space left");
    use_programs(NULL);
    EXPECT(up(b));
    free(url);
}

static void test_backup__hides_secrets_from_arguments_and_environment(void **state)
{
    bench *b = *state;
    char *target = mb_format("%s dbname=%s password='s3cr3t' sslpassword='a b' keepalives=0",
                             server_conninfo(), b->database);
    mb_conn *conn = NULL;
    mb_backup backup;
    mb_buf text = {0};
    char *services;

    b->settings.backups = "copies";
    put_pg_dump(b, "#!/bin/sh\n[ \"$1\" = --version ] && exec echo 'pg_dump (PostgreSQL) 99.1'\n"
                   "echo \"$@\"; echo $PGDATABASE $PGSERVICE $PGCLIENTENCODING.\n"
                   "env | grep -c -e s3cr3t -e 'a b'; cat $PGSERVICEFILE\n");
    put_file(b, "services", "[elsewhere]\nhost=/nowhere\n");
    services = mb_path_join(b->root, "services");
    setenv("PGSERVICEFILE", services, 1);
    setenv("PGSERVICE", "elsewhere", 1); /* the session's own host goes before it */
    EXPECT(mb_conn_open(&conn, target, &b->err));
    mb_project_close(b->project);
    mb_project_open(&b->project, &b->settings, conn, NULL);
    EXPECT(mb_project_backup(&backup, b->project, NULL, &b->err));
    use_programs(NULL);
    unsetenv("PGSERVICE");
    unsetenv("PGSERVICEFILE");
    free(services);
    assert_true(mb_file_read(&text, backup.path, &b->err));
    free(target);
    target = mb_format("-Fc --no-password\n%s login .\n0\n"
                       "[login]\nfallback_application_name=moonbird\nkeepalives=0\n"
                       "sslpassword=a b\npassword=s3cr3t\n",
                       b->database);
    assert_string_equal(text.data, target);
    free(target);
    mb_buf_free(&text);
    mb_backup_free(&backup);
    demand(b, NULL, 0);
    mb_conn_close(conn);
}

int main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, open_bench, close_bench)
    const struct CMUnitTest tests[] = {
        TEST(test_backup__is_made_before_what_the_policy_says),
        TEST(test_backup__holds_what_was_there_and_is_for_no_other_eyes),
        TEST(test_backup__is_needed_or_nothing_is_done),
        TEST(test_backup__hides_secrets_from_arguments_and_environment),
    };

    return RUN_SERVER_TESTS(tests);
}
