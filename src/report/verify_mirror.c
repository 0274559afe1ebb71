#include "moonbird/report/verify.h"

#include "moonbird/foreign/mirror.h"
#include "moonbird/policy/policies.h"
#include "moonbird/project/loaded.h"

bool mb_verify_mirror(mb_project *project, mb_take_difference *take, void *self, mb_error *err)
{
    const char *tool;
    mb_mirror *mirror;
    mb_error why;

    if (!mb_policies_mirror(&tool, project->policies, &project->history, err) ||
        !mb_mirror_open(&mirror, project, tool, err))
        return false;
    for (size_t i = 0; mirror && i < project->status.n; i++)
        if (!mb_mirror_agrees(mirror, &project->status.items[i], &why))
            take(self, &project->status.items[i], &why);
    mb_mirror_free(mirror);
    return true;
}
