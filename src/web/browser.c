#include "moonbird/web/browser.h"

#include "child.h"

#include "moonbird/base/mem.h"
#include "moonbird/os/path.h"
#include "moonbird/os/probe.h"
#include "moonbird/os/spawn.h"
#include "moonbird/os/streams.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE "studio.html"

static bool write_page(const char *path, const char *address, mb_error *err)
{
    char *text = mb_format("<!doctype html><meta http-equiv=\"refresh\" content=\"0;url=%s\">\n",
                           address);
    int fd;
    bool ok;

    unlink(path); /* of a studio that was killed; a link is not followed */
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ok = fd >= 0 && mb_stream_write(fd, text, strlen(text));
    if (!ok)
        mb_fail_errno(err, path, "cannot write the file");
    mb_fd_close(&fd);
    free(text);
    return ok;
}

static bool start(const char *path, mb_error *err)
{
    char *whole = realpath(path, NULL);
    const char *argv[] = {"xdg-open", whole ? whole : path, NULL};
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    pid_t pid;
    bool ok = null >= 0 && mb_spawn_start(&pid, &(mb_spawn){.argv = argv, .folder = "/", .in = null,
                                                            .out = null, .err = null, .keep = -1,
                                                            .session = true}, err);

    mb_fd_close(&null);
    free(whole);
    return ok;
}

static bool has_desktop(void)
{
    const char *x = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");

    return (x && *x) || (wayland && *wayland);
}

bool mb_browser_open(const char *root, const char *folder, const char *address, mb_error *err)
{
    char *path;
    bool ok;

    if (!has_desktop())
        return mb_fail(err, MB_ERR_FAILED, "there is no desktop here to open a browser on");
    path = mb_path_join(folder, PAGE);
    ok = mb_folder_make_own(folder, root, err) && write_page(path, address, err) &&
         start(path, err);
    free(path);
    return ok;
}

void mb_browser_forget(const char *folder)
{
    char *path = mb_path_join(folder, PAGE);

    unlink(path);
    free(path);
}
