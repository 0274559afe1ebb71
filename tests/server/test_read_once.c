/*
 * test_read_once.c -- how often a run reads a migration's file, and which changes of it are
 * noticed.
 *
 * The calls that open, split and hash are wrapped (see the Makefile) and counted.
 */
#include "moonbird/history/lock.h"
#include "moonbird/os/path.h"
#include "moonbird/project/reporter.h"
#include "moonbird/sql/script.h"
#include "project.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Only files whose name ends in this are counted. */
static const char *counted = "counted.sql";
static size_t opens, statements, hashed;

static void count_open(const char *path)
{
    opens += mb_path_ends(path, counted);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

int __wrap_open(const char *path, int flags, ...)
{
    va_list more;
    int mode, fd;

    va_start(more, flags);
    mode = flags & O_CREAT ? va_arg(more, int) : 0;
    va_end(more);
    fd = __real_open(path, flags, mode);
    if (!(flags & O_CREAT))
        count_open(path);
    return fd;
}

int __real_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);

int __wrap_openat(int dir, const char *path, int flags, ...)
{
    count_open(path);
    return __real_openat(dir, path, flags);
}

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);

FILE *__wrap_fopen(const char *path, const char *mode)
{
    count_open(path);
    return __real_fopen(path, mode);
}

bool __real_mb_statement_read(mb_script *script, void *now, void *token, mb_error *err);
bool __wrap_mb_statement_read(mb_script *script, void *now, void *token, mb_error *err);

bool __wrap_mb_statement_read(mb_script *script, void *now, void *token, mb_error *err)
{
    statements++;
    return __real_mb_statement_read(script, now, token, err);
}

int __real_SHA256_Update(void *ctx, const void *data, size_t len);
int __wrap_SHA256_Update(void *ctx, const void *data, size_t len);

int __wrap_SHA256_Update(void *ctx, const void *data, size_t len)
{
    hashed += len;
    return __real_SHA256_Update(ctx, data, len);
}

/* ---- how often ---- */

enum { COMMENT = 1 << 16 }; /* bytes; a comment is not part of the normalized checksum */

/* Write a file whose length is nearly that of one comment. */
static void put_long(const bench *b, const char *name, const char *text)
{
    static char long_text[COMMENT + 256];

    memset(long_text, '-', COMMENT);
    snprintf(long_text + COMMENT, sizeof long_text - COMMENT, "\n%s", text);
    put_file(b, name, long_text);
}

/* Run the pending migrations, or roll the last one back, and count: the file has `n` statements. */
static void check_counts(bench *b, bool is_up, size_t n)
{
    opens = statements = hashed = 0;
    EXPECT(is_up ? up(b) : down(b, NULL));
    assert_in_range(opens, 1, 3);
    assert_in_range(statements, n, 2 * n);
    assert_in_range(hashed, COMMENT, 2 * COMMENT + COMMENT / 2);
}

static void test_read_once__a_file_alone(void **state)
{
    put_long(*state, "migrations/1_counted.sql", "CREATE TABLE t ();\nSELECT 1;\n");
    check_counts(*state, true, 2);
}

static void test_read_once__a_file_in_a_batch(void **state)
{
    put_long(*state, "migrations/1_counted.sql", "CREATE TABLE t ();\nSELECT 1;\n");
    put_file(*state, "migrations/2_other.sql", "CREATE TABLE u ();");
    check_counts(*state, true, 3);
}

static void test_read_once__a_file_that_changes_its_session(void **state)
{
    put_long(*state, "migrations/1_counted.sql", "SET lock_timeout = 1;\nSELECT 1;\n");
    check_counts(*state, true, 2);
}

static void test_read_once__a_file_in_segments(void **state)
{
    put_long(*state, "migrations/1_counted.sql", "CREATE TABLE t ();\nCOMMIT;\nSELECT 1;\n");
    check_counts(*state, true, 3);
}

static void test_read_once__a_rollback_file(void **state)
{
    bench *b = *state;

    put_file(b, "migrations/1_a.sql", "CREATE TABLE t ();");
    EXPECT(up(b));
    put_long(b, "migrations/1_a_rollback.sql", "DROP TABLE t;\nSELECT 1;\n");
    counted = "1_a_rollback.sql";
    check_counts(b, false, 2);
    counted = "counted.sql";
}

/* ---- changes that are noticed ---- */

/* Another runner, which holds the run lock until this one waits for it; then it edits the file. */
typedef struct other_runner {
    bench *b;
    mb_lock *lock;
    void (*edit)(const bench *b);
} other_runner;

/* The first note says that this runner waits for the lock. */
static void let_go(void *self, const char *note)
{
    other_runner *other = self;

    (void)note;
    if (!other->lock)
        return;
    other->edit(other->b);
    mb_lock_release(other->lock);
    other->lock = NULL;
}

