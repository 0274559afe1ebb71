/* around.h -- the project that the working folder is inside. */
#ifndef MOONBIRD_AROUND_H
#define MOONBIRD_AROUND_H

/*
 * The working folder is not a project, but inside one: the path of that project's folder ("..",
 * "../.."), which has a configuration, or whose folder of migrations this one is.  NULL when the
 * working folder has a configuration itself, and when there is no such project.  The caller frees
 * it.
 */
char *mb_project_around(void);

#endif
