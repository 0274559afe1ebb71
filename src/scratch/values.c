#include "values.h"

#include "moonbird/base/mem.h"
#include "moonbird/project/source.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool has(const mb_values *values, const char *name)
{
    for (size_t i = 0; i < values->n; i++)
        if (strcasecmp(values->items[i].name, name) == 0)
            return true;
    return false;
}

void mb_values_add(mb_values *values, const mb_setting *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (has(values, items[i].name))
            continue;
        values->items = mb_grow(values->items, values->n, sizeof *values->items);
        values->items[values->n++] =
            (mb_setting){.name = mb_strdup(items[i].name), .value = mb_strdup(items[i].value)};
    }
}

bool mb_values_are(const mb_values *a, const mb_values *b)
{
    bool equal = a->n == b->n;

    for (size_t i = 0; equal && i < a->n; i++)
        equal = strcmp(a->items[i].name, b->items[i].name) == 0 &&
                strcmp(a->items[i].value, b->items[i].value) == 0;
    return equal;
}

void mb_values_free(mb_values *values)
{
    for (size_t i = 0; i < values->n; i++) {
        free((char *)values->items[i].name);
        free((char *)values->items[i].value);
    }
    free(values->items);
    *values = (mb_values){0};
}

mb_given mb_values_given(const mb_values *values)
{
    return (mb_given){.args = values->items, .n = values->n, .replay = true};
}

/* ---- against the files ---- */

/* The files of the project that can be read. */
typedef struct readable {
    mb_step *steps; /* to which the sources point */
    mb_source *sources;
    const mb_chunk_info **infos;
    size_t n;
} readable;

static void read_files(readable *out, const mb_version_source *from)
{
    size_t room = from->status->n + 1;
    mb_error ignored;

    *out = (readable){mb_alloc(room * sizeof *out->steps), mb_alloc(room * sizeof *out->sources),
                      mb_alloc(room * sizeof *out->infos), 0};
    for (size_t i = 0; i < from->status->n; i++) {
        const mb_item *item = &from->status->items[i];
        mb_source *source = &out->sources[out->n];
        mb_step *step = &out->steps[out->n];

        *step = (mb_step){.item = item, .direction = MB_UP};
        if (!item->file || !item->file->path ||
            !mb_source_open(source, from->settings, from->host, step, &ignored))
            continue;
        out->infos[out->n++] = mb_source_parameters(source, from->host);
    }
}

static void close_files(readable *all, const mb_host *host)
{
    for (size_t i = 0; i < all->n; i++)
        mb_source_close(&all->sources[i], host);
    free(all->sources);
    free(all->steps);
    free(all->infos);
}

static bool is_named(const readable *all, const mb_item *subject, const char *name)
{
    for (size_t i = 0; i < all->n; i++)
        if (all->steps[i].item != subject && mb_args_find(all->infos[i], name))
            return true;
    return false;
}

bool mb_values_check(mb_values *others, const mb_version_source *from, const mb_item *subject,
                     mb_given given, bool visible, mb_error *err)
{
    readable all;
    bool ok;

    if (given.n == 0)
        return true;
    if (!mb_args_check(given.args, given.n, err))
        return false;
    read_files(&all, from);
    ok = mb_args_check_taken(all.infos, all.n, given, visible, err);
    for (size_t i = 0; ok && others && i < given.n; i++)
        if (is_named(&all, subject, given.args[i].name))
            mb_values_add(others, &given.args[i], 1);
    close_files(&all, from->host);
    return ok;
}
