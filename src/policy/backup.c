/* backup.c -- dump the database into the project's folder of backups, and record that. */
#include "moonbird/policy/backup.h"
#include "moonbird/history/create_tables.h"
#include "moonbird/project/loaded.h"
#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"
#include "moonbird/project/settings.h"
#include "moonbird/pg/observer.h"
#include "moonbird/pg/qualified.h"
#include "moonbird/policy/policies.h"

#include "backup_list.h"

#include "moonbird/base/buf.h"
#include "moonbird/server/dump.h"
#include "moonbird/os/file.h"
#include "moonbird/os/clock.h"
#include "moonbird/os/live.h"
#include "moonbird/os/print.h"
#include "moonbird/os/progress.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/probe.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the folder and the file ---- */

/* Ignore the folder in git: backups inside the project must not be committed. */
static bool ignore_in_git(const char *folder, mb_error *err)
{
    char *path = mb_path_join(folder, ".gitignore");
    bool ok = mb_path_taken(path) || mb_file_write(path, "*\n", 2, true, err);

    free(path);
    return ok;
}

/*
 * Make the folder. The default one must belong to moonbird; a configured one belongs to the team,
 * and may be a symbolic link.
 */
static bool make(const mb_settings *settings, const char *folder, mb_error *err)
{
    char *above = mb_path_dir(folder);
    bool ours = strcmp(settings->backups, ".moonbird/backups") == 0;
    bool ok = ours ? mb_folder_make_own(above, settings->root, err) &&
                         mb_folder_make_own(folder, settings->root, err)
                   : mb_folder_make(folder, err) && mb_folder_check_closed(folder, err);

    free(above);
    return ok;
}

/*
 * The path is absolute: pg_dump runs in another folder, and the history shows the path to other
 * people.
 */
static char *make_folder(const mb_settings *settings, mb_error *err)
{
    char *folder = mb_path_join(settings->root, settings->backups), *real = NULL;

    if (make(settings, folder, err) &&
        (settings->backups[0] == '/' || ignore_in_git(folder, err))) {
        real = realpath(folder, NULL);
        if (!real)
            mb_fail_errno(err, folder, "cannot open the folder");
    }
    free(folder);
    return real;
}

static bool ask_time(mb_conn *conn, char *text, size_t size, mb_error *err)
{
    mb_result *res;

    if (!mb_conn_exec(&res, conn,
                      "SELECT pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC',"
                      " 'YYYYMMDD\"T\"HH24MISS\"Z\"')",
                      err))
        return false;
    snprintf(text, size, "%s", mb_result_value(res, 0, 0));
    mb_result_free(res);
    return true;
}

/* DATABASE-20260131T235959Z.dump, with _ for characters that a file name cannot contain. */
static char *name_file(const char *folder, const char *database, const char *time)
{
    char *name = mb_strdup(database), *path;

    for (char *s = name; *s; s++)
        if (!isalnum((unsigned char)*s) && !strchr("_.-", *s))
            *s = '_';
    if (*name == '.') /* backup list passes hidden files over */
        *name = '_';
    path = mb_format("%s/%s-%s.dump", folder, name, time);
    free(name);
    return path;
}

/* ---- progress ---- */

enum { EVENT_EVERY_US = 1000000, ASK_EVERY_US = 250000 };
enum { SAY_BLOCKED_AFTER_S = 1 };

/* The sessions that block the pg_dump of this role in this database, after a second. */
static const char blockers_sql[] =
    "SELECT pg_catalog.string_agg(DISTINCT " MB_SESSION_TEXT ", ' and ')"
    " FROM pg_catalog.pg_stat_activity d"
    " CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(d.pid)) x (pid)"
    " JOIN pg_catalog.pg_stat_activity b ON b.pid" MB_EQ "x.pid"
    " WHERE d.application_name" MB_EQ "'pg_dump' AND d.wait_event_type" MB_EQ "'Lock'"
    " AND d.datname" MB_EQ "pg_catalog.current_database() AND d.usename" MB_EQ "session_user"
    " AND d.query_start" MB_OP("<") "(pg_catalog.clock_timestamp()" MB_OP(
        "-") "'%d s'::pg_catalog.interval)";

/* The progress of a backup at a terminal or in a log; and the session, which waits for its end. */
typedef struct progress {
    const mb_reporter *reporter;
    mb_conn *conn;
    char *const *path;   /* of the file; known when pg_dump runs */
    int64_t since, said; /* when it began; when the last line was reported */
    int64_t reported;    /* when the last event was */
    int64_t asked;       /* when the session last ran a statement */
    char waits[512];     /* the sessions that were last reported to block pg_dump; or "" */
} progress;

