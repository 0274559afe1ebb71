/* kept_args.c -- the values of the parameters that each migration of a plan gets. */
#include "moonbird/project/kept_args.h"
#include "moonbird/project/loaded.h"

#include "moonbird/base/json.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/secret.h"
#include "moonbird/history/events.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { STREAMS = MB_MANUAL + 1 };

static bool has(const mb_setting *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(list[i].name, name) == 0)
            return true;
    return false;
}

/* ---- what the history kept ---- */

static char *text_of(const mb_json_token *token)
{
    char *text = mb_alloc(token->len + 1);

    text[mb_json_unescape(token, text)] = '\0';
    return text;
}

static void free_settings(mb_setting *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free((char *)list[i].name);
        free((char *)list[i].value);
    }
    free(list);
}

/*
 * The members of an object of strings, which free_settings frees. A text that is not such an object
 * was edited: what follows in it is not used.
 */
static mb_setting *read_object(const char *text, size_t *n)
{
    mb_setting *list = NULL;
    mb_json json;
    mb_json_token key, value;
    mb_error ignored;

    *n = 0;
    mb_json_read(&json, text, strlen(text));
    if (!mb_json_next(&json, &key, &ignored) || key.kind != MB_JSON_OBJECT)
        return NULL;
    while (mb_json_next(&json, &key, &ignored) && key.kind == MB_JSON_KEY &&
           mb_json_next(&json, &value, &ignored) && value.kind == MB_JSON_STRING) {
        list = mb_grow(list, *n, sizeof *list);
        list[(*n)++] = (mb_setting){.name = text_of(&key), .value = text_of(&value)};
    }
    return list;
}

/* Does the step undo what the row says, repeat it after that, or continue it? */
static bool uses_row(const mb_source *source)
{
    const mb_step *step = source->step;

    return step->item->row &&
           (source->direction == MB_DOWN || source->reinsert_row || step->resume || step->restart);
}

static bool takes_some(const mb_chunk_info *info)
{
    for (size_t i = 0; i < info->n_parameters; i++)
        if (!info->parameters[i].secret)
            return true;
    return false;
}

/* Can a redo have kept values for it, whose second half this is? */
static bool may_be_undone(const mb_project *project, const mb_source *source)
{
    return !source->step->item->row && project->history.exists &&
           takes_some(mb_source_parameters(source, project->host));
}

/* The last events of the migrations that were rolled back, of the streams that need them. */
static bool load_undone(mb_events undone[STREAMS], const mb_project *project, mb_error *err)
{
    bool read[STREAMS] = {false};
    bool ok = true;

    for (size_t i = 0; ok && i < project->n_sources; i++) {
        const mb_source *source = &project->sources[i];
        mb_stream stream = source->file->stream;

        if (read[stream] || !may_be_undone(project, source))
            continue;
        read[stream] = true;
        ok = mb_history_rolled_back(&undone[stream], mb_project_store(project), &project->history,
                                    stream, err);
    }
    return ok;
}

/* What the history kept for the source; NULL: nothing. */
static const char *find_kept(const mb_project *project, const mb_source *source,
                             const mb_events *undone)
{
    const mb_row *row = source->step->item->row;

    if (uses_row(source))
        return *row->args ? row->args : NULL;
    for (size_t i = 0; may_be_undone(project, source) && i < undone->n; i++)
        if (strcmp(undone->items[i].name, source->file->name) == 0)
            return undone->items[i].detail;
    return NULL;
}

/* ---- the values of one migration ---- */

static void add(mb_own_args *own, mb_setting item)
{
    own->items = mb_grow(own->items, own->n, sizeof *own->items);
    own->items[own->n++] = item;
}

/*
 * The members of what was kept that the file takes, and does not take as secrets. An SQL file can
 * read others, too, through functions: it resumes with all that it had.
 */
static mb_setting *read_wanted(const char *kept, const mb_source *source, const mb_chunk_info *info,
                               size_t *n)
{
    bool all_of_them = info->takes_any && source->step->resume;
    size_t all;
    mb_setting *list = read_object(kept, &all);

    *n = 0;
    for (size_t i = 0; i < all; i++) {
        const mb_parameter *arg = mb_args_find(info, list[i].name);

        if ((arg ? !arg->secret : all_of_them) && !has(list, *n, list[i].name)) {
            const mb_setting item = list[i];

            list[i] = list[*n];
            list[(*n)++] = item;
        }
    }
    for (size_t i = *n; i < all; i++) {
        free((char *)list[i].name);
        free((char *)list[i].value);
    }
    return list;
}

