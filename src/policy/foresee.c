/* foresee.c -- what the policies would do if an operation ran now. */
#include "decided.h"

#include "moonbird/base/mem.h"

typedef struct foresight {
    mb_foreseen **out;
    size_t *n;
    mb_error why; /* the error of the policy that was asked last */
} foresight;

static void add(foresight *f, const char *policy, bool refused)
{
    *f->out = mb_grow(*f->out, *f->n, sizeof **f->out);
    (*f->out)[(*f->n)++] = (mb_foreseen){policy, refused, f->why};
}

/* Add the policy, which did not allow the operation. False if no other policy can be asked. */
static bool judge(foresight *f, const char *policy, bool refused, mb_error *err)
{
    if (f->why.code == MB_ERR_INTERRUPTED) {
        *err = f->why;
        return false;
    }
    add(f, policy, refused);
    return true;
}

static void add_need(foresight *f, const char *policy, const mb_environment *env, const char *need)
{
    mb_fail(&f->why, MB_ERR_POLICY, "environment \"%s\" %s", env->name, need);
    add(f, policy, false);
}

static const mb_environment *find_protected(const mb_policies *policies)
{
    for (size_t i = 0; i < policies->recognised.n; i++)
        if (policies->recognised.items[i]->is_protected)
            return policies->recognised.items[i];
    return NULL;
}

static void add_needs(foresight *f, const mb_policies *policies, const mb_operation *operation)
{
    const mb_environment *env = find_protected(policies);

    if (env && !policies->settings->yes)
        add_need(f, "protected", env,
                 "is protected: a change needs --yes, or the environment's name typed at a "
                 "terminal");
    env = mb_backup_wanted(policies, operation);
    if (env)
        add_need(f, "backup", env, "requires a backup first, which moonbird then makes");
}

bool mb_policies_foresee(mb_foreseen **out, size_t *n, mb_policies *policies,
                         const mb_operation *operation, mb_error *err)
{
    foresight f = {.out = out, .n = n};

    *out = NULL;
    *n = 0;
    if (!policies->conn)
        return true;
    if (!mb_configured_check(policies, operation, &f.why) && !judge(&f, "environment", true, err))
        return false;
    /* a closed window opens by itself: nothing has to be changed */
    if (!mb_windows_check(policies, operation, false, &f.why) && !judge(&f, "window", false, err))
        return false;
    if (!mb_promotions_check(policies, operation, &f.why) && !judge(&f, "promotion", true, err))
        return false;
    if (!mb_lint_check(policies, operation, &f.why) && !judge(&f, "lint", true, err))
        return false;
    add_needs(&f, policies, operation);
    return true;
}
