/*
 * verify.c -- the comparison of the files with the history.
 *
 * A run stops at the first error; verify reports all of them.  The `verify` functions of migrations
 * run in read-only transactions.
 */
#include "verify_sql.h"

#include "moonbird/project/loaded.h"
#include "moonbird/project/project.h"
#include "moonbird/project/relations.h"
#include "moonbird/project/reporter.h"
#include "moonbird/project/source.h"
#include "moonbird/report/attempt.h"
#include "moonbird/report/verify.h"
#include "moonbird/project/half_done_hint.h"
#include "moonbird/run/run.h"

#include "moonbird/os/git.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/named_hint.h"

#include <stdlib.h>
#include <string.h>

typedef struct verifier {
    mb_project *project;
    mb_findings *out;
    const mb_given *run; /* run the `verify` functions with these values; NULL: do not */
    bool diff; /* ask git for the contents that were applied */
} verifier;

/* ---- findings ---- */

static char *text_of(const char *s)
{
    return *s ? mb_strdup(s) : NULL;
}

static void add(verifier *v, const char *kind, const mb_item *item, const mb_error *why)
{
    mb_finding *finding;

    v->out->items = mb_grow(v->out->items, v->out->n, sizeof *v->out->items);
    finding = &v->out->items[v->out->n++];
    *finding = (mb_finding){
        .kind = kind,
        .stream = item->stream,
        .name = mb_strdup(item->name),
        .file = text_of(why->file),
        .line = why->line,
        .column = why->column,
        .message = mb_strdup(why->message),
        .detail = text_of(why->detail),
        .hint = text_of(why->hint),
    };
    if (!finding->file && item->file && item->file->path)
        finding->file = mb_strdup(item->file->path);
}

static void say(verifier *v, const char *kind, const mb_item *item, const char *what,
                const char *hint)
{
    mb_error why;

    mb_fail(&why, MB_ERR_POLICY, "%s/%s %s", mb_stream_name(item->stream), item->name, what);
    mb_named_hint(&why, hint, item->name);
    add(v, kind, item, &why);
}

/* ---- file against row ---- */

/* Without the old contents: how to get them, or what to look for. */
static void hint_changed(mb_error *why, const verifier *v, const mb_item *item, const char *path,
                         const char *name)
{
    if (!v->diff)
        mb_fail_hint(why, "To see the change: moonbird verify. To accept it: moonbird repair %s.",
                     name);
    else if (item->moved)
        mb_fail_hint(why, "%s has the contents that were applied.", item->moved->file->path);
    else if (*item->row->commit)
        mb_fail_hint(why, "To see the change, where git has that commit: git diff %s -- %s. To "
                          "accept it: moonbird repair %s.",
                     item->row->commit, path, name);
    else
        mb_fail_hint(why, "Restore the file, or accept the change: moonbird repair %s. git has no "
                          "version of it with the old checksum; in a backup, sha256sum finds the "
                          "old file by its raw checksum.",
                     name);
}

static bool add_change(mb_error *why, char **diff, const verifier *v, const mb_item *item,
                       mb_error *err)
{
    const mb_row *row = item->row;
    mb_git_change change = {0};
    char *path, *name;

    if (v->diff && row->file_sum[0] &&
        !mb_git_diff(&change, v->project->settings.root, item->file->path, row->file_sum, err))
        return false;
    path = mb_shell_word(item->file->path);
    name = mb_shell_word(item->name);
    if (change.diff)
        mb_fail_hint(why, "To restore the file: git cat-file blob %.12s > %s. To accept the "
                          "change: moonbird repair %s.",
                     change.id, path, name);
    else
        hint_changed(why, v, item, path, name);
    free(path);
    free(name);
    *diff = change.diff;
    return true;
}

static bool compare_changed(verifier *v, const mb_item *item, mb_error *err)
{
    const char *now = item->file->normalized_sum;
    const mb_row *row = item->row;
    mb_error why;
    char *diff;

    mb_fail(&why, MB_ERR_POLICY, "%s/%s was changed after it was applied",
            mb_stream_name(item->stream), item->name);
    mb_fail_detail(&why, "Its checksum is %s (raw %s); when applied it was %s (raw %s).",
                   now ? now : "unknown, because the file cannot be read as SQL",
                   item->file->file_sum, row->normalized_sum, row->file_sum);
    if (!add_change(&why, &diff, v, item, err))
        return false;
    if (item->unrun && !item->moved)
        mb_hint_unrun(&why, item);
    add(v, "changed", item, &why);
    v->out->items[v->out->n - 1].diff = diff;
    return true;
}

