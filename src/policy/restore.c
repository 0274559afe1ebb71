/* restore.c -- a backup is restored into a database, completely or not at all. */
#include "moonbird/policy/policies.h"
#include "moonbird/project/loaded.h"
#include "database_policies.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/sqlstate.h"
#include "moonbird/os/clock.h"
#include "moonbird/os/file.h"
#include "moonbird/os/live.h"
#include "moonbird/os/log.h"
#include "moonbird/os/probe.h"
#include "moonbird/policy/allow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void mb_restored_free(mb_restored *restored)
{
    free(restored->path);
    mb_database_facts_free(&restored->before);
    *restored = (mb_restored){0};
}

/* ---- the file ---- */

/* A name without "/" that does not exist here may be a file in the folder of backups. */
static bool find_file(char **path, const mb_restore_request *request, const mb_settings *settings,
                      mb_error *err)
{
    const char *name = request->name ? request->name : request->file;
    char *folder = mb_path_join(settings->root, settings->backups);
    char *other = mb_path_join(folder, name);

    *path = realpath(request->file, NULL);
    if (!*path && errno == ENOENT && !strchr(name, '/'))
        *path = realpath(other, NULL);
    if (!*path) {
        mb_fail_errno(err, request->file, "cannot open the backup");
        mb_fail_hint(err, "moonbird backup list shows the backups of this project.");
    }
    free(other);
    free(folder);
    return *path != NULL;
}

/* ---- the database ---- */

/* A restore in progress. */
typedef struct restoring {
    const mb_database_at *at;
    const mb_restore_request *request;
    mb_restored *out;
    mb_conn *server;
    char *name; /* of the new database; NULL: the archive is restored into the existing database */
    char *old;  /* the name that the replaced database gets; NULL: there is none */
    bool unknown; /* the session was lost while the databases were renamed */
} restoring;

static bool refuse_objects(const mb_database_facts *facts, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "database \"%s\" is not empty: it has %lld object%s", facts->name,
            (long long)facts->contents.objects, facts->contents.objects == 1 ? "" : "s");
    return mb_fail_hint(err, "Name a database that does not exist or is empty, or replace this one "
                             "with --overwrite.");
}

/*
 * PostgreSQL does not drop a template, and the new database would not be one.  What is restored into
 * an empty one, such as template1, would be in each database that is created later.
 */
static bool refuse_template(const mb_database_facts *facts, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "database \"%s\" is a template, in which moonbird restores nothing",
            facts->name);
    return mb_fail_hint(err, "Name another database. If it need not be a template any more, run: "
                             "ALTER DATABASE ... IS_TEMPLATE false.");
}

/* Its log is private, and removed with it. */
static char *log_path(void)
{
    const char *folder = getenv("TMPDIR");
    char *path = mb_format("%s/moonbird-restore-XXXXXX", folder && *folder ? folder : "/tmp");
    int fd = mkstemp(path);

    if (fd >= 0)
        close(fd);
    return path;
}

/* Records it in the history that the archive brought along, if it is one of ours. */
static void record(mb_conn *conn, const restoring *r)
{
    mb_project *project;
    mb_writer by;
    mb_error why;
    bool there;
    mb_settings settings = *r->at->settings;

    settings.environment = "";
    settings.named = NULL;
    mb_project_open(&project, &settings, conn, NULL);
    by = mb_writer_of(project, r->at->command);
    if (!mb_history_is_there(&there, by.in, settings.history_owner, &why) ||
        (there &&
         !mb_history_event(&by, (mb_key){MB_AUTO, NULL}, "restore", "done", r->out->path, &why)))
        mb_log(MB_LOG_WARN, "the history of the restored database does not list the restore: %s",
               why.message);
    mb_project_close(project);
}

static bool run(const restoring *r, const char *name, mb_error *err)
{
    char *log = log_path();
    const mb_restore what = {.archive = r->out->path, .log = log, .no_owner = r->request->no_owner};
    mb_conn *conn = NULL;
    mb_error why;
    bool ok =
        mb_database_open(&conn, r->at->conninfo, name, mb_settings_limits(r->at->settings), err);

    mb_live_start("restoring %s", r->out->before.name);
    ok = ok && mb_restore_run(&what, conn, err);
    mb_live_stop();
    if (ok)
        record(conn, r);
    if (conn && !mb_database_end_pooled(conn, &why))
        mb_log(MB_LOG_WARN, "the pooler may still have a session with the settings of pg_restore: %s",
               why.message);
    mb_conn_close(conn);
    unlink(log);
    free(log);
    return ok;
}

