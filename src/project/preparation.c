#include "moonbird/project/preparation.h"

#include <stdlib.h>

void mb_preparation_free(mb_preparation *preparation)
{
    for (size_t i = 0; i < preparation->n; i++) {
        mb_planned *item = &preparation->items[i];

        mb_previews_free(item->previews, item->statements);
        mb_parts_free(item->parts, item->n_parts);
        free(item->skipped);
        free(item->refused);
    }
    free(preparation->items);
    free(preparation->policies);
    mb_own_args_free(preparation->own, preparation->n);
    *preparation = (mb_preparation){0};
}
