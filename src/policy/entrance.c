#include "moonbird/policy/policies.h"

bool mb_entrance_need_history(const mb_entrance *at, mb_error *err)
{
    return !at->unmade || mb_history_need(at->by->in, at->unmade, err);
}
