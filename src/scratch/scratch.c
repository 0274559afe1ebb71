#include "moonbird/scratch/scratch.h"
#include "moonbird/policy/allow.h"
#include "moonbird/project/project.h"
#include "moonbird/project/settings.h"
#include "moonbird/run/exec.h"

#include "moonbird/policy/policies.h"
#include "confinement.h"
#include "leftovers.h"
#include "migrate.h"
#include "version.h"

#include "moonbird/base/buf.h"
#include "moonbird/server/database.h"
#include "moonbird/server/throw_away.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/log.h"
#include "moonbird/pg/qualified.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct template
{
    mb_version version;
    char *database;
}
template;

struct mb_scratch {
    mb_settings settings;
    const mb_host *host;
    mb_throw_away *throw_away; /* the throw-away server; NULL: the server was given */
    mb_conn *server;           /* the session that creates and drops databases */
    char *conninfo;            /* of the server, to which the name of a database is added */
    char *shared;              /* the roles and tablespaces of a throw-away server at its start */
    mb_files files;
    mb_status status;         /* for an empty history: every migration is pending */
    mb_version_source source; /* the status, the settings and the host */
    template *templates;
    size_t n;
    char *run;          /* the beginning of the names of the databases, which are numbered */
    unsigned databases; /* how many were created */
    mb_conn *warden;    /* of mb_scratch_confine; NULL: the server is not confined */
    char **made;        /* the names of the databases of mb_scratch_make */
    size_t n_made;
    /* The fields below describe the current scratch database. */
    const mb_item *subject;
    size_t autos; /* migrations of the auto stream that were applied at its start */
    char *database;
    mb_conn *conn;
    mb_project *project;
};

/* ---- databases ---- */

static bool exec(mb_scratch *scratch, char *sql, mb_error *err)
{
    bool ok = mb_conn_exec_alone(scratch->server, sql, err);

    free(sql);
    return ok;
}

/* CREATE DATABASE fails while its template has a session, which ends a little after its client. */
static bool wait_unused(mb_scratch *scratch, const char *database, mb_error *err)
{
    static const struct timespec moment = {.tv_nsec = 1000000};
    const mb_param params[] = {{.data = database}};

    for (int i = 0; i < 1000; i++) {
        mb_result *res = NULL;
        bool unused;

        if (!mb_conn_query(&res, scratch->server,
                           "SELECT FROM pg_catalog.pg_stat_activity WHERE datname" MB_EQ "$1", 1,
                           params, err))
            return false;
        unused = mb_result_rows(res) == 0;
        mb_result_free(res);
        if (unused)
            break;
        nanosleep(&moment, NULL);
    }
    return true;
}

/* Creates a database as a copy of `from` (NULL: an empty one).  The caller frees *name. */
static bool create(char **name, mb_scratch *scratch, const char *from, mb_error *err)
{
    *name = mb_format("%s_%u", scratch->run, ++scratch->databases);
    if ((!from || wait_unused(scratch, from, err)) &&
        exec(scratch,
             mb_format("CREATE DATABASE %s%s%s", *name, from ? " TEMPLATE " : "", from ? from : ""),
             err))
        return true;
    free(*name);
    *name = NULL;
    return false;
}

static bool try_drop(mb_scratch *scratch, const char *name, mb_error *err)
{
    return wait_unused(scratch, name, err) &&
           exec(scratch, mb_format("DROP DATABASE IF EXISTS %s", name), err);
}

/*
 * Drops the database, in a new session if ours is lost, and frees the name.  A failure is a
 * warning: the trial has its result already.
 */
static void drop(mb_scratch *scratch, char *name)
{
    mb_error why;
    bool ok;

    if (!name)
        return;
    mb_conn_shield(scratch->server, true);
    ok = try_drop(scratch, name, &why) ||
         (why.code == MB_ERR_CONNECT && mb_conn_reconnect(scratch->server, &why) &&
          try_drop(scratch, name, &why));
    mb_conn_shield(scratch->server, false);
    if (!ok)
        mb_log(MB_LOG_WARN, "could not drop the test's database \"%s\": %s", name, why.message);
    free(name);
}

