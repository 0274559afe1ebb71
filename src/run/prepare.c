/* prepare.c -- make a plan, and find every error in its files before the first statement runs. */
#include "moonbird/run/prepare.h"
#include "moonbird/history/search_path.h"
#include "moonbird/history/steps.h"
#include "moonbird/project/half_done_hint.h"
#include "moonbird/project/loaded.h"
#include "moonbird/project/project.h"
#include "moonbird/project/relations.h"
#include "moonbird/project/source.h"

#include "moonbird/policy/policies.h"
#include "moonbird/run/run.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

bool mb_is_first(const mb_request *request, const mb_history *history)
{
    return request->what == MB_DO_UP && request->stream == MB_AUTO && history->n == 0 &&
           !request->force_empty_history;
}

static bool check_foreign(mb_project *project, const mb_request *request, mb_error *err)
{
    mb_history *history = &project->history;

    if (!mb_is_first(request, history))
        return true;
    if (!mb_history_foreign(history, mb_project_store(project), err))
        return false;
    if (!history->foreign[0])
        return true;
    mb_fail(err, MB_ERR_POLICY, "moonbird's history is empty, but the database contains %s",
            history->foreign);
    return mb_fail_hint(err, "If another tool applied the first migrations, record them with "
                             "moonbird adopt; otherwise with moonbird baseline NAME or moonbird "
                             "mark NAME. To run all migrations on it anyway, use "
                             "--force-empty-history.");
}

/* The tool sets the search_path itself; moonbird leaves it as the session has it. */
static bool check_schema(const mb_project *project, mb_error *err)
{
    const char *wanted = project->files.schema, *current = project->history.current_schema;

    if (!wanted || (current && strcmp(wanted, current) == 0))
        return true;
    mb_fail(err, MB_ERR_POLICY,
            "%s says that names without a schema mean the schema \"%s\", but in this session they "
            "mean %s%s%s", project->files.schema_place, wanted, current ? "\"" : "none",
            current ? current : "", current ? "\"" : "");
    return mb_fail_hint(err, "Set the search_path, as in: ALTER ROLE CURRENT_USER SET search_path = "
                             "%s. The schema must exist.", wanted);
}

/*
 * Where moonbird has run before, and has rolled everything back, the empty history of a tool that
 * follows it is its own work.
 */
bool mb_check_history(mb_project *project, const mb_request *request, mb_error *err)
{
    mb_mirror *mirror = NULL;
    bool ok, followed;

    if (project->plan.n > 0 &&
        (!mb_history_check_path(&project->history, mb_project_store(project), err) ||
         (request->stream == MB_AUTO && !check_schema(project, err))))
        return false;
    ok = request->stream == MB_MANUAL || mb_run_open_mirror(&mirror, project, err);
    followed = mirror && project->history.exists && mb_mirror_is_empty(mirror);
    ok = ok && (followed || project->plan.n == 0 || check_foreign(project, request, err));
    mb_mirror_free(mirror);
    return ok;
}

static bool check_single(const mb_project *project, const mb_request *request, mb_error *err)
{
    for (size_t i = 0; request->single_transaction && i < project->n_sources; i++) {
        const mb_source *source = &project->sources[i];

        if (mb_source_is_atomic(source))
            continue;
        mb_fail(err, MB_ERR_POLICY, "%s cannot be part of a single transaction: it %s",
                source->file->name, mb_source_why_not_atomic(source));
        mb_fail_at(err, source->path, source->breaks_line, 0);
        return mb_fail_hint(err, "Run it without --single-transaction.");
    }
    return true;
}

/* A file of segments may have a transaction that only reads and is rolled back. */
static bool check_writable(const mb_source *source, mb_error *err)
{
    if (!source->modes || !strstr(source->modes, "read only") || !mb_source_is_atomic(source))
        return true;
    mb_fail(err, MB_ERR_FILE, "the transaction of a migration cannot be read-only");
    mb_fail_at(err, source->path, source->opening_line, 0);
    mb_fail_detail(err, "Its row in the history is written in the same transaction.");
    return mb_fail_hint(err, "Remove READ ONLY. A script that is not a migration may have it: "
                             "moonbird run FILE.");
}

