/* loaded.h -- what a project handle contains, for the modules that read and fill it. */
#ifndef MOONBIRD_PROJECT_LOADED_H
#define MOONBIRD_PROJECT_LOADED_H

#include "moonbird/project/settings.h"
#include "moonbird/project/source_cache.h"
#include "moonbird/project/preparation.h"
#include "moonbird/project/project.h"

struct mb_project {
    mb_settings settings;  /* a copy; its strings are borrowed */
    mb_conn *conn;         /* borrowed; may be NULL */
    const mb_host *host;   /* borrowed */
    const mb_hooks *hooks; /* borrowed; NULL: none */
    mb_files files;        /* as read by mb_project_load; `status` and `plan` borrow from them */
    mb_history history;
    mb_status status;
    struct mb_manual *manual; /* project/manual.h; NULL until it is asked for */
    size_t n_manual;
    mb_plan plan;
    mb_source *sources; /* one for each step of the plan, after mb_prepare */
    size_t n_sources;
    mb_source_cache cache;        /* the sources of the plan before, until the next one is made */
    mb_preparation preparation;   /* the plan as mb_project_plan shows it */
    struct mb_policies *policies; /* owned: policy/policies.h */
    const struct mb_amend_before *before_amend; /* borrowed: report/amend.h; NULL: none */
    bool owns_history; /* the session's role owned it when a script began */
};

/*
 * Make a handle without policies, which mb_project_open adds. The strings of `settings`, `conn` and
 * `host` are borrowed. Free it with mb_project_free.
 */
mb_project *mb_project_new(const mb_settings *settings, mb_conn *conn, const mb_host *host);
void mb_project_free(mb_project *project);

/*
 * Fail with MB_ERR_FILE unless the project, whose files were read, has a folder of migrations.
 * Commands that report "nothing to do" call it; the history can be read without a folder.
 */
MB_MUST_CHECK bool mb_project_present(const mb_project *project, mb_error *err);

/*
 * Read files and history again, and compare them in project->status. Unless `detail` is
 * MB_DETAIL_ALL, the project must have a folder of migrations.
 */
MB_MUST_CHECK bool mb_project_load(mb_project *project, mb_detail detail, mb_error *err);

/*
 * mb_project_load in parts, for a caller that reads project->history with more in the same message:
 * free the loaded data and read the files; then read the history; then compare them in
 * project->status.
 */
MB_MUST_CHECK bool mb_project_read_files(mb_project *project, mb_error *err);
void mb_project_build_status(mb_project *project);

/*
 * find_changed_or_renamed.c: compare files with the contents that were applied. A file whose
 * statements are the same is not `changed`; if a file has the contents of a migration whose own
 * file is gone or changed, `renamed` points to that migration.
 */
void mb_project_compare_contents(mb_project *project);

/*
 * Call before the first change: fails with MB_ERR_POLICY if a role that is not trusted owns the
 * loaded history (mb_history_check_owner).
 */
MB_MUST_CHECK bool mb_project_may_write(const mb_project *project, mb_error *err);

/*
 * mb_project_load with MB_DETAIL_PLAN, from the answers to mb_history_reload_sql, which it frees;
 * if there are none, it queries the database.
 */
MB_MUST_CHECK bool mb_project_reload(mb_project *project, mb_answers *answers, mb_error *err);

/* Free what was loaded and prepared. */
void mb_project_drop(mb_project *project);

/* Free what mb_project_manual read. */
void mb_project_drop_manual(mb_project *project);

/* Free the plan and its sources, not the status. */
void mb_project_drop_plan(mb_project *project);

#endif
