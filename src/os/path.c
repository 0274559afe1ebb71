#include "moonbird/os/path.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

char *mb_path_join(const char *dir, const char *name)
{
    size_t n;
    char *path;

    if (name[0] == '/' || strcmp(dir, ".") == 0)
        return mb_strdup(name);
    n = strlen(dir);
    path = mb_alloc(n + strlen(name) + 2);
    memcpy(path, dir, n);
    path[n] = '/';
    strcpy(path + n + 1, name);
    return path;
}

char *mb_path_dir(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return mb_strdup(".");
    return mb_strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* Drops the last of `len` bytes of folders; 0 when there is none to drop. */
static size_t parent_of(const char *folder, size_t len)
{
    while (len > 0 && folder[len - 1] != '/')
        len--;
    return len > 0 ? len - 1 : 0;
}

char *mb_path_from_below(const char *folder, const char *path)
{
    size_t kept = strlen(folder);
    char *start, *whole;

    if (path[0] == '/')
        return mb_strdup(path);
    for (; kept > 0 && path[0] == '.'; path += strspn(path, "/")) {
        size_t dots = strspn(path, ".");

        if (dots > 2 || (path[dots] && path[dots] != '/'))
            break;
        kept = dots == 2 ? parent_of(folder, kept) : kept;
        path += dots;
    }
    start = mb_strndup(folder, kept);
    whole = *path && kept ? mb_path_join(start, path) : mb_strdup(*path ? path : kept ? start : ".");
    free(start);
    return whole;
}

char *mb_path_to_below(const char *folder, const char *path)
{
    size_t shared = 0;
    mb_buf out = {0};

    if (path[0] == '/')
        return mb_strdup(path);
    for (size_t i = 0;; i++) {
        bool folder_ends = !folder[i] || folder[i] == '/', path_ends = path[i] == '/';

        if (folder_ends && path_ends)
            shared = i + 1;
        if (!folder[i] || folder[i] != path[i])
            break;
    }
    for (const char *left = folder + (shared > strlen(folder) ? strlen(folder) : shared); *left;
         left += strspn(left, "/")) {
        mb_buf_puts(&out, "../");
        left += strcspn(left, "/");
    }
    mb_buf_puts(&out, path + shared);
    return out.data;
}

bool mb_path_ends(const char *path, const char *ending)
{
    size_t n = strlen(path), m = strlen(ending);

    return n > m && strcasecmp(path + n - m, ending) == 0;
}

const char *mb_path_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}
