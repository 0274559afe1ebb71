#include "moonbird/project/args.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/secret.h"
#include "moonbird/base/suggest.h"
#include "moonbird/os/terminal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The scripts of one run; borrowed. */
typedef struct scripts {
    const mb_chunk_info *const *items;
    size_t n;
} scripts;

static const mb_parameter *find_in(const mb_chunk_info *info, const char *name)
{
    for (size_t i = 0; i < info->n_parameters; i++)
        if (strcmp(info->parameters[i].name, name) == 0)
            return &info->parameters[i];
    return NULL;
}

const mb_parameter *mb_args_find(const mb_chunk_info *info, const char *name)
{
    for (size_t i = 0; info && i < info->n_parameters; i++)
        if ((info->takes_any ? strcasecmp : strcmp)(info->parameters[i].name, name) == 0)
            return &info->parameters[i];
    return NULL;
}

static bool is_named(const scripts *all, const char *name)
{
    for (size_t i = 0; i < all->n; i++)
        if (mb_args_find(all->items[i], name))
            return true;
    return false;
}

static bool takes(const mb_chunk_info *info, const char *name)
{
    return !info || info->takes_any || find_in(info, name) != NULL;
}

bool mb_args_takes(const mb_chunk_info *info, const char *name)
{
    const mb_parameter *arg = mb_args_find(info, name);

    return takes(info, name) && !(arg && arg->secret);
}

static bool any_takes(const scripts *all, const char *name)
{
    for (size_t i = 0; i < all->n; i++)
        if (takes(all->items[i], name))
            return true;
    return false;
}

static const char *value_of(const mb_args *args, const char *name)
{
    for (size_t i = 0; i < args->n; i++)
        if (strcmp(args->items[i].name, name) == 0)
            return args->items[i].value;
    return NULL;
}

static bool is_given(mb_given given, const char *name)
{
    for (size_t i = 0; i < given.n; i++)
        if (strcmp(given.args[i].name, name) == 0)
            return true;
    return false;
}

/* ---- refusals ---- */

/* The names that a wrong name could mean, without names that are given, too. */
static const char *nearest(const scripts *all, mb_given given, const char *name)
{
    for (size_t i = 0; i < all->n; i++)
        for (size_t k = 0; all->items[i] && k < all->items[i]->n_parameters; k++) {
            const char *word = all->items[i]->parameters[k].name;

            if (mb_nearest(name, &word, 1) && !is_given(given, word))
                return word;
        }
    return NULL;
}

static bool refuse_unknown(const char *name, const char *near, mb_error *err)
{
    mb_fail(err, MB_ERR_USAGE, "unknown parameter \"%s\"", name);
    if (near)
        return mb_fail_hint(err, "Did you mean \"%s\"?", near);
    return mb_fail_hint(err, "A Lua file declares its parameters: args = { %s = { help = ... } }.",
                        name);
}

/* The environment variable of a parameter: "MOONBIRD_SET_KEY" for "key". The caller frees it. */
static char *variable_of(const char *name)
{
    char *variable = mb_format("MOONBIRD_SET_%s", name);

    for (char *s = variable; *s; s++)
        *s = (char)toupper((unsigned char)*s);
    return variable;
}

static bool refuse_at(const mb_chunk_info *script, mb_error *err)
{
    return script->path && mb_fail_at(err, script->path, 0, 0);
}

static bool refuse_given_secret(const mb_chunk_info *script, const char *name, mb_error *err)
{
    char *variable = variable_of(name);

    mb_fail(err, MB_ERR_USAGE, "\"%s\" is a secret, and other users can see the command line",
            name);
    mb_fail_hint(err, "Set the environment variable %s, or enter the value when moonbird asks "
                      "for it.", variable);
    free(variable);
    return refuse_at(script, err);
}

