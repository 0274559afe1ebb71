/*
 * Any bytes of a .env file give no crash, but variables that a shell could have, or none and an
 * error with its place.
 */
#include "fuzz.h"

#include "moonbird/os/env.h"
#include "moonbird/os/log.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern char **environ;

static void check_variables(void)
{
    for (char **at = environ; at && *at; at++) {
        size_t len = strspn(*at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

        PROMISE(len > 0 && (*at)[len] == '=');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int file = memfd_create("env", MFD_CLOEXEC);
    char path[32];
    mb_error err;

    mb_log_set_threshold(MB_LOG_WARN); /* lines that are left alone have a note each */
    PROMISE(file >= 0 && (size == 0 || write(file, data, size) == (ssize_t)size));
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    clearenv();
    if (mb_env_read(path, &err)) {
        PROMISE(!memchr(data, '\0', size));
        check_variables();
    } else {
        PROMISE(err.code == MB_ERR_FILE && err.message[0] && strcmp(err.file, path) == 0);
        PROMISE(!environ || !*environ);
    }
    close(file);
    return 0;
}
