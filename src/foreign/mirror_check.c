/* mirror_check.c -- whether what a command will do fits the tool's history. */
#include "mirrored.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/number.h"

#include <stdlib.h>
#include <string.h>

/* ---- both histories before the command ---- */

static void add_name(mb_buf *names, const mb_item *item)
{
    mb_buf_printf(names, "%s%s", names->len ? ", " : "", item->name);
}

static bool is_half(const mb_mirror *m, size_t i)
{
    const mb_item *item = &m->project->status.items[i];

    return m->c.rows[i] && item->file && mb_tool_row_is_half(m->c.rows[i], item->file);
}

/* Begun and not ended by moonbird: its row is written at its end, and a rollback removes it then.
 */
static bool is_open(const mb_item *item)
{
    return item->row && item->state != MB_APPLIED;
}

static bool is_ahead(const mb_mirror *m, size_t i)
{
    return m->c.rows[i] && !m->project->status.items[i].row;
}

static bool is_behind(const mb_mirror *m, size_t i)
{
    const mb_item *item = &m->project->status.items[i];

    return item->row && !is_open(item) && !m->c.rows[i];
}

/* A tool that keeps one number counts each smaller one as applied. */
static bool is_late(const mb_mirror *m, size_t i)
{
    if (m->c.writer->order != MB_TOOL_NO_GAPS || !is_ahead(m, i))
        return false;
    while (++i < m->c.n)
        if (m->project->status.items[i].state == MB_APPLIED)
            return true;
    return false;
}

bool mb_mirror_is_ahead(const mb_mirror *mirror)
{
    bool ahead = false;

    for (size_t i = 0; i < mirror->c.n; i++) {
        if (!mb_mirror_has(mirror, &mirror->project->status.items[i]))
            continue;
        if (is_late(mirror, i))
            return false;
        ahead = ahead || is_ahead(mirror, i);
    }
    return ahead;
}

/* How the two histories can differ. */
static const struct {
    bool (*is)(const mb_mirror *m, size_t i);
    const char *what, *hint; /* `what` follows the name of the table */
} differences[] = {
    {is_half, "lists migrations that the tool began and did not finish",
     "Finish or undo them with that tool first."},
    {is_late, "counts these pending migrations as applied, because it keeps only the last number",
     "The tool never runs them. Rename the files so that they come last, or remove \"mirror\" from "
     "the configuration."},
    {is_ahead, "lists migrations that moonbird has not recorded",
     "If they are applied, record them with moonbird adopt. Otherwise delete their rows from that "
     "table."},
    {is_behind, "does not list these migrations, which moonbird has applied",
     "If they are applied, moonbird eject writes their rows. If the tool has rolled them back, "
     "moonbird forget removes them from moonbird's history."},
};

static bool fail_differing(const mb_mirror *m, size_t how, const char *names, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "%s %s: %s", m->c.table, differences[how].what, names);
    return mb_fail_hint(err, "%s", differences[how].hint);
}

/* Refuses the migrations that differ in this way. */
static bool check_none(const mb_mirror *m, size_t how, mb_error *err)
{
    mb_buf names = {0};
    bool none;

    for (size_t i = 0; i < m->c.n; i++)
        if (mb_mirror_has(m, &m->project->status.items[i]) && differences[how].is(m, i))
            add_name(&names, &m->project->status.items[i]);
    none = names.len == 0 || fail_differing(m, how, names.data, err);
    mb_buf_free(&names);
    return none;
}

bool mb_mirror_agrees(const mb_mirror *mirror, const mb_item *item, mb_error *err)
{
    size_t i = (size_t)(item - mirror->project->status.items);
    bool newer = mb_mirror_is_ahead(mirror);

    if (!mb_mirror_has(mirror, item))
        return true;
    for (size_t how = 0; how < sizeof differences / sizeof differences[0]; how++)
        if (differences[how].is(mirror, i) && !(newer && differences[how].is == is_ahead))
            return fail_differing(mirror, how, item->name, err);
    return true;
}

static bool check_rows(const mb_mirror *m, mb_error *err)
{
    return mb_tool_history_check(&m->c.history, &m->project->status, err);
}

static bool check_same(const mb_mirror *m, mb_error *err)
{
    bool ok = check_rows(m, err);

    for (size_t how = 0; ok && how < sizeof differences / sizeof differences[0]; how++)
        ok = check_none(m, how, err);
    return ok;
}

/* ---- what has no place in the tool's history, or in its folder ---- */

static bool refuse(const mb_mirror *m, const mb_item *item, const char *why, const char *hint,
                   mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "%s does not fit the history of %s: %s", item->name,
            m->c.writer->tool, why);
    if (item->file && item->file->path)
        mb_fail_at(err, item->file->path, 0, 0);
    return mb_fail_hint(err, "%s", hint);
}

