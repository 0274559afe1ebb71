#include "moonbird/foreign/tool_sum.h"

#include "liquibase_sum.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/hash.h"
#include "moonbird/base/mem.h"
#include "moonbird/format/tool_writer.h"
#include "moonbird/os/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the text in other forms ---- */

/* The text with this line end. */
static void with_ends(mb_buf *out, const mb_buf *text, const char *line_end)
{
    const char *at = mb_buf_str(text), *end = at + text->len;

    for (; at < end; at++)
        if (*at == '\n')
            mb_buf_puts(out, line_end);
        else if (*at != '\r' || at + 1 == end || at[1] != '\n')
            mb_buf_putc(out, *at);
}

/* ---- the checksums ---- */

typedef bool fits(const char *recorded, const char *text, size_t len);

/* Old versions of Prisma left leading zeros out, which gives a checksum that nobody can compare. */
static bool fits_sha256(const char *recorded, const char *text, size_t len)
{
    char sum[MB_HASH_HEX];

    mb_sha256_hex(text, len, sum);
    return strlen(recorded) != MB_HASH_HEX - 1 || strcmp(sum, recorded) == 0;
}

/* A bytea as the server prints it. */
static bool fits_sha384(const char *recorded, const char *text, size_t len)
{
    char sum[MB_HASH_LONG_HEX];

    mb_sha384_hex(text, len, sum);
    return strncmp(recorded, "\\x", 2) == 0 && strcmp(sum, recorded + 2) == 0;
}

static bool fits_crc32(const char *recorded, const char *text, size_t len)
{
    char sum[16];

    snprintf(sum, sizeof sum, "%d", (int)mb_flyway_checksum(text, len));
    return strcmp(sum, recorded) == 0;
}

/* Git can change line ends between the machine that ran the file and this one. */
static bool fits_text(mb_sum_kind kind, const char *recorded, const mb_buf *text)
{
    static const char *const ends[] = {"\n", "\r\n"};
    fits *one = kind == MB_SUM_SHA384  ? fits_sha384
                : kind == MB_SUM_CRC32 ? fits_crc32
                                       : fits_sha256;
    bool found = one(recorded, mb_buf_str(text), text->len);

    for (size_t i = 0; !found && i < sizeof ends / sizeof ends[0]; i++) {
        mb_buf other = {0};

        with_ends(&other, text, ends[i]);
        found = one(recorded, mb_buf_str(&other), other.len);
        mb_buf_free(&other);
    }
    return found;
}

/* ---- the file ---- */

/* The format has compared atlas.sum with the files. */
static bool fits_line(const mb_buf *sums, const mb_migration *file, const char *recorded)
{
    char *begin = mb_format("\n%s h1:", mb_path_base(file->path));
    const char *found = sums->len ? strstr(sums->data, begin) : NULL;
    bool fits_it = !found || strncmp(found + strlen(begin), recorded, strlen(recorded)) == 0;

    free(begin);
    return fits_it;
}

/* The text with which the checksum is compared: that of the file, or of atlas.sum. */
static bool read_text(mb_buf *out, mb_sum_kind kind, const mb_project *project,
                      const mb_migration *file)
{
    char *sums = mb_path_join(project->settings.migrations, "atlas.sum");
    char *path = mb_path_join(project->settings.root, kind == MB_SUM_ATLAS ? sums : file->path);
    mb_error ignored;
    bool ok = mb_file_read(out, path, &ignored);

    free(path);
    free(sums);
    return ok;
}

static bool fits_file(mb_sum_kind kind, const mb_buf *text, const mb_migration *file,
                      const char *recorded)
{
    switch (kind) {
    case MB_SUM_ATLAS:
        return fits_line(text, file, recorded);
    case MB_SUM_LIQUIBASE:
        return mb_liquibase_sum_fits(recorded, text, &file->up);
    default:
        return fits_text(kind, recorded, text);
    }
}

bool mb_tool_row_is_changed(const mb_tool_row *row, mb_sum_kind kind, const mb_project *project,
                            const mb_migration *file)
{
    mb_buf text = {0};
    bool changed;

    if (!row->sum || !*row->sum || !file->path || strcmp(row->sum, file->file_sum) == 0)
        return false;
    changed = read_text(&text, kind, project, file) && !fits_file(kind, &text, file, row->sum);
    mb_buf_free(&text);
    return changed;
}
