/* promotion.c -- did the migrations run in the environment that promote_from names? */
#include "moonbird/policy/environment.h"
#include "moonbird/project/settings.h"
#include "moonbird/project/source.h"
#include "moonbird/history/events.h"
#include "decided.h"

#include "moonbird/base/buf.h"
#include "moonbird/server/embedded.h"
#include "moonbird/os/file.h"
#include "moonbird/os/log.h"
#include "moonbird/pg/child_env.h"
#include "moonbird/base/hash.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/named_hint.h"

#include <stdlib.h>
#include <string.h>

enum { ANSWER_S = 10 }; /* limit for the login there and for each answer, in seconds */

static bool refuse_unknown(const mb_environment *env, mb_error *err)
{
    char *variable = mb_environment_variable(env->promote_from);

    mb_fail(err, MB_ERR_POLICY,
            "environment \"%s\" accepts only migrations that ran in \"%s\", and \"%s\" has no url",
            env->name, env->promote_from, env->promote_from);
    mb_fail_hint(err, "Set its url in moonbird.lua or in the variable %s.", variable);
    free(variable);
    return false;
}

static bool refuse_unseen(const mb_environment *env, mb_error *err)
{
    mb_error why = *err;

    if (why.code == MB_ERR_INTERRUPTED)
        return false;
    mb_fail(err, MB_ERR_POLICY,
            "environment \"%s\" accepts only migrations that ran in \"%s\", but moonbird cannot "
            "read the history there: %s",
            env->name, env->promote_from, why.message);
    mb_fail_detail(err, "%s", why.detail);
    if (why.hint[0])
        return mb_fail_hint(err, "%s", why.hint);
    return mb_fail_hint(err, "Make \"%s\" reachable from this machine.", env->promote_from);
}

static bool connect(mb_conn **out, const mb_environment *env, const mb_policies *policies,
                    mb_error *err)
{
    char *conninfo = NULL;
    bool ok = true;

    if (strcmp(env->promote_url, "embedded:") == 0)
        ok = mb_embedded_start(&conninfo, policies->settings->root, err);
    else
        conninfo = mb_strdup(env->promote_url);
    ok = ok && mb_conn_open_beside(out, policies->conn, conninfo, env->promote_from, ANSWER_S, err);
    free(conninfo);
    return ok;
}

/* ---- one migration ---- */

/* The check of all migrations against the other environment. */
typedef struct check {
    mb_policies *policies;
    const mb_environment *env;
    const mb_settings *settings;
    mb_store in;      /* of the environment that promote_from names */
    mb_history there; /* its history */
    mb_buf missing; /* a sentence for each migration that is missing or different there */
    size_t n;       /* number of these sentences */
    const char *name; /* the first of these migrations */
    bool manual, marked, other; /* reasons among `missing` that change the hint */
    bool repaired; /* its history has a repair, so the contents that ran may differ from the
                      recorded ones */
} check;

/* The checksum of a file, whose path has `len` bytes, in the lines of "loaded" events; or NULL. */
static const char *loaded_sum(const char *lines, const char *path, size_t len)
{
    for (const char *line = lines; *line; line += strcspn(line, "\n"), line += *line == '\n')
        if (strncmp(line, path, len) == 0 && line[len] == ' ' &&
            strcspn(line + len + 1, " \n") == strcspn(line + len + 1, "\n"))
            return line + len + 1;
    return NULL;
}

/*
 * The first file in the lines of "loaded" events that has other contents here; or NULL. A file has
 * several lines if it was edited before a later run went on. Cuts the text into strings.
 */
