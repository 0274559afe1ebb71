/*
 * conninfo.c -- connection strings: checked before libpq reads them, and extended.
 *
 * A string that cannot be parsed may contain its password anywhere: neither a part of it nor
 * libpq's own message, which quotes it, is ever shown.  Errors name known parameters, and no value;
 * what libpq complained of is said in words of our own.
 */
#include "moonbird/pg/conninfo.h"

#include "pg/pg.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/secret.h"
#include "moonbird/base/suggest.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define ENCODING                                                                                   \
    "In a URL's password write / as %%2F, @ as %%40, # as %%23, ? as %%3F, : as %%3A and %% as "   \
    "%%25."
#define URL "A URL has the form postgres://user:password@host:port/database."
#define FORMS "Write a URL (postgres://user@host/database) or key=value pairs."

enum { MOST_PARAMETERS = 128 };

static bool is_url(const char *conninfo)
{
    return strncmp(conninfo, "postgres://", 11) == 0 || strncmp(conninfo, "postgresql://", 13) == 0;
}

/* ---- parameters by name ---- */

/* Parameters of other programs, which are in URLs that are copied from there. */
static const struct {
    const char *name, *whose;
    bool is_schema;
} foreign[] = {
    {"schema", "Prisma", true},
    {"connection_limit", "Prisma", false},
    {"pool_timeout", "Prisma", false},
    {"pgbouncer", "Prisma", false},
    {"sslaccept", "Prisma", false},
    {"socket_timeout", "Prisma", false},
    {"statement_cache_size", "Prisma", false},
    {"single_use_connections", "Prisma", false},
    {"sslidentity", "Prisma", false},
    {"currentSchema", "JDBC", true},
    {"ssl", "JDBC and node-postgres", false},
    {"sslfactory", "JDBC", false},
    {"prepareThreshold", "JDBC", false},
    {"loginTimeout", "JDBC", false},
    {"socketTimeout", "JDBC", false},
    {"stringtype", "JDBC", false},
    {"ApplicationName", "JDBC", false},
    {"reWriteBatchedInserts", "JDBC", false},
    {"uselibpqcompat", "node-postgres", false},
    {"search_path", "pgx", true},
    {"pool_max_conns", "pgx", false},
    {"pool_min_conns", "pgx", false},
    {"pool_max_conn_lifetime", "pgx", false},
    {"pool_max_conn_idle_time", "pgx", false},
    {"pool_health_check_period", "pgx", false},
    {"default_query_exec_mode", "pgx", false},
    {"statement-cache-capacity", "SQLx", false},
    {"prepared_statement_cache_size", "SQLAlchemy", false},
    {"pool", "Rails", false},
    {"prepared_statements", "Rails", false},
    {"conn_max_age", "Django", false},
    {"supa", "Supabase", false},
    {"x-migrations-table", "golang-migrate", false},
    {"x-multi-statement", "golang-migrate", false},
    {"x-statement-timeout", "golang-migrate", false},
};

/* libpq's own parameters, into `words`; borrowed from `known`. */
static size_t list_known(const char **words, const PQconninfoOption *known)
{
    size_t n = 0;

    for (const PQconninfoOption *o = known; o && o->keyword && n < MOST_PARAMETERS; o++)
        words[n++] = o->keyword;
    return n;
}

static bool is_among(const char *key, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], key) == 0)
            return true;
    return false;
}

static bool hint_foreign(mb_error *err, const char *key)
{
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        if (strcmp(foreign[i].name, key) != 0)
            continue;
        mb_fail_hint(err, "\"%s\" is a parameter of %s, not of PostgreSQL. Remove it%s.", key,
                     foreign[i].whose,
                     foreign[i].is_schema ? "; options=-csearch_path%3DNAME sets the search path"
                                          : "");
        return true;
    }
    return false;
}

/* A hint about an unknown parameter; false when it is known, or nothing can be said. */
static bool hint_parameter(mb_error *err, char *key, const char *const *words, size_t n)
{
    const char *near;

    if (is_among(key, words, n))
        return false;
    if (hint_foreign(err, key))
        return true;
    for (char *s = key; *s; s++)
        *s = (char)tolower((unsigned char)*s);
    near = is_among(key, words, n) ? key : mb_nearest(key, words, n);
    if (near)
        mb_fail_hint(err, "It has a parameter that PostgreSQL does not know. Did you mean \"%s\"?",
                     near);
    return near != NULL;
}

