/* script.c -- run one SQL script that is not a migration: `moonbird run`. */
#include "moonbird/project/project.h"
#include "moonbird/project/reporter.h"
#include "moonbird/project/source.h"
#include "moonbird/run/exec.h"

#include "moonbird/base/buf.h"
#include "moonbird/os/file.h"
#include "moonbird/os/log.h"
#include "moonbird/os/probe.h"
#include "moonbird/pg/version.h"
#include "moonbird/policy/allow.h"
#include "moonbird/policy/policies.h"
#include "moonbird/project/loaded.h"
#include "moonbird/run/run.h"

#include <stdlib.h>

enum { DEEPEST = 16 }; /* levels of subfolders; symbolic links can make a cycle */

/* A search for a file, by any link or spelling. */
typedef struct search {
    const char *file;
    const char *other; /* the path of a folder that is not searched */
    bool found;
} search;

static bool find_below(search *s, const char *folder, int depth, mb_error *err)
{
    mb_names files, folders;
    bool ok = mb_folder_read(&files, &folders, folder, err);

    if (!ok)
        return false;
    for (size_t i = 0; i < files.n && !s->found; i++) {
        char *file = mb_path_join(folder, files.items[i]);

        s->found = mb_path_same(s->file, file);
        free(file);
    }
    for (size_t i = 0; ok && !s->found && depth < DEEPEST && i < folders.n; i++) {
        char *path = mb_path_join(folder, folders.items[i]);

        ok = mb_path_same(path, s->other) || find_below(s, path, depth + 1, err);
        free(path);
    }
    mb_names_free(&files);
    mb_names_free(&folders);
    return ok;
}

/* Is the file in the folder or below it, but not in the `other` folder?  Some migrations are deep. */
static bool is_in(bool *out, const char *path, const char *root, const char *folder,
                  const char *other, mb_error *err)
{
    char *full = mb_path_join(root, folder), *apart = mb_path_join(root, other);
    search s = {.file = path, .other = apart};
    bool ok = !mb_folder_exists(full) || find_below(&s, full, 0, err);

    *out = s.found;
    free(full);
    free(apart);
    return ok;
}

/* *automatic, *manual: it is the file of a migration of this stream, which no policy forbids. */
static bool check_file(bool *automatic, bool *manual, mb_project *project, const char *path,
                       mb_error *err)
{
    const mb_settings *s = mb_project_settings(project);

    if (!is_in(automatic, path, s->root, s->migrations, s->manual, err) ||
        !is_in(manual, path, s->root, s->manual, s->migrations, err))
        return false;
    return (!*automatic && !*manual) ||
           mb_policies_check_run(project->policies, *automatic ? MB_AUTO : MB_MANUAL, path, err);
}

bool mb_project_check_file(mb_project *project, const char *path, mb_error *err)
{
    bool automatic, manual;

    return check_file(&automatic, &manual, project, path, err);
}

bool mb_project_check_unrecorded(mb_project *project, const char *path, mb_error *err)
{
    bool automatic, manual;

    if (!check_file(&automatic, &manual, project, path, err))
        return false;
    if (!automatic && !manual)
        return true;
    mb_log(MB_LOG_WARN,
           "%s belongs to a migration, and run does not record it as applied; moonbird %s", path,
           automatic ? "up and down do" : "manual apply and manual rollback do");
    return true;
}

/*
 * Set client_connection_check_interval as the run lock does, unless the session is pooled: then its
 * settings belong to the pool. Also finds out whether it is pooled. `is_set`: it is set already.
 */
static bool watch_client(const mb_run *run, bool is_set)
{
    mb_error ignored;

    return is_set || (mb_conn_find_pooler(run->conn, &ignored) && !mb_conn_pooled(run->conn) &&
                      mb_conn_has(run->conn, MB_FEATURE_CLIENT_CHECK) &&
                      mb_conn_exec(NULL, run->conn, MB_WATCH_CLIENT, &ignored));
}

static bool check_related(const mb_project *project, const char *name, bool required, mb_error *err)
{
    const mb_item *item;

    if (!mb_status_find(&item, &project->status, name, NULL, err))
        return false;
    if (required ? item->state == MB_APPLIED : !item->row)
        return true;
    if (required) {
        mb_fail(err, MB_ERR_POLICY, "the script requires \"%s\", which is not applied", name);
        return mb_fail_hint(err, "Apply it first: moonbird %s%s.",
                            item->stream == MB_MANUAL ? "manual apply " : "up ", item->name);
    }
    mb_fail(err, MB_ERR_POLICY, "the script conflicts with \"%s\", which is applied", name);
    return mb_fail_hint(err, "Roll it back first: moonbird %s %s.",
                        item->stream == MB_MANUAL ? "manual rollback" : "down", item->name);
}

