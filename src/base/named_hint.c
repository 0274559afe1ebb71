#include "moonbird/base/named_hint.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

char *mb_shell_word(const char *name)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "_-+./:@%,=";
    mb_buf out = {0};

    if (*name != '-' && name[strspn(name, plain)] == '\0')
        return mb_strdup(name);
    mb_buf_putc(&out, '\'');
    for (; *name; name++)
        mb_buf_printf(&out, *name == '\'' ? "'\\%c'" : "%c", *name);
    mb_buf_putc(&out, '\'');
    return out.data;
}

static bool is_in_word(char c)
{
    return c == '_' || isalnum((unsigned char)c);
}

static const char *find_word(const char *text, const char *word)
{
    const char *at = text;

    while ((at = strstr(at, word)) &&
           ((at > text && is_in_word(at[-1])) || is_in_word(at[strlen(word)])))
        at += strlen(word);
    return at;
}

bool mb_named_hint(mb_error *err, const char *hint, const char *name)
{
    static const char word[] = "NAME";
    char *given = mb_shell_word(name ? name : word);
    mb_buf out = {0};

    for (const char *at; (at = find_word(hint, word)); hint = at + strlen(word))
        mb_buf_printf(&out, "%.*s%s", (int)(at - hint), hint, given);
    mb_buf_puts(&out, hint);
    mb_fail_hint(err, "%s", mb_buf_str(&out));
    mb_buf_free(&out);
    free(given);
    return false;
}
