#include "version.h"
#include "moonbird/project/source.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

size_t mb_autos_before(const mb_status *status, const mb_item *item)
{
    size_t n = 0;

    for (size_t i = 0; i < status->n && &status->items[i] != item; i++)
        n += status->items[i].stream == MB_AUTO && !mb_item_never_runs(&status->items[i]);
    return n;
}

const mb_item *mb_auto_at(const mb_status *status, size_t n)
{
    for (size_t i = 0; i < status->n; i++) {
        const mb_item *item = &status->items[i];

        if (item->stream == MB_AUTO && !mb_item_never_runs(item) && --n == 0)
            return item;
    }
    return NULL;
}

static const mb_item *find_named(const mb_status *status, const char *wanted)
{
    for (size_t i = 0; i < status->n; i++)
        if (mb_is_named(wanted, status->items[i].stream, status->items[i].name))
            return &status->items[i];
    return NULL;
}

static bool is_in(const mb_version *v, const mb_item *item)
{
    for (size_t i = 0; i < v->n; i++)
        if (v->manual[i] == item)
            return true;
    return false;
}

static void add_manual(mb_version *v, const mb_item *item)
{
    v->manual = mb_grow(v->manual, v->n, sizeof *v->manual);
    v->manual[v->n++] = item;
}

/*
 * Adds the manual migrations that the item requires, each after its own requirements.  A `depth`
 * above the number of items means a circle.
 */
static bool add_required(mb_version *v, const mb_version_source *from, const mb_item *item,
                         size_t depth, mb_error *err)
{
    mb_directives directives;
    bool ok = true;

    if (!item->file || !item->file->path)
        return true;
    if (depth > from->status->n)
        return mb_fail(err, MB_ERR_FILE, "\"%s\" requires itself", item->name);
    if (!mb_source_directives(&directives, from->settings, from->host, item->file, err))
        return false;
    for (size_t i = 0; ok && i < directives.n_requires; i++) {
        const mb_item *wanted = find_named(from->status, directives.requires[i]);

        if (!wanted || wanted->stream != MB_MANUAL || is_in(v, wanted))
            continue;
        ok = add_required(v, from, wanted, depth + 1, err);
        if (ok && !is_in(v, wanted))
            add_manual(v, wanted);
    }
    mb_directives_free(&directives);
    return ok;
}

bool mb_version_require(mb_version *v, const mb_version_source *from, const mb_item *item,
                        mb_error *err)
{
    return add_required(v, from, item, 0, err);
}

bool mb_version_find(mb_version *out, const mb_version_source *from, const mb_item *subject,
                     const char *at, mb_error *err)
{
    static const mb_stream stream = MB_AUTO;
    bool manual = !subject || subject->stream == MB_MANUAL;
    const mb_item *item;

    *out = (mb_version){.autos = mb_autos_before(from->status, manual ? NULL : subject)};
    if (at) {
        if (!mb_status_find(&item, from->status, at, &stream, err))
            return false;
        if (!manual && mb_autos_before(from->status, item) >= out->autos)
            return mb_fail(err, MB_ERR_USAGE, "migration \"%s\" is already applied at \"%s\"",
                           subject->name, item->name);
        out->autos = mb_autos_before(from->status, item) + 1;
    }
    return !subject || mb_version_require(out, from, subject, err);
}

bool mb_version_is(const mb_version *a, const mb_version *b)
{
    return a->autos == b->autos && a->n == b->n &&
           (a->n == 0 || memcmp(a->manual, b->manual, a->n * sizeof *a->manual) == 0);
}

void mb_version_free(mb_version *v)
{
    free(v->manual);
    *v = (mb_version){0};
}