/* ---- names of parameters in a string that libpq cannot parse ---- */

/* The end of a value: of '...', or before white space; \ escapes in both. */
static const char *value_end(const char *s)
{
    bool quoted = *s == '\'';

    for (s += quoted; *s; s++) {
        if (*s == '\\' && s[1])
            s++;
        else if (quoted ? *s == '\'' : isspace((unsigned char)*s))
            return s + quoted;
    }
    return s;
}

static const char *skip_space(const char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    return s;
}

/*
 * Reads the next key of key=value pairs, and moves *s past its value.  False at the end, and
 * without a pair.
 */
static bool next_pair(mb_buf *key, const char **s)
{
    const char *at = skip_space(*s);
    size_t len = strcspn(at, "= \t\r\n");

    mb_buf_clear(key);
    mb_buf_add(key, at, len);
    at = skip_space(at + len);
    if (!len || *at != '=')
        return false;
    *s = value_end(skip_space(at + 1));
    return true;
}

/* Likewise in the query of a URL. */
static bool next_in_query(mb_buf *key, const char **s)
{
    size_t len = strcspn(*s, "=&");

    mb_buf_clear(key);
    mb_buf_add(key, *s, len);
    *s += strcspn(*s, "&");
    *s += **s == '&';
    return len > 0;
}

static void hint_why(mb_error *err, const char *conninfo)
{
    PQconninfoOption *known = PQconndefaults();
    const char *words[MOST_PARAMETERS], *at = conninfo;
    size_t n = list_known(words, known);
    bool url = is_url(conninfo), hinted = false;
    mb_buf key = {0};

    if (url)
        at = strchr(conninfo, '?') ? strchr(conninfo, '?') + 1 : "";
    while (!hinted && (url ? next_in_query(&key, &at) : next_pair(&key, &at)))
        hinted = key.len && hint_parameter(err, key.data, words, n);
    if (!hinted)
        mb_fail_hint(err, !url                                                       ? FORMS
                          : strchr(conninfo, '@') || strstr(conninfo, "password") ? ENCODING
                                                                                     : URL);
    mb_buf_free(&key);
    PQconninfoFree(known);
}

/* ---- the check ---- */

/*
 * For libpq the password ends at the first "@" and the host at the first "/".  With one of those
 * unencoded in a password, a part of the secret becomes a host or a database, whose names are
 * shown.
 */
static bool password_needs_encoding(const char *url)
{
    const char *start = strstr(url, "://") + 3;
    const char *end = start + strcspn(start, "/?");
    const char *at = memchr(start, '@', (size_t)(end - start));
    const char *colon = memchr(start, ':', (size_t)(end - start));

    if (memchr(end, '@', strcspn(end, "?")))
        return true;
    if (at)
        return memchr(at + 1, '@', (size_t)(end - at - 1)) != NULL;
    return colon && strchr(end, '@') &&
           colon + 1 + strspn(colon + 1, "0123456789") < end; /* no port: a password */
}

/*
 * May libpq or the server show the value in messages?  A URL in it would be shown with its
 * password.
 */
static bool is_shown(const PQconninfoOption *o)
{
    static const char *const free_texts[] = {"application_name", "fallback_application_name",
                                             "options"};

    return !strchr(o->dispchar, '*') && !is_among(o->keyword, free_texts, 3);
}

/* Is it a port, or a list of ports? */
static bool is_port(const char *value)
{
    return value[strspn(value, "0123456789, \t")] == '\0';
}

static const PQconninfoOption *find_url(const PQconninfoOption *options)
{
    for (const PQconninfoOption *o = options; o && o->keyword; o++)
        if (o->val && strstr(o->val, "://") && is_shown(o))
            return o;
    return NULL;
}

/* Messages of libpq's conninfo_parse and conninfo_uri_parse, without the words that they quote. */
static const struct {
    const char *message, *words;
} complaints[] = {
    {"looking for matching", "The \"[\" before the address of its host has no \"]\". "},
    {"IPv6 host address may not be empty", "The address of its host, in \"[]\", is empty. "},
    {"unexpected character", "Behind the \"]\" of its host there is neither \":\" nor \"/\". "},
    {"extra key/value separator", "A parameter behind its \"?\" has two \"=\". "},
    {"missing key/value separator", "A parameter behind its \"?\" has no \"=\". "},
    {"invalid percent-encoded token", "A \"%\" in it is not followed by two hexadecimal digits. "},
    {"forbidden value", "It has a zero byte, %00. "},
    {"missing \"=\" after", "A word in it has no \"=\". "},
    {"unterminated quoted string", "A quote in it is not closed. "},
};

