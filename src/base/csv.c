#include "moonbird/base/csv.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/open_file.h"
#include "moonbird/base/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 1 << 16, LONGEST = 64 << 20, MOST_FIELDS = 1 << 16 };

/* How far the last record was read. */
typedef enum record_state {
    LOST,     /* its end is not known */
    IN_LINE,  /* up to a malformed field: it ends with the line */
    COMPLETE
} record_state;

struct mb_csv {
    char *path;
    int fd;
    char delimiter;
    int line, record_line; /* the line that is read; the line where the record began */
    off_t base, start;     /* the offsets in the file of `block` and of the last record */
    size_t at, end;        /* in `block`: the next byte, and the end of the bytes read */
    record_state state;
    mb_buf record;         /* the texts of the fields, each with a NUL */
    mb_csv_field *fields;
    size_t n;
    char block[BLOCK];
};

enum { END = -1, FAILED = -2 };

/* Reads the next block of the file; returns its first byte, END or FAILED. */
static int fill(mb_csv *csv, mb_error *err)
{
    ssize_t got;

    csv->base += (off_t)csv->end;
    do
        got = read(csv->fd, csv->block, BLOCK);
    while (got < 0 && errno == EINTR);
    csv->at = 0;
    csv->end = got > 0 ? (size_t)got : 0;
    if (got < 0)
        mb_fail_errno(err, csv->path, "cannot read the file");
    return got < 0 ? FAILED : got == 0 ? END : (unsigned char)csv->block[0];
}

/* The next byte, without moving past it; END or FAILED. */
static int peek(mb_csv *csv, mb_error *err)
{
    return csv->at < csv->end ? (unsigned char)csv->block[csv->at] : fill(csv, err);
}

/* UTF-16 begins with a byte order mark; without one, an ASCII character has one byte that is 0. */
static bool is_utf16(const mb_csv *csv)
{
    return csv->end >= 2 && (memcmp(csv->block, "\xFF\xFE", 2) == 0 ||
                             memcmp(csv->block, "\xFE\xFF", 2) == 0 ||
                             (csv->block[0] == '\0') != (csv->block[1] == '\0'));
}

static bool skip_mark(mb_csv *csv, mb_error *err)
{
    if (peek(csv, err) == FAILED)
        return false;
    if (is_utf16(csv)) {
        mb_fail(err, MB_ERR_FILE, "the file is UTF-16, not UTF-8");
        mb_fail_hint(err, "Convert the file, for example with iconv -f UTF-16 -t UTF-8.");
        return mb_fail_at(err, csv->path, 1, 0);
    }
    if (csv->end >= 3 && memcmp(csv->block, "\xEF\xBB\xBF", 3) == 0)
        csv->at = 3;
    return true;
}

bool mb_csv_open(mb_csv **out, const char *path, char delimiter, mb_error *err)
{
    mb_csv *csv;
    int fd;

    if (!mb_open_to_read(&fd, path, err))
        return false;
    csv = mb_alloc(sizeof *csv);
    csv->path = mb_strdup(path);
    csv->fd = fd;
    csv->delimiter = delimiter;
    csv->line = 1;
    if (!skip_mark(csv, err)) {
        mb_csv_close(csv);
        return false;
    }
    *out = csv;
    return true;
}

void mb_csv_close(mb_csv *csv)
{
    if (!csv)
        return;
    close(csv->fd);
    mb_buf_free(&csv->record);
    free(csv->fields);
    free(csv->path);
    free(csv);
}

int mb_csv_line(const mb_csv *csv)
{
    return csv->record_line;
}

static bool fail_at_line(mb_error *err, const mb_csv *csv, int line, const char *what)
{
    mb_fail(err, MB_ERR_FILE, "%s", what);
    return mb_fail_at(err, csv->path, line, 0);
}

/* Like fail_at_line, for a field that does not follow the rules of quotes. */
static bool fail_malformed(mb_error *err, mb_csv *csv, const char *what)
{
    csv->state = IN_LINE;
    return fail_at_line(err, csv, csv->line, what);
}

/* Reads from after the opening quote to after the closing one. */
static bool read_quoted(mb_csv *csv, mb_error *err)
{
    int opened = csv->line, c;

    while ((c = peek(csv, err)) >= 0) {
        const char *start = csv->block + csv->at, *s = start, *end = csv->block + csv->end;

        for (; s < end && *s != '"'; s++)
            csv->line += *s == '\n';
        mb_buf_add(&csv->record, start, (size_t)(s - start));
        csv->at += (size_t)(s - start);
        if (csv->record.len > LONGEST)
            return fail_at_line(err, csv, opened, "a record is longer than 64 MiB");
        if (s == end)
            continue;
        csv->at++;
        if ((c = peek(csv, err)) != '"')
            return c != FAILED;
        mb_buf_putc(&csv->record, '"');
        csv->at++;
    }
    return c == END ? fail_at_line(err, csv, opened, "unterminated quoted field") : false;
}

