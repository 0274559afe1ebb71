/* names.c -- the parts of a file's name. */
#include "moonbird/format/names.h"

#include "moonbird/os/file.h"
#include "moonbird/base/mem.h"
#include "moonbird/format/migration.h"

#include <string.h>
#include <strings.h>

char *mb_name_without(const char *name, const char *end)
{
    return mb_strndup(name, strlen(name) - strlen(end));
}

bool mb_name_is_script(const char *file)
{
    return mb_path_ends(file, ".sql") || mb_path_ends(file, ".lua");
}

mb_role mb_role_of(const char *file, char **name)
{
    static const struct {
        const char *end; /* of the name without .sql or .lua */
        size_t len;
        mb_role role;
    } ends[] = {
        {"_rollback", 9, MB_ROLE_ROLLBACK},
        {".down", 5, MB_ROLE_ROLLBACK},
        {".up", 3, MB_ROLE_MIGRATION},
    };
    mb_role role = MB_ROLE_MIGRATION;
    size_t len = strlen(file) - strlen(".sql");

    if (!mb_name_is_script(file))
        return MB_ROLE_NONE;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (len > ends[i].len &&
            strncasecmp(file + len - ends[i].len, ends[i].end, ends[i].len) == 0) {
            role = ends[i].role;
            len -= ends[i].len;
            break;
        }
    *name = mb_strndup(file, len);
    return role;
}

/* The leading digits without leading zeros, not terminated: *len is their number. */
static const char *number_in(const char *name, size_t *len)
{
    size_t digits = strspn(name, "0123456789"), zeros = 0;

    while (zeros + 1 < digits && name[zeros] == '0')
        zeros++;
    *len = digits - zeros;
    return name + zeros;
}

char *mb_number_of(const char *name)
{
    size_t len;
    const char *number = number_in(name, &len);

    return mb_strndup(number, len);
}

int mb_compare_numbers(const char *a, const char *b)
{
    size_t n, m;

    a = number_in(a, &n);
    b = number_in(b, &m);
    if (n != m)
        return n == 0 || (m != 0 && n > m) ? 1 : -1;
    return memcmp(a, b, n);
}

int mb_compare_names(const char *a, const char *b)
{
    int order = mb_compare_numbers(a, b);

    return order ? order : strcmp(a, b);
}

bool mb_fail_two_files(mb_error *err, const char *what, const char *name, const char *a,
                       const char *b)
{
    mb_fail(err, MB_ERR_FILE, "migration \"%s\" has two %s: \"%s\" and \"%s\"", name, what,
            mb_path_base(a), mb_path_base(b));
    mb_fail_at(err, b, 0, 0);
    return mb_fail_hint(err, "Keep one of them.");
}
