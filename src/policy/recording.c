#include "moonbird/policy/policies.h"

bool mb_recording_need_history(const mb_recording *at, mb_error *err)
{
    return !at->uncreated || mb_history_need(at->by->in, at->uncreated, err);
}