static bool read_bare(mb_csv *csv, mb_error *err)
{
    int c;

    while ((c = peek(csv, err)) >= 0) {
        const char *start = csv->block + csv->at, *s = start, *end = csv->block + csv->end;

        while (s < end && *s != csv->delimiter && *s != '\n' && *s != '\r' && *s != '"')
            s++;
        mb_buf_add(&csv->record, start, (size_t)(s - start));
        csv->at += (size_t)(s - start);
        if (csv->record.len > LONGEST)
            return fail_at_line(err, csv, csv->record_line, "a record is longer than 64 MiB");
        if (s < end)
            return *s != '"' ||
                   fail_malformed(err, csv, "a quote is inside an unquoted field");
    }
    return c == END;
}

/*
 * Reads one field.  place_fields sets `text` later, because the record's buffer moves as it grows.
 */
static bool read_field(mb_csv *csv, mb_error *err)
{
    size_t start = csv->record.len;
    bool quoted = peek(csv, err) == '"';

    csv->at += quoted;
    if (!(quoted ? read_quoted(csv, err) : read_bare(csv, err)))
        return false;
    if (csv->n == MOST_FIELDS)
        return fail_at_line(err, csv, csv->record_line, "a record has more than 65536 fields");
    csv->fields = mb_grow(csv->fields, csv->n, sizeof *csv->fields);
    csv->fields[csv->n++] = (mb_csv_field){.len = csv->record.len - start, .quoted = quoted};
    mb_buf_add(&csv->record, "", 1);
    return true;
}

/* Reads past the end of a field; *more: it was the delimiter, so the record has another field. */
static bool read_end(mb_csv *csv, bool *more, mb_error *err)
{
    int c = peek(csv, err);

    *more = c == (unsigned char)csv->delimiter;
    if (c == '\r') {
        csv->at++;
        c = peek(csv, err);
        if (c != '\n')
            return c != FAILED; /* a CR alone ends a line too */
    }
    if (c == FAILED)
        return false;
    if (c == END)
        return true;
    if (!*more && c != '\n')
        return fail_malformed(err, csv, "unexpected characters after the closing quote of a "
                                        "field");
    csv->at++;
    return true;
}

static bool fail_bad(mb_error *err, const mb_csv *csv, const char *bad)
{
    if (!*bad)
        return fail_at_line(err, csv, csv->record_line, "the record contains a NUL byte");
    mb_fail(err, MB_ERR_FILE, "the record is not UTF-8 (byte 0x%02x)", (unsigned char)*bad);
    mb_fail_hint(err, "Convert the file, for example with iconv -f LATIN1 -t UTF-8.");
    return mb_fail_at(err, csv->path, csv->record_line, 0);
}

/* Points the fields at their texts.  A NUL is refused, since it would silently end a text in C. */
static bool place_fields(mb_csv *csv, mb_error *err)
{
    const char *text = csv->record.data;

    for (size_t i = 0; i < csv->n; i++) {
        size_t bad = mb_text_bad(text, csv->fields[i].len);

        if (bad < csv->fields[i].len)
            return fail_bad(err, csv, text + bad);
        csv->fields[i].text = text;
        text += csv->fields[i].len + 1;
    }
    return true;
}

bool mb_csv_next(mb_csv *csv, const mb_csv_field **fields, size_t *n, mb_error *err)
{
    bool more = true;
    int c = peek(csv, err);

    *n = csv->n = 0;
    mb_buf_clear(&csv->record);
    csv->record_line = csv->line;
    csv->start = csv->base + (off_t)csv->at;
    csv->state = LOST;
    if (c == END)
        return true;
    while (c != FAILED && more)
        if (!read_field(csv, err) || !read_end(csv, &more, err))
            return false;
    if (c == FAILED)
        return false;
    csv->line++;
    csv->state = COMPLETE;
    if (!place_fields(csv, err))
        return false;
    *fields = csv->fields;
    *n = csv->n;
    return true;
}

/* Reads past the end of the line. */
static bool skip_line(mb_csv *csv, mb_error *err)
{
    bool more;
    int c;

    while ((c = peek(csv, err)) >= 0 && c != '\n' && c != '\r')
        csv->at++;
    if (c == FAILED || !read_end(csv, &more, err))
        return false;
    csv->line++;
    csv->state = COMPLETE;
    return true;
}

/* Reads the last record again, with its line ending. */
static bool read_again(mb_buf *text, const mb_csv *csv, mb_error *err)
{
    off_t at = csv->start, end = csv->base + (off_t)csv->at;
    char piece[4096];

    while (at < end) {
        size_t most = end - at < (off_t)sizeof piece ? (size_t)(end - at) : sizeof piece;
        ssize_t got = pread(csv->fd, piece, most, at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return mb_fail_errno(err, csv->path, "cannot read the file");
        if (got == 0)
            break;
        mb_buf_add(text, piece, (size_t)got);
        at += got;
    }
    return true;
}

bool mb_csv_reject(mb_csv *csv, mb_buf *text, mb_error *err)
{
    mb_buf_clear(text);
    if (csv->state == LOST || (csv->state == IN_LINE && !skip_line(csv, err)) ||
        !read_again(text, csv, err))
        return false;
    if (text->len && text->data[text->len - 1] == '\n')
        text->data[--text->len] = '\0';
    if (text->len && text->data[text->len - 1] == '\r')
        text->data[--text->len] = '\0';
    return true;
}
