/* buffer.h -- the userdata of mb_lua_new_buf. */
#ifndef MOONBIRD_BINDING_ENGINE_BUFFER_H
#define MOONBIRD_BINDING_ENGINE_BUFFER_H

#include "binding/binding.h"

#define MB_META_BUF "moonbird.buf"

/* The buffer is the first member, so that a pointer to it is a pointer to the struct. */
typedef struct mb_charged_buf {
    mb_buf buf;
    size_t charged; /* bytes that are counted as memory of the script */
} mb_charged_buf;

#endif
