/* context.c -- the data that a run passes to the policies and to scripts. */
#include "moonbird/run/run.h"

mb_recording mb_run_recording(mb_run *run)
{
    return (mb_recording){
        .settings = run->settings,
        .reporter = run->reporter,
        .by = &run->by,
        .recorded = run->recorded,
    };
}

mb_call mb_run_call(const mb_run *run, const mb_source *source)
{
    return (mb_call){
        .name = source ? source->file->name : NULL,
        .stream = source ? mb_stream_name(source->file->stream) : NULL,
        .direction = source ? mb_direction_name(source->direction) : NULL,
        .command = run->by.command,
        .environment = run->by.environment,
        .attempt = source ? run->attempt : 1,
        .atomic = source && mb_source_is_atomic(source),
        .dry_run = run->dry_run,
        .args = run->given.args,
        .n_args = run->given.n,
        .plan = run->plan,
        .durable = run->durable,
        .source = source,
    };
}

bool mb_hook_is_there(const mb_run *run, mb_hook_event event)
{
    return run->hooks && run->hooks->has(run->hooks->self, event);
}
