/* journal_text.h -- the text of a repaired journal. */
#ifndef MOONBIRD_FORMAT_DRIZZLE_JOURNAL_TEXT_H
#define MOONBIRD_FORMAT_DRIZZLE_JOURNAL_TEXT_H

#include "moonbird/base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An entry of a journal, or a file that gets one. */
typedef struct mb_journal_item {
    char *tag;
    const char *text;    /* its object, in the text of its side; NULL: it is a new one */
    size_t len;
    int64_t idx, when;   /* as they were */
    int64_t new_idx, new_when;
    bool added;          /* it is new, or only the other side of a conflict has it */
    bool moved;          /* it comes before entries that it followed */
    const char *applied; /* the database that applied it; NULL: none is known */
} mb_journal_item;

typedef struct mb_journal_items {
    mb_journal_item *items;
    size_t n;
} mb_journal_items;

/* Appends the journal `text` with these entries in the place of its own; it must be a journal. */
void mb_journal_write(mb_buf *out, const mb_buf *text, const mb_journal_items *order);

#endif
