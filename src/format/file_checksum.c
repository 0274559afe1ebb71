/*
 * file_checksum.c -- reads every file of a folder once: its checksum, if it has a down section, and
 * if it begins with an annotation of another tool.
 */
#include "file_checksum.h"

#include "tool.h"

#include "moonbird/os/file.h"
#include "moonbird/base/hash.h"
#include "moonbird/base/mem.h"
#include "moonbird/format/names.h"
#include "moonbird/os/parallel.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * True when the text may have a line `-- moonbird:down`: a string or COPY data can have one, too.
 */
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

/* The bytes read: fewer than `most` only at the end of a regular file; -1: an error. */
static ssize_t read_block(int fd, char *to, size_t most)
{
    ssize_t got;

    do
        got = read(fd, to, most);
    while (got < 0 && errno == EINTR);
    return got;
}

/* The checksum of a file, block by block; nothing is hashed while its bytes are the known ones. */
typedef struct summing {
    mb_hash *hash;
    const mb_known_file *known; /* NULL: the bytes differ, or none are known */
    size_t len;                 /* the number of bytes read so far, which are equal */
} summing;

static void give_up_known(summing *s)
{
    if (s->known)
        mb_hash_add(s->hash, s->known->text, s->len);
    s->known = NULL;
}

static void add_block(summing *s, const char *block, size_t len)
{
    const mb_known_file *known = s->known;

    if (known && (len > known->len - s->len || memcmp(known->text + s->len, block, len) != 0))
        give_up_known(s);
    if (!s->known)
        mb_hash_add(s->hash, block, len);
    s->len += len;
}

static void copy_sum(summing *s, char hex[MB_HASH_HEX])
{
    if (s->known && s->len < s->known->len)
        give_up_known(s);
    if (s->known)
        memcpy(hex, s->known->file_sum, MB_HASH_HEX);
    else
        mb_hash_hex(s->hash, hex);
}

/* Reads the checksum of a file, and looks for a marker.  Blocks overlap, so that none is split. */
static bool read_checksum(mb_migration *m, int fd, char *block, summing *sum)
{
    size_t kept = 0, len, most = BLOCK, left = m->up.line ? m->up.len : SIZE_MAX;
    ssize_t got;

    mb_hash_reset(sum->hash);
    if (m->up.line && lseek(fd, (off_t)m->up.from, SEEK_SET) < 0)
        return false;
    do {
        most = left < BLOCK ? left : BLOCK;
        got = read_block(fd, block + kept, most);
        if (got < 0)
            return false;
        if (!m->lua && sum->len == 0)
            m->annotated = mb_tool_at_head(block, (size_t)got);
        left -= (size_t)got;
        add_block(sum, block + kept, (size_t)got);
        len = kept + (size_t)got;
        m->down_section = m->down_section || (!m->lua && has_down_marker(block, len));
        kept = len < OVERLAP ? len : OVERLAP;
        memmove(block, block + len - kept, kept);
    } while (got == BLOCK &&
             most == BLOCK); /* one more read to see the end would cost as much as the hash */
    copy_sum(sum, m->file_sum);
    return true;
}

/*
 * Is a marker of the file a comment?  A file that cannot be split counts as one with a section:
 * the caller that opens it next reports why.  Takes over `fd`.
 */
static bool has_down_section(const mb_migration *m, int fd)
{
    bool found = true, ok = lseek(fd, 0, SEEK_SET) == 0, has;
    mb_script *script = mb_script_of_fd(fd, m->path, MB_SECTION_DOWN);
    mb_error err;
    mb_stmt stmt;

    mb_script_unhashed(script, false);
    ok = ok && mb_script_next(script, &stmt, &found, &err);
    has = !ok || found || mb_script_has_down(script);
    mb_script_close(script);
    return has;
}

/* The migrations that the threads share; each thread reads a range of them. */
typedef struct reading {
    mb_migration *items;
    int root;
    const mb_known_files *known;
} reading;

static int by_path(const void *path, const void *file)
{
    return strcmp(path, ((const mb_known_file *)file)->path);
}

static const mb_known_file *find_known(const mb_known_files *known, const char *path)
{
    return known && known->n ? bsearch(path, known->items, known->n, sizeof *known->items, by_path)
                             : NULL;
}

static bool read_migration(const reading *r, mb_migration *m, char *block, mb_hash *hash,
                           mb_error *err)
{
    int fd = openat(r->root, m->path, O_RDONLY | O_CLOEXEC);
    summing sum = {.hash = hash, .known = find_known(r->known, m->path)};
    bool ok = fd >= 0 && read_checksum(m, fd, block, &sum);

    if (!ok)
        mb_fail_errno(err, m->path, fd < 0 ? "cannot open the file" : "cannot read the file");
    m->down_section = m->down_section && !m->up.line;
    if (ok && m->down_section)
        m->down_section = sum.known ? sum.known->down_section : has_down_section(m, fd);
    else if (fd >= 0)
        close(fd);
    if (ok && m->down_section && m->down_path)
        ok = mb_fail_two_files(err, "rollbacks", m->name, m->path, m->down_path);
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
bool mb_file_checksums_read(mb_migration *items, size_t n, const char *root,
                            const mb_known_files *known, mb_error *err)
{
    enum { LEAST = 256 };
    reading r = {.items = items, .known = known};
    bool ok;

    if (n == 0)
        return true;
    r.root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r.root < 0)
        return mb_fail_errno(err, root, "cannot open the folder");
    ok = mb_parallel(n, LEAST, read_share, &r, err);
    close(r.root);
    return ok;
}