static void run_after_edit(bench *b, mb_request_kind what, void (*edit)(const bench *b))
{
    mb_conn *conn = bench_connect(b);
    const mb_lock_request wish = {.conn = conn, .schema = "moonbird"};
    other_runner other = {.b = b, .edit = edit};
    const mb_reporter reporter = {.self = &other, .note = let_go};
    const mb_request request = {.what = what};
    mb_error err;

    assert_true(mb_lock_take(&other.lock, &wish, NULL, &err));
    mb_outcome_free(&b->outcome);
    EXPECT(mb_project_apply(&b->outcome, b->project, &request, (mb_given){0}, &reporter, &b->err));
    mb_conn_close(conn);
}

/* The size, the inode and the time of modification stay. */
static void edit_in_place(const bench *b)
{
    char *path = mb_path_join(b->root, "migrations/1_counted.sql");
    struct stat st;
    FILE *file;

    assert_int_equal(stat(path, &st), 0);
    file = __real_fopen(path, "r+");
    assert_non_null(file);
    fputs("CREATE TABLE u ();", file);
    fclose(file);
    assert_int_equal(utimensat(AT_FDCWD, path, (struct timespec[]){st.st_atim, st.st_mtim}, 0), 0);
    free(path);
}

static void test_read_once__an_edit_before_the_lock_was_taken_runs(void **state)
{
    bench *b = *state;

    put_file(b, "migrations/1_counted.sql", "CREATE TABLE t ();");
    run_after_edit(b, MB_DO_UP, edit_in_place);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM pg_class WHERE relname = 't'"), 0);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM pg_class WHERE relname = 'u'"), 1);
    EXPECT(up(b)); /* the history has the checksum of what ran */
}

static void edit_rollback(const bench *b)
{
    put_file(b, "migrations/1_a_rollback.sql", "DROP TABLE t; CREATE TABLE u ();");
}

static void test_read_once__an_edited_rollback_runs(void **state)
{
    bench *b = *state;

    put_file(b, "migrations/1_a.sql", "CREATE TABLE t ();");
    put_file(b, "migrations/1_a_rollback.sql", "DROP TABLE t;");
    EXPECT(up(b));
    run_after_edit(b, MB_DO_DOWN, edit_rollback);
    assert_int_equal(sql_int(b->conn, "SELECT count(*) FROM pg_class WHERE relname = 'u'"), 1);
}

static void edit_started(void *self, const mb_step *step)
{
    (void)step;
    edit_in_place(self);
}

static void copy_started(void *self, const mb_step *step)
{
    (void)step;
    put_file(self, "migrations/1_counted.sql", "CREATE TABLE t ();");
}

static bool run_and(bench *b, void (*started)(void *self, const mb_step *step))
{
    const mb_reporter reporter = {.self = b, .started = started};
    const mb_request request = {.what = MB_DO_UP};

    put_file(b, "migrations/1_counted.sql", "CREATE TABLE t ();");
    return mb_project_apply(&b->outcome, b->project, &request, (mb_given){0}, &reporter, &b->err);
}

static void test_read_once__an_edit_after_the_lock_was_taken_is_an_error(void **state)
{
    bench *b = *state;

    assert_false(run_and(b, edit_started));
    assert_string_equal(b->err.message, "the file changed after moonbird read it");
    assert_string_equal(applied(b), "");
}

static void test_read_once__a_copy_of_the_same_bytes_is_no_edit(void **state)
{
    bench *b = *state;

    EXPECT(run_and(b, copy_started));
    assert_string_equal(applied(b), "1_counted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_read_once__a_file_alone,
                                        open_bench, close_bench),
        cmocka_unit_test_setup_teardown(test_read_once__a_file_in_a_batch,
                                        open_bench, close_bench),
        cmocka_unit_test_setup_teardown(test_read_once__a_file_that_changes_its_session,
                                        open_bench, close_bench),
        cmocka_unit_test_setup_teardown(test_read_once__a_file_in_segments,
                                        open_bench, close_bench),
        cmocka_unit_test_setup_teardown(test_read_once__a_rollback_file,
                                        open_bench, close_bench),
        cmocka_unit_test_setup_teardown(test_read_once__an_edit_before_the_lock_was_taken_runs,
                                        open_bench, close_bench),
        cmocka_unit_test_setup_teardown(test_read_once__an_edited_rollback_runs,
                                        open_bench, close_bench),
        cmocka_unit_test_setup_teardown(test_read_once__an_edit_after_the_lock_was_taken_is_an_error,
                                        open_bench, close_bench),
        cmocka_unit_test_setup_teardown(test_read_once__a_copy_of_the_same_bytes_is_no_edit,
                                        open_bench, close_bench),
    };

    return RUN_SERVER_TESTS(tests);
}
