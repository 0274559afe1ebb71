/* conninfo.c -- connection strings: their passwords are hidden, and parameters are added. */
#include "moonbird/pg/conninfo.h"

#include "conninfo_keys.h"
#include "pg/pg.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/secret.h"
#include "moonbird/base/suggest.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- hiding passwords ---- */

static void hide(const char *from, const char *end)
{
    char *text = mb_strndup(from, end > from ? (size_t)(end - from) : 0);

    mb_secret_add(text);
    explicit_bzero(text, strlen(text));
    free(text);
}

/* `from` is behind a key, `end` at the end of its value. */
static void hide_value(const char *from, const char *end)
{
    from = mb_conninfo_skip_space(from);
    from = mb_conninfo_skip_space(from + (*from == '='));
    if (*from == '\'')
        hide(from + 1, end - (end[-1] == '\''));
    else
        hide(from, end - (end > from && end[-1] == '&'));
}

/* Passwords as they are written, for example encoded, also those that a later value replaces. */
static void hide_written(const char *conninfo)
{
    static const char *const keys[] = {"password", "sslpassword"};
    bool url = mb_conninfo_is_url(conninfo);
    const char *query = strchr(conninfo, '?'), *at = !url ? conninfo : query ? query + 1 : "";
    const char *from = url ? at : mb_conninfo_skip_space(at);
    mb_buf key = {0};

    while (url ? mb_conninfo_next_in_query(&key, &at) : mb_conninfo_next_pair(&key, &at)) {
        if (mb_conninfo_is_among(mb_buf_str(&key), keys, 2))
            hide_value(from + key.len, at);
        from = url ? at : mb_conninfo_skip_space(at);
    }
    mb_buf_free(&key);
}

static void hide_in_authority(const char *url)
{
    const char *start = strstr(url, "://") + 3;
    const char *at = memchr(start, '@', strcspn(start, "/?"));
    const char *colon = at ? memchr(start, ':', (size_t)(at - start)) : NULL;

    if (colon)
        hide(colon + 1, at);
}

void mb_conninfo_hide(const char *conninfo)
{
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);

    if (!options)
        mb_secret_add(conninfo);
    for (const PQconninfoOption *o = options; o && o->keyword; o++)
        if (o->val && strchr(o->dispchar, '*'))
            mb_secret_add(o->val);
    hide_written(conninfo);
    if (mb_conninfo_is_url(conninfo))
        hide_in_authority(conninfo);
    PQconninfoFree(options);
}

/* ---- the port ---- */

const char *mb_pg_default_port(void)
{
    PQconninfoOption *known = PQconndefaults();
    const char *port = "5432"; /* where libpq is out of memory */

    for (const PQconninfoOption *o = known; o && o->keyword; o++)
        if (strcmp(o->keyword, "port") == 0 && o->compiled && *o->compiled)
            port = o->compiled; /* a constant of libpq, which PQconninfoFree leaves */
    PQconninfoFree(known);
    return port;
}

const char *mb_pg_port(const PGconn *pg)
{
    const char *port = PQport(pg);

    return port && *port ? port : mb_pg_default_port();
}

/* ---- adding a parameter ---- */

/* libpq uses the last of two values. */
static void add_to_url(mb_buf *out, const char *key, const char *value)
{
    const char *authority = strstr(out->data, "://") + 3;

    if (!strpbrk(authority, "/?"))
        mb_buf_putc(out, '/');
    mb_buf_printf(out, "%c%s=", strchr(out->data, '?') ? '&' : '?', key);
    for (; *value; value++) {
        if (isalnum((unsigned char)*value) || strchr("-._~", *value))
            mb_buf_putc(out, *value);
        else
            mb_buf_printf(out, "%%%02X", (unsigned char)*value);
    }
}

static void add_pair(mb_buf *out, const char *key, const char *value)
{
    mb_buf_printf(out, " %s='", key);
    for (; *value; value++) {
        if (*value == '\'' || *value == '\\')
            mb_buf_putc(out, '\\');
        mb_buf_putc(out, *value);
    }
    mb_buf_putc(out, '\'');
}

/* Could it be the name of a parameter, rather than a misplaced secret? */
static bool looks_like_key(const char *key)
{
    return strlen(key) < 40 && key[strspn(key, "abcdefghijklmnopqrstuvwxyz_")] == '\0';
}

/* Checked here, since libpq's own message would quote the whole string with its secrets. */
static bool check_parameter(const char *key, mb_error *err)
{
    PQconninfoOption *known = PQconndefaults();
    const char *words[MB_CONNINFO_MOST], *near;
    size_t n = mb_conninfo_list_known(words, known);
    bool found = mb_conninfo_is_among(key, words, n);

    near = found ? NULL : mb_nearest(key, words, n);
    if (!found && looks_like_key(key))
        mb_fail(err, MB_ERR_USAGE, "unknown connection parameter \"%s\"", key);
    else if (!found)
        mb_fail(err, MB_ERR_USAGE, "unknown connection parameter");
    if (near)
        mb_fail_hint(err, "Did you mean \"%s\"?", near);
    PQconninfoFree(known);
    return found;
}

bool mb_conninfo_add(char **conninfo, const char *key, const char *value, mb_error *err)
{
    mb_buf out = {0};

    if (!check_parameter(key, err))
        return false;
    mb_buf_puts(&out, *conninfo);
    if (mb_conninfo_is_url(*conninfo))
        add_to_url(&out, key, value);
    else
        add_pair(&out, key, value);
    free(*conninfo);
    *conninfo = out.data;
    return true;
}

/* ---- without PG* variables ---- */

/*
 * The value that a parameter has without its variable, where libpq's table of parameters has none:
 * an empty value only if libpq takes it as not set.  NULL: the variable may decide.
 */
static const char *default_of(const PQconninfoOption *o)
{
    static const struct {
        const char *key, *value;
    } defaults[] = {{"requirepeer", ""},
                    {"require_auth", ""},
                    {"sslcert", ""},
                    {"sslcertmode", "allow"},
                    {"sslkey", ""},
                    {"sslrootcert", ""},
                    {"sslcrl", ""},
                    {"sslcrldir", ""},
                    {"gsslib", ""},
                    {"ssl_max_protocol_version", ""},
                    {"min_protocol_version", "3.0"},
                    {"max_protocol_version", "3.0"}};

    for (size_t i = 0; !o->compiled && i < sizeof defaults / sizeof defaults[0]; i++)
        if (strcmp(o->keyword, defaults[i].key) == 0)
            return defaults[i].value;
    return o->compiled;
}

static bool may_come_from_variable(const PQconninfoOption *o)
{
    return o->envvar && !o->val && default_of(o);
}

void mb_conninfo_ignore_variables(char **conninfo)
{
    PQconninfoOption *options = PQconninfoParse(*conninfo, NULL);
    mb_buf out = {0};

    mb_buf_puts(&out, *conninfo);
    for (const PQconninfoOption *o = options; o && o->keyword; o++)
        if (may_come_from_variable(o))
            add_pair(&out, o->keyword, default_of(o));
    PQconninfoFree(options);
    free(*conninfo);
    *conninfo = out.data;
}

bool mb_conninfo_ignores_variables(const char *conninfo)
{
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    bool ignores = options != NULL;

    for (const PQconninfoOption *o = options; o && o->keyword; o++)
        ignores = ignores && !may_come_from_variable(o);
    PQconninfoFree(options);
    return ignores;
}
