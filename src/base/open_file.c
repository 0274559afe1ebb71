#include "moonbird/base/open_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The device /dev/null is an empty file. */
static bool is_null(const struct stat *st)
{
    struct stat null;

    return stat("/dev/null", &null) == 0 && st->st_rdev == null.st_rdev;
}

bool mb_open_to_read(int *fd, const char *path, mb_error *err)
{
    struct stat st;
    bool device;

    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0)
        return mb_fail_errno(err, path, "cannot open the file");
    device = fstat(*fd, &st) == 0 &&
             (S_ISBLK(st.st_mode) || (S_ISCHR(st.st_mode) && !isatty(*fd) && !is_null(&st)));
    if (!device)
        return true;
    close(*fd);
    mb_fail(err, MB_ERR_FILE, "it is a device, not a file");
    return mb_fail_at(err, path, 0, 0);
}
