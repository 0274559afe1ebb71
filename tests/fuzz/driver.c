/*
 * driver.c -- runs a fuzz target on files, so that the inputs of a corpus become tests.
 *
 * fuzz_NAME [FILE...]: without files, those of tests/fuzz/corpus/NAME.
 */
#include "fuzz.h"

#include "moonbird/os/file.h"
#include "moonbird/os/log.h"

#include <glob.h>
#include <string.h>

static bool replay(const char *path, mb_error *err)
{
    mb_buf text = {0};
    bool ok = mb_file_read(&text, path, err);

    if (ok)
        LLVMFuzzerTestOneInput((const uint8_t *)text.data, text.len);
    mb_buf_free(&text);
    return ok;
}

static bool replay_all(char *const *paths, size_t n, mb_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!replay(paths[i], err))
            return false;
    return true;
}

static bool replay_corpus(const char *program, mb_error *err)
{
    char *pattern = mb_format("tests/fuzz/corpus/%s/*", strrchr(program, '_') + 1);
    glob_t found;
    bool ok = glob(pattern, 0, NULL, &found) == 0
                  ? replay_all(found.gl_pathv, found.gl_pathc, err)
                  : mb_fail(err, MB_ERR_FILE, "there is no %s", pattern);

    globfree(&found);
    free(pattern);
    return ok;
}

int main(int argc, char **argv)
{
    mb_error err;

    if (argc > 1 ? replay_all(argv + 1, (size_t)argc - 1, &err) : replay_corpus(argv[0], &err))
        return 0;
    mb_log_error(MB_LOG_ERROR, &err);
    return 1;
}
