#include "moonbird/base/buf.h"
#include "moonbird/server/embedded.h"
#include "moonbird/server/throw_away.h"
#include "moonbird/server/find_programs.h"
#include "moonbird/pg/conn.h"
#include "moonbird/os/file.h"
#include "moonbird/os/probe.h"
#include "moonbird/base/mem.h"
#include "server.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A project in a folder whose path is too long for a socket. */
typedef struct project {
    char top[64];
    char *path;
} project;

static void must(bool ok, const mb_error *err)
{
    if (!ok)
        fail_msg("%s %s", err->message, err->detail);
}

static void pause_ms(long ms)
{
    struct timespec some = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&some, NULL);
}

static void shell(const char *fmt, const char *path)
{
    char *quoted = mb_format("'%s'", path);
    char *command =
        mb_format("%.*s%s%s", (int)strcspn(fmt, "@"), fmt, quoted, fmt + strcspn(fmt, "@") + 1);

    assert_int_equal(system(command), 0);
    free(command);
    free(quoted);
}

static int open_project(void **state)
{
    project *p = mb_alloc(sizeof *p);
    char part[101];
    mb_error err;

    memset(part, 'p', 100);
    part[100] = '\0';
    strcpy(p->top, "/tmp/moonbird-test-XXXXXX");
    if (!mkdtemp(p->top))
        return -1;
    p->path = mb_format("%s/%s/%s", p->top, part, part);
    *state = p;
    return mb_folder_make(p->path, &err) ? 0 : -1;
}

/* For tests that leave the data as it was: initdb takes longer than all of them. */
static project *shared;

static int use_shared(void **state)
{
    *state = shared;
    return 0;
}

static int make_shared(void **state)
{
    (void)state;
    return open_project((void **)&shared);
}

static mb_embedded status_of(const project *p)
{
    mb_embedded status;
    mb_error err;

    must(mb_embedded_status(&status, p->path, &err), &err);
    return status;
}

static char *home_of(const project *p)
{
    mb_embedded status = status_of(p);

    return mb_path_dir(status.data);
}

/* "host=SOCKETS port=..." */
static char *sockets_of(const project *p)
{
    mb_embedded status = status_of(p);
    const char *host = status.conninfo + strlen("host=");

    return mb_strndup(host, strcspn(host, " "));
}

static int close_project(void **state)
{
    project *p = *state;
    char *home = home_of(p), *sockets = sockets_of(p);
    mb_error err;

    must(mb_embedded_reset(p->path, &err), &err);
    shell("rm -rf @", home);
    shell("rm -rf @", p->top);
    assert_false(mb_folder_exists(sockets));
    free(sockets);
    free(home);
    free(p->path);
    free(p);
    return 0;
}

static int stop_shared(void **state)
{
    bool was_running;
    mb_error err;

    (void)state;
    must(mb_embedded_stop(shared->path, &was_running, &err), &err);
    return 0;
}

static int remove_shared(void **state)
{
    report_case(state);
    return close_project((void **)&shared);
}

static int start(const project *p)
{
    char *conninfo;
    mb_error err;

    must(mb_embedded_start(&conninfo, p->path, &err), &err);
    free(conninfo);
    return status_of(p).pid;
}

static void stop(const project *p)
{
    bool was_running;
    mb_error err;

    must(mb_embedded_stop(p->path, &was_running, &err), &err);
    assert_true(was_running);
}

static char *ask(const char *conninfo, const char *query)
{
    mb_conn *conn;
    mb_result *res;
    mb_error err;
    char *answer;

    must(mb_conn_open(&conn, conninfo, &err), &err);
    must(mb_conn_exec(&res, conn, query, &err), &err);
    answer = mb_strdup(mb_result_rows(res) ? mb_result_value(res, 0, 0) : "");
    mb_result_free(res);
    mb_conn_close(conn);
    return answer;
}

static void answers(const char *conninfo, const char *query, const char *expected)
{
    char *answer = ask(conninfo, query);

    assert_string_equal(answer, expected);
    free(answer);
}

static bool gone_within(int pid, int ms)
{
    for (; ms > 0; ms -= 10) {
        if (kill(pid, 0) != 0 && errno == ESRCH)
            return true;
        pause_ms(10);
    }
    return false;
}

