/* driver.c -- a fuzz target over files: what a corpus did once, it does again. */
#include "fuzz.h"

#include "moonbird/file.h"
#include "moonbird/log.h"

int main(int argc, char **argv)
{
    mb_buf text = {0};
    mb_error err;

    for (int i = 1; i < argc; i++) {
        mb_buf_clear(&text);
        if (!mb_file_read(&text, argv[i], &err)) {
            mb_log_error(MB_LOG_ERROR, &err);
            return 1;
        }
        LLVMFuzzerTestOneInput((const uint8_t *)text.data, text.len);
    }
    mb_buf_free(&text);
    return 0;
}
