#include "moonbird/policy/retention.h"

#include <string.h>

static bool refuse(mb_error *err, const char *text)
{
    mb_fail(err, MB_ERR_USAGE, "\"%s\" is not a valid rule for keeping backups", text);
    return mb_fail_hint(err, "Write it as \"7d, 4w\": one a day for 7 days, and one a week for 4 "
                             "weeks.");
}

static const char *skip_space(const char *s)
{
    return s + strspn(s, " \t");
}

/* Reads "7d" or "4w" and moves *at behind it. A unit may occur only once. */
static bool read_part(mb_retention *out, const char **at)
{
    enum { MOST = 100000 };
    int number = 0, *part;

    for (; **at >= '0' && **at <= '9' && number < MOST; (*at)++)
        number = number * 10 + (**at - '0');
    part = **at == 'd' ? &out->days : **at == 'w' ? &out->weeks : NULL;
    if (!part || *part || number < 1)
        return false;
    *part = number;
    *at = skip_space(*at + 1);
    return true;
}

bool mb_retention_read(mb_retention *out, const char *text, mb_error *err)
{
    const char *at = skip_space(text);

    *out = (mb_retention){0};
    while (read_part(out, &at)) {
        if (!*at)
            return true;
        if (*at != ',')
            break;
        at = skip_space(at + 1);
    }
    return refuse(err, text);
}

enum { DAY = 86400, WEEK = 7 * DAY, FIRST_MONDAY = 4 * DAY };

/* 1 January 1970 was a Thursday. */
static int64_t period_of(int64_t moment, int64_t length)
{
    if (length == WEEK)
        moment -= FIRST_MONDAY;
    return moment >= 0 ? moment / length : -((-moment + length - 1) / length);
}

/* Keeps the newest of each of the last `most` periods. */
static void keep_periods(bool *kept, const int64_t *moments, size_t n, int64_t length, int most)
{
    for (size_t i = 0; i < n && most > 0; i++) {
        if (i > 0 && period_of(moments[i], length) == period_of(moments[i - 1], length))
            continue;
        kept[i] = true;
        most--;
    }
}

void mb_retention_choose(bool *kept, const int64_t *moments, size_t n, const mb_retention *keep)
{
    memset(kept, 0, n * sizeof *kept);
    keep_periods(kept, moments, n, DAY, keep->days);
    keep_periods(kept, moments, n, WEEK, keep->weeks);
}
