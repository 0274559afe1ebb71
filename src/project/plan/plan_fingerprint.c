/* plan_fingerprint.c -- a plan as text, with which a later plan is compared. */
#include "moonbird/project/plan.h"

#include "moonbird/base/buf.h"

#include <string.h>

static void add_line(mb_buf *text, const mb_step *step)
{
    mb_buf_printf(text, "%d %d %s\n", step->direction, step->item->stream, step->item->name);
}

char *mb_plan_fingerprint(const mb_plan *plan)
{
    mb_buf text = {0};

    mb_buf_putc(&text, '\n');
    for (size_t i = 0; i < plan->n; i++)
        add_line(&text, &plan->steps[i]);
    return text.data;
}

const mb_step *mb_plan_beyond(const mb_plan *plan, const char *text)
{
    const mb_step *beyond = NULL;

    for (size_t i = 0; i < plan->n && !beyond; i++) {
        mb_buf line = {0};

        mb_buf_putc(&line, '\n');
        add_line(&line, &plan->steps[i]);
        if (!strstr(text, mb_buf_str(&line)))
            beyond = &plan->steps[i];
        mb_buf_free(&line);
    }
    return beyond;
}
