/* push.c -- may a database be changed without a migration? */
#include "moonbird/policy/allow.h"
#include "decided.h"

#include "moonbird/project/project.h"

static bool refuse(mb_error *err, const mb_environment *env)
{
    if (env->is_protected)
        mb_fail(err, MB_ERR_POLICY, "environment \"%s\" is protected", env->name);
    else
        mb_fail(err, MB_ERR_POLICY, "environment \"%s\" does not allow push", env->name);
    return mb_fail_hint(err, env->is_protected
                                 ? "Write a migration with moonbird generate."
                                 : "Write a migration with moonbird generate. For a development "
                                   "database, set push = true in the environment.");
}

static bool refuse_unknown(const mb_project *project, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "database \"%s\" belongs to no environment that allows push",
            mb_conn_database(project->conn));
    return mb_fail_hint(err, "Use -e dev, or an environment of moonbird.lua with push = true.");
}

static bool decide(mb_project *project, mb_error *err)
{
    const mb_recognised *recognised = &project->policies->recognised;
    bool restricts, embedded;

    if (!mb_policies_restricts(&restricts, project->policies, err) ||
        !mb_conn_is_embedded(&embedded, project->conn, project->settings.root, err))
        return false;
    for (size_t i = 0; i < recognised->n; i++) {
        const mb_environment *env = recognised->items[i];

        if (env->is_protected || !(env->push || embedded))
            return refuse(err, env);
    }
    return recognised->n > 0 || embedded || refuse_unknown(project, err);
}

bool mb_project_allow_push(mb_project *project, mb_error *err)
{
    return mb_policies_tell(decide(project, err), err);
}
