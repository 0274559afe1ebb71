#include "moonbird/scratch/scratch.h"
#include "moonbird/policy/allow.h"
#include "moonbird/project/project.h"
#include "moonbird/project/settings.h"
#include "moonbird/run/exec.h"

#include "moonbird/policy/policies.h"
#include "confinement.h"
#include "leftovers.h"
#include "migrate.h"
#include "server.h"
#include "values.h"
#include "version.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

typedef struct template
{
    mb_version version;
    mb_values values; /* of mb_scratch_begin, with which its migrations were applied */
    char *database;
}
template;

struct mb_scratch {
    mb_settings settings;
    const mb_host *host;
    mb_scratch_server server;
    mb_files files;
    mb_status status;         /* for an empty history: every migration is pending */
    mb_version_source source; /* the status, the settings and the host */
    mb_values set;            /* of mb_scratch_set */
    template *templates;
    size_t n;
    mb_conn *warden;    /* of mb_scratch_confine; NULL: the server is not confined */
    char **made;        /* the names of the databases of mb_scratch_make */
    size_t n_made;
    /* The fields below describe the current scratch database. */
    const mb_item *subject;
    mb_values values; /* for all its migrations */
    mb_values others; /* of those of mb_scratch_begin, the ones that not only the subject names */
    size_t autos; /* migrations of the auto stream that were applied at its start */
    char *database;
    mb_conn *conn;
    mb_project *project;
};

/* ---- templates ---- */

/* What a template's migrations are applied with; mb_values_free frees it. */
static mb_values values_of(const mb_scratch *scratch)
{
    mb_values all = {0};

    mb_values_add(&all, scratch->others.items, scratch->others.n);
    mb_values_add(&all, scratch->set.items, scratch->set.n);
    return all;
}

static bool fill(mb_scratch *scratch, const char *database, size_t done, const mb_version *v,
                 mb_error *err)
{
    mb_values values;
    mb_project *project;
    mb_conn *conn = NULL;
    bool ok;

    if (!mb_scratch_server_connect(&conn, &scratch->server, database, err))
        return false;
    mb_project_open(&project, &scratch->settings, conn, scratch->host);
    values = values_of(scratch);
    ok = mb_migrate_autos(project, &scratch->source, done, v->autos, mb_values_given(&values),
                          err) &&
         mb_migrate_manual(project, v, mb_values_given(&values), err);
    mb_values_free(&values);
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
            mb_values_are(&t->values, &scratch->others) &&
            (!base || t->version.autos > base->version.autos))
            base = t;
    }
    return base;
}

static const char *find_template(const mb_scratch *scratch, const mb_version *v)
{
    for (size_t i = 0; i < scratch->n; i++)
        if (mb_version_is(&scratch->templates[i].version, v) &&
            mb_values_are(&scratch->templates[i].values, &scratch->others))
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
    if (!mb_scratch_server_create(&database, &scratch->server, base ? base->database : NULL, err) ||
        !fill(scratch, database, base ? base->version.autos : 0, v, err)) {
        mb_scratch_server_drop(&scratch->server, database);
        mb_version_free(v);
        return false;
    }
    scratch->templates = mb_grow(scratch->templates, scratch->n, sizeof *scratch->templates);
    scratch->templates[scratch->n] = (template){.version = *v, .database = database};
    mb_values_add(&scratch->templates[scratch->n++].values, scratch->others.items,
                  scratch->others.n);
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
    mb_scratch_server_drop(&scratch->server, scratch->database);
    scratch->database = NULL;
    mb_values_free(&scratch->values);
    mb_values_free(&scratch->others);
}

/* Drops all databases but the current scratch database, and stops the server. */
static void stop_server(mb_scratch *scratch)
{
    for (size_t i = 0; i < scratch->n; i++) {
        mb_version_free(&scratch->templates[i].version);
        mb_values_free(&scratch->templates[i].values);
        mb_scratch_server_drop_last(&scratch->server, scratch->templates[i].database);
    }
    for (size_t i = 0; i < scratch->n_made; i++)
        mb_scratch_server_drop_last(&scratch->server, scratch->made[i]);
    scratch->n = scratch->n_made = 0;
    mb_conn_close(scratch->warden);
    scratch->warden = NULL;
    mb_scratch_server_stop(&scratch->server);
}

/* Starts the server if it could not be started the last time. */
static bool start_server(mb_scratch *scratch, mb_error *err)
{
    return scratch->server.conn || mb_scratch_server_start(&scratch->server, err);
}

/* Replaces a throw-away server that a migration has changed. */
static bool renew_server(mb_scratch *scratch, mb_error *err)
{
    bool changed;

    if (!start_server(scratch, err) || !mb_scratch_server_check(&changed, &scratch->server, err))
        return false;
    if (!changed)
        return true;
    stop_server(scratch);
    return start_server(scratch, err);
}

