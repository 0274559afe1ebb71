/* find_root.h -- the project that the working folder is inside of. */
#ifndef MOONBIRD_PROJECT_AROUND_H
#define MOONBIRD_PROJECT_AROUND_H

/*
 * Find the project that contains the working folder: the nearest parent folder with a
 * configuration, else the parent whose folder of migrations is the working folder. The result is a
 * relative path ("..", "../.."), which the caller frees. NULL if the working folder has a
 * configuration itself, or there is no such project.
 */
char *mb_project_find_root(void);

#endif
