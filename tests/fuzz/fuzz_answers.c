/* Any answer of a server gives no crash and no endless wait, and each error has a message. */
#include "moonbird/policy/allow.h"
#include "moonbird/project/settings.h"
#include "moonbird/run/apply.h"
#include "fuzz.h"

#include "nonsense.h"

#include "moonbird/pg/round_trip.h"
#include "moonbird/pg/cursor.h"
#include "moonbird/os/file.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/history/events.h"
#include "moonbird/history/lock.h"
#include "moonbird/os/log.h"
#include "moonbird/project/project.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECONDS_MOST = 60, UP_MS = 300 };

static char folder[] = "/tmp/mb-fuzz-XXXXXX";

static void put(const char *name, const char *text)
{
    char path[128];
    mb_error err;

    snprintf(path, sizeof path, "%s/migrations/%s", folder, name);
    PROMISE(mb_file_write(path, text, strlen(text), true, &err));
}

static void clean_up(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf %s", folder);
    (void)!system(command);
}

static void make_folder(void)
{
    static bool made;
    char path[64];

    if (made)
        return;
    made = true;
    PROMISE(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/migrations", folder);
    PROMISE(mkdir(path, 0700) == 0);
    put("1_a.sql", "CREATE TABLE a (n int);");
    put("2_b.sql", "CREATE TABLE b (n int);\n-- moonbird:down\nDROP TABLE b;");
    put("3_c.sql", "-- moonbird: transaction=off\nINSERT INTO a VALUES (1);\n"
                   "CREATE INDEX CONCURRENTLY i ON a (n);\n");
    put("4_d.sql", "COPY a FROM stdin;\n1\n\\.\n");
    atexit(clean_up);
    mb_log_set_threshold(MB_LOG_ERROR);
}

static void drop_rows(void *self, const mb_result *part, bool first)
{
    size_t *cells = self;

    (void)first;
    for (size_t row = 0; row < mb_result_rows(part); row++)
        for (size_t i = 0; i < mb_result_columns(part); i++)
            *cells += strlen(mb_result_value(part, row, i)) + strlen(mb_result_name(part, i));
}

static void take_answer(void *self, size_t number, const mb_result *res, const mb_error *err)
{
    (void)number;
    if (res)
        drop_rows(self, res, true);
    else if (err)
        PROMISE(err->message[0]);
}

static bool said(bool ok, const mb_error *err)
{
    PROMISE(ok || err->message[0]);
    return ok;
}

static void statements(mb_conn *conn)
{
    const mb_param one[] = {{"1", 1, false, 25}};
    size_t cells = 0;
    const mb_sink sink = {.self = &cells, .rows = drop_rows};
    mb_result *res = NULL;
    mb_answers answers;
    mb_round_trip *bundle;
    mb_cursor *cursor = NULL;
    const mb_result *page = NULL;
    mb_error err;

    for (int i = 0; i < 3; i++)
        if (said(mb_conn_query(&res, conn, "SELECT $1", 1, one, &err), &err)) {
            (void)mb_result_int(res, 0, 0);
            mb_result_free(res);
        }
    if (said(mb_conn_exec_each(&answers, conn, "SELECT 1; SELECT 2", 2, &err), &err)) {
        (void)mb_result_bool(answers.items[1], 3, 3);
        mb_answers_free(&answers);
    }
    (void)said(mb_conn_run(conn, "SELECT 1", &sink, NULL, &err), &err);
    if (said(mb_conn_exec(NULL, conn, "BEGIN", &err), &err) &&
        said(mb_cursor_open(&cursor, conn, "SELECT 1", 0, NULL, &err), &err))
        for (int i = 0; i < 4 && said(mb_cursor_page(&page, cursor, &err), &err) && page; i++)
            drop_rows(&cells, page, true);
    mb_cursor_close(cursor, false);
    mb_conn_rollback(conn);
    if (said(mb_round_trip_begin(&bundle, conn, &err), &err)) {
        for (int i = 0; i < 3 && mb_round_trip_send(bundle, "SELECT 1", 0, NULL, i > 0, &err); i++)
            ;
        (void)said(mb_round_trip_end(bundle, take_answer, &cells, &err), &err);
    }
}

static void history(mb_conn *conn)
{
    const mb_lock_request wish = {.conn = conn, .schema = "moonbird"};
    const mb_store in = {conn, "moonbird"};
    const mb_event_filter filter = {.name = "a", .limit = 3};
    mb_history history;
    mb_events events;
    mb_lock *lock = NULL;
    mb_error err;

    if (said(mb_history_load(&history, in, MB_DETAIL_ALL, &err), &err)) {
        if (said(mb_history_events(&events, in, &history, &filter, &err), &err))
            mb_events_free(&events);
        mb_history_free(&history);
    }
    if (said(mb_lock_take(&lock, &wish, NULL, &err), &err))
        mb_lock_release(lock);
}

static void commands(mb_conn *conn)
{
    mb_settings settings = {
        .root = folder,
        .migrations = "migrations",
        .manual = "migrations-manual",
        .schema = "moonbird",
        .environment = "",
        .commit = "",
        .pipeline = true,
        .out_of_order = MB_WARN,
        .changed = MB_REFUSE,
    };
    const mb_request up = {.what = MB_DO_UP, .force_empty_history = true};
    const mb_request down = {.what = MB_DO_DOWN};
    mb_project *project;
    mb_outcome outcome;
    mb_deadline before = mb_time_limit(UP_MS);
    mb_error err;

    mb_project_open(&project, &settings, conn, NULL);
    (void)said(mb_project_apply(&outcome, project, &up, (mb_given){0}, NULL, &err), &err);
    mb_outcome_free(&outcome);
    (void)said(mb_project_apply(&outcome, project, &down, (mb_given){0}, NULL, &err), &err);
    mb_outcome_free(&outcome);
    mb_project_close(project);
    mb_time_limit_back(before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const work[])(mb_conn *) = {statements, history, commands, commands};
    char target[128];
    nonsense *server;

    make_folder();
    alarm(SECONDS_MOST); /* an endless wait ends the program */
    server = nonsense_start(folder, data, size);
    snprintf(target, sizeof target, "host=%s user=u dbname=d connect_timeout=2", folder);
    for (size_t i = 0; i < 4 * sizeof work / sizeof work[0]; i++) {
        mb_conn *conn;
        mb_error err;

        if (!said(mb_conn_open(&conn, target, &err), &err))
            continue;
        work[i % (sizeof work / sizeof work[0])](conn);
        mb_conn_close(conn);
        (void)mb_result_missed(&err);
    }
    nonsense_stop(server);
    alarm(0);
    return 0;
}

/* libpq forgets a result when a second description of rows comes before its end. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libpq.so\n";
}