/* The connection string of a database (`user` NULL: for the server's role); the caller frees it. */
static bool database_conninfo(char **out, const mb_scratch *scratch, const char *database,
                              const char *user, mb_error *err)
{
    *out = mb_strdup(scratch->conninfo);
    if (mb_conninfo_add(out, "dbname", database, err) &&
        (!user || mb_conninfo_add(out, "user", user, err)))
        return true;
    free(*out);
    *out = NULL;
    return false;
}

static bool connect(mb_conn **out, const mb_scratch *scratch, const char *database, mb_error *err)
{
    char *conninfo;
    bool ok = database_conninfo(&conninfo, scratch, database, NULL, err) &&
              mb_conn_open(out, conninfo, err);

    if (ok)
        mb_conn_set_limits(*out, mb_settings_limits(&scratch->settings));
    free(conninfo);
    return ok;
}

/* ---- templates ---- */

static bool fill(mb_scratch *scratch, const char *database, size_t done, const mb_version *v,
                 mb_error *err)
{
    mb_project *project;
    mb_conn *conn = NULL;
    bool ok;

    if (!connect(&conn, scratch, database, err))
        return false;
    mb_project_open(&project, &scratch->settings, conn, scratch->host);
    ok = mb_migrate_autos(project, &scratch->source, done, v->autos, err) &&
         mb_migrate_manual(project, v, err);
    mb_project_close(project);
    mb_conn_close(conn);
    return ok;
}

/* The newest template from which `v` can be reached; NULL when there is none. */
static const template *find_base(const mb_scratch *scratch, const mb_version *v)
{
    const template *base = NULL;

    for (size_t i = 0; i < scratch->n; i++) {
        const template *t = &scratch->templates[i];

        if (t->version.n == 0 && t->version.autos <= v->autos &&
            (!base || t->version.autos > base->version.autos))
            base = t;
    }
    return base;
}

static const char *find_template(const mb_scratch *scratch, const mb_version *v)
{
    for (size_t i = 0; i < scratch->n; i++)
        if (mb_version_is(&scratch->templates[i].version, v))
            return scratch->templates[i].database;
    return NULL;
}

/* *out: the template's database; NULL: an empty database has this version.  Frees or keeps *v. */
static bool get_template(const char **out, mb_scratch *scratch, mb_version *v, mb_error *err)
{
    bool empty = v->autos == 0 && v->n == 0;
    const template *base;
    char *database = NULL;

    *out = empty ? NULL : find_template(scratch, v);
    if (empty || *out) {
        mb_version_free(v);
        return true;
    }
    base = find_base(scratch, v);
    if (!create(&database, scratch, base ? base->database : NULL, err) ||
        !fill(scratch, database, base ? base->version.autos : 0, v, err)) {
        drop(scratch, database);
        mb_version_free(v);
        return false;
    }
    scratch->templates = mb_grow(scratch->templates, scratch->n, sizeof *scratch->templates);
    scratch->templates[scratch->n++] = (template){*v, database};
    *out = database;
    return true;
}

/* ---- the trial ---- */

static void end(mb_scratch *scratch)
{
    mb_project_close(scratch->project);
    mb_conn_close(scratch->conn);
    scratch->project = NULL;
    scratch->conn = NULL;
    drop(scratch, scratch->database);
    scratch->database = NULL;
}

/* Reads the roles and tablespaces of the server as one text, which the caller frees. */
static bool read_shared(char **out, const mb_scratch *scratch, mb_error *err)
{
    static const char sql[] =
        "SELECT pg_catalog.string_agg(x.line, ' ' ORDER BY x.line COLLATE pg_catalog.\"C\") FROM ("
        "SELECT a::pg_catalog.text FROM pg_catalog.pg_authid a"
        " UNION ALL SELECT m::pg_catalog.text FROM pg_catalog.pg_auth_members m"
        " UNION ALL SELECT t::pg_catalog.text FROM pg_catalog.pg_tablespace t"
        " UNION ALL SELECT s::pg_catalog.text FROM pg_catalog.pg_db_role_setting s"
        " WHERE s.setdatabase" MB_EQ "0) x (line)";
    mb_result *res = NULL;

    if (!mb_conn_exec_limited(&res, scratch->server, sql, err))
        return false;
    *out = mb_strdup(mb_result_value(res, 0, 0));
    mb_result_free(res);
    return true;
}