/* The migration of a replay was applied to another database, or will be. */
static void hint_replay(const mb_parameter *arg, const char *variable, mb_error *err)
{
    if (arg->secret)
        mb_fail_hint(err,
                     "Its migration runs in a scratch database. Set the environment variable "
                     "%s to any value that the migration can use.",
                     variable);
    else
        mb_fail_hint(err,
                     "Its migration runs in a scratch database. Give the value with --set "
                     "%s=VALUE, or in a test with args.",
                     arg->name);
}

static bool refuse_missing(const mb_chunk_info *script, const mb_parameter *arg, bool replay,
                           mb_error *err)
{
    char *variable = variable_of(arg->name);

    mb_fail(err, MB_ERR_USAGE, "the parameter \"%s\" is missing", arg->name);
    if (arg->help)
        mb_fail_detail(err, "%s: %s", arg->name, arg->help);
    if (replay)
        hint_replay(arg, variable, err);
    else if (arg->secret)
        mb_fail_hint(err, "Set the environment variable %s.", variable);
    else
        mb_fail_hint(err, "Give it with --set %s=VALUE.", arg->name);
    free(variable);
    return refuse_at(script, err);
}

/* ---- secrets ---- */

static void add_secret(mb_args *args, const char *name, const char *value)
{
    mb_secret_add(value);
    args->items = mb_grow(args->items, args->n, sizeof *args->items);
    args->items[args->n++] =
        (mb_setting){.name = mb_strdup(name), .value = mb_strdup(value)};
}

static bool ask(mb_args *args, const mb_parameter *arg, mb_error *err)
{
    char *question = mb_format("%s (not shown): ", arg->help ? arg->help : arg->name);
    mb_buf answer = {0};
    bool ok = mb_terminal_ask_secret(&answer, question, err);

    if (ok && answer.len)
        add_secret(args, arg->name, answer.data);
    if (answer.data)
        explicit_bzero(answer.data, answer.cap);
    mb_buf_free(&answer);
    free(question);
    return ok;
}

static bool read_secret(mb_args *args, const mb_parameter *arg, bool replay, mb_error *err)
{
    char *variable = variable_of(arg->name);
    const char *value = getenv(variable);

    free(variable);
    if (value && *value) {
        add_secret(args, arg->name, value);
        return true;
    }
    return replay || !mb_input_is_terminal() || ask(args, arg, err);
}

static bool check_value(const mb_chunk_info *script, const mb_parameter *arg, const char *text,
                        mb_error *err)
{
    char *subject = mb_format("the parameter \"%s\"", arg->name);
    mb_buf ignored = {0};
    bool ok = mb_parameter_normalize(&ignored, arg, subject, text, err);

    if (arg->secret && ignored.data)
        explicit_bzero(ignored.data, ignored.cap);
    mb_buf_free(&ignored);
    free(subject);
    return ok || refuse_at(script, err);
}

static bool check_parameter(const mb_args *args, const mb_chunk_info *script,
                            const mb_parameter *arg, bool replay, mb_error *err)
{
    const char *text = value_of(args, arg->name);

    if (text)
        return check_value(script, arg, text, err);
    return !arg->required || refuse_missing(script, arg, replay, err);
}

static bool read_parameter(mb_args *args, const mb_chunk_info *script, const mb_parameter *arg,
                           bool replay, mb_error *err)
{
    return (!arg->secret || value_of(args, arg->name) || read_secret(args, arg, replay, err)) &&
           check_parameter(args, script, arg, replay, err);
}

/* ---- all ---- */

/* The names are names of settings, and PostgreSQL does not distinguish these two. */
static bool refuse_alike(const char *name, const char *other, mb_error *err)
{
    mb_fail(err, MB_ERR_USAGE, "the parameters \"%s\" and \"%s\" differ only in upper and lower "
                               "case", name, other);
    return mb_fail_hint(err, "Give one of them another name: in SQL both are "
                             "current_setting('moonbird.%s').", name);
}