static bool check_files(const mb_project *project, mb_error *err)
{
    for (size_t i = 0; i < project->n_sources; i++)
        if (!mb_source_check_empty(&project->sources[i], err) ||
            !check_writable(&project->sources[i], err) ||
            !mb_directives_check_server(project->sources[i].directives, project->sources[i].path,
                                        project->conn, err))
            return false;
    return true;
}

static bool check_segments(const mb_project *project, mb_error *err)
{
    for (size_t i = 0; i < project->n_sources; i++)
        if (!mb_segments_check(&project->sources[i], project->conn, err))
            return false;
    return true;
}

/* Files of one transaction must agree on its modes. */
static bool check_single_transaction(const mb_project *project, const mb_request *request,
                                     mb_error *err)
{
    char *begin;
    bool ok;

    if (!request->single_transaction)
        return true;
    for (size_t i = 0; i < project->n_sources; i++)
        if (!mb_source_is_atomic(&project->sources[i]))
            return true;
    ok = mb_single_transaction_begin(&begin, project->sources, project->n_sources, err);
    free(begin);
    return ok;
}

enum { KEPT_MOST = 3 << 18 }; /* bytes of sources whose SQL files stay in memory */

static bool open_sources(mb_project *project, mb_error *err)
{
    project->cache.room = KEPT_MOST;
    project->sources = mb_alloc(project->plan.n * sizeof *project->sources);
    for (size_t i = 0; i < project->plan.n; i++) {
        if (!mb_source_cache_open(&project->sources[i], &project->cache, &project->settings,
                                  project->host, &project->plan.steps[i], err))
            return false;
        project->n_sources++;
        project->sources[i].reinsert_row =
            i > 0 && project->plan.steps[i].direction == MB_UP &&
            project->plan.steps[i - 1].item == project->plan.steps[i].item;
        if (i > 0)
            project->sources[i - 1].is_redone = project->sources[i].reinsert_row;
    }
    mb_source_cache_free(&project->cache, project->host);
    return true;
}

/* ---- half-done migrations whose kind of file changed ---- */

static bool refuse_other_form(const mb_source *source, const char *before, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "%s was started as %s, but is another kind of file now",
            source->file->name, before);
    mb_fail_at(err, source->path, 0, 0);
    mb_fail_detail(err, "It would start from its beginning and repeat work that is already done.");
    return mb_hint_half_done_after(err, source->step->item->row,
                                   "restore the file as it was");
}

/* A source that would start from its first statement, although steps or backfills of it ran. */
static bool check_parts(const mb_project *project, const mb_source *source, mb_error *err)
{
    const mb_step_key key = mb_source_key(source);
    mb_part *parts = NULL;
    size_t n = 0;
    bool ok;

    if (!project->history.layout.parts)
        return true;
    if (!mb_history_parts(&parts, &n, mb_project_store(project), &project->history, &key, err))
        return false;
    ok = n == 0 || refuse_other_form(source, "a migration of steps", err);
    mb_parts_free(parts, n);
    return ok;
}

/*
 * A half-done migration must still be of its kind: SQL files are resumed by the number of
 * statements, migrations of steps by the records of their steps.
 */
static bool check_form(const mb_project *project, const mb_source *source, mb_error *err)
{
    bool statements;

    if (!source->step->resume)
        return true;
    statements = source->step->item->row->done > 0;
    if (source->lua && statements)
        return refuse_other_form(source, "an SQL file", err);
    return statements || source->shape == MB_SHAPE_STEPS || check_parts(project, source, err);
}

static bool check_forms(const mb_project *project, mb_error *err)
{
    for (size_t i = 0; i < project->n_sources; i++)
        if (!check_form(project, &project->sources[i], err))
            return false;
    return true;
}

/* From files and history as they were loaded. */
bool mb_prepare(mb_project *project, const mb_request *asked, mb_error *err)
{
    mb_request request = *asked;

    mb_project_drop_plan(project);
    return mb_policies_tighten(project->policies, &project->history, &request, err) &&
           mb_plan_build(&project->plan, &project->status, &project->history, &request, err) &&
           (project->plan.n == 0 || mb_hook_load(project->hooks, err)) &&
           open_sources(project, err) && check_files(project, err) &&
           check_forms(project, err) && mb_relations_check(project, err) &&
           mb_shelved_check(project, &request, err) && check_single(project, &request, err) &&
           check_single_transaction(project, &request, err) && check_segments(project, err);
}
