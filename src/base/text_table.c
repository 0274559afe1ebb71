#include "moonbird/base/text_table.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/show.h"

#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { ROWS = 100, BYTES = 64 * 1024, TAB = 8 };

/* `right` aligns the cells to the right. */
typedef struct column {
    char *name;
    size_t width;
    bool right;
} column;

/* The place of a cell in the text of the waiting rows; its text may have several lines. */
typedef struct cell {
    size_t at, len;
} cell;

struct mb_table {
    mb_table_style style;
    void (*write)(const char *data, size_t len);
    column *columns;
    size_t n_columns;
    mb_buf text;      /* the printable text of the waiting cells */
    cell *cells;
    size_t n_cells;
    mb_buf out;
    bool headed;      /* widths are decided and the header is written */
    size_t rows, most; /* complete rows that are shown so far, and at most */
    size_t cut;       /* cells of the rows that are not shown */
};

static locale_t enter_utf8(locale_t *utf8)
{
    *utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    return *utf8 ? uselocale(*utf8) : (locale_t)0;
}

static void leave_utf8(locale_t utf8, locale_t before)
{
    if (!utf8)
        return;
    uselocale(before);
    freelocale(utf8);
}

static bool is_ascii(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] & 0x80)
            return false;
    return true;
}

size_t mb_text_width(const char *text, size_t len)
{
    mbstate_t state = {0};
    locale_t utf8, before;
    size_t width = 0;

    if (is_ascii(text, len))
        return len;
    before = enter_utf8(&utf8);
    while (len > 0) {
        wchar_t wc;
        size_t used = mbrtowc(&wc, text, len, &state);
        int columns = 1;

        if (used == 0 || used > len) { /* NUL, or not UTF-8: one byte, one column */
            used = 1;
            state = (mbstate_t){0};
        } else {
            columns = wcwidth(wc);
        }
        width += columns > 0 ? (size_t)columns : 0;
        text += used;
        len -= used;
    }
    leave_utf8(utf8, before);
    return width;
}

mb_table *mb_table_new(mb_table_style style, void (*write)(const char *data, size_t len))
{
    mb_table *t = mb_alloc(sizeof *t);

    t->style = style;
    t->write = write;
    t->most = SIZE_MAX;
    return t;
}

void mb_table_limit(mb_table *t, size_t most)
{
    t->most = most;
}

void mb_table_column(mb_table *t, const char *name, bool right)
{
    bool heads = t->style != MB_TABLE_EXPANDED; /* the name is above its values */
    mb_buf shown = {0};

    mb_show(&shown, name, strlen(name), MB_SHOW_LINE);
    t->columns = mb_grow(t->columns, t->n_columns, sizeof *t->columns);
    t->columns[t->n_columns++] =
        (column){.name = mb_strdup(mb_buf_str(&shown)),
                 .width = heads ? mb_text_width(mb_buf_str(&shown), shown.len) : 0,
                 .right = right};
    mb_buf_free(&shown);
}

/* The line that begins at *s and ends before `end` or a newline; *s moves past it. */
static size_t next_line(const char **s, const char *end)
{
    const char *from = *s;
    const char *newline = memchr(from, '\n', (size_t)(end - from));
    const char *to = newline ? newline : end;

    *s = newline ? newline + 1 : end;
    return (size_t)(to - from);
}

static void write_out(mb_table *t)
{
    t->write(mb_buf_str(&t->out), t->out.len);
    mb_buf_clear(&t->out);
}

static void repeat(mb_buf *out, char c, size_t n)
{
    while (n-- > 0)
        mb_buf_putc(out, c);
}

static void add_header_psql(mb_table *t)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        const column *col = &t->columns[i];
        size_t blank = col->width - mb_text_width(col->name, strlen(col->name));

        mb_buf_puts(&t->out, i ? "| " : " ");
        repeat(&t->out, ' ', blank / 2);
        mb_buf_puts(&t->out, col->name);
        repeat(&t->out, ' ', blank - blank / 2 + 1);
    }
    mb_buf_putc(&t->out, '\n');
    for (size_t i = 0; i < t->n_columns; i++) {
        mb_buf_puts(&t->out, i ? "+" : "");
        repeat(&t->out, '-', t->columns[i].width + 2);
    }
    mb_buf_putc(&t->out, '\n');
}

