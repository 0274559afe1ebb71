#include "feed.h"

#include "moonbird/base/json.h"
#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Drops the oldest messages while there are too many bytes; the newest one stays. */
static void drop_old(mb_feed *feed)
{
    size_t n = 0;

    while (feed->bytes > MB_FEED_KEPT && n + 1 < feed->n) {
        feed->bytes -= feed->items[n].len;
        free(feed->items[n++].text);
    }
    /* All at once, since moving the rest for each message would take quadratic time. */
    memmove(feed->items, feed->items + n, (feed->n - n) * sizeof *feed->items);
    feed->n -= n;
}

void mb_feed_add(mb_feed *feed, int run, const char *event, const char *data, size_t len)
{
    mb_feed_message message = {.number = ++feed->last, .run = run, .data_len = len};
    mb_buf text = {0};

    mb_buf_printf(&text, "id: %lld\nevent: %s\ndata: ", (long long)message.number, event);
    message.data = text.len;
    mb_buf_add(&text, data, len);
    mb_buf_puts(&text, "\n\n");
    mb_buf_fit(&text);
    message.text = text.data;
    message.len = text.len;
    feed->items = mb_realloc(feed->items, (feed->n + 1) * sizeof *feed->items);
    feed->items[feed->n++] = message;
    feed->bytes += text.len;
    if (feed->bytes > MB_FEED_KEPT + MB_FEED_KEPT / 8)
        drop_old(feed);
}

size_t mb_feed_copy(const mb_feed *feed, mb_feed_place *place, char *out, size_t max)
{
    size_t copied = 0;

    while (copied < max && feed->n > 0 && place->number <= feed->last) {
        const mb_feed_message *message;
        size_t part;

        if (place->number < feed->items[0].number)
            *place = (mb_feed_place){.number = feed->items[0].number};
        message = &feed->items[place->number - feed->items[0].number];
        part = message->len - place->sent < max - copied ? message->len - place->sent
                                                         : max - copied;
        memcpy(out + copied, message->text + place->sent, part);
        copied += part;
        place->sent += part;
        if (place->sent == message->len)
            *place = (mb_feed_place){.number = place->number + 1};
    }
    return copied;
}

void mb_feed_list(const mb_feed *feed, int run, mb_buf *out)
{
    size_t before;

    mb_buf_putc(out, '[');
    before = out->len;
    for (size_t i = 0; i < feed->n; i++) {
        const mb_feed_message *m = &feed->items[i];
        const char *name = strstr(m->text, "event: ") + 7;

        if (m->run != run)
            continue;
        mb_buf_puts(out, out->len > before ? ",[" : "[");
        mb_json_add_string(out, name, strcspn(name, "\n"));
        mb_buf_putc(out, ',');
        mb_buf_add(out, m->text + m->data, m->data_len);
        mb_buf_putc(out, ']');
    }
    mb_buf_putc(out, ']');
}

void mb_feed_free(mb_feed *feed)
{
    for (size_t i = 0; i < feed->n; i++)
        free(feed->items[i].text);
    free(feed->items);
    *feed = (mb_feed){0};
}
