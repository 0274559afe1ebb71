#include "project.h"
#include "moonbird/policy/allow.h"
#include "moonbird/project/reporter.h"
#include "moonbird/project/settings.h"
#include "moonbird/run/apply.h"

#include "moonbird/os/file.h"
#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static mb_conn *connect_to(const char *database)
{
    char *target = mb_format("%s dbname=%s", server_conninfo(), database);
    mb_conn *conn = NULL;
    mb_error err;

    if (!mb_conn_open(&conn, target, &err))
        fail_msg("%s", err.message);
    free(target);
    return conn;
}

mb_conn *bench_connect(const bench *b)
{
    return connect_to(b->database);
}

/* Statements about databases; the text is taken over. */
static void run(char *text)
{
    mb_conn *conn = connect_to("postgres");

    sql(conn, text);
    free(text);
    mb_conn_close(conn);
}

int open_bench(void **state)
{
    static int number;
    bench *b = mb_alloc(sizeof *b);

    snprintf(b->root, sizeof b->root, "/tmp/mb-test-XXXXXX");
    if (!mkdtemp(b->root))
        return -1;
    snprintf(b->database, sizeof b->database, "bench_%d", ++number);
    run(mb_format("CREATE DATABASE %s", b->database));
    b->conn = bench_connect(b);
    b->settings = (mb_settings){
        .root = b->root,
        .migrations = "migrations",
        .manual = "migrations-manual",
        .schema = "moonbird",
        .environment = "",
        .commit = "",
        .lock_timeout_ms = 300,
        .retries = 1,
        .pipeline = true,
        .out_of_order = MB_WARN,
        .changed = MB_REFUSE,
        .wait_ms = MB_UNSET,
    };
    mb_project_open(&b->project, &b->settings, b->conn, NULL);
    *state = b;
    return 0;
}

int close_bench(void **state)
{
    bench *b = *state;
    char *text = mb_format("rm -rf %s", b->root);

    mb_outcome_free(&b->outcome);
    mb_project_close(b->project);
    mb_conn_close(b->conn);
    run(mb_format("DROP DATABASE %s WITH (FORCE)", b->database));
    if (system(text) != 0)
        return -1;
    free(text);
    mb_buf_free(&b->notes);
    free(b);
    return 0;
}

void put_file(const bench *b, const char *name, const char *text)
{
    char *path = mb_path_join(b->root, name);
    char *folder = mb_path_dir(path);
    mb_error err;

    if (!mb_folder_make(folder, &err) || !mb_file_write(path, text, strlen(text), true, &err))
        fail_msg("%s: %s", path, err.message);
    free(folder);
    free(path);
}

static void take_note(void *self, const char *text)
{
    bench *b = self;

    mb_buf_printf(&b->notes, "%s\n", text);
    if (b->on_note)
        b->on_note(text);
}

static void take_plan(void *self, const mb_plan *plan)
{
    for (size_t i = 0; i < plan->n_notes; i++)
        take_note(self, plan->notes[i]);
}

bool apply(bench *b, mb_request request)
{
    const mb_reporter reporter = {.self = b, .planned = take_plan, .note = take_note};
    bool ok;

    request.out_of_order = b->settings.out_of_order;
    request.changed = b->settings.changed;
    mb_outcome_free(&b->outcome);
    mb_buf_clear(&b->notes);
    b->err = (mb_error){0};
    ok = mb_project_apply(&b->outcome, b->project, &request, (mb_given){0}, &reporter, &b->err);
    if (ok && (b->err.code || b->err.message[0] || b->err.sqlstate[0]))
        fail_msg("it succeeded, and left an error: %s (%s)", b->err.message, b->err.sqlstate);
    return ok;
}

bool up(bench *b)
{
    return apply(b, (mb_request){.what = MB_DO_UP, .stream = MB_AUTO});
}

bool down(bench *b, const char *name)
{
    return apply(b, (mb_request){.what = MB_DO_DOWN, .stream = MB_AUTO, .names = &name,
                                 .n_names = name != NULL});
}

bool manual(bench *b, mb_request_kind what, const char *name)
{
    return apply(b, (mb_request){.what = what, .stream = MB_MANUAL, .names = &name, .n_names = 1});
}

void expect(bool ok, const bench *b, const char *what)
{
    if (!ok)
        fail_msg("%s: %s:%d: %s %s %s %s", what, b->err.file, b->err.line, b->err.message,
                 b->err.sqlstate, b->err.detail, b->err.hint);
}

const char *applied(bench *b)
{
    static char text[4096];
    mb_result *res = NULL;

    if (!mb_conn_exec(&res, b->conn,
                      "SELECT coalesce(string_agg(name, ' ' ORDER BY position), '')"
                      " FROM moonbird.migrations WHERE state = 'applied'", &b->err))
        fail_msg("%s", b->err.message);
    snprintf(text, sizeof text, "%s", mb_result_value(res, 0, 0));
    mb_result_free(res);
    return text;
}
