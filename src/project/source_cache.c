/* source_cache.c -- sources that were inspected for one plan, kept for the next one. */
#include "moonbird/project/source_cache.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/sort.h"
#include "moonbird/format/cut.h"
#include "moonbird/os/file.h"

#include <stdlib.h>
#include <string.h>

/* A file may be there twice: redo runs its down section, and then its up part. */
static int compare(const void *a, const void *b)
{
    const mb_source *x = *(mb_source *const *)a, *y = *(mb_source *const *)b;
    int order = strcmp(x->path, y->path);

    return order ? order : (int)x->direction - (int)y->direction;
}

/* A loaded script has state, and how far a half-done migration got is in the history. */
static bool depends_on_more(const mb_source *source)
{
    return source->lua || source->cut.text || (source->step && source->step->resume);
}

/* Does inspecting it again cost more than its memory? Small files beyond the room do not. */
static bool is_worth_it(const mb_source *source)
{
    return source->kept || source->is_large;
}

void mb_source_cache_fill(mb_source_cache *cache, mb_source *sources, size_t n, const mb_host *host)
{
    mb_source_cache_free(cache, host);
    for (size_t i = 0; i < n; i++) {
        if (depends_on_more(&sources[i]) || !is_worth_it(&sources[i])) {
            mb_source_close(&sources[i], host);
            continue;
        }
        sources[cache->n] = sources[i];
        sources[cache->n].step = NULL;
        sources[cache->n++].file = NULL;
    }
    cache->items = mb_realloc(sources, (cache->n + 1) * sizeof *sources);
    cache->by_path = mb_alloc(cache->n * sizeof *cache->by_path);
    for (size_t i = 0; i < cache->n; i++)
        cache->by_path[i] = &cache->items[i];
    mb_sort(cache->by_path, cache->n, sizeof *cache->by_path, compare);
}

void mb_source_cache_free(mb_source_cache *cache, const mb_host *host)
{
    for (size_t i = 0; i < cache->n; i++)
        mb_source_close(cache->by_path[i], host);
    free(cache->by_path);
    free(cache->items);
    *cache = (mb_source_cache){0};
}

mb_known_file *mb_source_cache_files(const mb_source_cache *cache, size_t *n)
{
    mb_known_file *files = mb_alloc(cache->n * sizeof *files);

    *n = 0;
    for (size_t i = 0; i < cache->n; i++) {
        const mb_source *source = cache->by_path[i];

        if (source->kept)
            files[(*n)++] = (mb_known_file){
                .path = source->path,
                .text = source->kept->text.data,
                .len = source->kept->text.len,
                .file_sum = source->sums.file,
                .down_section = source->has_down,
            };
    }
    return files;
}

/* The migration's main file was just read, a rollback file was not. */
static bool is_unchanged(const mb_source *old, const mb_source *now)
{
    char sum[MB_HASH_HEX], *full;
    mb_error unreadable;
    bool ok;

    if (strcmp(now->path, now->file->path) == 0 && mb_cut_same(&now->cut, &now->file->up))
        return strcmp(old->sums.file, now->file->file_sum) == 0;
    full = mb_source_full(now);
    ok = mb_cut_sum(sum, full, &now->cut, &unreadable) && strcmp(old->sums.file, sum) == 0;
    free(full);
    return ok;
}

static void move(mb_source *out, mb_source *old)
{
    const mb_source asked = *out;

    *out = *old;
    out->step = asked.step;
    out->file = asked.file;
    out->root = asked.root;
    out->cut = asked.cut;
    out->reinsert_row = false;
    out->is_redone = false;
    *old = asked; /* is freed instead of the old one */
    old->step = NULL;
    old->file = NULL;
}

/*
 * A kept source has lost its file, and with it the text of its cut; then the directives of the two
 * can differ too.
 */
static bool same_cut(const mb_source *old, const mb_source *now)
{
    return !now->cut.text && !old->cut.text && mb_cut_same(&old->cut, &now->cut) &&
           !now->file->given;
}

/* Move the source to *out if it was kept and is as it was. */
static bool find(mb_source *out, mb_source_cache *cache)
{
    mb_source *key = out, **found = NULL;

    if (cache->n && !depends_on_more(out))
        found = bsearch(&key, cache->by_path, cache->n, sizeof *cache->by_path, compare);
    if (!found || (*found)->section != out->section || !same_cut(*found, out) ||
        (*found)->backslashes != out->backslashes || !is_unchanged(*found, out))
        return false;
    move(out, *found);
    return true;
}

bool mb_source_cache_open(mb_source *out, mb_source_cache *cache, const mb_settings *settings,
                          const mb_host *host, const mb_step *step, mb_error *err)
{
    size_t cost;

    if (!mb_source_locate(out, settings, host, step, err))
        return false;
    if (!find(out, cache)) {
        if (!mb_source_inspect(out, settings, host, cache->room, err))
            return false;
    } else if (!mb_source_check_rollback(out, settings, host, err)) {
        mb_source_close(out, host);
        return false;
    }
    cost = out->kept ? out->kept->text.len + sizeof *out->kept + sizeof *out : 0;
    cache->room -= cost < cache->room ? cost : cache->room;
    return true;
}
