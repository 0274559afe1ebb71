#include "render.h"

#include "sql/window.h"

static bool render_data(mb_buf *out, mb_script *script, mb_error *err)
{
    const char *data;
    size_t len;

    mb_buf_putc(out, '=');
    do {
        if (!mb_script_copy_data(script, &data, &len, err))
            return false;
        if (len)
            mb_buf_add(out, data, len);
    } while (len > 0);
    mb_buf_putc(out, '|');
    return true;
}

static bool render_all(mb_buf *out, mb_script *script, mb_error *err)
{
    mb_stmt stmt;
    bool found;

    while (mb_script_next(script, &stmt, &found, err)) {
        if (!found)
            return true;
        mb_buf_printf(out, "%d:%d ", stmt.line, stmt.column);
        mb_buf_add(out, stmt.sql, stmt.len);
        mb_buf_putc(out, '|');
        if (stmt.kind == MB_STMT_COPY_IN && !render_data(out, script, err))
            return false;
    }
    return false;
}

void render(mb_buf *out, const char *text, size_t len, mb_section section, size_t piece,
            mb_checksums *sums)
{
    mb_script *script = mb_script_of_pieces(text, len, "test.sql", section, piece);
    mb_error err;

    mb_buf_clear(out);
    mb_buf_puts(out, "");
    if (!render_all(out, script, &err))
        mb_buf_printf(out, "!%d:%d %s", err.line, err.column, err.message);
    if (sums)
        mb_script_checksums(script, sums);
    mb_script_close(script);
}