static const char *changed_file(const check *c, char *loaded)
{
    char *rest;

    for (char *line = strtok_r(loaded, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *sum = strrchr(line, ' '), *full, here[MB_HASH_HEX];
        mb_error unread;
        bool same;

        if (!sum)
            continue;
        *sum++ = '\0';
        full = mb_path_join(c->settings->root, line);
        same = mb_file_sum(here, full, &unread) && strcmp(here, sum) == 0;
        free(full);
        if (!same)
            return line;
    }
    return NULL;
}

static void complain(check *c, const mb_source *source, const char *what, const char *file)
{
    mb_buf_printf(&c->missing, "%s%s/%s %s%s", c->n++ ? ", " : "",
                  mb_stream_name(source->file->stream), source->file->name, what, file);
    if (c->n == 1)
        c->name = source->file->name;
    c->manual = source->file->stream == MB_MANUAL;
}

/*
 * Set *same if the contents that would run here are the contents that ran there. A repair there
 * recorded other contents without running them.
 */
static bool same_contents(bool *same, const check *c, const mb_source *source, const mb_row *row,
                          mb_error *err)
{
    char *ran = NULL;

    if (c->repaired && !mb_history_ran(&ran, c->in, mb_key_of(source->file), err))
        return false;
    *same = strcmp(ran ? ran : row->normalized_sum, source->sums.normalized) == 0;
    free(ran);
    return true;
}

/* Is the rollback in the file itself, so that the checksum of its bytes covers it? */
static bool has_rollback_inside(const mb_migration *file)
{
    return file->down_section || (file->down_path && strcmp(file->down_path, file->path) == 0);
}

/* Shows a note once, since the check runs again under the lock; takes over the text. */
static void note_once(mb_policies *policies, char *text)
{
    for (size_t i = 0; i < policies->noted.n; i++)
        if (strcmp(policies->noted.items[i], text) == 0) {
            free(text);
            return;
        }
    mb_log(MB_LOG_INFO, "note: %s", text);
    mb_names_add(&policies->noted, text);
}

/*
 * The history knows the normalized contents of the up part, and the checksum of the whole file,
 * with its comments.  So a rollback that was edited is only suspected.
 */
static void note_rollback(const check *c, const mb_source *source, const mb_row *row)
{
    if (has_rollback_inside(source->file) && row->file_sum[0] &&
        strcmp(row->file_sum, source->sums.file) != 0)
        note_once(c->policies,
                  mb_format("%s/%s ran in \"%s\" with another rollback, or with other comments",
                            mb_stream_name(source->file->stream), source->file->name,
                            c->env->promote_from));
}

static void keep_tested(check *c, const mb_source *source, const char *loaded)
{
    mb_policies *p = c->policies;

    p->tested = mb_grow(p->tested, p->n_tested, sizeof *p->tested);
    p->tested[p->n_tested++] = (mb_tested){.env = c->env,
                                           .stream = source->file->stream,
                                           .name = mb_strdup(source->file->name),
                                           .files = mb_strdup(loaded ? loaded : "")};
}

static bool check_source(check *c, const mb_source *source, mb_error *err)
{
    const mb_row *row = mb_history_find(&c->there, mb_key_of(source->file));
    const char *file;
    char *loaded;
    bool same = false;

    if (row && row->state == MB_APPLIED && !same_contents(&same, c, source, row, err))
        return false;
    if (!row || row->state != MB_APPLIED) {
        complain(c, source, "is not applied there", "");
    } else if (row->duration_us == MB_UNSET) {
        complain(c, source, "is only marked as applied there and did not run", "");
        c->marked = true;
    } else if (!same) {
        complain(c, source, "ran there with other contents", "");
        c->other = true;
    } else if (!source->lua) {
        note_rollback(c, source, row);
    } else {
        if (!mb_history_loaded(&loaded, c->in, mb_key_of(source->file), err))
            return false;
        keep_tested(c, source, loaded);
        file = loaded ? changed_file(c, loaded) : NULL;
        c->other = c->other || file;
        if (file)
            complain(c, source, "ran there with another version of ", file);
        free(loaded);
    }
    return true;
}

/* ---- all of them ---- */

static bool check_all(check *c, const mb_source *sources, size_t n, mb_error *err)
{
    bool ok = mb_conn_exec(NULL, c->in.conn, MB_BEGIN_READING, err) &&
              mb_history_load(&c->there, c->in, MB_DETAIL_PLAN, err) &&
              (!c->there.exists || mb_history_repaired(&c->repaired, c->in, err));

    for (size_t i = 0; ok && i < n; i++)
        ok = sources[i].direction != MB_UP || check_source(c, &sources[i], err);
    return ok;
}

/* Is the session with the other environment one with the database that is about to change? */
static bool leads_here(const check *c)
{
    char *own = NULL;
    mb_error ignored; /* it only chooses the words of an error */
    bool here = false;
    bool ok = mb_conn_child_conninfo(&own, c->policies->conn, &ignored) &&
              mb_conn_is(&here, c->in.conn, own, true, &ignored);

    free(own);
    return ok && here;
}

static bool refuse_itself(const mb_environment *env, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY,
            "environment \"%s\" accepts only migrations that ran in \"%s\", but both environments "
            "are this database",
            env->name, env->promote_from);
    return mb_fail_hint(err, "Correct the url of one of them: in moonbird.lua, or in the variable "
                             "that has it.");
}