static void combine(mb_own_args *own, mb_given given, const mb_source *source,
                    const mb_chunk_info *info)
{
    size_t n = 0;
    mb_setting *kept = own->kept ? read_wanted(own->kept, source, info, &n) : NULL;
    bool first = source->is_redone || given.kept_first;

    own->replay = given.replay;
    for (size_t i = 0; i < given.n; i++) {
        const char *name = given.args[i].name;

        if ((!first || !has(kept, n, name)) && (!given.replay || mb_args_takes(info, name)))
            add(own, given.args[i]);
    }
    own->given = own->n;
    for (size_t i = 0; i < n; i++)
        if (!has(own->items, own->given, kept[i].name))
            add(own,
                (mb_setting){.name = mb_strdup(kept[i].name), .value = mb_strdup(kept[i].value)});
    free_settings(kept, n);
}

bool mb_own_args_find(mb_own_args **out, const mb_project *project, mb_given given, mb_error *err)
{
    mb_events undone[STREAMS] = {0};
    mb_own_args *own = NULL;

    if (load_undone(undone, project, err)) {
        own = mb_alloc(project->n_sources * sizeof *own);
        for (size_t i = 0; i < project->n_sources; i++) {
            const mb_source *source = &project->sources[i];
            const char *kept = find_kept(project, source, &undone[source->file->stream]);

            kept = kept ? kept : given.kept;
            own[i].kept = kept ? mb_strdup(kept) : NULL;
            combine(&own[i], given, source, mb_source_parameters(source, project->host));
        }
    }
    for (size_t i = 0; i < STREAMS; i++)
        mb_events_free(&undone[i]);
    *out = own;
    return own != NULL;
}

void mb_own_args_free(mb_own_args *own, size_t n)
{
    for (size_t i = 0; own && i < n; i++) {
        for (size_t k = own[i].given; k < own[i].n; k++) {
            free((char *)own[i].items[k].name);
            free((char *)own[i].items[k].value);
        }
        free(own[i].items);
        free(own[i].kept);
        free(own[i].text);
        mb_args_free(&own[i].args);
    }
    free(own);
}

/* ---- the rollback of a migration that is applied ---- */

typedef struct rollback {
    mb_step step;
    mb_source source;
    bool open;
} rollback;

/*
 * Opens the rollback of a migration that goes up, if it is another file or another part of the
 * file. One that cannot be read is refused where it is to run.
 */
static void open_rollback(rollback *out, const mb_project *project, const mb_source *source)
{
    const mb_migration *m = source->file;
    mb_error ignored;

    *out = (rollback){.step = {.item = source->step->item, .direction = MB_DOWN}};
    out->open =
        source->direction == MB_UP && (m->down_path || m->down_section) &&
        mb_source_open(&out->source, &project->settings, project->host, &out->step, &ignored);
}

static const mb_chunk_info *parameters_of(const rollback *r, const mb_project *project)
{
    return r->open ? mb_source_parameters(&r->source, project->host) : NULL;
}

static void close_rollback(rollback *r, const mb_project *project)
{
    if (r->open)
        mb_source_close(&r->source, project->host);
}

/* ---- what is checked at once ---- */

/* Those of the parameters not given that must have a value, or are asked for. */
typedef enum demand { DEMAND_ALL, DEMAND_SECRETS, DEMAND_NONE } demand;

/* The declarations of all sources, and of their rollbacks. */
typedef struct views {
    mb_chunk_info *items;
    const mb_chunk_info **list; /* of the items */
    rollback *rollbacks;        /* one for each source */
    size_t n;
} views;

static void add_view(views *v, const mb_chunk_info *info, mb_given given, demand which)
{
    mb_chunk_info *view = &v->items[v->n];

    v->list[v->n++] = view;
    *view = *info;
    view->parameters = mb_alloc((info->n_parameters + 1) * sizeof *view->parameters);
    for (size_t i = 0; i < info->n_parameters; i++) {
        mb_parameter *arg = &view->parameters[i];

        *arg = info->parameters[i];
        if (which == DEMAND_ALL || has(given.args, given.n, arg->name))
            continue;
        arg->secret = arg->secret && which == DEMAND_SECRETS;
        arg->required = arg->required && arg->secret;
    }
}

