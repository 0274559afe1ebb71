/* answer.h -- responses, each with the headers that the studio's pages need. */
#ifndef MOONBIRD_WEB_ANSWER_H
#define MOONBIRD_WEB_ANSWER_H

#include "library.h"

#include "moonbird/base/buf.h"

#include <stddef.h>

/* The text is copied. `cookie`: a value of Set-Cookie; or NULL. False: the connection is lost. */
MB_MUST_CHECK bool mb_http_answer(struct MHD_Connection *to, int status, const char *type,
                                  const char *data, size_t len, const char *cookie);

/* The text is taken over, and *text left empty. */
MB_MUST_CHECK bool mb_http_give(struct MHD_Connection *to, int status, const char *type,
                                mb_buf *text);

/* A plain text. */
MB_MUST_CHECK bool mb_http_say(struct MHD_Connection *to, int status, const char *text);

/* A plain text, after which the connection is closed: what follows is not read as a request. */
MB_MUST_CHECK bool mb_http_refuse(struct MHD_Connection *to, int status, const char *text);

/* An endless text/event-stream, which `read` fills. */
MB_MUST_CHECK bool mb_http_stream(struct MHD_Connection *to, MHD_ContentReaderCallback read,
                                  void *self);

#endif
