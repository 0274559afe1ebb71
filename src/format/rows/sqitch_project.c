/* sqitch_project.c -- the pragma %project of a plan, as Plan.pm reads it. */
#include "moonbird/format/sqitch_project.h"

#include "format/lines.h"

#include "moonbird/base/mem.h"
#include "moonbird/os/file.h"
#include "moonbird/os/path.h"

#include <stdlib.h>
#include <string.h>

/* %project=NAME, with blanks around each part. */
static char *project_of(const char *text)
{
    static const char pragma[] = "project";
    const char *s = text + strspn(text, " \t");

    if (*s++ != '%')
        return NULL;
    s += strspn(s, " \t");
    if (strncmp(s, pragma, sizeof pragma - 1) != 0)
        return NULL;
    s += sizeof pragma - 1;
    s += strspn(s, " \t");
    if (*s++ != '=')
        return NULL;
    s += strspn(s, " \t");
    return mb_strndup(s, strcspn(s, " \t\r"));
}

char *mb_sqitch_plan_project(const mb_buf *plan)
{
    mb_line line = {0};
    char *project = NULL;

    while (!project && mb_line_next(&line, plan)) {
        char *text = mb_strndup(line.text, line.len);

        project = project_of(text);
        free(text);
    }
    return project;
}

char *mb_sqitch_project(const char *folder)
{
    static const char *const plans[] = {"sqitch.plan", "../sqitch.plan"};
    char *project = NULL;
    bool read = false;

    for (size_t i = 0; !read && i < sizeof plans / sizeof plans[0]; i++) {
        char *path = mb_path_join(folder, plans[i]);
        mb_buf plan = {0};
        mb_error ignored;

        read = mb_file_read(&plan, path, &ignored);
        project = read ? mb_sqitch_plan_project(&plan) : NULL;
        mb_buf_free(&plan);
        free(path);
    }
    return project;
}
