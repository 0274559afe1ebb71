/* loaded.h -- a project with what was read of it, as the rooms above share it. */
#ifndef MOONBIRD_PROJECT_LOADED_H
#define MOONBIRD_PROJECT_LOADED_H

#include "moonbird/project/settings.h"
#include "moonbird/project/source.h"
#include "moonbird/project/preparation.h"
#include "moonbird/project/project.h"

struct mb_project {
    mb_settings settings;
    mb_conn *conn;
    const mb_host *host;
    const mb_hooks *hooks; /* NULL: none */
    mb_files files;
    mb_history history;
    mb_status status;
    mb_plan plan;
    mb_source *sources; /* one a step of the plan, once they were looked through */
    size_t n_sources;
    mb_preparation preparation;
    struct mb_policies *policies; /* the policies of the database: policy/policies.h */
};


/* A handle without policies (mb_project_open gives it those); all three are borrowed. */
mb_project *mb_project_new(const mb_settings *settings, mb_conn *conn, const mb_host *host);
void mb_project_free(mb_project *project);

/* Has it a folder of migrations?  Who says that nothing is to do asks; the history has use without. */
MB_MUST_CHECK bool mb_project_present(const mb_project *project, mb_error *err);

/* Files and history read anew into `status`; a plan needs a folder too. */
MB_MUST_CHECK bool mb_project_load(mb_project *project, mb_detail detail, mb_error *err);

/* Before the first change: the history that was loaded belongs to a role that is trusted. */
MB_MUST_CHECK bool mb_project_may_write(const mb_project *project, mb_error *err);

/* The same for a plan, with the answers to mb_history_reload_sql, which go; else it asks. */
MB_MUST_CHECK bool mb_project_reload(mb_project *project, mb_answers *answers, mb_error *err);

/* What was loaded and prepared, away. */
void mb_project_drop(mb_project *project);


/* The plan and its sources. */
void mb_project_drop_plan(mb_project *project);

#endif