bool mb_scratch_open(mb_scratch **out, const mb_settings *settings, const mb_host *host,
                     const char *server, const mb_key_origin *key, mb_error *err)
{
    static const mb_history nothing = {0};
    mb_scratch *scratch = mb_alloc(sizeof *scratch);
    mb_folders folders = mb_settings_folders(settings);

    scratch->settings = *settings;
    scratch->settings.environment = "";
    scratch->settings.mirror = NULL;
    scratch->settings.environments = NULL;
    scratch->settings.n_environments = 0;
    scratch->host = host;
    scratch->server.limits = mb_settings_limits(&scratch->settings);
    scratch->source = (mb_version_source){&scratch->status, &scratch->settings, host};
    if (mb_files_read(&scratch->files, &folders, NULL, err)) {
        mb_status_build(&scratch->status, &scratch->files, &nothing);
        if (mb_scratch_server_open(&scratch->server, server, err) &&
            (!server ||
             mb_policies_allow_scratch(settings, scratch->server.conn, server, key, err))) {
            if (server)
                mb_scratch_drop_leftovers(scratch->server.conn);
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
    stop_server(scratch);
    mb_scratch_server_close(&scratch->server);
    mb_values_free(&scratch->set);
    free(scratch->templates);
    free(scratch->made);
    mb_status_free(&scratch->status);
    mb_files_free(&scratch->files);
    free(scratch);
}

bool mb_scratch_set(mb_scratch *scratch, mb_given given, mb_error *err)
{
    if (!mb_values_check(NULL, &scratch->source, NULL, given, true, err))
        return false;
    mb_values_add(&scratch->set, given.args, given.n);
    return true;
}

/* Those for the current database, and of these the ones for other migrations than the subject. */
static bool read_values(mb_scratch *scratch, mb_given given, mb_error *err)
{
    if (!mb_values_check(&scratch->others, &scratch->source, scratch->subject, given, false, err))
        return false;
    mb_values_add(&scratch->values, given.args, given.n);
    mb_values_add(&scratch->values, scratch->set.items, scratch->set.n);
    return true;
}

bool mb_scratch_begin(mb_scratch *scratch, const char *name, const char *at, mb_given given,
                      mb_error *err)
{
    const char *from = NULL;
    mb_version v = {0};

    end(scratch);
    scratch->subject = NULL;
    if (!renew_server(scratch, err))
        return false;
    if ((name && !mb_status_find(&scratch->subject, &scratch->status, name, NULL, err)) ||
        !mb_version_find(&v, &scratch->source, scratch->subject, at, err) ||
        !read_values(scratch, given, err)) {
        mb_version_free(&v);
        return false;
    }
    scratch->autos = v.autos;
    if (!get_template(&from, scratch, &v, err) ||
        !mb_scratch_server_create(&scratch->database, &scratch->server, from, err) ||
        !mb_scratch_server_connect(&scratch->conn, &scratch->server, scratch->database, err))
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

    if (!start_server(scratch, err) ||
        (!empty && (!mb_version_find(&v, &scratch->source, NULL, at, err) ||
                    !get_template(&from, scratch, &v, err))) ||
        !mb_scratch_server_create(&name, &scratch->server, from, err))
        return false;
    scratch->made = mb_grow(scratch->made, scratch->n_made, sizeof *scratch->made);
    scratch->made[scratch->n_made++] = name;
    return mb_scratch_server_conninfo(conninfo, &scratch->server, name, NULL, err);
}

bool mb_scratch_replay(mb_scratch *scratch, const char *conninfo, const mb_replay *replay,
                       mb_error *err)
{
    mb_project *project;
    mb_conn *conn;
    bool ok;

    if (!mb_conn_open(&conn, conninfo, err))
        return false;
    mb_project_open(&project, &scratch->settings, conn, scratch->host);
    ok = mb_migrate_applied(project, &scratch->status, replay, mb_values_given(&scratch->set), err);
    mb_project_close(project);
    mb_conn_close(conn);
    return ok;
}

bool mb_scratch_rehearse(mb_scratch *scratch, const char *database, const char *name,
                         mb_direction direction, const mb_hooks *hooks, mb_error *err)
{
    char *conninfo;
    mb_project *project;
    mb_conn *conn;
    const mb_item *item;
    bool ok;

    if (!mb_status_find(&item, &scratch->status, name, NULL, err) ||
        !mb_scratch_server_conninfo(&conninfo, &scratch->server, database, NULL, err))
        return false;
    ok = mb_conn_open(&conn, conninfo, err);
    free(conninfo);
    if (!ok)
        return false;
    mb_project_open(&project, &scratch->settings, conn, scratch->host);
    mb_project_hook(project, hooks);
    ok = mb_migrate_one(NULL, project, direction == MB_UP ? MB_DO_UP : MB_DO_DOWN, item,
                        mb_values_given(&scratch->set), err);
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
    if (!scratch->server.throw_away)
        return mb_confinement_check(scratch->server.conn, err) &&
               mb_scratch_server_conninfo(conninfo, &scratch->server, database, NULL, err);
    return mb_confinement_start(&scratch->warden, scratch->server.conninfo, user, err) &&
           mb_scratch_server_conninfo(conninfo, &scratch->server, database, user, err);
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
                            mb_autos_before(&scratch->status, scratch->subject),
                            mb_values_given(&scratch->values), err);
}

bool mb_scratch_up(char **skipped, mb_scratch *scratch, mb_error *err)
{
    mb_migrated done;

    *skipped = NULL;
    if (!mb_migrate_one(&done, scratch->project, MB_DO_UP, scratch->subject,
                        mb_values_given(&scratch->values), err)) {
        free(done.skipped);
        return false;
    }
    *skipped = done.skipped;
    if (done.anything || done.skipped)
        return true;
    mb_fail(err, MB_ERR_FAILED, "\"%s\" is already applied", scratch->subject->name);
    return mb_fail_hint(err, "Start from an earlier version with { at = NAME }.");
}

bool mb_scratch_down(mb_scratch *scratch, mb_error *err)
{
    return mb_migrate_one(NULL, scratch->project, MB_DO_DOWN, scratch->subject,
                          mb_values_given(&scratch->values), err);
}
