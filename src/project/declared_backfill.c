#include "moonbird/project/declared_backfill.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>

void mb_declared_backfill_copy(mb_declared_backfill *out, const mb_declared_backfill *from)
{
    *out = *from;
    out->name = mb_strdup(from->name);
    out->table = mb_strdup(from->table);
    out->key = mb_alloc((from->n_key + 1) * sizeof *out->key);
    for (size_t i = 0; i < from->n_key; i++)
        out->key[i] = mb_strdup(from->key[i]);
    out->settings = mb_alloc((from->n_settings + 1) * sizeof *out->settings);
    for (size_t i = 0; i < from->n_settings; i++)
        out->settings[i] = (mb_setting){.name = mb_strdup(from->settings[i].name),
                                        .value = mb_strdup(from->settings[i].value)};
}

void mb_declared_backfill_free(mb_declared_backfill *d)
{
    for (size_t i = 0; i < d->n_key; i++)
        free(d->key[i]);
    for (size_t i = 0; i < d->n_settings; i++) {
        free((char *)d->settings[i].name);
        free((char *)d->settings[i].value);
    }
    free(d->settings);
    free(d->key);
    free(d->name);
    free(d->table);
}
