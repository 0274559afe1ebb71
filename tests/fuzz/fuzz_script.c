/*
 * Any text gives no crash, and the same result however it is cut into pieces: statements that are
 * parts of the text, in its order, or an error with its place.
 */
#include "fuzz.h"
#include "render.h"

#include "sql/window.h"

#include <string.h>

static void look_at(const mb_stmt *stmt)
{
    mb_error err = {.code = MB_ERR_SQL, .position = (int)(stmt->len / 2)};
    mb_effect alone;
    int line, column;

    PROMISE(stmt->len > 0 && stmt->sql[stmt->len] == '\0' && strlen(stmt->sql) == stmt->len);
    mb_stmt_effect(stmt, &alone);
    mb_stmt_place(stmt, 1, &line, &column);
    PROMISE(line == stmt->line && column == stmt->column);
    mb_sql_fail(&err, "f", stmt);
    PROMISE(err.line >= stmt->line && err.caret <= (int)sizeof err.source);
}

static void in_order(const char *text, size_t len, mb_section section)
{
    mb_script *script = mb_script_of_pieces(text, len, "f", section, 16);
    const char *from = text, *end = text + len;
    int line = 1, column = 0;
    size_t number = 0;
    mb_expectations expected = {0};
    bool ok, found;
    mb_stmt stmt;
    mb_error err;

    mb_script_expect(script, &expected);
    while ((ok = mb_script_next(script, &stmt, &found, &err)) && found) {
        from = memmem(from, (size_t)(end - from), stmt.sql, stmt.len);
        PROMISE(from != NULL);
        from += stmt.len;
        PROMISE(stmt.line > line || (stmt.line == line && stmt.column > column));
        PROMISE(stmt.number == ++number);
        line = stmt.line;
        column = stmt.column;
        look_at(&stmt);
    }
    PROMISE(ok || (err.code == MB_ERR_FILE && err.line > 0 && err.column > 0));
    for (size_t i = 0; ok && i < expected.n; i++)
        PROMISE(expected.items[i].statement > (i ? expected.items[i - 1].statement : 0) &&
                expected.items[i].statement <= number);
    mb_script_close(script);
    mb_expectations_free(&expected);
}

static bool failed(const mb_buf *rendered)
{
    return rendered->len > 0 && rendered->data[rendered->len - 1] != '|';
}

/* How much COPY data comes before an error is a matter of pieces; the error is not. */
static void same_error(const mb_buf *a, const mb_buf *b)
{
    PROMISE(failed(a) && failed(b));
    PROMISE(strcmp(memrchr(a->data, '!', a->len), memrchr(b->data, '!', b->len)) == 0);
}

static void cut_anywhere(const char *text, size_t len, mb_section section)
{
    mb_buf small = {0}, large = {0};
    mb_checksums small_sums, large_sums;

    render(&small, text, len, section, 1, &small_sums);
    render(&large, text, len, section, 1 << 16, &large_sums);
    if (failed(&large)) {
        same_error(&small, &large);
    } else {
        PROMISE(small.len == large.len && memcmp(small.data, large.data, small.len) == 0);
        PROMISE(memcmp(&small_sums, &large_sums, sizeof small_sums) == 0);
    }
    mb_buf_free(&small);
    mb_buf_free(&large);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;

    for (mb_section section = MB_SECTION_UP; section <= MB_SECTION_DOWN; section++) {
        in_order(text, size, section);
        cut_anywhere(text, size, section);
    }
    return 0;
}