static bool check_shelved(const mb_project *project, const mb_directives *d, mb_error *err)
{
    if (!d->shelved || project->settings.yes)
        return true;
    mb_fail(err, MB_ERR_POLICY, "the script is shelved: %s", d->shelved);
    return mb_fail_hint(err, "To run it anyway, add --yes.");
}

/* The history is read only for a script that names migrations. */
static bool check_directives(mb_project *project, const mb_directives *d, mb_error *err)
{
    if (d->n_requires + d->n_conflicts > 0 && !mb_project_load(project, MB_DETAIL_PLAN, err))
        return false;
    for (size_t i = 0; i < d->n_requires; i++)
        if (!check_related(project, d->requires[i], true, err))
            return false;
    for (size_t i = 0; i < d->n_conflicts; i++)
        if (!check_related(project, d->conflicts[i], false, err))
            return false;
    return check_shelved(project, d, err);
}

bool mb_project_check_script(mb_project *project, const char *path,
                             const mb_directives *directives, mb_error *err)
{
    return mb_directives_check_server(directives, path, project->conn, err) &&
           (check_directives(project, directives, err) || mb_fail_at(err, path, 0, 0));
}

/* May it begin? *is_set: the server watches its client. */
static bool begin(bool *recorded, bool *is_set, mb_project *project, const char *path,
                  const mb_reporter *reporter, mb_error *err)
{
    bool watches = mb_conn_has(project->conn, MB_FEATURE_CLIENT_CHECK);
    const mb_script_start start = {.command = "run",
                                   .what = path,
                                   .session = watches ? MB_WATCH_CLIENT : NULL,
                                   .is_set = is_set};

    *is_set = false;
    return mb_project_begin_script(recorded, project, &start, reporter, err);
}

/* An SQL file has no secrets, so nothing of this is needed later. */
static bool check_args(const mb_source *source, mb_given given, mb_error *err)
{
    const mb_chunk_info *infos[] = {mb_source_parameters(source, NULL)};
    mb_args args;

    if (!mb_args_read(&args, infos, 1, given, err))
        return false;
    mb_args_free(&args);
    return true;
}

bool mb_project_run_sql(mb_project *project, const char *path, mb_given given,
                        const mb_reporter *reporter, size_t *statements, mb_error *err)
{
    mb_run run = mb_run_of(project, given, reporter);
    mb_step_result result;
    mb_source source;
    bool recorded, watched, ok;

    if (!mb_args_check(given.args, given.n, err) ||
        !mb_source_open_file(&source, &project->settings, path, err))
        return false;
    if (!check_args(&source, given, err) || !mb_run_check_unset(&run, &source, err) ||
        !mb_project_check_script(project, path, source.directives, err) ||
        !begin(&recorded, &watched, project, path, run.reporter, err)) {
        mb_source_close(&source, NULL);
        return false;
    }
    mb_note_files(&run, &source, 1);
    run.observer = mb_run_observe(&run);
    run.checks_client = watch_client(&run, watched);
    ok = mb_run_source(&run, &source, &result, err);
    mb_observer_free(run.observer);
    if (recorded)
        mb_project_script_ended(project, "run", path, ok ? NULL : err);
    *statements = source.statements;
    mb_source_close(&source, NULL);
    return ok;
}

bool mb_project_clean_session(const mb_project *project, mb_error *err)
{
    const mb_run run = {.conn = project->conn, .settings = &project->settings};

    return mb_conn_tx(project->conn) != MB_TX_IDLE || mb_tx_clean_session(&run, err);
}

bool mb_project_script_commit(bool *ended, const mb_project *project, const char *command,
                              const char *what, mb_error *err)
{
    const mb_run run = {.conn = project->conn, .settings = &project->settings};
    const mb_script_start start = {.command = command, .what = what};
    mb_buf clean = {0};
    bool ok;

    mb_tx_add_clean_session(&clean, &run);
    ok = mb_project_commit_script(ended, project, &start, mb_buf_str(&clean), err);
    mb_buf_free(&clean);
    return ok;
}

void mb_project_script_ended(mb_project *project, const char *command, const char *what,
                             const mb_error *why)
{
    const mb_run run = {.conn = project->conn, .settings = &project->settings};
    mb_error ignored;
    mb_buf clean = {0};

    if (mb_conn_tx(project->conn) != MB_TX_IDLE)
        return;
    mb_conn_shield(project->conn, true);
    mb_tx_add_clean_session(&clean, &run); /* the script may have changed the role */
    if (!mb_project_record_end(project, command, what, why, mb_buf_str(&clean), &ignored))
        mb_log(MB_LOG_DEBUG, "could not record the end of the script: %s", ignored.message);
    mb_conn_shield(project->conn, false);
    mb_buf_free(&clean);
}
