#include "moonbird/project/preparation.h"

#include <stdlib.h>

void mb_preparation_free(mb_preparation *preparation)
{
    for (size_t i = 0; i < preparation->n; i++) {
        mb_planned *item = &preparation->items[i];

        for (size_t k = 0; item->previews && k < item->statements; k++)
            free(item->previews[k].sql);
        free(item->previews);
        mb_parts_free(item->parts, item->n_parts);
        free(item->description);
        free(item->skipped);
        free(item->refused);
    }
    free(preparation->items);
    *preparation = (mb_preparation){0};
}
