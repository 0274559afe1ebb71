#include "moonbird/format/cut.h"

#include "moonbird/os/file.h"
#include "moonbird/base/open_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Calls `take` for the bytes of the part, block by block, but not for more than `most` of them. */
static bool read_part(const char *path, const mb_cut *cut, size_t most,
                      void (*take)(void *to, const char *bytes, size_t n), void *to, mb_error *err)
{
    char block[1 << 14];
    size_t left = cut->len < most ? cut->len : most;
    off_t at = (off_t)cut->from;
    ssize_t got = 1;
    int fd;

    if (!mb_open_to_read(&fd, path, err))
        return false;
    while (left > 0 && got != 0) {
        got = pread(fd, block, left < sizeof block ? left : sizeof block, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            break;
        take(to, block, (size_t)got);
        left -= (size_t)got;
        at += got;
    }
    if (got < 0)
        mb_fail_errno(err, path, "cannot read the file");
    close(fd);
    return got >= 0;
}

static void append(void *to, const char *bytes, size_t n)
{
    mb_buf_add(to, bytes, n);
}

static void hash(void *to, const char *bytes, size_t n)
{
    mb_hash_add(to, bytes, n);
}

bool mb_cut_read(mb_buf *out, const char *path, const mb_cut *cut, size_t most, mb_error *err)
{
    size_t len = cut->text ? strlen(cut->text) : 0;

    if (cut->text) {
        mb_buf_add(out, cut->text, len < most ? len : most);
        return true;
    }
    return cut->line ? read_part(path, cut, most, append, out, err)
                     : mb_file_read_head(out, path, most, err);
}

bool mb_cut_sum(char *hex, const char *path, const mb_cut *cut, mb_error *err)
{
    mb_hash *sum;
    bool ok;

    if (!cut->line)
        return mb_file_sum(hex, path, err);
    sum = mb_hash_new();
    ok = read_part(path, cut, cut->len, hash, sum, err);
    mb_hash_hex(sum, hex);
    mb_hash_free(sum);
    return ok;
}

bool mb_cut_same(const mb_cut *a, const mb_cut *b)
{
    return a->from == b->from && a->len == b->len && a->line == b->line &&
           a->no_transaction == b->no_transaction && a->breakpoint == b->breakpoint &&
           !a->text == !b->text && (!a->text || strcmp(a->text, b->text) == 0);
}
