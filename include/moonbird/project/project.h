/*
 * project.h -- one project and one database.
 *
 * Whatever changes the history goes through this handle: the run lock, the policies and the order
 * of things are decided below it, for every command alike.
 */
#ifndef MOONBIRD_PROJECT_PROJECT_H
#define MOONBIRD_PROJECT_PROJECT_H

#include "moonbird/project/host.h"
#include "moonbird/project/settings.h"

typedef struct mb_project mb_project;

/* The hooks of its runs, borrowed while the project lives; without this call there are none. */
void mb_project_hook(mb_project *project, const mb_hooks *hooks);

const mb_settings *mb_project_settings(const mb_project *project);

/* Where its history is, and who writes it for `command`; the texts belong to the settings. */
mb_store mb_project_store(const mb_project *project);
mb_writer mb_writer_of(const mb_project *project, const char *command);

/* Files and history, read now; the answer is borrowed until the next such call. */
MB_MUST_CHECK bool mb_project_status(const mb_status **out, mb_project *project, mb_error *err);

#endif