static void compare_missing(verifier *v, const mb_item *item)
{
    if (item->row)
        say(v, "missing", item, "is in the history, but its file is missing",
            "Restore the file. If it was renamed: moonbird rename NAME NEW. To remove the "
            "migration from the history: moonbird forget NAME.");
    else
        say(v, "missing", item, "is in the journal, but has no file",
            "Restore the file, or remove the entry from meta/_journal.json.");
}

static void compare_renamed(verifier *v, const mb_item *item)
{
    const mb_item *was = item->renamed;
    mb_error why;

    mb_fail_renamed(&why, item);
    mb_fail_hint(&why, "If the file was renamed: moonbird rename %s/%s %s/%s.",
                 mb_stream_name(was->stream), was->name, mb_stream_name(item->stream), item->name);
    add(v, "renamed", item, &why);
}

static bool compare_half_done(verifier *v, const mb_item *item, mb_error *err)
{
    const mb_row *row = item->row;
    mb_attempt attempt;
    mb_error why;
    char *done;

    if (!mb_attempt_read(&attempt, v->project, item, err))
        return false;
    done = mb_attempt_done(&attempt, row);
    mb_fail(&why, MB_ERR_POLICY, "%s/%s is half %s: %s", mb_stream_name(item->stream), item->name,
            row->direction == MB_UP ? "applied" : "rolled back", done);
    if (row->state == MB_FAILED)
        mb_fail_detail(&why, "It failed: %s", row->error);
    else
        mb_fail_detail(&why, "It began at %s; %s.", row->applied_at, attempt.runner);
    mb_hint_half_done(&why, row);
    add(v, "half_done", item, &why);
    free(done);
    mb_attempt_free(&attempt);
    return true;
}

static bool compare(verifier *v, const mb_item *item, mb_error *err)
{
    if (item->missing && !item->hidden)
        compare_missing(v, item);
    if (item->changed && !compare_changed(v, item, err))
        return false;
    if (item->renamed)
        compare_renamed(v, item);
    if (item->row && item->state != MB_APPLIED && !compare_half_done(v, item, err))
        return false;
    if (item->orphan)
        say(v, "orphan", item, "is not in the journal and never runs",
            "Only entries of meta/_journal.json run. Generate the migration with Drizzle, write "
            "it in Lua (which needs no entry), or move it to the manual migrations.");
    if (mb_item_is_unlisted(item) && !item->moved)
        say(v, "orphan", item, "is in the history, but not in the journal: a new database will not "
                               "get it",
            "Restore its entry in meta/_journal.json, or write it in Lua (which needs no entry). "
            "If it is not needed any more, roll it back, or remove it with moonbird forget NAME.");
    if (item->out_of_order && v->project->settings.out_of_order != MB_ALLOW)
        say(v, "out_of_order", item, "comes before a migration that is already applied",
            item->file->journaled ? "Apply it, or generate it again with Drizzle."
                                  : "Apply it, or give it a number after the last applied one.");
    return true;
}

/* ---- pending files ---- */

static const mb_item *find_twin(const mb_status *status, const mb_item *item)
{
    if (item->stream != MB_AUTO || !item->file->number[0])
        return NULL;
    for (size_t i = 0; i < status->n; i++) {
        const mb_item *other = &status->items[i];

        if (other != item && other->stream == MB_AUTO && other->file && !other->orphan &&
            strcmp(other->file->number, item->file->number) == 0)
            return other;
    }
    return NULL;
}

static bool is_ordered(const mb_files *files)
{
    return files->journal || files->format;
}

/*
 * A journal, or another tool's format, has its own order, so numbers may repeat.  If two pending
 * files are equal, only one is reported.
 */
static void check_number(verifier *v, const mb_item *item)
{
    const mb_item *twin =
        is_ordered(&v->project->files) ? NULL : find_twin(&v->project->status, item);
    mb_error why;

    if (!twin || (twin < item && twin->state == MB_PENDING))
        return;
    mb_fail(&why, MB_ERR_FILE, "number %s is used twice: \"%s\" and \"%s\"", item->file->number,
            item->name, twin->name);
    mb_fail_hint(&why, "Give the newer file the next free number.");
    add(v, "duplicate_number", item, &why);
}

