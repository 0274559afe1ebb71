#include "moonbird/report/ejection.h"

#include "moonbird/foreign/comparison.h"
#include "moonbird/project/loaded.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>

const char *mb_ejection_state_name(mb_beside_state state)
{
    static const char *const names[] = {"listed",  "write", "left_out", "pending",
                                        "missing", "half",  "ahead",    "unfit"};

    return names[state];
}

static void describe(mb_ejection *out, const mb_comparison *c, const mb_status *status)
{
    out->table = mb_strdup(c->table);
    out->exists = c->history.table != NULL;
    for (size_t i = 0; i < c->n; i++) {
        if (c->states[i] == MB_BESIDE_LEFT && !status->items[i].row)
            continue;
        out->items = mb_grow(out->items, out->n, sizeof *out->items);
        out->items[out->n++] =
            (mb_ejection_item){.state = c->states[i], .name = mb_strdup(status->items[i].name)};
    }
}

bool mb_project_compare_ejection(mb_ejection *out, mb_project *project, const char *tool,
                                 mb_error *err)
{
    mb_comparison c = {0};
    bool ok =
        mb_project_load(project, MB_DETAIL_ALL, err) && mb_compare_tool(&c, project, tool, err);

    *out = (mb_ejection){0};
    if (ok)
        describe(out, &c, &project->status);
    mb_comparison_free(&c);
    return ok;
}

void mb_ejection_free(mb_ejection *ejection)
{
    for (size_t i = 0; i < ejection->n; i++)
        free(ejection->items[i].name);
    free(ejection->items);
    free(ejection->table);
    *ejection = (mb_ejection){0};
}