static bool is_apart(const mb_own_args *own)
{
    return own->n > own->given;
}

static void make_views(views *v, const mb_own_args *own, const mb_project *project, mb_given given)
{
    size_t n = project->n_sources;

    *v = (views){.items = mb_alloc(2 * n * sizeof *v->items),
                 .list = mb_alloc(2 * n * sizeof *v->list),
                 .rollbacks = mb_alloc(n * sizeof *v->rollbacks)};
    for (size_t i = 0; i < n; i++) {
        const mb_source *source = &project->sources[i];

        add_view(v, mb_source_parameters(source, project->host), given,
                 is_apart(&own[i]) ? DEMAND_SECRETS : DEMAND_ALL);
        if (given.n)
            open_rollback(&v->rollbacks[i], project, source);
        if (v->rollbacks[i].open)
            add_view(v, parameters_of(&v->rollbacks[i], project), given, DEMAND_NONE);
    }
}

static void free_views(views *v, const mb_project *project)
{
    for (size_t i = 0; i < v->n; i++)
        free(v->items[i].parameters);
    for (size_t i = 0; i < project->n_sources; i++)
        close_rollback(&v->rollbacks[i], project);
    free(v->items);
    free(v->list);
    free(v->rollbacks);
}

bool mb_own_args_read(mb_args *scripts, const mb_own_args *own, const mb_project *project,
                      mb_given given, mb_error *err)
{
    views v;
    bool ok;

    make_views(&v, own, project, given);
    ok = mb_args_read(scripts, v.list, v.n, given, err);
    free_views(&v, project);
    return ok;
}

/* ---- what the row is to keep ---- */

static void add_member(mb_buf *text, const mb_setting *item)
{
    if (mb_secret_in(item->value, strlen(item->value)))
        return;
    mb_buf_puts(text, text->len ? ", " : "{");
    mb_json_add_string(text, item->name, strlen(item->name));
    mb_buf_puts(text, ": ");
    mb_json_add_string(text, item->value, strlen(item->value));
}

static bool is_kept(const mb_chunk_info *info, const mb_chunk_info *down, const char *name)
{
    const mb_parameter *arg = mb_args_find(info, name);

    arg = arg ? arg : mb_args_find(down, name);
    return arg && !arg->secret;
}

/* What was kept for other parts of the migration, such as its rollback, stays. */
static void add_others(mb_buf *text, const mb_own_args *own, const mb_chunk_info *info)
{
    size_t n;
    mb_setting *kept = read_object(own->kept, &n);

    for (size_t i = 0; i < n; i++) {
        const mb_parameter *arg = mb_args_find(info, kept[i].name);

        if (!(arg && arg->secret) && !has(own->items, own->n, kept[i].name))
            add_member(text, &kept[i]);
    }
    free_settings(kept, n);
}

static char *text_to_keep(const mb_own_args *own, const mb_project *project,
                          const mb_source *source)
{
    const mb_chunk_info *info = mb_source_parameters(source, project->host);
    mb_buf text = {0};
    rollback r = {0};

    if (own->given)
        open_rollback(&r, project, source);
    for (size_t i = 0; i < own->n; i++)
        if (i >= own->given || is_kept(info, parameters_of(&r, project), own->items[i].name))
            add_member(&text, &own->items[i]);
    if (own->kept)
        add_others(&text, own, info);
    if (text.len)
        mb_buf_putc(&text, '}');
    close_rollback(&r, project);
    return text.data;
}

bool mb_own_args_complete(mb_own_args *own, const mb_project *project, const mb_args *scripts,
                          mb_error *err)
{
    for (size_t i = 0; i < project->n_sources; i++) {
        const mb_source *source = &project->sources[i];
        const mb_chunk_info *info = mb_source_parameters(source, project->host);
        const mb_given given = {.args = own[i].items, .n = own[i].n, .replay = own[i].replay};

        if (is_apart(&own[i]) && !mb_args_read_again(&own[i].args, info, given, scripts, err))
            return false;
        own[i].text = text_to_keep(&own[i], project, source);
    }
    return true;
}
