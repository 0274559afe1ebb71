/*
 * project.h -- the handle of one project and one database.
 *
 * Every change of the history goes through this handle, so that the run lock, the policies and the
 * order of operations are the same for all commands.
 */
#ifndef MOONBIRD_PROJECT_PROJECT_H
#define MOONBIRD_PROJECT_PROJECT_H

#include "moonbird/project/hook_events.h"
#include "moonbird/project/host.h"
#include "moonbird/project/settings.h"

typedef struct mb_project mb_project;

/* Set the hooks of the project's runs; they are borrowed. Without this call there are none. */
void mb_project_hook(mb_project *project, const mb_hooks *hooks);

/* Borrowed from the project. */
const mb_settings *mb_project_settings(const mb_project *project);

/*
 * The session and schema of the project's history, and a writer for `command` in it. Strings are
 * borrowed from the project, and `command` from the caller.
 */
mb_store mb_project_store(const mb_project *project);
mb_writer mb_writer_of(const mb_project *project, const char *command);

#endif
