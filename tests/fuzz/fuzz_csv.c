/*
 * Any bytes give no crash, but fields of UTF-8 without NUL, which are the same when they are written
 * and read again, or an error with its place.
 */
#include "fuzz.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/csv.h"
#include "moonbird/base/utf8.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Each field in quotes behind its length, so that no two files read alike by chance. */
static bool read_all(mb_buf *out, const char *data, size_t size)
{
    int file = memfd_create("csv", MFD_CLOEXEC), line = 0;
    const mb_csv_field *fields;
    mb_csv *csv = NULL;
    mb_error err;
    char path[32];
    size_t n = 1;
    bool ok;

    PROMISE(file >= 0 && (size == 0 || write(file, data, size) == (ssize_t)size));
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    ok = mb_csv_open(&csv, path, ',', &err);
    while (ok && (ok = mb_csv_next(csv, &fields, &n, &err)) && n > 0) {
        PROMISE(mb_csv_line(csv) > line);
        line = mb_csv_line(csv);
        for (size_t i = 0; i < n; i++) {
            PROMISE(fields[i].text[fields[i].len] == '\0');
            PROMISE(mb_text_bad(fields[i].text, fields[i].len) == fields[i].len);
            mb_buf_putc(out, i ? ',' : '\n');
            mb_buf_putc(out, '"');
            for (size_t k = 0; k < fields[i].len; k++)
                mb_buf_printf(out, fields[i].text[k] == '"' ? "\"%c" : "%c", fields[i].text[k]);
            mb_buf_putc(out, '"');
        }
    }
    PROMISE(ok || (err.code == MB_ERR_FILE && err.message[0] && strcmp(err.file, path) == 0 && err.line > 0));
    mb_csv_close(csv);
    close(file);
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mb_buf once = {0}, twice = {0};

    if (read_all(&once, (const char *)data, size) && once.len) {
        PROMISE(read_all(&twice, once.data + 1, once.len - 1));
        PROMISE(strcmp(once.data, twice.data) == 0);
    }
    mb_buf_free(&once);
    mb_buf_free(&twice);
    return 0;
}
