/* decided.h -- what the policies of a database were found to be, and what was decided. */
#ifndef MOONBIRD_POLICY_DECIDED_H
#define MOONBIRD_POLICY_DECIDED_H

#include "moonbird/policy/policies.h"

#include "recognise.h"

struct mb_policies {
    const mb_settings *settings;
    mb_conn *conn;
    mb_recognised is; /* the environments of the database */
    bool known;       /* `is` is filled in */
    bool confirmed;   /* the user typed the name of a protected environment */
    char **overrides; /* what the last mb_policies_allow accepted: policy and reason */
    size_t n_overrides;
    int64_t closes; /* as mb_policies_closes */
    char *backup;   /* path of the backup that was made; or NULL */
};

#endif
