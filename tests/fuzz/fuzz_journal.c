/*
 * Any text gives no crash, but tags that name files in the folder, each once, or an error with the
 * reason.
 */
#include "fuzz.h"

#include "format/drizzle/journal.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void in_order(const mb_names *tags, char **sorted)
{
    PROMISE((tags->n > 0) == (tags->items != NULL));
    for (size_t i = 0; i < tags->n; i++) {
        PROMISE(*tags->items[i] && !strchr(tags->items[i], '/'));
        PROMISE(i == 0 || strcmp(sorted[i - 1], sorted[i]) < 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int file = memfd_create("journal", MFD_CLOEXEC);
    mb_journal journal;
    char path[32];
    mb_error err;

    PROMISE(file >= 0 && write(file, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (mb_journal_read(&journal, path, "f", &err)) {
        PROMISE(journal.found);
        in_order(&journal.tags, journal.sorted);
        mb_journal_free(&journal);
    } else {
        PROMISE(err.code == MB_ERR_FILE && err.message[0]);
    }
    close(file);
    return 0;
}
