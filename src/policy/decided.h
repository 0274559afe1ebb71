/* decided.h -- the policies of a database, and the decisions about them. */
#ifndef MOONBIRD_POLICY_DECIDED_H
#define MOONBIRD_POLICY_DECIDED_H

#include "moonbird/policy/policies.h"

#include "recognise.h"

#include "moonbird/os/file.h"

/* The files that a migration loaded where it ran before it was promoted. */
typedef struct mb_tested {
    const mb_environment *env; /* its promote_from names that place; borrowed */
    mb_stream stream;
    char *name;
    char *files; /* as mb_history_loaded gives them; "" for none */
} mb_tested;

struct mb_policies {
    const mb_settings *settings;
    mb_conn *conn;
    mb_recognised recognised; /* the environments of the database */
    bool known;               /* `recognised` is filled in */
    bool confirmed;   /* the user typed the name of a protected environment */
    char **overrides; /* those that the last mb_policies_allow accepted: policy and reason */
    size_t n_overrides;
    mb_tested *tested; /* of the migrations that the last mb_policies_allow compared */
    size_t n_tested;
    mb_names noted; /* notes about rollbacks that were shown */
    int64_t closes; /* as mb_policies_closes */
    char *backup;   /* path of the backup that was made; or NULL */
};

/*
 * promotion.c: fail with MB_ERR_POLICY unless each of the operation's migrations is applied, with
 * the same contents, in the environment that promote_from of `env` names. Adds to policies->tested.
 */
MB_MUST_CHECK bool mb_promotion_check(mb_policies *policies, const mb_environment *env,
                                      const mb_operation *operation, mb_error *err);
void mb_promotion_forget(mb_policies *policies);

/*
 * policies.c: the single policies, for all environments of the database, which are known. Each fails
 * with MB_ERR_POLICY, or with an error that leaves the question open. `first`: a reason to run
 * outside of a window is an override, and will be recorded.
 */
MB_MUST_CHECK bool mb_configured_check(const mb_policies *policies, const mb_operation *operation,
                                       mb_error *err);
MB_MUST_CHECK bool mb_windows_check(mb_policies *policies, const mb_operation *operation,
                                    bool first, mb_error *err);
MB_MUST_CHECK bool mb_promotions_check(mb_policies *policies, const mb_operation *operation,
                                       mb_error *err);
MB_MUST_CHECK bool mb_lint_check(const mb_policies *policies, const mb_operation *operation,
                                 mb_error *err);

/* record_and_back_up.c: an environment that requires a backup before the operation; or NULL. */
const mb_environment *mb_backup_wanted(const mb_policies *policies, const mb_operation *operation);

/* policies.c: passes a decision on, after it has told --events of a refusal. */
bool mb_policies_tell(bool allowed, const mb_error *err);

/*
 * confirm.c: fail with MB_ERR_POLICY unless the user types the name of the protected environment,
 * or typed it before in this run. The question lists the operation's migrations.
 */
MB_MUST_CHECK bool mb_confirm(mb_policies *policies, const mb_environment *env,
                              const mb_operation *operation, mb_error *err);

#endif
