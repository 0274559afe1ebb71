#include "moonbird/os/file_mark.h"

#include <sys/stat.h>

static int64_t ns_of(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

mb_file_mark mb_file_mark_of(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return (mb_file_mark){0};
    return (mb_file_mark){
        .device = st.st_dev,
        .inode = st.st_ino,
        .size = st.st_size,
        .modified_ns = ns_of(st.st_mtim),
        .changed_ns = ns_of(st.st_ctim),
    };
}

bool mb_file_mark_same(const mb_file_mark *a, const mb_file_mark *b)
{
    return a->inode != 0 && a->inode == b->inode && a->device == b->device && a->size == b->size &&
           a->modified_ns == b->modified_ns && a->changed_ns == b->changed_ns;
}