static bool check_file(const mb_mirror *m, const mb_item *item, mb_error *err)
{
    if (m->c.writer->reads_all && item->stream == MB_AUTO && item->file && item->file->lua) {
        mb_fail(err, MB_ERR_POLICY, "%s loads each file of the folder, and fails at %s",
                m->c.writer->tool, item->file->path);
        mb_fail_at(err, item->file->path, 0, 0);
        return mb_fail_hint(err, "Move the file to the folder of manual migrations, or remove "
                                 "\"mirror\" from the configuration.");
    }
    return !mb_mirror_has(m, item) || mb_tool_can_number(m->c.writer, item->file) ||
           refuse(m, item, "it has no number that fits in a bigint", "Rename the file.", err);
}

static bool check_files(const mb_mirror *m, mb_error *err)
{
    for (size_t i = 0; i < m->project->status.n; i++)
        if (!check_file(m, &m->project->status.items[i], err))
            return false;
    return true;
}

/* ---- the order ---- */

/* Which migrations the tool considers as applied, while the steps are followed. */
typedef struct course {
    const mb_mirror *m;
    bool *listed;
} course;

static const mb_item *item_at(const course *c, size_t i)
{
    return &c->m->project->status.items[i];
}

/* The first migration from `i` on that the tool runs, and that is listed, if `listed`, or not
 * listed. */
static size_t find_from(const course *c, size_t i, bool listed)
{
    while (i < c->m->c.n && (!mb_mirror_has(c->m, item_at(c, i)) || c->listed[i] != listed))
        i++;
    return i;
}

#define HINT_LATE                                                                                  \
    "Rename the file so that it comes last, or remove \"mirror\" from the configuration."

/* A tool that never goes back needs a list without gaps. */
static bool check_gap(const course *c, mb_error *err)
{
    size_t gap = find_from(c, 0, false), later = find_from(c, gap, true);
    char *why;

    if (later == c->m->c.n)
        return true;
    why = mb_format("the later migration %s is applied", item_at(c, later)->name);
    refuse(c->m, item_at(c, gap), why, HINT_LATE, err);
    free(why);
    return false;
}

/* Drizzle never runs an entry whose time is not above that of an applied one. */
static bool is_hidden(const course *c, size_t i, const bool *listed, size_t *by)
{
    for (*by = 0; *by < c->m->c.n; ++*by)
        if (listed[*by] && mb_mirror_has(c->m, item_at(c, *by)) &&
            item_at(c, i)->file->when <= item_at(c, *by)->file->when)
            return true;
    return false;
}

static bool is_newly_hidden(const course *c, size_t i, const bool *before, size_t *by)
{
    size_t unused;

    return (before[i] || !is_hidden(c, i, before, &unused)) && is_hidden(c, i, c->listed, by);
}

static bool check_hidden(const course *c, const bool *before, mb_error *err)
{
    size_t by;
    char *why;

    for (size_t i = find_from(c, 0, false); i < c->m->c.n; i = find_from(c, i + 1, false)) {
        if (!is_newly_hidden(c, i, before, &by))
            continue;
        why = mb_format("it would be pending, but its time in the journal is not after that of %s",
                        item_at(c, by)->name);
        refuse(c->m, item_at(c, i), why,
               "Apply both with one command, or remove \"mirror\" from the configuration.", err);
        free(why);
        return false;
    }
    return true;
}

static course begin(const mb_mirror *m)
{
    course c = {.m = m, .listed = mb_alloc(m->c.n * sizeof *c.listed)};

    for (size_t i = 0; i < m->c.n; i++)
        c.listed[i] = m->c.rows[i] != NULL;
    return c;
}

static bool steps_back(const mb_mirror *m)
{
    return m->c.writer->order == MB_TOOL_ANY || m->c.writer->order == MB_TOOL_TIMES;
}

/* Follows one step.  Both tools without gaps keep one, so each step is checked. */
static bool follow(course *c, const mb_item *item, mb_direction direction, mb_error *err)
{
    if (!mb_mirror_has(c->m, item))
        return true;
    c->listed[item - c->m->project->status.items] = direction == MB_UP;
    return steps_back(c->m) || check_gap(c, err);
}

static bool end(course *c, mb_error *err)
{
    course before = begin(c->m);
    bool ok = c->m->c.writer->order != MB_TOOL_TIMES || check_hidden(c, before.listed, err);

    free(before.listed);
    return ok;
}

bool mb_mirror_check(const mb_mirror *mirror, const mb_plan *plan, mb_error *err)
{
    course c;
    bool ok;

    if (!mirror)
        return true;
    if (!check_same(mirror, err) || !check_files(mirror, err))
        return false;
    c = begin(mirror);
    ok = steps_back(mirror) || check_gap(&c, err);
    for (size_t i = 0; ok && i < plan->n; i++)
        ok = follow(&c, plan->steps[i].item, plan->steps[i].direction, err);
    ok = ok && end(&c, err);
    free(c.listed);
    return ok;
}

bool mb_mirror_check_amend(const mb_mirror *mirror, const mb_item *const *items, size_t n,
                           mb_direction direction, mb_error *err)
{
    course c;
    bool ok;

    if (!mirror || n == 0)
        return true;
    ok = check_rows(mirror, err) && check_files(mirror, err);
    c = begin(mirror);
    for (size_t i = 0; ok && i < n; i++)
        ok = follow(&c, items[i], direction, err);
    ok = ok && end(&c, err);
    free(c.listed);
    return ok;
}
