/*
 * check_conninfo.c -- connection strings are checked before libpq reads them.
 *
 * A string that cannot be parsed may contain its password anywhere: neither a part of it nor
 * libpq's own message, which quotes it, is ever shown.  Errors name known parameters, and no value;
 * what libpq complained of is said in words of our own.
 */
#include "moonbird/pg/conninfo.h"

#include "conninfo_keys.h"
#include "pg/pg.h"

#include "moonbird/base/suggest.h"

#include <ctype.h>
#include <string.h>

#define ENCODING                                                                                   \
    "In a URL's password write / as %%2F, @ as %%40, # as %%23, ? as %%3F, : as %%3A and %% as "   \
    "%%25."
#define URL "A URL has the form postgres://user:password@host:port/database."
#define FORMS "Write a URL (postgres://user@host/database) or key=value pairs."

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

    if (mb_conninfo_is_among(key, words, n))
        return false;
    if (hint_foreign(err, key))
        return true;
    for (char *s = key; *s; s++)
        *s = (char)tolower((unsigned char)*s);
    near = mb_conninfo_is_among(key, words, n) ? key : mb_nearest(key, words, n);
    if (near)
        mb_fail_hint(err, "It has a parameter that PostgreSQL does not know. Did you mean \"%s\"?",
                     near);
    return near != NULL;
}

static void hint_why(mb_error *err, const char *conninfo)
{
    PQconninfoOption *known = PQconndefaults();
    const char *words[MB_CONNINFO_MOST], *at = conninfo;
    size_t n = mb_conninfo_list_known(words, known);
    bool url = mb_conninfo_is_url(conninfo), hinted = false;
    mb_buf key = {0};

    if (url)
        at = strchr(conninfo, '?') ? strchr(conninfo, '?') + 1 : "";
    while (!hinted && (url ? mb_conninfo_next_in_query(&key, &at)
                           : mb_conninfo_next_pair(&key, &at)))
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

    return !strchr(o->dispchar, '*') && !mb_conninfo_is_among(o->keyword, free_texts, 3);
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

    if (mb_conninfo_is_url(conninfo) && password_needs_encoding(conninfo)) {
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
