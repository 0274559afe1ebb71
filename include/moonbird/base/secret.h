/*
 * secret.h -- values that are never shown: the arguments that a script declares secret, and the
 * passwords of a connection string while a hook has it.
 *
 * The process has one list of them.  mb_secret_mask goes over each text of an error
 * (mb_format_into) and each text for people (print.c) before the text is cut or written.  A text
 * that is to be recorded is refused when mb_secret_in finds a secret in it.
 */
#ifndef MOONBIRD_BASE_SECRET_H
#define MOONBIRD_BASE_SECRET_H

#include "moonbird/base/buf.h"

/*
 * Adds a secret: the text as it is, as SQL, COPY, JSON and connection strings escape it, as bytea
 * has it (in hexadecimal, or escaped), in base64, percent-encoded as in URLs, and each of its
 * longer lines.  The list keeps copies; "" is ignored.
 */
void mb_secret_add(const char *text);

/* mb_secret_forget removes the secrets added since the mark, when the script that had them ends. */
size_t mb_secret_mark(void);
void mb_secret_forget(size_t mark);

bool mb_secret_any(void); /* the list is not empty */

/* True when mb_secret_mask would mask something in the text. */
bool mb_secret_in(const char *text, size_t len);

/*
 * Appends `text` with *** in place of each secret.  A part of a secret is masked too, because the
 * server and others shorten texts: its beginning at the end of the text or before "...", its end
 * after "...", and any long part.  Parts match in upper and lower case.
 */
void mb_secret_mask(mb_buf *out, const char *text, size_t len);

/*
 * As mb_secret_mask, and *** in place of each part of a secret that fills the space between two
 * double quotes.  The server quotes the word of a value that it cannot read.
 */
void mb_secret_mask_quoted(mb_buf *out, const char *text);

#endif
