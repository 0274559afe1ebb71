/* store.c -- the session, the schema and the writer of a project's history. */
#include "moonbird/project/loaded.h"

mb_store mb_project_store(const mb_project *project)
{
    return (mb_store){project->conn, project->settings.schema};
}

mb_writer mb_writer_of(const mb_project *project, const char *command)
{
    return (mb_writer){
        .in = mb_project_store(project),
        .environment = project->settings.environment,
        .commit = project->settings.commit,
        .command = command,
    };
}
