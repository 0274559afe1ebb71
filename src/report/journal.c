#include "moonbird/report/journal.h"

#include "moonbird/foreign/tool_history.h"
#include "moonbird/policy/environment.h"
#include "moonbird/project/loaded.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ANSWER_S = 5 }; /* limit for the login to another environment and for each answer */

/* What one database has applied. */
typedef struct known {
    char *name; /* for messages */
    mb_history history;
    mb_tool_history drizzle;
} known;

typedef struct known_list {
    known *items;
    size_t n;
} known_list;

/* ---- the databases ---- */

/* Reads both histories in a session. */
static bool read_known(known *k, mb_conn *conn, const char *schema, mb_error *err)
{
    const mb_store in = {conn, schema};

    return mb_history_load(&k->history, in, MB_DETAIL_PLAN, err) &&
           mb_tool_history_read(&k->drizzle, "drizzle", NULL, conn, err);
}

static known *add_known(known_list *list, char *name)
{
    list->items = mb_grow(list->items, list->n, sizeof *list->items);
    list->items[list->n] = (known){.name = name};
    return &list->items[list->n++];
}

static bool ask(known *k, const mb_project *project, const mb_environment *env, mb_error *err)
{
    mb_conn *conn = NULL;
    bool ok = mb_conn_open_beside(&conn, project->conn, env->url, env->name, ANSWER_S, err) &&
              mb_conn_exec(NULL, conn, MB_BEGIN_READING, err) &&
              read_known(k, conn, project->settings.schema, err);

    if (conn)
        mb_conn_rollback(conn);
    mb_conn_close(conn);
    return ok;
}

static void note_unasked(const mb_reporter *reporter, const mb_environment *env,
                         const mb_error *err)
{
    char *text = mb_format("environment \"%s\" cannot be asked what it has applied: %s", env->name,
                           err->message);

    reporter->note(reporter->self, text);
    free(text);
}

/* The project's own server is asked only if it is the database of the command. */
static bool read_all(known_list *list, const mb_project *project, const mb_reporter *reporter,
                     mb_error *err)
{
    const mb_settings *s = &project->settings;
    known *own = add_known(list, mb_format("database \"%s\"", mb_conn_database(project->conn)));

    if (!read_known(own, project->conn, s->schema, err))
        return false;
    for (size_t i = 0; i < s->n_environments; i++) {
        const mb_environment *env = &s->environments[i];

        if (!env->url || strcmp(env->url, "embedded:") == 0 ||
            strcmp(env->name, s->environment) == 0)
            continue;
        if (ask(add_known(list, mb_format("environment \"%s\"", env->name)), project, env, err))
            continue;
        if (err->code == MB_ERR_INTERRUPTED)
            return false;
        note_unasked(reporter, env, err);
    }
    return true;
}

static void free_known(known_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->items[i].name);
        mb_history_free(&list->items[i].history);
        mb_tool_history_free(&list->items[i].drizzle);
    }
    free(list->items);
}

/* ---- what they have applied ---- */

/* Is it the row of this file?  `when` 0: the file has no entry, so only its contents can show it. */
static bool fits(const mb_tool_row *row, const char *tag, int64_t when, const char *sum)
{
    if (row->key && strcmp(row->key, tag) == 0)
        return true;
    if (when)
        return row->when && (row->when == when || row->when == when / 1000 * 1000);
    return *sum && row->sum && strcmp(row->sum, sum) == 0;
}

static const char *applied(void *self, const char *tag, int64_t when, const char *sum)
{
    const known_list *list = self;

    for (size_t i = 0; i < list->n; i++) {
        const known *k = &list->items[i];

        if (mb_history_find(&k->history, (mb_key){MB_AUTO, tag}))
            return k->name;
        for (size_t r = 0; r < k->drizzle.n; r++)
            if (fits(&k->drizzle.items[r], tag, when, sum))
                return k->name;
    }
    return NULL;
}

bool mb_project_fix_journal(mb_journal_fix *out, mb_project *project, mb_journal_side keep,
                            const mb_reporter *reporter, mb_error *err)
{
    const mb_settings *s = &project->settings;
    char *path = mb_path_join(s->root, s->migrations);
    known_list list = {0};
    const mb_journal_request request = {.path = path,
                                        .shown = s->migrations,
                                        .keep = keep,
                                        .now = (int64_t)time(NULL) * 1000,
                                        .applied = applied,
                                        .self = &list};
    bool ok;

    *out = (mb_journal_fix){0};
    ok = read_all(&list, project, reporter, err) && mb_journal_fix_make(out, &request, err);
    free_known(&list);
    free(path);
    return ok;
}