static bool start_server(mb_scratch *scratch, mb_error *err)
{
    if (!mb_throw_away_start(&scratch->throw_away, err))
        return false;
    scratch->conninfo = mb_strdup(mb_throw_away_conninfo(scratch->throw_away));
    return connect(&scratch->server, scratch, "postgres", err) &&
           read_shared(&scratch->shared, scratch, err);
}

/* The name tells other runs that the databases are in use, also after a new login. */
static bool open_named(mb_scratch *scratch, mb_error *err)
{
    char *named = mb_strdup(scratch->conninfo);
    bool ok = mb_conninfo_add(&named, "application_name", scratch->run, err) &&
              mb_conn_open(&scratch->server, named, err);

    if (ok)
        mb_conn_set_limits(scratch->server, mb_settings_limits(&scratch->settings));
    free(named);
    return ok;
}

static bool open_server(mb_scratch *scratch, const char *server, mb_error *err)
{
    if (!server)
        return start_server(scratch, err);
    scratch->conninfo = mb_strdup(server);
    return open_named(scratch, err);
}

static void close_server(mb_scratch *scratch)
{
    for (size_t i = 0; i < scratch->n; i++) {
        mb_version_free(&scratch->templates[i].version);
        if (scratch->throw_away)
            free(scratch->templates[i].database); /* the server is deleted with its databases */
        else
            drop(scratch, scratch->templates[i].database);
    }
    for (size_t i = 0; i < scratch->n_made; i++) {
        if (scratch->throw_away)
            free(scratch->made[i]);
        else
            drop(scratch, scratch->made[i]);
    }
    scratch->n = scratch->n_made = 0;
    mb_conn_close(scratch->warden);
    mb_conn_close(scratch->server);
    mb_throw_away_stop(scratch->throw_away);
    free(scratch->conninfo);
    free(scratch->shared);
    scratch->server = scratch->warden = NULL;
    scratch->throw_away = NULL;
    scratch->conninfo = scratch->shared = NULL;
}

/*
 * Replaces a throw-away server on which a migration has created roles or tablespaces.  They outlive
 * the database, and the next trial would find them before its migration creates them.
 */
static bool renew_server(mb_scratch *scratch, mb_error *err)
{
    char *now = NULL;
    bool same;

    if (!scratch->server)
        return start_server(scratch, err); /* the server could not be started the last time */
    if (!mb_conn_is_there(scratch->server) && !mb_conn_reconnect(scratch->server, err))
        return false;
    if (!scratch->throw_away)
        return true;
    if (!read_shared(&now, scratch, err))
        return false;
    same = strcmp(now, scratch->shared) == 0;
    free(now);
    if (same)
        return true;
    close_server(scratch);
    return start_server(scratch, err);
}

bool mb_scratch_open(mb_scratch **out, const mb_settings *settings, const mb_host *host,
                     const char *server, mb_error *err)
{
    static const mb_history nothing = {0};
    mb_scratch *scratch = mb_alloc(sizeof *scratch);
    mb_folders folders = mb_settings_folders(settings);

    scratch->settings = *settings;
    scratch->settings.environment = "";
    scratch->settings.environments = NULL;
    scratch->settings.n_environments = 0;
    scratch->host = host;
    scratch->source = (mb_version_source){&scratch->status, &scratch->settings, host};
    if (mb_files_read(&scratch->files, &folders, NULL, err)) {
        mb_status_build(&scratch->status, &scratch->files, &nothing);
        if (mb_database_temporary_name(&scratch->run, "test", err) &&
            open_server(scratch, server, err) &&
            (!server || mb_policies_allow_scratch(settings, scratch->server, server, err))) {
            if (server)
                mb_scratch_drop_leftovers(scratch->server);
            *out = scratch;
            return true;
        }
    }
    mb_scratch_close(scratch);
    return false;
}

void mb_scratch_close(mb_scratch *scratch)
{
    if (!scratch)
        return;
    end(scratch);
    close_server(scratch);
    free(scratch->templates);
    free(scratch->made);
    free(scratch->run);
    mb_status_free(&scratch->status);
    mb_files_free(&scratch->files);
    free(scratch);
}

