/* confirm.c -- the question before a protected environment is changed. */
#include "decided.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/show.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/os/terminal.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_SHOWN = 20 }; /* a longer list would scroll the question's first line away */

static bool refuse_protected(const mb_policies *policies, const mb_environment *env, mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "environment \"%s\" is protected", env->name);
    return mb_fail_hint(err, policies->settings->by_name
                                 ? "Type the environment's name when asked."
                                 : "Use --yes, or run the command at a terminal and type the "
                                   "environment's name when asked.");
}

/* A redo rolls a migration back and applies it: that is one migration. */
static size_t count_migrations(const mb_operation *operation)
{
    size_t count = 0;

    for (size_t i = 0; i < operation->n_sources; i++) {
        size_t before = 0;

        while (operation->sources[before].file != operation->sources[i].file)
            before++;
        count += before == i;
    }
    return count;
}

/*
 * The migrations that are about to run, one line for each; nothing for a command without
 * migrations.
 */
static void list_migrations(mb_buf *out, const mb_operation *operation)
{
    size_t n = operation->n_sources, count = count_migrations(operation);
    size_t shown = n > MOST_SHOWN ? MOST_SHOWN : n;

    if (n > 0)
        mb_buf_printf(out, "%zu migration%s:\n", count, count == 1 ? "" : "s");
    for (size_t i = 0; i < shown; i++) {
        const mb_source *source = &operation->sources[i];

        mb_buf_printf(out, "  %-4s  ", mb_direction_name(source->direction));
        mb_show(out, source->file->name, strlen(source->file->name), MB_SHOW_LINE);
        mb_buf_putc(out, '\n');
    }
    if (shown < n)
        mb_buf_printf(out, "  and %zu more\n", n - shown);
}

/* The caller frees it. */
static char *question_of(const mb_policies *policies, const mb_environment *env,
                         const mb_operation *operation)
{
    char *target = mb_conn_describe(policies->conn), *question;
    mb_buf list = {0};

    list_migrations(&list, operation);
    question = mb_format("\"%s\" changes the protected environment \"%s\", %s.\n%sType the "
                         "environment's name to continue: ",
                         operation->command, env->name, target, mb_buf_str(&list));
    mb_buf_free(&list);
    free(target);
    return question;
}

static bool ask_person(mb_policies *policies, const mb_environment *env,
                       const mb_operation *operation, mb_error *err)
{
    char *question = question_of(policies, env, operation);
    char answer[256];

    mb_prompt(question, answer, sizeof answer);
    free(question);
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

bool mb_confirm(mb_policies *policies, const mb_environment *env, const mb_operation *operation,
                mb_error *err)
{
    if (was_confirmed(policies, env))
        return true;
    return mb_input_is_terminal() ? ask_person(policies, env, operation, err)
                                  : refuse_protected(policies, env, err);
}
