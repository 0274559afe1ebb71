/* confirm.c -- the question before a protected environment is changed. */
#include "decided.h"

#include "moonbird/base/mem.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/os/terminal.h"

#include <stdlib.h>
#include <string.h>

static bool refuse_protected(const mb_environment *env, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "environment \"%s\" is protected", env->name);
    return mb_fail_hint(err,
                        "Use --yes, or run the command at a terminal and type the environment's "
                        "name when asked.");
}

static bool ask_person(mb_policies *policies, const mb_environment *env, const char *command,
                       mb_error *err)
{
    char *target = mb_conn_describe(policies->conn);
    char *question = mb_format("\"%s\" changes the protected environment \"%s\", %s.\nType the "
                               "environment's name to continue: ",
                               command, env->name, target);
    char answer[256];

    mb_prompt(question, answer, sizeof answer);
    free(question);
    free(target);
    policies->confirmed = strcmp(answer, env->name) == 0;
    if (policies->confirmed && policies->settings->confirmed)
        mb_names_add(policies->settings->confirmed, mb_strdup(env->name));
    if (!mb_interrupt_check(err))
        return false;
    if (policies->confirmed)
        return true;
    mb_fail(err, MB_ERR_POLICY, "environment \"%s\" is protected, and the answer was not its name",
            env->name);
    return mb_fail_hint(err, "Nothing was changed. Run the command again.");
}

/* Was its name typed in this run, for this database or for one that a script opened? */
static bool was_confirmed(const mb_policies *policies, const mb_environment *env)
{
    const mb_names *names = policies->settings->confirmed;

    for (size_t i = 0; names && i < names->n; i++)
        if (strcmp(names->items[i], env->name) == 0)
            return true;
    return policies->confirmed;
}

bool mb_confirm(mb_policies *policies, const mb_environment *env, const char *command, mb_error *err)
{
    if (was_confirmed(policies, env))
        return true;
    return mb_input_is_terminal() ? ask_person(policies, env, command, err)
                                  : refuse_protected(env, err);
}
