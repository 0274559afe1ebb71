/* kept.c -- sources that were inspected for one plan, kept for the next one. */
#include "moonbird/project/kept.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/sort.h"
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
    return source->lua || (source->step && source->step->resume);
}

void mb_kept_take(mb_kept *kept, mb_source *sources, size_t n, const mb_host *host)
{
    mb_kept_free(kept, host);
    kept->items = sources;
    kept->by_path = mb_alloc(n * sizeof *kept->by_path);
    for (size_t i = 0; i < n; i++) {
        if (depends_on_more(&sources[i])) {
            mb_source_close(&sources[i], host);
            continue;
        }
        sources[i].step = NULL;
        sources[i].file = NULL;
        kept->by_path[kept->n++] = &sources[i];
    }
    mb_sort(kept->by_path, kept->n, sizeof *kept->by_path, compare);
}

void mb_kept_free(mb_kept *kept, const mb_host *host)
{
    for (size_t i = 0; i < kept->n; i++)
        mb_source_close(kept->by_path[i], host);
    free(kept->by_path);
    free(kept->items);
    *kept = (mb_kept){0};
}

mb_known_file *mb_kept_files(const mb_kept *kept, size_t *n)
{
    mb_known_file *files = mb_alloc(kept->n * sizeof *files);

    *n = 0;
    for (size_t i = 0; i < kept->n; i++) {
        const mb_source *source = kept->by_path[i];

        if (source->text.data)
            files[(*n)++] = (mb_known_file){
                .path = source->path,
                .text = source->text.data,
                .len = source->text.len,
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

    if (strcmp(now->path, now->file->path) == 0)
        return strcmp(old->sums.file, now->file->file_sum) == 0;
    full = mb_source_full(now);
    ok = mb_file_sum(sum, full, &unreadable) && strcmp(old->sums.file, sum) == 0;
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
    out->reinsert_row = false;
    *old = asked; /* is freed instead of the old one */
    old->step = NULL;
    old->file = NULL;
}

/* Move the source to *out if it was kept and is as it was. */
static bool find(mb_source *out, mb_kept *kept)
{
    mb_source *key = out, **found = NULL;

    if (kept->n && !depends_on_more(out))
        found = bsearch(&key, kept->by_path, kept->n, sizeof *kept->by_path, compare);
    if (!found || (*found)->section != out->section || (*found)->backslashes != out->backslashes ||
        !is_unchanged(*found, out))
        return false;
    move(out, *found);
    return true;
}

bool mb_kept_open(mb_source *out, mb_kept *kept, const mb_settings *settings, const mb_host *host,
                  const mb_step *step, mb_error *err)
{
    if (!mb_source_locate(out, settings, host, step, err))
        return false;
    if (!find(out, kept)) {
        if (!mb_source_inspect(out, settings, host, kept->room, err))
            return false;
    } else if (!mb_source_check_rollback(out, settings, host, err)) {
        mb_source_close(out, host);
        return false;
    }
    kept->room -= out->text.len < kept->room ? out->text.len : kept->room;
    return true;
}
