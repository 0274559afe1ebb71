/* record_and_back_up.c -- before an allowed change: record the overrides, make the backup. */
#include "decided.h"

#include "moonbird/policy/backup.h"
#include "moonbird/history/create_tables.h"

#include "moonbird/os/event_stream.h"
#include "moonbird/os/log.h"

#include <stdlib.h>

static void tell_overrides(const mb_policies *policies)
{
    mb_event_line event;

    for (size_t i = 0; i < policies->n_overrides && mb_event_begin(&event, "overridden"); i++) {
        mb_event_text(&event, "message", policies->overrides[i]);
        mb_event_end(&event);
    }
}

static bool record_overrides(const mb_policies *policies, const mb_writer *by, mb_stream stream,
                             mb_error *err)
{
    for (size_t i = 0; i < policies->n_overrides; i++)
        if (!mb_history_event(by, (mb_key){stream, NULL}, "override", "done",
                              policies->overrides[i], err))
            return false;
    return true;
}

/* A --yes that was meant for the named environment also confirms this one. */
static void warn_of_recorded(const mb_policies *policies)
{
    const mb_environment *env = policies->recognised.recorded;

    if (env && mb_environment_restricts(env))
        mb_log(MB_LOG_WARN, "environment \"%s\" applies: according to the history, the database"
                            " was "
                            "last changed as \"%s\", on this server", env->name, env->name);
}

bool mb_policies_record(const mb_policies *policies, const mb_writer *by, mb_stream stream,
                        mb_error *err)
{
    warn_of_recorded(policies);
    tell_overrides(policies);
    return record_overrides(policies, by, stream, err) &&
           mb_recognised_record(&policies->recognised, by, err);
}

static bool has_manual(const mb_operation *operation)
{
    for (size_t i = 0; i < operation->n_sources; i++)
        if (operation->sources[i].file->stream == MB_MANUAL)
            return true;
    return false;
}

const mb_environment *mb_backup_wanted(const mb_policies *policies, const mb_operation *operation)
{
    mb_backup_when least = has_manual(operation) ? MB_BACKUP_MANUAL : MB_BACKUP_ALWAYS;

    for (size_t i = 0; i < policies->recognised.n; i++)
        if (policies->recognised.items[i]->backup >= least)
            return policies->recognised.items[i];
    return NULL;
}

static bool refuse_without_backup(const mb_environment *env, mb_error *err)
{
    mb_error why = *err;

    if (why.code == MB_ERR_INTERRUPTED)
        return false;
    mb_fail(err, MB_ERR_POLICY,
            "environment \"%s\" requires a backup first, but the backup "
            "failed: %s",
            env->name, why.message);
    mb_fail_at(err, why.file, why.line, why.column);
    mb_fail_detail(err, "%s", why.detail);
    return mb_fail_hint(err, "%s",
                        why.hint[0] ? why.hint
                                    : "Nothing was changed. Remove the cause, then run the "
                                      "command again.");
}

bool mb_policies_back_up(mb_policies *policies, const mb_operation *operation,
                         const mb_recording *at, mb_error *err)
{
    const mb_environment *env = mb_backup_wanted(policies, operation);
    mb_backup backup;

    if (!env)
        return true;
    if (!mb_backup_make(&backup, at, err))
        return refuse_without_backup(env, err);
    mb_report_note(at->reporter, "backed up to %s (%.1f MB)", backup.path,
                   (double)backup.bytes / 1e6);
    free(policies->backup);
    policies->backup = backup.path;
    at->by->backup = policies->backup;
    /* a window may have closed during the backup */
    return mb_policies_still_allows(policies, operation, err);
}

/* Record overrides first, so that they are recorded even if the backup fails. */
bool mb_policies_begin(mb_policies *policies, const mb_operation *operation, const mb_recording *at,
                       mb_error *err)
{
    bool named = policies->recognised.name && *policies->recognised.name;

    at->by->environment = mb_policies_environment(policies);
    warn_of_recorded(policies);
    tell_overrides(policies);
    return (!at->recorded || policies->n_overrides == 0 ||
            (mb_history_need(at->by, false, err) &&
             record_overrides(policies, at->by, operation->stream, err))) &&
           mb_policies_back_up(policies, operation, at, err) &&
           (!at->recorded || !named ||
            (mb_history_need(at->by, false, err) &&
             mb_recognised_record(&policies->recognised, at->by, err)));
}
