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

const mb_own_args *mb_run_own_args(const mb_run *run, const mb_source *source)
{
    return run->own && source && source->step ? &run->own[source->step - run->plan->steps] : NULL;
}

mb_given mb_run_given(const mb_run *run, const mb_source *source)
{
    const mb_own_args *own = mb_run_own_args(run, source);

    return own ? (mb_given){own->items, own->n} : run->given;
}

const mb_args *mb_run_args(const mb_run *run, const mb_source *source)
{
    const mb_own_args *own = mb_run_own_args(run, source);

    return own && own->args.items ? &own->args : &run->scripts;
}

mb_call mb_run_call(const mb_run *run, const mb_source *source)
{
    const mb_given given = mb_run_given(run, source);

    return (mb_call){
        .name = source ? source->file->name : NULL,
        .stream = source ? mb_stream_name(source->file->stream) : NULL,
        .direction = source ? mb_direction_name(source->direction) : NULL,
        .command = run->by.command,
        .environment = run->by.environment,
        .attempt = source ? run->attempt : 1,
        .atomic = source && mb_source_is_atomic(source),
        .dry_run = run->dry_run,
        .args = given.args,
        .n_args = given.n,
        .plan = run->plan,
        .durable = run->durable,
        .source = source,
    };
}

bool mb_hook_is_there(const mb_run *run, mb_hook_event event)
{
    return run->hooks && run->hooks->has(run->hooks->self, event);
}
