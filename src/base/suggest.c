#include "moonbird/base/suggest.h"

#include "moonbird/base/buf.h"

#include <string.h>

enum { LONGEST = 63 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Damerau-Levenshtein distance (optimal string alignment). */
static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    size_t d[LONGEST + 1][LONGEST + 1];

    if (n > LONGEST || m > LONGEST)
        return n + m;
    for (size_t i = 0; i <= n; i++)
        d[i][0] = i;
    for (size_t j = 0; j <= m; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= n; i++)
        for (size_t j = 1; j <= m; j++) {
            d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
                            d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[n][m];
}

const char *mb_nearest(const char *given, const char *const *words, size_t n)
{
    size_t best = strlen(given) / 3 > 1 ? strlen(given) / 3 : 1;
    const char *found = NULL;

    for (size_t i = 0; i < n; i++) {
        size_t d = distance(given, words[i]);

        if (d >= strlen(given) && d >= strlen(words[i]))
            continue; /* they have no letter in common */
        if (d < best || (d == best && !found)) {
            best = d;
            found = words[i];
        }
    }
    return found;
}

void mb_suggest_key(mb_error *err, const char *given, const char *const *keys, size_t n)
{
    const char *nearest = mb_nearest(given, keys, n);
    mb_buf list = {0};

    for (size_t i = 0; !nearest && i < n; i++)
        mb_buf_printf(&list, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " and ", keys[i]);
    if (nearest)
        mb_fail_hint(err, "Did you mean \"%s\"?", nearest);
    else
        mb_fail_hint(err, "The keys are %s.", mb_buf_str(&list));
    mb_buf_free(&list);
}
