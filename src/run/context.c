/* context.c -- the data that a run passes to the policies and to scripts. */
#include "moonbird/run/run.h"

#include "moonbird/pg/qualified.h"
#include "moonbird/sql/quote.h"

#include <stdlib.h>
#include <strings.h>

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

    return own ? (mb_given){.args = own->items, .n = own->n} : run->given;
}

const mb_args *mb_run_args(const mb_run *run, const mb_source *source)
{
    const mb_own_args *own = mb_run_own_args(run, source);

    return own && own->args.items ? &own->args : &run->scripts;
}

static bool has(mb_given given, const char *name)
{
    for (size_t i = 0; i < given.n; i++)
        if (strcasecmp(given.args[i].name, name) == 0)
            return true;
    return false;
}

/* The parameters without a value as rows of VALUES; "" for none. The caller frees out->data. */
static void list_unset(mb_buf *out, const mb_run *run, const mb_source *source)
{
    const mb_chunk_info *info = mb_source_parameters(source, run->host);

    for (size_t i = 0; i < info->n_parameters; i++) {
        const mb_parameter *arg = &info->parameters[i];

        if (arg->secret || arg->preset || has(mb_run_given(run, source), arg->name))
            continue;
        mb_buf_puts(out, out->len ? ", (" : "(");
        mb_quote_literal(out, arg->name);
        mb_buf_puts(out, "::pg_catalog.text)");
    }
}

static bool refuse_set(const mb_source *source, const char *name, mb_error *err)
{
    mb_fail(err, MB_ERR_USAGE,
            "the parameter \"%s\" is not given, but the session has a value for "
            "the setting moonbird.%s",
            name, name);
    mb_fail_detail(err, "The database, the role, the configuration of the server or PGOPTIONS sets "
                        "it. A parameter gets its value from --set only.");
    mb_fail_hint(err,
                 "Give it with --set %s=VALUE, or remove the setting: ALTER DATABASE ... RESET "
                 "moonbird.%s.",
                 name, name);
    return mb_fail_at(err, source->path, 0, 0);
}

bool mb_run_check_unset(const mb_run *run, const mb_source *source, mb_error *err)
{
    mb_buf names = {0};
    mb_result *res = NULL;
    char *sql;
    bool ok = true;

    list_unset(&names, run, source);
    if (names.len) {
        sql = mb_format("SELECT v.name FROM (VALUES %s) v (name) WHERE pg_catalog.current_setting("
                        "pg_catalog.concat('moonbird.', v.name), true)" MB_NE "''",
                        names.data);
        ok = mb_conn_exec(&res, run->conn, sql, err) &&
             (mb_result_rows(res) == 0 || refuse_set(source, mb_result_value(res, 0, 0), err));
        free(sql);
    }
    mb_result_free(res);
    mb_buf_free(&names);
    return ok;
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
