/* command_hooks.c -- the hooks around commands that run no migration. */
#include "binding/script/function.h"
#include "binding/script/hook_files.h"
#include "methods.h"

#include "moonbird/run/exec.h"

typedef struct calling {
    const mb_session *session;
    mb_call call;
    bool ran;
} calling;

static bool call_one(mb_lua *lua, void *arg, mb_error *err)
{
    calling *what = arg;

    what->ran = true;
    return mb_function_call(lua, what->session->conn, &what->call, err);
}

bool mb_command_hooks(const mb_session *s, mb_hook_event event, const mb_about *about,
                      mb_error *err)
{
    calling what = {.session = s,
                    .call = {.command = about->command,
                             .environment = s->settings.environment,
                             .attempt = 1,
                             .names = about->names,
                             .n_names = about->n,
                             .args = about->given.args,
                             .n_args = about->given.n}};
    mb_error ignored;
    bool ok = mb_hook_scripts_each(s->hook_scripts, event, call_one, &what, err);

    return (!what.ran || mb_project_clean_session(s->project, ok ? err : &ignored)) && ok;
}