/* The old database is dropped last. If that fails, the restore is complete nevertheless. */
static void drop_old(const restoring *r)
{
    mb_error why;

    if (r->old && !mb_database_drop(r->server, r->old, true, &why))
        mb_log(MB_LOG_WARN, "could not drop the replaced database, which is now \"%s\": %s", r->old,
               why.message);
}

/*
 * The new database gets the name of the database that the user named, if that database may still be
 * replaced.
 */
static bool take_place(restoring *r, mb_error *err)
{
    const mb_database_facts *before = &r->out->before;
    mb_database_swap swap = {r->name, before->name, NULL, r->request->force};
    mb_database_facts now = {0};
    bool ok = mb_database_inspect(&now, r->at, err) && mb_database_same(before, &now, err) &&
              (!before->oid || mb_database_temporary_name(&r->old, "replaced", err));

    swap.old = r->old;
    if (ok) {
        ok = mb_database_fail_in_use(mb_database_take_name(r->server, &swap, err), err);
        r->unknown = !ok && err->code == MB_ERR_CONNECT;
    }
    mb_database_facts_free(&now);
    return ok;
}

/* Drops the new database, in a new session if ours is lost. */
static bool drop_new(const restoring *r, mb_error *why)
{
    bool ok;

    mb_conn_shield(r->server, true);
    ok = mb_database_drop(r->server, r->name, true, why) ||
         (why->code == MB_ERR_CONNECT && mb_conn_reconnect(r->server, why) &&
          mb_database_drop(r->server, r->name, true, why));
    mb_conn_shield(r->server, false);
    return ok;
}

/*
 * Called after a failure.  True if the restore is complete all the same: the answer to COMMIT was
 * lost, and the new database no longer has the name that only this process knows.
 */
static bool clean_up(const restoring *r, mb_error *err)
{
    mb_error why;

    if (drop_new(r, &why))
        return false;
    if (r->unknown && mb_error_is(&why, MB_SQLSTATE_INVALID_CATALOG_NAME))
        return true;
    mb_log(MB_LOG_WARN, "could not drop the unfinished database \"%s\": %s", r->name, why.message);
    if (r->unknown)
        mb_fail_hint(
            err,
            "It is unknown whether database \"%s\" was replaced. If \"%s\" still exists, the "
            "database was not replaced: drop \"%s\". Otherwise the restore is complete.",
            r->out->before.name, r->name, r->name);
    return false;
}

/* The new database has a temporary name until it is complete. */
static bool run_in_new(restoring *r, mb_error *err)
{
    const mb_database_options options = {.template = "template0"};

    if (!mb_database_temporary_name(&r->name, "restore", err) ||
        !mb_database_create(r->server, r->name, &options, err) ||
        !((run(r, r->name, err) && take_place(r, err)) || clean_up(r, err)))
        return false;
    drop_old(r);
    return true;
}

static bool restore(restoring *r, mb_error *err)
{
    const mb_database_facts *before = &r->out->before;
    bool is_empty = before->oid && before->contents.objects == 0;
    int64_t since = mb_now_us();
    bool ok;

    if (before->contents.objects > 0 && !r->request->overwrite)
        return refuse_objects(before, err);
    if (before->oid && before->contents.is_template)
        return refuse_template(before, err);
    if (r->request->look)
        return true;
    ok = is_empty ? run(r, before->name, err)
                  : (!before->oid || mb_database_back_up(before, r->at, err)) &&
                        mb_server_open(&r->server, r->at->conninfo,
                                       mb_settings_limits(r->at->settings), err) &&
                        run_in_new(r, err);
    mb_conn_close(r->server);
    free(r->name);
    free(r->old);
    r->out->duration_us = mb_now_us() - since;
    return ok;
}

bool mb_database_restore(mb_restored *out, const mb_database_at *at,
                         const mb_restore_request *request, mb_error *err)
{
    restoring r = {.at = at, .request = request, .out = out};

    *out = (mb_restored){0};
    return find_file(&out->path, request, at->settings, err) &&
           mb_archive_read(&out->archive, out->path, err) &&
           mb_database_inspect(&out->before, at, err) && restore(&r, err);
}
