/* render.h -- a script as one text, so that tests compare texts. */
#ifndef MOONBIRD_TEST_RENDER_H
#define MOONBIRD_TEST_RENDER_H

#include "moonbird/base/buf.h"
#include "moonbird/sql/script.h"

/*
 * Each statement as `LINE:COLUMN sql|`, COPY data as `=data|`, an error as
 * `!LINE:COLUMN message`.  The text is read `piece` bytes at a time.
 */
void render(mb_buf *out, const char *text, size_t len, mb_section section, size_t piece,
            mb_checksums *sums);

#endif