static void add_header_list(mb_table *t)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        const column *col = &t->columns[i];
        size_t blank = col->width - mb_text_width(col->name, strlen(col->name));

        repeat(&t->out, ' ', col->right ? blank : 0);
        mb_buf_puts(&t->out, col->name);
        if (i + 1 < t->n_columns)
            repeat(&t->out, ' ', 2 + (col->right ? 0 : blank));
    }
    mb_buf_putc(&t->out, '\n');
}

static void widen(mb_table *t)
{
    for (size_t i = 0; i < t->n_cells; i++) {
        column *col = &t->columns[i % t->n_columns];
        const char *s = t->text.data + t->cells[i].at;
        const char *end = s + t->cells[i].len;

        while (s < end) {
            const char *line = s;
            size_t width = mb_text_width(line, next_line(&s, end));

            col->width = width > col->width ? width : col->width;
        }
    }
}

/* Appends one line of one cell; `padded`: with spaces up to the width of the column. */
static void add_cell_line(mb_buf *out, const column *col, const char *line, size_t len, bool padded)
{
    size_t width = mb_text_width(line, len);
    size_t blank = col->width > width ? col->width - width : 0;

    repeat(out, ' ', col->right ? blank : 0);
    mb_buf_add(out, line, len);
    repeat(out, ' ', padded && !col->right ? blank : 0);
}

static void trim_line(mb_buf *out)
{
    while (out->len > 0 && out->data[out->len - 1] == ' ')
        out->data[--out->len] = '\0';
}

/*
 * Appends the next line of every cell; `at` has the offset in each.  True: a cell has more lines.
 */
static bool add_row_line(mb_table *t, const cell *cells, size_t *at)
{
    bool psql = t->style == MB_TABLE_PSQL, again = false;

    for (size_t i = 0; i < t->n_columns; i++) {
        const char *start = mb_buf_str(&t->text) + cells[i].at;
        const char *end = start + cells[i].len;
        const char *s = start + at[i], *line = s;
        size_t len = next_line(&s, end);
        bool more = line + len < end, last = i + 1 == t->n_columns;

        at[i] = (size_t)(s - start);
        again = again || more;
        mb_buf_puts(&t->out, psql ? (i ? "| " : " ") : (i ? "  " : ""));
        add_cell_line(&t->out, &t->columns[i], line, len, !last || (psql && more));
        if (psql && (more || !last))
            mb_buf_putc(&t->out, more ? '+' : ' ');
    }
    if (!psql)
        trim_line(&t->out);
    mb_buf_putc(&t->out, '\n');
    return again;
}

/* ---- expanded ---- */

typedef struct widths {
    size_t name, value;
} widths;

static widths find_widths(const mb_table *t)
{
    widths w = {0};

    for (size_t i = 0; i < t->n_columns; i++) {
        const column *col = &t->columns[i];
        size_t name = mb_text_width(col->name, strlen(col->name));

        w.name = name > w.name ? name : w.name;
        w.value = col->width > w.value ? col->width : w.value;
    }
    return w;
}

/* As psql draws it: the cross is between names and values if it is right of the text. */
static void add_record_line(mb_table *t, widths w, size_t number)
{
    size_t start = t->out.len, cross = w.name + 1;

    mb_buf_printf(&t->out, "-[ RECORD %zu ]", number);
    for (size_t i = t->out.len - start; i < w.name + w.value + 3; i++)
        mb_buf_putc(&t->out, i == cross ? '+' : '-');
    mb_buf_putc(&t->out, '\n');
}

static void add_named_cell(mb_table *t, widths w, const column *col, const cell *c)
{
    const char *s = mb_buf_str(&t->text) + c->at, *end = s + c->len, *name = col->name;
    bool more;

    do {
        const char *line = s;
        size_t len = next_line(&s, end), name_width = mb_text_width(name, strlen(name));

        more = line + len < end;
        mb_buf_puts(&t->out, name);
        repeat(&t->out, ' ', w.name - name_width);
        mb_buf_puts(&t->out, " | ");
        mb_buf_add(&t->out, line, len);
        if (more) {
            size_t width = mb_text_width(line, len);

            repeat(&t->out, ' ', w.value > width ? w.value - width : 0);
            mb_buf_putc(&t->out, '+');
        }
        mb_buf_putc(&t->out, '\n');
        name = "";
    } while (more);
}

