/* Any text gives no crash, but values in their ranges, or an error with a place in the text. */
#include "fuzz.h"

#include "moonbird/sql/directive.h"

#include <string.h>

static void in_range(const mb_directives *d)
{
    PROMISE(d->lock_timeout_ms >= MB_UNSET && d->statement_timeout_ms >= MB_UNSET &&
            d->transaction_timeout_ms >= MB_UNSET);
    PROMISE(d->retries >= MB_UNSET && d->retries <= 1000);
    PROMISE((d->n_requires > 0) == (d->requires != NULL));
    for (size_t i = 0; i < d->n_requires; i++)
        PROMISE(*d->requires[i] && !strpbrk(d->requires[i], ", \t"));
    PROMISE(!d->description || *d->description);
    PROMISE(!d->irreversible || *d->irreversible);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mb_directives d;
    mb_error err;

    if (mb_directives_read(&d, (const char *)data, size, "f", &err)) {
        in_range(&d);
        mb_directives_free(&d);
    } else {
        PROMISE(err.code == MB_ERR_FILE && err.line > 0 && err.column > 0 && err.message[0]);
    }
    return 0;
}
