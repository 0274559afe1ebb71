#include "moonbird/os/progress.h"

#include "moonbird/base/buf.h"
#include "moonbird/os/clock.h"
#include "moonbird/os/live.h"
#include "moonbird/os/log.h"
#include "moonbird/os/print.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/number.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { LOOK_EVERY_US = 100000 };

struct mb_progress {
    char *label;
    int64_t total; /* 0: not known */
    int64_t done;
    int64_t started; /* mb_now_us */
    int64_t said;    /* when it was last reported */
};

mb_progress *mb_progress_start(const char *label, int64_t total)
{
    mb_progress *p = mb_alloc(sizeof *p);

    p->label = mb_strdup(label);
    p->total = total;
    p->started = p->said = mb_now_us();
    return p;
}

/* 1234567 as 1,234,567. */
static void add_count(mb_buf *out, int64_t n)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)n);

    for (int i = 0; i < len; i++) {
        if (i > (n < 0) && (len - i) % 3 == 0)
            mb_buf_putc(out, ',');
        mb_buf_putc(out, digits[i]);
    }
}

static void describe(mb_buf *out, const mb_progress *p, int64_t now)
{
    double seconds = (double)(now - p->started) / 1e6;
    double rate = seconds > 0 ? (double)p->done / seconds : 0;

    mb_buf_printf(out, "%s: ", p->label);
    add_count(out, p->done);
    if (p->total > 0) {
        mb_buf_puts(out, " of ");
        add_count(out, p->total);
        mb_buf_printf(out, " (%.0f%%)", 100.0 * (double)p->done / (double)p->total);
    }
    if (p->total > p->done && rate > 0) {
        mb_buf_puts(out, ", ");
        mb_number_add_time(out, (double)(p->total - p->done) / rate);
        mb_buf_puts(out, " left");
    }
    mb_buf_puts(out, ", ");
    add_count(out, (int64_t)rate);
    mb_buf_puts(out, "/s");
}

/* With --json and -q nothing is reported. */
static bool silent(void)
{
    return mb_log_threshold() < MB_LOG_INFO || mb_print_is_stderr();
}

void mb_progress_add(mb_progress *p, int64_t n)
{
    int64_t now = mb_now_us();
    bool terminal = mb_print_is_terminal();
    mb_buf text = {0};

    p->done += n;
    if (silent() || now - p->said < (terminal ? LOOK_EVERY_US : MB_PROGRESS_LINE_US))
        return;
    p->said = now;
    describe(&text, p, now);
    if (terminal) {
        mb_live_detail("%s", text.data);
        mb_live_tick();
    } else {
        mb_log(MB_LOG_INFO, "%s", text.data);
    }
    mb_buf_free(&text);
}

void mb_progress_drop(mb_progress *p)
{
    if (!p)
        return;
    mb_live_detail("%s", "");
    free(p->label);
    free(p);
}

void mb_progress_end(mb_progress *p)
{
    mb_buf text = {0};
    int64_t now = mb_now_us();

    if (!p)
        return;
    if (!silent()) {
        mb_buf_printf(&text, "%s: ", p->label);
        add_count(&text, p->done);
        mb_buf_puts(&text, " in ");
        mb_number_add_time(&text, (double)(now - p->started) / 1e6);
        mb_log(MB_LOG_INFO, "%s", text.data);
    }
    mb_buf_free(&text);
    mb_progress_drop(p);
}