bool mb_args_check(const mb_setting *given, size_t n, mb_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const char *s = given[i].name;

        while (isalnum((unsigned char)*s) || *s == '_')
            s++;
        if (*s || !given[i].name[0] || isdigit((unsigned char)given[i].name[0])) {
            mb_fail(err, MB_ERR_USAGE, "\"%s\" is not a valid parameter name", given[i].name);
            return mb_fail_hint(err, "Use letters, digits and \"_\", and do not begin with a "
                                     "digit.");
        }
        for (size_t k = 0; k < i; k++)
            if (strcasecmp(given[k].name, given[i].name) == 0)
                return refuse_alike(given[k].name, given[i].name, err);
    }
    return true;
}

static const mb_chunk_info *find_secret(const scripts *all, const char *name)
{
    for (size_t i = 0; i < all->n; i++) {
        const mb_parameter *arg = all->items[i] ? find_in(all->items[i], name) : NULL;

        if (arg && arg->secret)
            return all->items[i];
    }
    return NULL;
}

/*
 * A function of the database or a hook can read a parameter that no file names. So a name that some
 * file takes is refused only if a file names one like it that is not given.
 */
bool mb_args_check_taken(const mb_chunk_info *const *infos, size_t n, mb_given given, bool visible,
                         mb_error *err)
{
    const scripts all = {infos, n};

    for (size_t i = 0; i < given.n; i++) {
        const char *name = given.args[i].name;
        const char *near = is_named(&all, name) ? NULL : nearest(&all, given, name);
        const mb_chunk_info *secret = visible ? find_secret(&all, name) : NULL;

        if (near || !any_takes(&all, name))
            return refuse_unknown(name, near, err);
        if (secret)
            return refuse_given_secret(secret, name, err);
    }
    return true;
}

static bool read_all(mb_args *args, const scripts *all, bool replay, mb_error *err)
{
    for (size_t i = 0; i < all->n; i++)
        for (size_t k = 0; all->items[i] && k < all->items[i]->n_parameters; k++)
            if (!read_parameter(args, all->items[i], &all->items[i]->parameters[k], replay, err))
                return false;
    return true;
}

static void take_given(mb_args *args, const scripts *all, mb_given given)
{
    for (size_t i = 0; i < given.n; i++) {
        const char *name = given.args[i].name;

        if (given.replay && (!any_takes(all, name) || find_secret(all, name)))
            continue;
        args->items = mb_grow(args->items, args->n, sizeof *args->items);
        args->items[args->n] = given.args[i];
        args->given = ++args->n;
    }
    for (size_t i = 0; given.replay && i < given.n; i++)
        if (find_secret(all, given.args[i].name))
            add_secret(args, given.args[i].name, given.args[i].value);
}

bool mb_args_read(mb_args *out, const mb_chunk_info *const *infos, size_t n, mb_given given,
                  mb_error *err)
{
    const scripts all = {infos, n};

    *out = (mb_args){0};
    if (!given.replay && !mb_args_check_taken(infos, n, given, true, err))
        return false;
    take_given(out, &all, given);
    if (read_all(out, &all, given.replay, err))
        return true;
    mb_args_free(out);
    return false;
}

bool mb_args_read_again(mb_args *out, const mb_chunk_info *script, mb_given given,
                        const mb_args *read, mb_error *err)
{
    const scripts all = {&script, 1};
    bool ok = true;

    *out = (mb_args){0};
    take_given(out, &all, given);
    for (size_t i = read->given; i < read->n; i++)
        add_secret(out, read->items[i].name, read->items[i].value);
    for (size_t i = 0; ok && i < script->n_parameters; i++)
        ok = check_parameter(out, script, &script->parameters[i], given.replay, err);
    if (!ok)
        mb_args_free(out);
    return ok;
}

void mb_args_free(mb_args *args)
{
    for (size_t i = args->given; i < args->n; i++) {
        char *value = (char *)args->items[i].value;

        explicit_bzero(value, strlen(value));
        free(value);
        free((char *)args->items[i].name);
    }
    free(args->items);
    *args = (mb_args){0};
}