static void test_embedded__keeps_its_data(void **state)
{
    const project *p = *state;
    mb_embedded status = status_of(p);
    char *version;

    assert_false(status.made || status.running);
    assert_true(start(p) > 0);
    status = status_of(p);
    assert_true(status.made && status.running);
    assert_true(strlen(p->path) > 200);
    answers(status.conninfo, "create table kept as select 7 as n; show fsync", "on");
    stop(p);
    status = status_of(p);
    assert_true(status.made && !status.running);
    assert_int_equal(status.pid, 0);
    start(p);
    answers(status.conninfo, "select n from kept", "7");
    answers(status.url, "select n from kept", "7");
    version = ask(status.url, "show server_version");
    assert_memory_equal(version, status.version, strlen(status.version));
    assert_non_null(strchr(status.version, '.'));
    free(version);
}

static void test_embedded__is_hidden_from_git_and_others(void **state)
{
    const project *p = *state;
    char *ignore = mb_path_join(p->path, ".moonbird/.gitignore");
    mb_embedded status;
    struct stat st;
    mb_buf text = {0};
    mb_error err;

    start(p);
    status = status_of(p);
    must(mb_file_read(&text, ignore, &err), &err);
    assert_string_equal(text.data, "*\n");
    assert_int_equal(stat(status.data, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    answers(status.conninfo, "show listen_addresses", "");
    mb_buf_free(&text);
    free(ignore);
}

static void test_embedded__a_running_one_is_used(void **state)
{
    assert_int_equal(start(*state), start(*state));
}

/* Forks; the child's result is its exit status. */
static pid_t start_in_child(const project *p, int out)
{
    pid_t pid = fork();

    if (pid == 0) {
        char *conninfo;
        mb_error err;

        setpgid(0, 0);
        dup2(out, STDOUT_FILENO);
        dup2(out, STDERR_FILENO);
        _exit(mb_embedded_start(&conninfo, p->path, &err) ? 0 : 1);
    }
    return pid;
}

static void test_embedded__started_by_many_at_once_is_one(void **state)
{
    pid_t children[4];
    int status;

    for (size_t i = 0; i < COUNT(children); i++)
        children[i] = start_in_child(*state, STDERR_FILENO);
    for (size_t i = 0; i < COUNT(children); i++) {
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    assert_true(status_of(*state).running);
}

static void test_embedded__outlives_its_starter_and_keeps_no_pipe(void **state)
{
    int ends[2], status;
    pid_t child;
    char c;

    assert_int_equal(pipe(ends), 0);
    child = start_in_child(*state, ends[1]);
    close(ends[1]);
    assert_int_equal(read(ends[0], &c, 1), 0); /* until the last writer is gone */
    close(ends[0]);
    kill(-child, SIGINT);
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    pause_ms(100);
    assert_true(status_of(*state).running);
    answers(status_of(*state).conninfo, "select 1", "1");
}

static void crash(int pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void test_embedded__a_killed_server_starts_again(void **state)
{
    mb_embedded status;
    int pid = start(*state);

    status = status_of(*state);
    answers(status.conninfo, "create table survived as select 7 as n", "");
    crash(pid);
    assert_false(status_of(*state).running);
    assert_int_not_equal(start(*state), pid);
    answers(status.conninfo, "select n from survived", "7");
}

/* A process under the server's account that is not a server. */
static pid_t idle_process(const char *data)
{
    struct stat st;
    pid_t pid;

    assert_int_equal(stat(data, &st), 0);
    pid = fork();
    if (pid == 0) {
        if (setgid(st.st_gid) == 0 && setuid(st.st_uid) == 0)
            pause();
        _exit(1);
    }
    return pid;
}

/* The files of a server that was killed, in its data and beside its socket. */
static void leave_lock_files(const project *p, int pid)
{
    mb_embedded status = status_of(p);
    char *sockets = sockets_of(p), *path = mb_path_join(status.data, "postmaster.pid");
    char *beside = mb_path_join(sockets, ".s.PGSQL.5432.lock");
    char *text =
        mb_format("%d\n%s\n1700000000\n5432\n/tmp\n\n  1 2\nready   \n", pid, status.data);
    mb_error err;

    must(mb_file_write(path, text, strlen(text), true, &err), &err);
    must(mb_file_write(beside, text, strlen(text), true, &err), &err);
    assert_int_equal(chmod(beside, 0644), 0);
    free(text);
    free(beside);
    free(path);
    free(sockets);
}

static void test_embedded__stale_lock_files_are_no_obstacle(void **state)
{
    mb_embedded status;
    pid_t idle, dead;

    start(*state);
    status = status_of(*state);
    idle = idle_process(status.data);
    dead = fork();
    if (dead == 0)
        _exit(0);
    waitpid(dead, NULL, 0);
    const struct {
        const char *name;
        int pid;
    } cases[] = {{"dead", dead}, {"another program", idle}, {"not a pid", 0}, {"init", 1}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].name;
        crash(start(*state));
        leave_lock_files(*state, cases[i].pid);
        assert_false(status_of(*state).running);
        start(*state);
        assert_int_not_equal(status_of(*state).pid, cases[i].pid);
    }
    current_case = NULL;
    assert_int_equal(kill(idle, SIGKILL), 0);
    waitpid(idle, NULL, 0);
}

static void test_embedded__a_half_made_folder_is_made_anew(void **state)
{
    const project *p = *state;
    char *home;

    start(p);
    home = home_of(p);
    stop(p);
    shell("cd @ && mv pg pg.new && rm pg.new/PG_VERSION", home);
    assert_false(status_of(p).made);
    start(p);
    answers(status_of(p).conninfo, "select 1", "1");
    free(home);
}

static void test_embedded__an_unknown_folder_is_left_alone(void **state)
{
    const project *p = *state;
    char *home, *conninfo, *theirs;
    mb_error err;

    start(p);
    stop(p);
    home = home_of(p);
    shell("cd @ && mv pg mine && mkdir pg && echo 1 > pg/theirs", home);
    assert_false(mb_embedded_start(&conninfo, p->path, &err));
    assert_int_equal(err.code, MB_ERR_FAILED);
    assert_false(mb_embedded_reset(p->path, &err));
    theirs = mb_path_join(home, "pg/theirs");
    assert_true(mb_file_exists(theirs));
    shell("cd @ && rm -r pg && mv mine pg", home);
    free(theirs);
    free(home);
}

/* Runs `damage` and `mend` in the folder of the stopped server; in between its start has failed. */
static void start_damaged(const project *p, const char *damage, const char *mend, mb_error *err)
{
    char *home, *conninfo;

    start(p);
    stop(p);
    home = home_of(p);
    shell(damage, home);
    assert_false(mb_embedded_start(&conninfo, p->path, err));
    shell(mend, home);
    free(home);
}

static void test_embedded__data_of_another_version_is_refused_in_words(void **state)
{
    mb_error err;

    start_damaged(*state, "cd @/pg && cp -p PG_VERSION old && echo 9 > PG_VERSION",
                  "cd @/pg && mv old PG_VERSION", &err);
    assert_non_null(strstr(err.message, "created by PostgreSQL 9, "));
    assert_non_null(strstr(err.hint, "postgresql-9"));
}

static void test_embedded__a_failed_start_shows_the_log(void **state)
{
    mb_error err;

    start_damaged(*state,
                  "cd @/pg && cp -p postgresql.conf old && echo 'no_such_setting = 1' >> "
                  "postgresql.conf",
                  "cd @/pg && mv old postgresql.conf", &err);
    assert_non_null(strstr(err.detail, "no_such_setting"));
    assert_non_null(strstr(err.file, "/log"));
}

static void test_embedded__a_lost_socket_is_made_again(void **state)
{
    const project *p = *state;
    char *conninfo, *folder;
    mb_error err;

    start(p);
    folder = sockets_of(p);
    shell("rm -rf @", folder);
    must(mb_embedded_start(&conninfo, p->path, &err), &err);
    answers(conninfo, "select 1", "1");
    free(conninfo);
    free(folder);
}

static void test_embedded__anothers_socket_folder_is_refused(void **state)
{
    const project *p = *state;
    char *conninfo, *folder = sockets_of(p);
    mb_error err;

    start(p);
    stop(p);
    shell("rm -rf @", folder);
    assert_int_equal(symlink("/", folder), 0);
    assert_false(mb_embedded_start(&conninfo, p->path, &err));
    assert_non_null(strstr(err.message, "belongs to another user"));
    assert_int_equal(unlink(folder), 0);
    if (geteuid() == 0) {
        assert_int_equal(mkdir(folder, 0777), 0);
        assert_int_equal(lchown(folder, 65534, 65534), 0);
        assert_false(mb_embedded_start(&conninfo, p->path, &err));
        assert_int_equal(rmdir(folder), 0);
    }
    free(folder);
}

static void test_embedded__reset_forgets_everything(void **state)
{
    const project *p = *state;
    mb_error err;

    start(p);
    answers(status_of(p).conninfo, "create table kept()", "");
    must(mb_embedded_reset(p->path, &err), &err);
    assert_false(status_of(p).made || status_of(p).running);
    start(p);
    answers(status_of(p).conninfo, "select to_regclass('kept') is null", "t");
}

static void test_embedded__stopping_what_does_not_run_is_fine(void **state)
{
    const project *p = *state;
    bool was_running = true;
    mb_error err;

    must(mb_embedded_stop(p->path, &was_running, &err), &err);
    assert_false(was_running);
}

static void test_server__missing_programs_are_named(void **state)
{
    const project *p = *state;
    mb_throw_away *cluster;
    char *conninfo, *path;
    mb_error err;

    use_programs(p->path);
    assert_false(mb_embedded_start(&conninfo, p->path, &err));
    assert_int_equal(err.code, MB_ERR_FILE);
    assert_non_null(strstr(err.message, "\"initdb\""));
    assert_non_null(strstr(err.hint, "MOONBIRD_PG_BIN"));
    assert_false(mb_throw_away_start(&cluster, &err));
    assert_false(mb_server_program(&path, "pg_dump", &err));
    unsetenv("MOONBIRD_PG_BIN");
    must(mb_server_program(&path, "pg_dump", &err), &err);
    assert_int_equal(access(path, X_OK), 0);
    free(path);
    assert_false(mb_server_program(&path, "pg_no_such_program", &err));
    assert_non_null(strstr(err.hint, "postgresql"));
    use_programs(NULL);
}

static void put_program(const char *folder, const char *name, const char *text)
{
    char *path = mb_path_join(folder, name);
    mb_error err;

    must(mb_file_write(path, text, strlen(text), true, &err), &err);
    assert_int_equal(chmod(path, 0755), 0);
    free(path);
}

/* PostgreSQL 13's programs: those of this machine, without the newer options of initdb. */
static void test_server__of_version_13_is_made_and_started(void **state)
{
    static const char initdb[] =
        "#!/bin/sh\n"
        "for word; do case $word in\n"
        "--no-instructions | --discard-caches | --locale-provider* | --icu-* | --set* | -c)\n"
        "    echo \"initdb: unrecognized option '$word'\" >&2; exit 1 ;;\n"
        "esac; done\n"
        "exec %s \"$@\"\n";
    static const char postgres[] =
        "#!/bin/sh\n"
        "[ \"$1\" != --version ] || exec echo 'postgres (PostgreSQL) 13.23 (Debian)'\n"
        "exec %s \"$@\"\n";
    const project *p = *state;
    char *real, *text, *folder = mb_path_join(p->top, "bin");
    mb_error err;

    must(mb_folder_make(folder, &err) && mb_server_program(&real, "initdb", &err), &err);
    assert_int_equal(chmod(p->top, 0755), 0); /* the server's account runs them */
    text = mb_format(initdb, real);
    put_program(folder, "initdb", text);
    free(text);
    free(real);
    must(mb_server_program(&real, "postgres", &err), &err);
    text = mb_format(postgres, real);
    put_program(folder, "postgres", text);
    free(text);
    free(real);
    use_programs(folder);
    start(p);
    use_programs(NULL);
    answers(status_of(p).conninfo, "select 1", "1");
    free(folder);
}

/* "host=HOME/s port=..." */
static char *home_of_server(const char *conninfo)
{
    const char *host = conninfo + strlen("host=");

    return mb_strndup(host, (size_t)(strstr(host, "/s ") - host));
}

static void test_throw_away__is_gone_after_stop(void **state)
{
    mb_throw_away *a, *b;
    char *home;
    mb_error err;

    (void)state;
    must(mb_throw_away_start(&a, &err), &err);
    must(mb_throw_away_start(&b, &err), &err);
    assert_string_not_equal(mb_throw_away_conninfo(a), mb_throw_away_conninfo(b));
    answers(mb_throw_away_conninfo(a), "show fsync", "off");
    home = home_of_server(mb_throw_away_conninfo(a));
    assert_true(mb_folder_exists(home));
    mb_throw_away_stop(a);
    assert_false(mb_folder_exists(home));
    answers(mb_throw_away_conninfo(b), "show max_connections", "100");
    mb_throw_away_stop(b);
    mb_throw_away_stop(NULL);
    free(home);
}

/* A child that owns a server and does nothing; its conninfo comes through the pipe. */
static pid_t server_in_child(char *conninfo, size_t size)
{
    int ends[2];
    pid_t child;
    ssize_t got;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        mb_throw_away *server;
        const char *its;
        mb_error err;

        if (!mb_throw_away_start(&server, &err))
            _exit(1);
        its = mb_throw_away_conninfo(server);
        if (write(ends[1], its, strlen(its)) > 0)
            pause();
        _exit(1);
    }
    close(ends[1]);
    got = read(ends[0], conninfo, size - 1);
    close(ends[0]);
    assert_true(got > 0);
    conninfo[got] = '\0';
    return child;
}

static void test_throw_away__dies_with_its_owner_and_is_swept(void **state)
{
    char conninfo[1024], *home, *answer;
    mb_throw_away *next;
    pid_t child = server_in_child(conninfo, sizeof conninfo);
    mb_error err;
    int pid;

    (void)state;
    home = home_of_server(conninfo);
    answer = ask(conninfo, "select split_part(pg_read_file('postmaster.pid'), chr(10), 1)");
    pid = atoi(answer);
    assert_true(pid > 1);

    must(mb_throw_away_start(&next, &err), &err);
    mb_throw_away_stop(next);
    answers(conninfo, "select 1", "1"); /* the living are not swept */

    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_true(gone_within(pid, 5000));
    must(mb_throw_away_start(&next, &err), &err); /* sweeps, unless another one did */
    assert_false(mb_folder_exists(home));
    mb_throw_away_stop(next);
    free(answer);
    free(home);
}

#define WITH_PROJECT(test) cmocka_unit_test_setup_teardown(test, open_project, close_project)
#define WITH_SHARED(test)  cmocka_unit_test_setup_teardown(test, use_shared, stop_shared)

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PROJECT(test_embedded__keeps_its_data),
        WITH_SHARED(test_embedded__is_hidden_from_git_and_others),
        WITH_SHARED(test_embedded__a_running_one_is_used),
        WITH_PROJECT(test_embedded__started_by_many_at_once_is_one),
        WITH_SHARED(test_embedded__outlives_its_starter_and_keeps_no_pipe),
        WITH_SHARED(test_embedded__a_killed_server_starts_again),
        WITH_SHARED(test_embedded__stale_lock_files_are_no_obstacle),
        WITH_PROJECT(test_embedded__a_half_made_folder_is_made_anew),
        WITH_SHARED(test_embedded__an_unknown_folder_is_left_alone),
        WITH_SHARED(test_embedded__data_of_another_version_is_refused_in_words),
        WITH_SHARED(test_embedded__a_failed_start_shows_the_log),
        WITH_SHARED(test_embedded__a_lost_socket_is_made_again),
        WITH_SHARED(test_embedded__anothers_socket_folder_is_refused),
        WITH_PROJECT(test_embedded__reset_forgets_everything),
        WITH_PROJECT(test_embedded__stopping_what_does_not_run_is_fine),
        WITH_PROJECT(test_server__missing_programs_are_named),
        WITH_PROJECT(test_server__of_version_13_is_made_and_started),
        cmocka_unit_test(test_throw_away__is_gone_after_stop),
        cmocka_unit_test(test_throw_away__dies_with_its_owner_and_is_swept),
    };

    return cmocka_run_group_tests(tests, make_shared, remove_shared);
}

static int run_unprivileged(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PROJECT(test_embedded__keeps_its_data),
        WITH_PROJECT(test_embedded__started_by_many_at_once_is_one),
        WITH_SHARED(test_embedded__stale_lock_files_are_no_obstacle),
        WITH_PROJECT(test_embedded__reset_forgets_everything),
        cmocka_unit_test(test_throw_away__dies_with_its_owner_and_is_swept),
    };

    return cmocka_run_group_tests(tests, make_shared, remove_shared);
}

/* Runs the tests in which root differs again, as a user without privileges or a home. */
static int run_as_nobody(void)
{
    const struct passwd *nobody = getpwnam("nobody");
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        if (!nobody || setgroups(1, &nobody->pw_gid) != 0 || setgid(nobody->pw_gid) != 0 ||
            setuid(nobody->pw_uid) != 0)
            _exit(1);
        setenv("HOME", "/nonexistent", 1);
        unsetenv("XDG_CACHE_HOME");
        exit(run_unprivileged());
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(void)
{
    int failed = run_all();

    return geteuid() == 0 ? run_as_nobody() + failed : failed;
}