static void check_names(verifier *v, const mb_item *item, const char *directive,
                        const char *relation, char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t found;
        mb_error why;

        if (mb_find_named(v->project, names[i], &found))
            continue;
        mb_fail(&why, MB_ERR_FILE, "%s/%s %s \"%s\", which does not exist",
                mb_stream_name(item->stream), item->name, relation, names[i]);
        mb_fail_hint(&why, "Write the full name of its file, without the extension.");
        add(v, directive, item, &why);
    }
}

/* A row that was renamed, forgotten or marked can leave an applied migration without another one. */
static void check_applied_requirements(verifier *v, const mb_item *item)
{
    mb_directives d;

    mb_relations_read(&d, v->project, item);
    for (size_t i = 0; i < d.n_requires; i++) {
        const char *wanted = d.requires[i];
        size_t found;
        mb_error why;

        if (mb_is_applied(v->project, wanted))
            continue;
        mb_find_named(v->project, wanted, &found);
        mb_fail(&why, MB_ERR_POLICY, "%s/%s is applied and requires \"%s\", which %s",
                mb_stream_name(item->stream), item->name, wanted,
                found ? "is not applied" : "does not exist");
        if (found)
            mb_fail_hint(&why, "Apply that migration. If the database already has it: moonbird "
                               "mark %s.", wanted);
        else
            mb_fail_hint(&why, "If that migration was renamed, write its new name in this file, "
                               "and then: moonbird repair %s.", item->name);
        add(v, "requires", item, &why);
    }
    mb_directives_free(&d);
}

static void check_relations(verifier *v, const mb_item *item, const mb_directives *d)
{
    check_names(v, item, "requires", "requires", d->requires, d->n_requires);
    check_names(v, item, "conflicts", "conflicts with", d->conflicts, d->n_conflicts);
}

/* Inspects the file for one direction as a run does; *sound: it has no error. */
static bool verify_all(verifier *v, const mb_item *item, mb_direction direction, bool *sound,
                       mb_error *err)
{
    const mb_step step = {.item = item, .direction = direction};
    mb_source source;

    *sound = mb_source_open(&source, &v->project->settings, v->project->host, &step, err);
    if (*sound) {
        if (direction == MB_UP)
            check_relations(v, item, source.directives);
        if (direction == MB_UP && !mb_source_check_empty(&source, err))
            add(v, "file", item, err);
        mb_source_close(&source, v->project->host);
        return true;
    }
    if (err->code == MB_ERR_INTERRUPTED)
        return false;
    add(v, "file", item, err);
    return true;
}

static bool check_rollback(verifier *v, const mb_item *item, mb_error *err)
{
    bool sound;

    return !(item->file->down_path || item->file->down_section) ||
           verify_all(v, item, MB_DOWN, &sound, err);
}

static bool check_pending(verifier *v, const mb_item *item, mb_error *err)
{
    bool sound;

    check_number(v, item);
    return verify_all(v, item, MB_UP, &sound, err) && (!sound || check_rollback(v, item, err));
}

/* ---- the migrations' own `verify` ---- */

static bool has_function(const verifier *v, const mb_source *source)
{
    return source->chunk && v->project->host->info(source->chunk)->has[MB_ENTRY_VERIFY];
}

/* Those of --set that the file takes, and those with which the migration was applied. */
static bool read_args(mb_run *run, const verifier *v, const mb_source *source, mb_error *err)
{
    const mb_chunk_info *info = mb_source_parameters(source, v->project->host);
    mb_setting *taken = mb_alloc((v->run->n + 1) * sizeof *taken);
    mb_given given = {.args = taken, .kept = source->step->item->row->args};
    mb_project one = *v->project;
    bool ok;

    for (size_t i = 0; i < v->run->n; i++)
        if (mb_args_takes(info, v->run->args[i].name))
            taken[given.n++] = v->run->args[i];
    one.sources = (mb_source *)source;
    one.n_sources = run->n_own = 1;
    ok = mb_own_args_find(&run->own, &one, given, err) &&
         mb_own_args_read(&run->scripts, run->own, &one, given, err) &&
         mb_own_args_complete(run->own, &one, &run->scripts, err);
    free(taken);
    return ok;
}

