#include "moonbird/interrupt.h"
#include "moonbird/log.h"
#include "moonbird/lua.h"
#include "moonbird/stack.h"
#include "moonbird/streams.h"

int main(int argc, char **argv)
{
    mb_error err;
    int status = 0;

    mb_streams_open();
    mb_interrupt_install();
    if (!mb_stack_check(&err) || !mb_lua_main(argc, argv, &status, &err) || !mb_out_complete(&err)) {
        mb_live_stop();
        mb_log_error(MB_LOG_ERROR, &err);
        status = mb_code_exit(err.code);
    }
    return status;
}