static void flush_expanded(mb_table *t)
{
    size_t number = t->rows - t->n_cells / (t->n_columns ? t->n_columns : 1), at = 0;
    widths w;

    if (!t->headed)
        widen(t);
    t->headed = true;
    w = find_widths(t);
    for (size_t i = 0; i < t->n_cells; i++) {
        if (at == 0)
            add_record_line(t, w, ++number);
        add_named_cell(t, w, &t->columns[at], &t->cells[i]);
        at = at + 1 == t->n_columns ? 0 : at + 1;
    }
}

/* ---- lines ---- */

static void flush_aligned(mb_table *t)
{
    size_t *at;

    if (!t->headed) {
        widen(t);
        if (t->style == MB_TABLE_PSQL)
            add_header_psql(t);
        else if (t->n_cells)
            add_header_list(t);
        t->headed = true;
    }
    at = mb_alloc(t->n_columns * sizeof *at);
    for (size_t i = 0; i < t->n_cells; i += t->n_columns) {
        memset(at, 0, t->n_columns * sizeof *at);
        while (add_row_line(t, t->cells + i, at))
            ;
    }
    free(at);
}

static void flush(mb_table *t)
{
    if (t->style == MB_TABLE_EXPANDED)
        flush_expanded(t);
    else
        flush_aligned(t);
    write_out(t);
    t->n_cells = 0;
    mb_buf_clear(&t->text);
}

static void add_printable(mb_buf *text, const char *s, size_t len)
{
    size_t line = text->len;

    while (len > 0) {
        const char *tab = memchr(s, '\t', len), *newline = memchr(s, '\n', len);
        const char *stop = tab && (!newline || tab < newline) ? tab : newline;
        size_t n = stop ? (size_t)(stop - s) : len;

        mb_show(text, s, n, MB_SHOW_LINE);
        if (stop == tab && tab)
            repeat(text, ' ', TAB - mb_text_width(text->data + line, text->len - line) % TAB);
        else if (stop)
            mb_buf_putc(text, '\n');
        if (stop && stop == newline)
            line = text->len;
        n += stop != NULL;
        s += n;
        len -= n;
    }
}

void mb_table_cell(mb_table *t, const char *text, size_t len)
{
    size_t at = t->text.len;

    if (t->rows >= t->most) {
        t->cut++;
        return;
    }
    mb_buf_reserve(&t->text, len);
    add_printable(&t->text, text, len);
    t->cells = mb_grow(t->cells, t->n_cells, sizeof *t->cells);
    t->cells[t->n_cells++] = (cell){.at = at, .len = t->text.len - at};
    if (t->n_cells % t->n_columns != 0)
        return;
    t->rows++;
    if (t->n_cells / t->n_columns >= ROWS || t->text.len >= BYTES)
        flush(t);
}

void mb_table_flush(mb_table *t)
{
    if (t->headed && t->n_cells > 0)
        flush(t);
}

static void add_count(mb_table *t)
{
    size_t more = t->n_columns ? t->cut / t->n_columns : 0, all = t->rows + more;

    if (t->style == MB_TABLE_PSQL || more || all == 0) {
        mb_buf_printf(&t->out, "(%zu row%s", all, all == 1 ? "" : "s");
        if (more)
            mb_buf_printf(&t->out, ": %zu shown, %zu more", t->rows, more);
        mb_buf_puts(&t->out, ")\n");
    }
    mb_buf_putc(&t->out, '\n');
    write_out(t);
}

void mb_table_end(mb_table *t)
{
    if (!t)
        return;
    t->n_cells -= t->n_columns ? t->n_cells % t->n_columns : t->n_cells;
    if (!t->headed || t->n_cells)
        flush(t);
    if (t->style != MB_TABLE_LIST)
        add_count(t);
    for (size_t i = 0; i < t->n_columns; i++)
        free(t->columns[i].name);
    free(t->columns);
    free(t->cells);
    mb_buf_free(&t->text);
    mb_buf_free(&t->out);
    free(t);
}
