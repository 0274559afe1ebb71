/*
 * sqlstate.h -- the SQLSTATEs that moonbird reacts to, under the names of PostgreSQL's manual
 * (appendix A, "PostgreSQL Error Codes").
 */
#ifndef MOONBIRD_BASE_SQLSTATE_H
#define MOONBIRD_BASE_SQLSTATE_H

#include "moonbird/base/error.h"

#define MB_SQLSTATE_PROTOCOL_VIOLATION                  "08P01"
#define MB_SQLSTATE_FEATURE_NOT_SUPPORTED               "0A000"
#define MB_SQLSTATE_INVALID_DATETIME_FORMAT             "22007"
#define MB_SQLSTATE_DIVISION_BY_ZERO                    "22012"
#define MB_SQLSTATE_DATETIME_FIELD_OVERFLOW             "22008"
#define MB_SQLSTATE_INVALID_PARAMETER_VALUE             "22023"
#define MB_SQLSTATE_INVALID_TEXT_REPRESENTATION         "22P02"
#define MB_SQLSTATE_UNIQUE_VIOLATION                    "23505"
#define MB_SQLSTATE_ACTIVE_SQL_TRANSACTION              "25001"
#define MB_SQLSTATE_READ_ONLY_SQL_TRANSACTION           "25006"
#define MB_SQLSTATE_IDLE_IN_TRANSACTION_SESSION_TIMEOUT "25P03"
#define MB_SQLSTATE_TRANSACTION_TIMEOUT                 "25P04"
#define MB_SQLSTATE_INVALID_TRANSACTION_TERMINATION     "2D000"
#define MB_SQLSTATE_INVALID_CATALOG_NAME                "3D000"
#define MB_SQLSTATE_SERIALIZATION_FAILURE               "40001"
#define MB_SQLSTATE_DEADLOCK_DETECTED                   "40P01"
#define MB_SQLSTATE_INSUFFICIENT_PRIVILEGE              "42501"
#define MB_SQLSTATE_SYNTAX_ERROR                        "42601"
#define MB_SQLSTATE_UNDEFINED_FUNCTION                  "42883"
#define MB_SQLSTATE_GENERATED_ALWAYS                    "428C9"
#define MB_SQLSTATE_DUPLICATE_DATABASE                  "42P04"
#define MB_SQLSTATE_INDETERMINATE_DATATYPE              "42P18"
#define MB_SQLSTATE_OBJECT_IN_USE                       "55006"
#define MB_SQLSTATE_LOCK_NOT_AVAILABLE                  "55P03"
#define MB_SQLSTATE_UNSAFE_NEW_ENUM_VALUE_USAGE         "55P04"
#define MB_SQLSTATE_QUERY_CANCELED                      "57014"
#define MB_SQLSTATE_IDLE_SESSION_TIMEOUT                "57P05"

/* False for an error that did not come from the server. */
bool mb_error_is(const mb_error *err, const char *sqlstate);

/* True for an SQLSTATE that a retry may cure: a lock, a deadlock, a serialization failure. */
bool mb_error_is_retryable(const mb_error *err);

/* True when the time to wait for a lock is over, or the wait was a deadlock. */
bool mb_error_is_lock_wait(const mb_error *err);

/*
 * True when the statement must run outside a transaction: a command such as VACUUM (25001), or a
 * CALL or DO that commits (2D000).
 */
bool mb_error_needs_no_transaction(const mb_error *err);

/*
 * True when a check in our own SQL failed.  Such a check is `SELECT 1 / (CONDITION)::int`: it stops
 * a message of several statements.
 */
bool mb_error_is_failed_check(const mb_error *err);

#endif
