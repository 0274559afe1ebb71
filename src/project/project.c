/* project.c -- the handle of one project and one database, and the status read through it. */
#include "moonbird/project/preparation.h"
#include "moonbird/project/project.h"
#include "moonbird/project/settings.h"
#include "moonbird/project/source.h"
#include "moonbird/project/loaded.h"
#include "moonbird/history/recorded_environment.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>

mb_project *mb_project_new(const mb_settings *settings, mb_conn *conn, const mb_host *host)
{
    mb_project *project = mb_alloc(sizeof *project);

    project->settings = *settings;
    project->conn = conn;
    project->settings.backslashes = conn && mb_conn_backslashes(conn);
    project->host = host;
    return project;
}

void mb_project_hook(mb_project *project, const mb_hooks *hooks)
{
    project->hooks = hooks;
}

void mb_project_drop_plan(mb_project *project)
{
    mb_preparation_free(&project->preparation);
    for (size_t i = 0; i < project->n_sources; i++)
        mb_source_close(&project->sources[i], project->host);
    free(project->sources);
    project->sources = NULL;
    project->n_sources = 0;
    mb_plan_free(&project->plan);
}

static void drop_loaded(mb_project *project)
{
    mb_project_drop_plan(project);
    mb_project_drop_manual(project);
    mb_status_free(&project->status);
    mb_history_free(&project->history);
    mb_files_free(&project->files);
}

void mb_project_drop(mb_project *project)
{
    drop_loaded(project);
    mb_source_cache_free(&project->cache, project->host);
}

/* Free all but the sources of the plan, with which the next plan is made faster. */
static void keep_sources(mb_project *project)
{
    mb_source_cache_fill(&project->cache, project->sources, project->n_sources, project->host);
    project->sources = NULL;
    project->n_sources = 0;
    drop_loaded(project);
}

void mb_project_free(mb_project *project)
{
    mb_project_drop(project);
    free(project);
}

const mb_settings *mb_project_settings(const mb_project *project)
{
    return &project->settings;
}

/* ---- status ---- */

static bool check_folders(const mb_settings *s, mb_error *err)
{
    return mb_origin_check(s->migrations_from, s->root, s->migrations, err) &&
           mb_origin_check(s->manual_from, s->root, s->manual, err);
}

bool mb_project_read_files(mb_project *project, mb_error *err)
{
    const mb_settings *s = &project->settings;
    mb_folders folders = mb_settings_folders(s);
    mb_known_files known;
    bool ok;

    keep_sources(project);
    known.items = mb_source_cache_files(&project->cache, &known.n);
    ok = check_folders(s, err) && mb_files_read(&project->files, &folders, &known, err);
    free(known.items);
    return ok;
}

bool mb_project_present(const mb_project *project, mb_error *err)
{
    const mb_settings *s = &project->settings;

    return project->files.n > 0 || mb_files_present(s->root, s->migrations, s->manual, err);
}

void mb_project_build_status(mb_project *project)
{
    mb_status_build(&project->status, &project->files, &project->history);
    mb_project_compare_contents(project);
}

/* A plan depends on the environments of the database, of which the history may record one. */
static bool load_history(mb_project *project, mb_detail detail, mb_error *err)
{
    mb_store in = mb_project_store(project);

    return detail != MB_DETAIL_ALL && project->settings.n_environments > 0
               ? mb_history_load_recorded(&project->history, in, detail, err)
               : mb_history_load(&project->history, in, detail, err);
}

bool mb_project_load(mb_project *project, mb_detail detail, mb_error *err)
{
    if (!mb_project_read_files(project, err) ||
        (detail != MB_DETAIL_ALL && !mb_project_present(project, err)) ||
        !load_history(project, detail, err))
        return false;
    mb_project_build_status(project);
    return true;
}

bool mb_project_reload(mb_project *project, mb_answers *answers, mb_error *err)
{
    if (answers->n == 0)
        return mb_project_load(project, MB_DETAIL_PLAN, err);
    if (!mb_project_read_files(project, err) || !mb_project_present(project, err) ||
        !mb_history_reload(&project->history, mb_project_store(project), answers, err))
        return false;
    mb_answers_free(answers);
    mb_project_build_status(project);
    return true;
}

bool mb_project_may_write(const mb_project *project, mb_error *err)
{
    const mb_settings *s = &project->settings;

    return mb_history_check_owner(&project->history, mb_project_store(project), s->history_owner,
                                  err);
}
