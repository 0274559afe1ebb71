/*
 * secret.h -- values that are never shown: the arguments that a script declares secret, and the
 * passwords of a connection string while a hook has it.
 *
 * One list for the process.  Each text of an error (mb_fill) and each text for people (log.c)
 * passes mb_secret_mask before it is cut or written; what would be recorded is refused by
 * mb_secret_in.
 */
#ifndef MOONBIRD_SECRET_H
#define MOONBIRD_SECRET_H

#include "moonbird/base/buf.h"

/* From now on, as it is, as a literal of SQL or JSON has it, and each of its lines. */
void mb_secret_add(const char *text);

/* What was added since the mark is forgotten: for what is a secret only while a script runs. */
size_t mb_secret_mark(void);
void mb_secret_forget(size_t mark);

bool mb_secret_any(void);

/* Is one of them in the text, or a part of one that mb_secret_mask would mask? */
bool mb_secret_in(const char *text, size_t len);

/*
 * Append `text` with each as ***.  So is a part of one, where somebody else has cut it: its
 * beginning at the end of the text or before "...", its end behind "...", any part that is long,
 * also in lower case.
 */
void mb_secret_mask(mb_buf *out, const char *text, size_t len);

#endif