/* ---- of one script ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const mb_setting *)a)->name, ((const mb_setting *)b)->name);
}

static void add(mb_setting *list, size_t *n, const mb_chunk_info *info, const mb_setting *item)
{
    list[*n] = *item;
    list[(*n)++].declared = info ? find_in(info, item->name) : NULL;
}

/* The values of --set and the defaults, *plain of them, sorted by name; then the secrets. */
static mb_setting *list_of(const mb_args *args, const mb_chunk_info *info, bool all, size_t *plain,
                           size_t *n)
{
    size_t declared = info ? info->n_parameters : 0;
    mb_setting *list = mb_alloc((args->n + declared + 1) * sizeof *list);

    *n = 0;
    for (size_t i = 0; i < args->given; i++)
        if (all || takes(info, args->items[i].name))
            add(list, n, info, &args->items[i]);
    for (size_t i = 0; i < declared; i++)
        if (info->parameters[i].preset && !value_of(args, info->parameters[i].name))
            add(list, n, info,
                &(mb_setting){info->parameters[i].name, info->parameters[i].preset, NULL});
    *plain = *n;
    if (*n)
        qsort(list, *n, sizeof *list, by_name);
    for (size_t i = args->given; i < args->n; i++)
        if (takes(info, args->items[i].name))
            add(list, n, info, &args->items[i]);
    return list;
}

mb_setting *mb_args_of(const mb_args *args, const mb_chunk_info *info, size_t *n)
{
    size_t plain;

    return list_of(args, info, false, &plain, n);
}

mb_setting *mb_args_settings(const mb_args *args, const mb_chunk_info *info, size_t *n)
{
    size_t all;

    return list_of(args, info, true, n, &all);
}

/* ---- for other processes of the same backfill ---- */

/* The value as the script sees it: for a declared flag, "yes" and "true" are one value. */
static void add_value(mb_hash *hash, const mb_setting *item)
{
    mb_buf text = {0};
    mb_error ignored;

    if (!item->declared ||
        !mb_parameter_normalize(&text, item->declared, "", item->value, &ignored))
        mb_hash_add(hash, item->value, strlen(item->value) + 1);
    else
        mb_hash_add(hash, mb_buf_str(&text), text.len + 1);
    mb_buf_free(&text);
}

static void add_up(char hex[MB_HASH_HEX], const mb_args *args, const mb_chunk_info *info, bool all)
{
    mb_hash *hash = mb_hash_new();
    size_t plain, n;
    mb_setting *list = list_of(args, info, all, &plain, &n);

    for (size_t i = 0; i < n; i++) {
        mb_hash_add(hash, list[i].name, strlen(list[i].name) + 1);
        if (i < plain)
            add_value(hash, &list[i]);
    }
    free(list);
    mb_hash_hex(hash, hex);
    mb_hash_free(hash);
}

void mb_args_sum(char hex[MB_HASH_HEX], const mb_args *args, const mb_chunk_info *info)
{
    add_up(hex, args, info, true);
}

void mb_args_sum_taken(char hex[MB_HASH_HEX], const mb_args *args, const mb_chunk_info *info)
{
    add_up(hex, args, info, false);
}

char **mb_args_variables(const mb_args *args, const mb_chunk_info *info)
{
    char **list = mb_alloc((args->n - args->given + 1) * sizeof *list);
    size_t n = 0;

    for (size_t i = args->given; i < args->n; i++) {
        char *variable = variable_of(args->items[i].name);

        if (takes(info, args->items[i].name))
            list[n++] = mb_format("%s=%s", variable, args->items[i].value);
        free(variable);
    }
    return list;
}

void mb_args_variables_free(char **variables)
{
    for (char **at = variables; at && *at; at++) {
        explicit_bzero(*at, strlen(*at));
        free(*at);
    }
    free(variables);
}
