#include "placeholders.h"

#include "format/listing.h"

#include "moonbird/base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The variable has the placeholder's name in upper case, with "_" for "-", "." and the like. */
static const char *find_value(const mb_flyway_options *p, const char *name)
{
    char *variable = mb_format("FLYWAY_PLACEHOLDERS_%s", name);
    const char *value = NULL;

    for (char *s = variable; *s; s++)
        *s = isalnum((unsigned char)*s) ? (char)toupper((unsigned char)*s) : '_';
    value = getenv(variable);
    for (size_t i = 0; !value && i < p->names.n; i++)
        if (strcasecmp(p->names.items[i], name) == 0)
            value = p->values.items[i];
    free(variable);
    return value;
}

static bool refuse(mb_error *err, const mb_flyway_options *p, const mb_listing *l, const char *file,
                   const char *name, int line)
{
    if (strncasecmp(name, "flyway:", 7) == 0) {
        mb_fail(err, MB_ERR_FILE,
                "moonbird does not know the value of Flyway's own placeholder "
                "\"%s%s%s\"",
                p->prefix, name, p->suffix);
        mb_fail_hint(err, "Write its value, or use a function of PostgreSQL such as current_user.");
        return mb_fail_in(err, l, file, line);
    }
    mb_fail(err, MB_ERR_FILE, "the placeholder \"%s%s%s\" has no value", p->prefix, name, p->suffix);
    mb_fail_hint(err,
                 "Set it in flyway.conf: flyway.placeholders.%s=VALUE. If it is not a "
                 "placeholder, write placeholderReplacement=false in %s.conf, or "
                 "flyway.placeholderReplacement=false in flyway.conf.",
                 name, mb_path_base(file));
    return mb_fail_in(err, l, file, line);
}

bool mb_placeholders_replace(char **out, const mb_flyway_options *p, const mb_listing *l,
                             const char *file, const mb_buf *text, mb_error *err)
{
    const char *s = mb_buf_str(text), *open = strstr(s, p->prefix);
    size_t before = strlen(p->prefix), after = strlen(p->suffix);
    mb_buf replaced = {0};
    int line = 1;

    for (; open; open = strstr(s, p->prefix)) {
        const char *close = strstr(open + before, p->suffix), *value;
        char *name;

        if (!close)
            break;
        for (const char *at = s; at < open; at++)
            line += *at == '\n';
        name = mb_strndup(open + before, (size_t)(close - open) - before);
        value = find_value(p, name);
        if (!value) {
            refuse(err, p, l, file, name, line);
            free(name);
            mb_buf_free(&replaced);
            return false;
        }
        free(name);
        mb_buf_add(&replaced, s, (size_t)(open - s));
        mb_buf_puts(&replaced, value);
        s = close + after;
    }
    if (replaced.data)
        mb_buf_puts(&replaced, s);
    *out = replaced.data;
    return true;
}