bool mb_scratch_begin(mb_scratch *scratch, const char *name, const char *at, mb_error *err)
{
    const char *from = NULL;
    mb_version v = {0};

    end(scratch);
    scratch->subject = NULL;
    if (!renew_server(scratch, err))
        return false;
    if ((name && !mb_status_find(&scratch->subject, &scratch->status, name, NULL, err)) ||
        !mb_version_find(&v, &scratch->source, scratch->subject, at, err)) {
        mb_version_free(&v);
        return false;
    }
    scratch->autos = v.autos;
    if (!get_template(&from, scratch, &v, err) || !create(&scratch->database, scratch, from, err) ||
        !connect(&scratch->conn, scratch, scratch->database, err))
        return false;
    mb_project_open(&scratch->project, &scratch->settings, scratch->conn, scratch->host);
    return true;
}

bool mb_scratch_make(char **conninfo, mb_scratch *scratch, bool empty, const char *at,
                     mb_error *err)
{
    const char *from = NULL;
    mb_version v = {0};
    char *name;

    if ((!scratch->server && !start_server(scratch, err)) ||
        (!empty && (!mb_version_find(&v, &scratch->source, NULL, at, err) ||
                    !get_template(&from, scratch, &v, err))) ||
        !create(&name, scratch, from, err))
        return false;
    scratch->made = mb_grow(scratch->made, scratch->n_made, sizeof *scratch->made);
    scratch->made[scratch->n_made++] = name;
    return database_conninfo(conninfo, scratch, name, NULL, err);
}

bool mb_scratch_replay(mb_scratch *scratch, const char *conninfo, const char *const *applied,
                       size_t n, mb_error *err)
{
    mb_project *project;
    mb_conn *conn;
    bool ok;

    if (!mb_conn_open(&conn, conninfo, err))
        return false;
    mb_project_open(&project, &scratch->settings, conn, scratch->host);
    ok = mb_migrate_applied(project, &scratch->status, applied, n, err);
    mb_project_close(project);
    mb_conn_close(conn);
    return ok;
}

bool mb_scratch_load(mb_scratch *scratch, const char *conninfo, const char *path, mb_error *err)
{
    static const mb_reporter silent = {0};
    mb_project *project;
    mb_conn *conn;
    size_t statements;
    bool ok;

    if (!mb_conn_open(&conn, conninfo, err))
        return false;
    mb_project_open(&project, &scratch->settings, conn, scratch->host);
    ok = mb_project_run_sql(project, path, (mb_given){0}, &silent, &statements, err);
    mb_project_close(project);
    mb_conn_close(conn);
    return ok;
}

bool mb_scratch_confine(char **conninfo, mb_scratch *scratch, const char *database,
                        const char *user, mb_error *err)
{
    if (!scratch->throw_away)
        return mb_confinement_check(scratch->server, err) &&
               database_conninfo(conninfo, scratch, database, NULL, err);
    return mb_confinement_start(&scratch->warden, scratch->conninfo, user, err) &&
           database_conninfo(conninfo, scratch, database, user, err);
}

bool mb_scratch_seal(mb_scratch *scratch, mb_error *err)
{
    return !scratch->warden || mb_confinement_seal(scratch->warden, err);
}

bool mb_scratch_lift(mb_scratch *scratch, bool lifted, mb_error *err)
{
    return !scratch->warden || mb_confinement_lift(scratch->warden, lifted, err);
}

mb_conn *mb_scratch_conn(const mb_scratch *scratch)
{
    return scratch->conn;
}

const mb_item *mb_scratch_subject(const mb_scratch *scratch)
{
    return scratch->subject;
}

bool mb_scratch_approach(mb_scratch *scratch, mb_error *err)
{
    return scratch->subject->stream == MB_MANUAL ||
           mb_migrate_autos(scratch->project, &scratch->source, scratch->autos,
                            mb_autos_before(&scratch->status, scratch->subject), err);
}

bool mb_scratch_up(mb_scratch *scratch, const mb_setting *args, size_t n_args, mb_error *err)
{
    bool anything = false;

    if (!mb_migrate_one(scratch->project, MB_DO_UP, scratch->subject, (mb_given){args, n_args},
                        &anything, err))
        return false;
    if (anything)
        return true;
    mb_fail(err, MB_ERR_FAILED, "\"%s\" is already applied", scratch->subject->name);
    return mb_fail_hint(err, "Start from an earlier version with { at = NAME }.");
}

bool mb_scratch_down(mb_scratch *scratch, const mb_setting *args, size_t n_args, mb_error *err)
{
    return mb_migrate_one(scratch->project, MB_DO_DOWN, scratch->subject,
                          (mb_given){args, n_args}, NULL, err);
}
