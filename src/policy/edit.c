/* edit.c -- may a person edit rows in the studio? */
#include "moonbird/policy/allow.h"
#include "decided.h"

#include "moonbird/project/project.h"

static bool refuse(mb_error *err, const mb_environment *env)
{
    mb_fail(err, MB_ERR_POLICY, "rows of environment \"%s\" cannot be edited in the studio: it %s",
            env->name, env->is_protected ? "is protected" : "has policies for changes");
    return mb_fail_hint(err, "Write a migration, or use moonbird console --write.");
}

static bool decide(mb_project *project, mb_error *err)
{
    const mb_recognised *recognised = &project->policies->recognised;
    bool restricts;

    if (!mb_policies_restricts(&restricts, project->policies, err))
        return false;
    for (size_t i = 0; i < recognised->n; i++)
        if (mb_environment_restricts(recognised->items[i]))
            return refuse(err, recognised->items[i]);
    return true;
}

bool mb_project_allow_edit(mb_project *project, mb_error *err)
{
    return mb_policies_tell(decide(project, err), err);
}
