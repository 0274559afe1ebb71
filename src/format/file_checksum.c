/* file_checksum.c -- reads every file of a folder once: its checksum, and if it has a down section. */
#include "file_checksum.h"

#include "moonbird/os/file.h"
#include "moonbird/base/hash.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/parallel.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* True when the text may have a line `-- moonbird:down`: a string or COPY data can have one, too. */
static bool has_down_marker(const char *text, size_t len)
{
    static const char word[] = "moonbird:";
    const char *end = text + len, *at = text;

    while ((at = memmem(at, (size_t)(end - at), word, sizeof word - 1)) != NULL) {
        const char *before = at;

        at += sizeof word - 1;
        while (before > text && (before[-1] == ' ' || before[-1] == '\t'))
            before--;
        while (at < end && (*at == ' ' || *at == '\t'))
            at++;
        if (before - text >= 2 && before[-1] == '-' && before[-2] == '-' && end - at >= 4 &&
            memcmp(at, "down", 4) == 0 && (end - at == 4 || isspace((unsigned char)at[4])))
            return true;
    }
    return false;
}

enum { BLOCK = 1 << 16, OVERLAP = 256 };

/* The bytes read: fewer than BLOCK only at the end of a regular file; -1: an error. */
static ssize_t read_block(int fd, char *to)
{
    ssize_t got;

    do
        got = read(fd, to, BLOCK);
    while (got < 0 && errno == EINTR);
    return got;
}

/* Reads the checksum of a file, and looks for a marker.  Blocks overlap, so that none is split. */
static bool read_checksum(mb_migration *m, int fd, char *block, mb_hash *hash)
{
    size_t kept = 0, len;
    ssize_t got;

    mb_hash_reset(hash);
    do {
        got = read_block(fd, block + kept);
        if (got < 0)
            return false;
        mb_hash_add(hash, block + kept, (size_t)got);
        len = kept + (size_t)got;
        m->down_section = m->down_section || (!m->lua && has_down_marker(block, len));
        kept = len < OVERLAP ? len : OVERLAP;
        memmove(block, block + len - kept, kept);
    } while (got == BLOCK); /* one more read to see the end would cost as much as the hash */
    mb_hash_hex(hash, m->file_sum);
    return true;
}

/*
 * Is a marker of the file a comment?  A file that cannot be split counts as one with a section:
 * whoever opens it reports why.
 */
static bool has_down_section(const mb_migration *m, const char *root)
{
    char *full = mb_path_join(root, m->path);
    mb_script *script = NULL;
    mb_error err;
    mb_stmt stmt;
    bool found = true;
    bool ok = mb_script_open(&script, full, MB_SECTION_DOWN, &err) &&
              mb_script_next(script, &stmt, &found, &err);
    bool has = !ok || found || mb_script_has_down(script);

    mb_script_close(script);
    free(full);
    return has;
}

/* The migrations that the threads share; each thread reads a range of them. */
typedef struct reading {
    mb_migration *items;
    const char *root;
    int dir;
} reading;

static bool read_migration(const reading *r, mb_migration *m, char *block, mb_hash *hash,
                           mb_error *err)
{
    int fd = openat(r->dir, mb_path_base(m->path), O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && read_checksum(m, fd, block, hash);

    if (!ok)
        mb_fail_errno(err, m->path, fd < 0 ? "cannot open the file" : "cannot read the file");
    if (fd >= 0)
        close(fd);
    m->down_section = m->down_section && has_down_section(m, r->root);
    return ok;
}

static bool read_share(void *self, size_t from, size_t to, mb_error *err)
{
    const reading *r = self;
    char *block = mb_alloc(OVERLAP + BLOCK);
    mb_hash *hash = mb_hash_new();
    bool ok = true;

    for (size_t i = from; ok && i < to; i++)
        ok = read_migration(r, &r->items[i], block, hash, err);
    mb_hash_free(hash);
    free(block);
    return ok;
}

/* Threads read a large folder, since most of the time is spent opening and closing files. */
bool mb_file_checksums_read(mb_migration *items, size_t n, const char *root, int dir,
                            mb_error *err)
{
    enum { LEAST = 256 };
    reading r = {.items = items, .root = root, .dir = dir};

    return mb_parallel(n, LEAST, read_share, &r, err);
}
