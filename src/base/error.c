#include "moonbird/base/error.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/secret.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* For each code, its name in Lua and JSON, and the exit status of a command that ends with it. */
static const struct {
    const char *name;
    int exit_status;
} codes[] = {
    [MB_OK] = {"ok", 0},
    [MB_ERR_USAGE] = {"usage", 2},
    [MB_ERR_FILE] = {"file", 2},
    [MB_ERR_CONNECT] = {"connect", 1},
    [MB_ERR_SQL] = {"sql", 1},
    [MB_ERR_SCRIPT] = {"script", 1},
    [MB_ERR_FAILED] = {"failed", 1},
    [MB_ERR_POLICY] = {"policy", 4},
    [MB_ERR_LOCKED] = {"locked", 5},
    [MB_ERR_INTERRUPTED] = {"interrupted", 130},
    [MB_ERR_SKIPPED] = {"skipped", 1},
};

/* Removes an incomplete UTF-8 character from the end of a text. */
static void drop_part(char *text, size_t len)
{
    size_t at = len;
    unsigned char lead;

    while (at > 0 && ((unsigned char)text[at - 1] & 0xC0) == 0x80)
        at--;
    lead = at > 0 ? (unsigned char)text[at - 1] : 0;
    if (lead >= 0xC0 && len - at < (lead >= 0xF0 ? 3u : lead >= 0xE0 ? 2u : 1u))
        text[at - 1] = '\0';
}

static void cut(char *out, size_t size, const char *text, size_t len)
{
    size_t room = len < size ? len : size - 1;

    memcpy(out, text, room);
    out[room] = '\0';
    if (room < len)
        drop_part(out, room);
}

/*
 * Masks the whole text before it is cut: a cut inside a secret would leave its beginning readable.
 */
void mb_vformat_into(char *out, size_t size, const char *fmt, va_list ap)
{
    mb_buf whole = {0}, shown = {0};
    va_list again;
    int len;

    va_copy(again, ap);
    len = vsnprintf(out, size, fmt, again);
    va_end(again);
    if (!mb_secret_any() && len >= 0 && (size_t)len >= size)
        drop_part(out, size - 1);
    if (!mb_secret_any() || len < 0)
        return;
    mb_buf_reserve(&whole, (size_t)len);
    vsnprintf(whole.data, (size_t)len + 1, fmt, ap);
    mb_secret_mask(&shown, whole.data, (size_t)len);
    cut(out, size, mb_buf_str(&shown), shown.len);
    mb_buf_free(&whole);
    mb_buf_free(&shown);
}

void mb_format_into(char *out, size_t size, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    mb_vformat_into(out, size, fmt, ap);
    va_end(ap);
}

bool mb_fail(mb_error *err, mb_code code, const char *fmt, ...)
{
    va_list ap;

    *err = (mb_error){.code = code};
    va_start(ap, fmt);
    mb_vformat_into(err->message, sizeof err->message, fmt, ap);
    va_end(ap);
    return false;
}

bool mb_fail_errno(mb_error *err, const char *path, const char *what)
{
    mb_fail(err, MB_ERR_FILE, "%s: %s", what, strerror(errno));
    return mb_fail_at(err, path, 0, 0);
}

bool mb_fail_detail(mb_error *err, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    mb_vformat_into(err->detail, sizeof err->detail, fmt, ap);
    va_end(ap);
    return false;
}

bool mb_fail_hint(mb_error *err, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    mb_vformat_into(err->hint, sizeof err->hint, fmt, ap);
    va_end(ap);
    return false;
}

bool mb_fail_more(mb_error *err, const char *fmt, ...)
{
    size_t used = strlen(err->detail);
    va_list ap;

    if (used > 0 && used < sizeof err->detail - 1)
        err->detail[used++] = '\n';
    va_start(ap, fmt);
    mb_vformat_into(err->detail + used, sizeof err->detail - used, fmt, ap);
    va_end(ap);
    return false;
}

bool mb_fail_at(mb_error *err, const char *file, int line, int column)
{
    if (!err->file[0]) {
        mb_format_into(err->file, sizeof err->file, "%s", file);
        err->line = line;
        err->column = column;
    }
    return false;
}

const char *mb_code_name(mb_code code)
{
    return codes[code].name;
}

mb_code mb_code_from_name(const char *s)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (strcmp(codes[i].name, s) == 0)
            return (mb_code)i;
    return MB_ERR_SCRIPT;
}

int mb_code_exit(mb_code code)
{
    return codes[code].exit_status;
}