static bool refuse_missing(const check *c, const mb_environment *env, mb_error *err)
{
    const char *them = c->n == 1 ? "it" : "them";
    const char *up = c->manual ? "manual apply NAME" : "up";
    char *hint;

    if (c->n == 0)
        return true;
    if (leads_here(c))
        return refuse_itself(env, err);
    mb_fail(err, MB_ERR_POLICY,
            "environment \"%s\" accepts only migrations that ran in \"%s\", but %zu migration%s "
            "did not run there with the same contents",
            env->name, env->promote_from, c->n, c->n == 1 ? "" : "s");
    mb_fail_detail(err, "%s.", c->missing.data);
    hint = c->marked ? mb_format("In \"%s\", run the migrations that were only marked: moonbird -e "
                                 "%s forget NAME, then moonbird -e %s %s.",
                                 env->promote_from, env->promote_from, env->promote_from, up)
           : c->other ? mb_format("Restore the file, or run the migration again in that "
                                  "environment: moonbird -e %s redo NAME.", env->promote_from)
                      : mb_format("Apply %s there first: moonbird -e %s %s.", them,
                                  env->promote_from, up);
    mb_named_hint(err, hint, c->n == 1 ? c->name : NULL);
    free(hint);
    return false;
}

static bool goes_up(const mb_source *sources, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (sources[i].direction == MB_UP)
            return true;
    return false;
}

bool mb_promotion_check(mb_policies *policies, const mb_environment *env,
                        const mb_operation *operation, mb_error *err)
{
    const mb_settings *settings = policies->settings;
    const mb_source *sources = operation->sources;
    check c = {
        .policies = policies, .env = env, .settings = settings, .in.schema = settings->schema};
    size_t n = operation->n_sources;
    bool ok;

    if (!env->promote_from || !goes_up(sources, n))
        return true;
    if (!env->promote_url)
        return refuse_unknown(env, err);
    ok = connect(&c.in.conn, env, policies, err) && check_all(&c, sources, n, err)
             ? refuse_missing(&c, env, err)
             : refuse_unseen(env, err);
    mb_history_free(&c.there);
    mb_buf_free(&c.missing);
    mb_conn_close(c.in.conn);
    return ok;
}

void mb_promotion_forget(mb_policies *policies)
{
    for (size_t i = 0; i < policies->n_tested; i++) {
        free(policies->tested[i].name);
        free(policies->tested[i].files);
    }
    free(policies->tested);
    policies->tested = NULL;
    policies->n_tested = 0;
}

/* ---- files that the migration loads when it runs here ---- */

static bool refuse_loaded(const mb_tested *t, const mb_source *source, const char *path,
                          bool changed, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY,
            "environment \"%s\" accepts only migrations that ran in \"%s\" with the same files, "
            "but this one %s %s there",
            t->env->name, t->env->promote_from,
            changed ? "loaded another version of" : "did not load", path);
    mb_fail_at(err, source->path, 0, 0);
    return mb_fail_hint(err, "Load each file in all environments, for example before the first "
                             "statement. Then run the migration there again: moonbird -e %s redo "
                             "%s.",
                        t->env->promote_from, source->file->name);
}

/* Is `text` the line that begins at `line`? */
static bool is_line(const char *line, const char *text)
{
    size_t n = strlen(text);

    return strcspn(line, "\n") == n && memcmp(line, text, n) == 0;
}

/* Compare each line of `files`. */
static bool check_tested(const mb_tested *t, const mb_source *source, const char *files,
                         mb_error *err)
{
    for (const char *line = files; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        char *text = mb_strndup(line, strcspn(line, "\n")), *sum = strrchr(text, ' ');
        const char *there = sum ? loaded_sum(t->files, text, (size_t)(sum - text)) : NULL;
        bool same = there && is_line(there, sum + 1);

        if (sum)
            *sum = '\0';
        if (!same)
            refuse_loaded(t, source, text, there != NULL, err);
        free(text);
        if (!same)
            return false;
    }
    return true;
}

bool mb_policies_check_loaded(const mb_policies *policies, const mb_source *source,
                              const char *files, mb_error *err)
{
    for (size_t i = 0; i < policies->n_tested; i++) {
        const mb_tested *t = &policies->tested[i];

        if (t->stream == source->file->stream && strcmp(t->name, source->file->name) == 0 &&
            !check_tested(t, source, files, err))
            return false;
    }
    return true;
}
