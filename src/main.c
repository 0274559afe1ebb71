#include "moonbird/os/event_stream.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/os/live.h"
#include "moonbird/os/log.h"
#include "moonbird/os/print.h"
#include "moonbird/binding/lua.h"
#include "moonbird/os/stack.h"
#include "moonbird/os/streams.h"

/* The warning is also an event, which the studio reads later. */
static void say_unread(void)
{
    mb_log(MB_LOG_WARN, "the studio does not read the output, so the rest is left out");
}

int main(int argc, char **argv)
{
    mb_error err;
    int status = 0;

    mb_streams_open(say_unread);
    mb_interrupt_install();
    if (!mb_stack_check(&err) || !mb_lua_main(argc, argv, &status, &err) ||
        !mb_out_complete(&err)) {
        mb_live_stop();
        status = mb_code_exit(err.code);
        mb_events_close(status, &err);
        mb_log_error(MB_LOG_ERROR, &err);
    }
    mb_events_close(status, NULL);
    return status;
}
