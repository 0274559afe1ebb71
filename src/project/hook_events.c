#include "moonbird/project/hook_events.h"

const char *mb_hook_event_name(mb_hook_event event)
{
    static const char *const names[MB_HOOK_EVENTS] = {
        [MB_BEFORE_CONNECT] = "before_connect",
        [MB_BEFORE_ALL] = "before_all",
        [MB_AFTER_ALL] = "after_all",
        [MB_BEFORE_EACH] = "before_each",
        [MB_AFTER_EACH] = "after_each",
        [MB_AFTER_COMMIT] = "after_commit",
        [MB_AFTER_ROLLBACK] = "after_rollback",
        [MB_ON_ERROR] = "on_error",
        [MB_ON_RETRY] = "on_retry",
        [MB_ON_LOCK_WAIT] = "on_lock_wait",
        [MB_BEFORE_BATCH] = "before_batch",
        [MB_AFTER_BATCH] = "after_batch",
        [MB_BEFORE_STATEMENT] = "before_statement",
        [MB_AFTER_STATEMENT] = "after_statement",
        [MB_BEFORE_COMMAND] = "before_command",
        [MB_AFTER_COMMAND] = "after_command",
        [MB_AFTER_GENERATE] = "after_generate",
    };

    return names[event];
}
