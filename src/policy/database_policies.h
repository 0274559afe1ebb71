/* database_policies.h -- the declarations that database.c and restore.c share. */
#ifndef MOONBIRD_POLICY_DATABASE_POLICIES_H
#define MOONBIRD_POLICY_DATABASE_POLICIES_H

#include "moonbird/base/sqlstate.h"
#include "moonbird/policy/database.h"

/* The name of the database; the caller frees it. */
MB_MUST_CHECK bool mb_database_name(char **name, const mb_database_at *at, mb_error *err);

/* MB_ERR_FAILED: another database has that name now. */
MB_MUST_CHECK bool mb_database_same(const mb_database_facts *shown, const mb_database_facts *now,
                                    mb_error *err);

/* Make the backup that an environment with backup = "always" requires. */
MB_MUST_CHECK bool mb_database_back_up(const mb_database_facts *facts, const mb_database_at *at,
                                       mb_error *err);

/* Passes `ok` on, and adds a hint to the error that others use the database. */
bool mb_database_fail_in_use(bool ok, mb_error *err);

#endif