static bool call_function(const mb_run *run, const mb_source *source, mb_call call, mb_error *err)
{
    const mb_chunk_info *info = run->host->info(source->chunk);
    mb_setting *args = mb_args_of(mb_run_args(run, source), info, &call.n_args);
    bool ok;

    call.args = args;
    ok = run->host->call(source->chunk, MB_ENTRY_VERIFY, run->conn, &call, err);
    free(args);
    return ok;
}

static bool call_verify(const verifier *v, const mb_source *source, mb_error *err)
{
    static const mb_reporter silent = {0};
    const mb_settings *s = &v->project->settings;
    const mb_plan plan = {.steps = (mb_step *)source->step, .n = 1};
    mb_run run = {.conn = v->project->conn,
                  .settings = s,
                  .reporter = &silent,
                  .host = v->project->host,
                  .plan = &plan};
    const mb_call call = {
        .name = source->file->name,
        .stream = mb_stream_name(source->file->stream),
        .direction = mb_direction_name(MB_UP),
        .command = "verify",
        .environment = s->environment,
        .attempt = 1,
        .source = source,
    };
    bool ok = read_args(&run, v, source, err) && mb_tx_begin(&run, MB_BEGIN_READING, err) &&
              mb_tx_limits(&run, source, err);

    if (ok && has_function(v, source))
        ok = call_function(&run, source, call, err);
    else if (ok)
        ok = mb_verify_sql(run.conn, s->root, source->file->verify_path, err);

    mb_conn_rollback(run.conn);
    mb_args_free(&run.scripts);
    mb_own_args_free(run.own, run.own ? 1 : 0);
    return ok;
}

static bool run_verify(verifier *v, const mb_item *item, mb_error *err)
{
    const mb_host *host = v->project->host;
    const mb_step step = {.item = item, .direction = MB_UP};
    mb_source source;
    bool ok;

    if (!mb_source_open(&source, &v->project->settings, host, &step, err)) {
        add(v, "file", item, err);
        return err->code != MB_ERR_INTERRUPTED;
    }
    ok = true;
    if (has_function(v, &source) || item->file->verify_path) {
        ok = call_verify(v, &source, err);
        v->out->verified++;
    }
    mb_source_close(&source, host);
    if (ok || err->code == MB_ERR_INTERRUPTED || err->code == MB_ERR_CONNECT)
        return ok;
    add(v, "verify", item, err);
    return true;
}

/* ---- all ---- */

static bool verify_item(verifier *v, const mb_item *item, mb_error *err)
{
    v->out->checked++;
    if (!compare(v, item, err))
        return false;
    if (item->missing || mb_item_never_runs(item))
        return true;
    if (item->state != MB_APPLIED || item->repeat)
        return check_pending(v, item, err);
    check_applied_requirements(v, item);
    return check_rollback(v, item, err) &&
           (!v->run || !(item->file->lua || item->file->verify_path) || run_verify(v, item, err));
}

static void add_difference(void *self, const mb_item *item, const mb_error *why)
{
    add(self, "mirror", item, why);
}

static bool verify(verifier *v, mb_error *err)
{
    const mb_status *status = &v->project->status;
    bool ok = true;

    for (size_t i = 0; ok && i < status->n; i++)
        ok = mb_interrupt_check(err) && verify_item(v, &status->items[i], err);
    ok = ok && mb_verify_mirror(v->project, add_difference, v, err);
    if (!ok)
        mb_findings_free(v->out);
    return ok;
}

bool mb_project_verify_loaded(mb_findings *out, mb_project *project, mb_error *err)
{
    verifier v = {.project = project, .out = out};

    *out = (mb_findings){0};
    return verify(&v, err);
}

bool mb_project_verify(mb_findings *out, mb_project *project, const mb_given *run, mb_error *err)
{
    verifier v = {.project = project, .out = out, .run = run, .diff = true};

    *out = (mb_findings){0};
    return (!run || mb_args_check(run->args, run->n, err)) &&
           mb_project_load(project, MB_DETAIL_ALL, err) && mb_project_present(project, err) &&
           verify(&v, err);
}

void mb_findings_free(mb_findings *findings)
{
    for (size_t i = 0; i < findings->n; i++) {
        mb_finding *f = &findings->items[i];

        free(f->name);
        free(f->file);
        free(f->message);
        free(f->detail);
        free(f->hint);
        free(f->diff);
    }
    free(findings->items);
    *findings = (mb_findings){0};
}
