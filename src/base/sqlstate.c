#include "moonbird/base/sqlstate.h"

#include <string.h>

bool mb_error_is(const mb_error *err, const char *sqlstate)
{
    return strcmp(err->sqlstate, sqlstate) == 0;
}

bool mb_error_is_lock_wait(const mb_error *err)
{
    return mb_error_is(err, MB_SQLSTATE_LOCK_NOT_AVAILABLE) ||
           mb_error_is(err, MB_SQLSTATE_DEADLOCK_DETECTED);
}

bool mb_error_is_retryable(const mb_error *err)
{
    return mb_error_is_lock_wait(err) || mb_error_is(err, MB_SQLSTATE_SERIALIZATION_FAILURE);
}

bool mb_error_needs_no_transaction(const mb_error *err)
{
    return mb_error_is(err, MB_SQLSTATE_ACTIVE_SQL_TRANSACTION) ||
           mb_error_is(err, MB_SQLSTATE_INVALID_TRANSACTION_TERMINATION);
}

bool mb_error_is_failed_check(const mb_error *err)
{
    return mb_error_is(err, MB_SQLSTATE_DIVISION_BY_ZERO);
}
