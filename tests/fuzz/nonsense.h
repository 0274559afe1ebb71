/* nonsense.h -- a server in a thread of this process that speaks the protocol badly on purpose. */
#ifndef MOONBIRD_TEST_NONSENSE_H
#define MOONBIRD_TEST_NONSENSE_H

#include <stddef.h>
#include <stdint.h>

typedef struct nonsense nonsense;

/*
 * It listens on a Unix socket in `folder`.  `data` decides what it answers, and then a generator.
 */
nonsense *nonsense_start(const char *folder, const uint8_t *data, size_t size);
void nonsense_stop(nonsense *server);

#endif
