/* fuzz.h -- a promise that must hold for any input. */
#ifndef MOONBIRD_TEST_FUZZ_H
#define MOONBIRD_TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define PROMISE(it)                                                                                \
    do {                                                                                           \
        if (!(it))                                                                                 \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
