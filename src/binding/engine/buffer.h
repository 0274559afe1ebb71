/* buffer.h -- buffers that the collector frees, and whose bytes count as a script's. */
#ifndef MOONBIRD_BUFFER_H
#define MOONBIRD_BUFFER_H

#include "binding/binding.h"

#define MB_META_BUF "moonbird.buf"

/* The buffer first: who holds it knows nothing of the rest. */
typedef struct mb_charged_buf {
    mb_buf buf;
    size_t charged; /* bytes that count as the script's */
} mb_charged_buf;

#endif
