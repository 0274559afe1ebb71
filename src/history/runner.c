#include "moonbird/history/runner.h"

#include "moonbird/history/lock.h"
#include "moonbird/os/process_alive.h"

#include <stdlib.h>
#include <string.h>

mb_runner mb_runner_of(const mb_row *row)
{
    return (mb_runner){.who = row->applied_by,
                       .host = row->host,
                       .pid = row->pid,
                       .at = row->applied_at,
                       .started_us = row->started_us};
}

bool mb_runner_lives(bool *alive, char **holder, mb_store in, const mb_runner *runner,
                     mb_error *err)
{
    *holder = NULL;
    if (strcmp(runner->host, mb_this_host()) == 0) {
        *alive = mb_process_lives(runner->pid, runner->started_us);
        return true;
    }
    if (!mb_lock_holder(holder, in.conn, in.schema, err))
        return false;
    *alive = *holder != NULL;
    return true;
}