/* `why` is libpq's message, or NULL. */
static bool refuse(mb_error *err, const char *conninfo, const char *why)
{
    const char *words = "";

    for (size_t i = 0; why && i < sizeof complaints / sizeof complaints[0]; i++)
        if (strstr(why, complaints[i].message)) {
            words = complaints[i].words;
            break;
        }
    mb_fail(err, MB_ERR_USAGE, "the connection string is not valid");
    mb_fail_detail(err, "%sIt is not shown because part of it may be a password.", words);
    hint_why(err, conninfo);
    return false;
}

/* Is the port valid?  Without one it is the default. */
static bool has_port(const PQconninfoOption *options)
{
    for (const PQconninfoOption *o = options; o && o->keyword; o++)
        if (o->val && strcmp(o->keyword, "port") == 0)
            return is_port(o->val);
    return true;
}

static bool check_values(const char *conninfo, const PQconninfoOption *options, mb_error *err)
{
    const PQconninfoOption *wrong = find_url(options);

    if (!has_port(options)) { /* the password, where "@host" was forgotten */
        refuse(err, conninfo, NULL);
        return mb_fail_detail(err, "Its port is not a number. It is not shown because part of it "
                                   "may be a password.");
    }
    if (!wrong)
        return true;
    mb_fail(err, MB_ERR_USAGE, "the connection parameter \"%s\" contains a URL", wrong->keyword);
    return mb_fail_hint(err, "Give the URL alone as the connection string.");
}

/* Likewise for PG* variables and service files. */
static bool check_defaults(mb_error *err)
{
    PQconninfoOption *options = PQconndefaults();
    const PQconninfoOption *wrong = find_url(options);
    bool ok = !wrong && has_port(options);

    if (!wrong && !ok) {
        mb_fail(err, MB_ERR_USAGE, "the variable PGPORT or a service file sets a port that is "
                                   "not a number");
        mb_fail_hint(err, "It is not shown because it may be part of a password.");
    } else if (wrong) {
        mb_fail(err, MB_ERR_USAGE, "the variable %s or a service file contains a URL where "
                                   "\"%s\" belongs",
                wrong->envvar ? wrong->envvar : "PGSERVICE", wrong->keyword);
        mb_fail_hint(err, "Set DATABASE_URL to the URL instead.");
    }
    PQconninfoFree(options);
    return ok;
}

bool mb_pg_check_conninfo(const char *conninfo, mb_error *err)
{
    PQconninfoOption *parts;
    char *why = NULL;
    bool ok;

    if (is_url(conninfo) && password_needs_encoding(conninfo)) {
        refuse(err, conninfo, NULL);
        return mb_fail_hint(err, ENCODING);
    }
    parts = PQconninfoParse(conninfo, &why);
    if (!parts) {
        refuse(err, conninfo, why);
        PQfreemem(why);
        return false;
    }
    ok = check_values(conninfo, parts, err) &&
         (mb_conninfo_ignores_variables(conninfo) || check_defaults(err));
    PQconninfoFree(parts);
    return ok;
}

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
    from = skip_space(from);
    from = skip_space(from + (*from == '='));
    if (*from == '\'')
        hide(from + 1, end - (end[-1] == '\''));
    else
        hide(from, end - (end > from && end[-1] == '&'));
}

/* Passwords as they are written, for example encoded, also those that a later value replaces. */
static void hide_written(const char *conninfo)
{
    static const char *const keys[] = {"password", "sslpassword"};
    bool url = is_url(conninfo);
    const char *query = strchr(conninfo, '?'), *at = !url ? conninfo : query ? query + 1 : "";
    const char *from = url ? at : skip_space(at);
    mb_buf key = {0};

    while (url ? next_in_query(&key, &at) : next_pair(&key, &at)) {
        if (is_among(mb_buf_str(&key), keys, 2))
            hide_value(from + key.len, at);
        from = url ? at : skip_space(at);
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
    if (is_url(conninfo))
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
    const char *words[MOST_PARAMETERS], *near;
    size_t n = list_known(words, known);
    bool found = is_among(key, words, n);

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
    if (is_url(*conninfo))
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
