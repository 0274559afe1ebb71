#include "moonbird/policy/window.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* The state of reading a window. */
typedef struct reader {
    const char *s;    /* the rest of the text */
    int now, wait;    /* as in mb_window_wait; the least time until an item opens */
    int left;         /* the most time until an open item closes */
    bool utc;         /* "UTC" follows the last item */
} reader;

/* One item of a window. */
typedef struct item {
    int first, last; /* days from Sunday; last may precede first: Fri-Mon */
    int from, to;    /* in minutes of the day */
} item;

static bool refuse(const char *why, mb_error *err)
{
    mb_fail(err, MB_ERR_USAGE, "invalid window: %s", why);
    return mb_fail_hint(err, "Write it as \"Sun 02:00-04:00 UTC\" or \"Mon-Fri 22:00-02:00, "
                             "Sat 00:00-24:00 UTC\".");
}

static void skip_space(reader *in)
{
    in->s += strspn(in->s, " \t");
}

static bool take(reader *in, char c)
{
    skip_space(in);
    if (*in->s != c)
        return false;
    in->s++;
    skip_space(in);
    return true;
}

static size_t word_length(const reader *in)
{
    size_t n = 0;

    while (isalpha((unsigned char)in->s[n]))
        n++;
    return n;
}

static bool read_day(reader *in, int *day, mb_error *err)
{
    static const char *const names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                        "Thursday", "Friday", "Saturday"};
    size_t len = word_length(in);

    for (int i = 0; i < 7; i++) {
        if ((len == 3 || len == strlen(names[i])) && strncasecmp(in->s, names[i], len) == 0) {
            *day = i;
            in->s += len;
            skip_space(in);
            return true;
        }
    }
    return refuse("a day is one of Sun, Mon, Tue, Wed, Thu, Fri, Sat", err);
}

static bool read_days(reader *in, item *out, mb_error *err)
{
    out->first = 0;
    out->last = 6;
    if (word_length(in) == 0)
        return true;
    if (!read_day(in, &out->first, err))
        return false;
    out->last = out->first;
    return !take(in, '-') || read_day(in, &out->last, err);
}

static bool read_digits(reader *in, int *n)
{
    if (!isdigit((unsigned char)in->s[0]) || !isdigit((unsigned char)in->s[1]))
        return false;
    *n = (in->s[0] - '0') * 10 + in->s[1] - '0';
    in->s += 2;
    return true;
}

static bool read_time(reader *in, int *minute, mb_error *err)
{
    int h, m;

    if (!read_digits(in, &h) || *in->s++ != ':' || !read_digits(in, &m) || m > 59 ||
        h * 60 + m > MB_DAY_MINUTES)
        return refuse("a time is HH:MM, from 00:00 to 24:00", err);
    *minute = h * 60 + m;
    skip_space(in);
    return true;
}

static bool is_whole_day(const item *it)
{
    return it->from == 0 && it->to == MB_DAY_MINUTES;
}

static bool read_item(reader *in, item *out, mb_error *err)
{
    skip_space(in);
    if (!read_days(in, out, err) || !read_time(in, &out->from, err))
        return false;
    if (!take(in, '-'))
        return refuse("the two times need a \"-\" between them", err);
    if (!read_time(in, &out->to, err))
        return false;
    return out->from % MB_DAY_MINUTES != out->to % MB_DAY_MINUTES || is_whole_day(out) ||
           refuse("it begins and ends at the same time", err);
}

static void apply_item(reader *in, const item *it)
{
    int length = it->to - it->from + (it->to < it->from ? MB_DAY_MINUTES : 0);

    for (int day = it->first;; day = (day + 1) % 7) {
        int start = day * MB_DAY_MINUTES + it->from;
        int since = (in->now - start + MB_WEEK_MINUTES) % MB_WEEK_MINUTES;
        int wait = since < length ? 0 : MB_WEEK_MINUTES - since;

        if (wait < in->wait)
            in->wait = wait;
        if (since < length && length - since > in->left)
            in->left = length - since;
        if (day == it->last)
            return;
    }
}

static void read_zone(reader *in)
{
    in->utc = word_length(in) == 3 && strncasecmp(in->s, "UTC", 3) == 0;
    in->s += in->utc ? 3 : 0;
    skip_space(in);
}

bool mb_window_wait(int *minutes, int *left, const char *text, int now, mb_error *err)
{
    reader in = {.s = text, .now = now, .wait = MB_WEEK_MINUTES};
    item it;

    do {
        if (!read_item(&in, &it, err))
            return false;
        read_zone(&in);
        apply_item(&in, &it);
    } while (take(&in, ','));
    if (*in.s || !in.utc)
        return refuse("it must end with UTC, the time zone of its times", err);
    *minutes = in.wait;
    *left = in.left;
    return true;
}
