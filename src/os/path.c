#include "moonbird/os/path.h"

#include "moonbird/base/mem.h"

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
