/*
 * feed.h -- what has happened, for the browsers that listen (server-sent events, WHATWG HTML 9.2).
 *
 * The newest messages are kept, so that a browser that lost its connection misses nothing. Each
 * has a number, which the browser names when it comes back (Last-Event-ID).
 */
#ifndef MOONBIRD_WEB_FEED_H
#define MOONBIRD_WEB_FEED_H

#include "moonbird/base/buf.h"

#include <stdint.h>

enum { MB_FEED_KEPT = 2 << 20 }; /* bytes of messages */

typedef struct mb_feed_message {
    int64_t number;
    int run;           /* to which it belongs; 0: to none */
    char *text;        /* as it is sent */
    size_t len, data;  /* of the text; where its data begins */
    size_t data_len;
} mb_feed_message;

typedef struct mb_feed {
    mb_feed_message *items; /* the oldest first */
    size_t n, bytes;
    int64_t last; /* the number of the newest message, from 1 */
} mb_feed;

/* `data` is JSON without line breaks. */
void mb_feed_add(mb_feed *feed, int run, const char *event, const char *data, size_t len);

/* A listener: the message that it gets next, and how much of it was sent. */
typedef struct mb_feed_place {
    int64_t number;
    size_t sent;
} mb_feed_place;

/* Copies the next bytes, at most `max`; 0: there are none yet. */
size_t mb_feed_copy(const mb_feed *feed, mb_feed_place *place, char *out, size_t max);

/* Appends the kept messages of a run as a JSON array: [["EVENT", DATA], ...]. */
void mb_feed_list(const mb_feed *feed, int run, mb_buf *out);

void mb_feed_free(mb_feed *feed);

#endif