/* Reports the sessions that pg_dump waits for, when they are others than before. */
static void look_at_locks(progress *p)
{
    char *sql = mb_format(blockers_sql, SAY_BLOCKED_AFTER_S);
    mb_result *res = NULL;
    mb_error ignored; /* a session that was lost says so when it is used */
    char waits[sizeof p->waits];

    if (mb_conn_exec(&res, p->conn, sql, &ignored)) {
        mb_format_into(waits, sizeof waits, "%s",
                       mb_result_null(res, 0, 0) ? "" : mb_result_value(res, 0, 0));
        if (*waits && strcmp(waits, p->waits) != 0) {
            mb_format_into(p->waits, sizeof p->waits, "%s", waits);
            mb_report_note(p->reporter, "backing up: pg_dump waits for %s", waits);
        }
    }
    mb_result_free(res);
    free(sql);
}

/*
 * The session holds the run lock and records the backup. Statements keep idle_session_timeout from
 * ending it while pg_dump runs.
 */
static void keep_alive(progress *p, int64_t now)
{
    if (now - p->asked < ASK_EVERY_US || mb_conn_tx(p->conn) != MB_TX_IDLE)
        return;
    look_at_locks(p);
    p->asked = now;
}

static double megabytes(int64_t bytes)
{
    return (double)bytes / 1e6;
}

static void on_progress(void *self, int64_t bytes)
{
    progress *p = self;
    int64_t now = mb_now_us();

    keep_alive(p, now);
    mb_live_detail("%.1f MB", megabytes(bytes));
    if (now - p->reported >= EVENT_EVERY_US) {
        p->reported = now;
        mb_report_backup(p->reporter, *p->path, bytes, now - p->since, false);
    }
    if (mb_print_is_terminal() || now - p->said < MB_PROGRESS_LINE_US)
        return;
    p->said = now;
    mb_report_note(p->reporter, "backing up: %.1f MB so far", megabytes(bytes));
}

/* ---- making ---- */

static bool record(const mb_backup *backup, const mb_recording *at, mb_error *err)
{
    char *detail = mb_format("%s, %lld bytes", backup->path, (long long)backup->bytes);
    bool ok = mb_history_need(at->by, false, err) &&
              mb_history_event(at->by, (mb_key){MB_AUTO, NULL}, "backup", "done", detail, err);

    if (!ok)
        mb_fail_detail(err, "The backup is complete, but the history does not list it: %s",
                       backup->path);
    free(detail);
    return ok;
}

static bool dump(mb_backup *out, const mb_recording *at, mb_error *err)
{
    int64_t since = mb_now_us();
    progress p = {.reporter = at->reporter,
                  .conn = at->by->in.conn,
                  .path = &out->path,
                  .since = since,
                  .said = since,
                  .asked = since};
    bool ok;

    mb_live_start("backing up %s", mb_conn_database(at->by->in.conn));
    ok = mb_dump(&out->bytes, at->by->in.conn, &out->path, on_progress, &p, err);
    mb_live_stop();
    out->duration_us = mb_now_us() - since;
    if (ok)
        mb_report_backup(at->reporter, out->path, out->bytes, out->duration_us, true);
    return ok;
}

bool mb_backup_make(mb_backup *out, const mb_recording *at, mb_error *err)
{
    char *folder = make_folder(at->settings, err);
    char time[32];
    bool ok;

    *out = (mb_backup){.recorded = at->recorded};
    if (!folder)
        return false;
    ok = ask_time(at->by->in.conn, time, sizeof time, err);
    if (ok) {
        mb_dump_clean(folder);
        out->path = name_file(folder, mb_conn_database(at->by->in.conn), time);
        ok = dump(out, at, err);
        if (ok)
            mb_backups_note(folder, out, at->by->in.conn);
        ok = ok && (!at->recorded || record(out, at, err));
    }
    free(folder);
    if (!ok)
        mb_backup_free(out);
    return ok;
}

void mb_backup_free(mb_backup *backup)
{
    free(backup->path);
    *backup = (mb_backup){0};
}

bool mb_project_backup(mb_backup *out, mb_project *project, const mb_reporter *reporter,
                       mb_error *err)
{
    const mb_settings *s = &project->settings;
    mb_writer by = mb_writer_of(project, "backup");
    mb_recording at = {.settings = s, .reporter = reporter, .by = &by};

    return mb_history_is_there(&at.recorded, by.in, s->history_owner, err) &&
           mb_backup_make(out, &at, err);
}
