#include "moonbird/pg/child_env.h"

#include "pg/pg.h"

#include "moonbird/base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

bool mb_conn_child_conninfo(char **out, const mb_conn *conn, mb_error *err)
{
    char *conninfo = mb_strdup(conn->conninfo);
    const char *address = PQhostaddr(conn->pg);

    if (mb_conninfo_add(&conninfo, "host", PQhost(conn->pg), err) &&
        mb_conninfo_add(&conninfo, "port", mb_pg_port(conn->pg), err) &&
        (!address || !*address || mb_conninfo_add(&conninfo, "hostaddr", address, err))) {
        *out = conninfo;
        return true;
    }
    free(conninfo);
    return false;
}

static const PQconninfoOption *find(const PQconninfoOption *options, const char *keyword)
{
    while (options->keyword && strcmp(options->keyword, keyword) != 0)
        options++;
    return options;
}

/*
 * The server and the database are those of the session; other parameters come first from the
 * connection string for the next login. NULL for an option that is left out.
 */
static const char *value_of(const mb_conn *conn, const PQconninfoOption *option,
                            const PQconninfoOption *next)
{
    if (strcmp(option->keyword, "host") == 0)
        return PQhost(conn->pg);
    if (strcmp(option->keyword, "hostaddr") == 0)
        return PQhostaddr(conn->pg);
    if (strcmp(option->keyword, "port") == 0)
        return mb_pg_port(conn->pg);
    if (strcmp(option->keyword, "dbname") == 0)
        return PQdb(conn->pg);
    if (strncmp(option->keyword, "service", 7) == 0 ||
        strcmp(option->keyword, "client_encoding") == 0)
        return NULL; /* the other options have the service's values; the program has its encoding */
    next = find(next, option->keyword);
    if (next->keyword && next->val)
        return next->val;
    return strcmp(option->keyword, "password") == 0 ? PQpass(conn->pg) : option->val;
}

/* ---- variables ---- */

const char *const mb_newer_pg_variables[] = {
    "PGREQUIREAUTH",    "PGSSLCERTMODE",        "PGLOADBALANCEHOSTS",   "PGGSSDELEGATION",
    "PGSSLNEGOTIATION", "PGMINPROTOCOLVERSION", "PGMAXPROTOCOLVERSION", NULL};

/* A later one replaces an earlier one; an empty value removes the variable. */
static void add_variable(mb_names *env, const char *name, const char *value)
{
    mb_names_add(env, value && *value ? mb_format("%s=%s", name, value) : mb_strdup(name));
}

static void remove_newer_variables(mb_names *env)
{
    for (const char *const *name = mb_newer_pg_variables; *name; name++)
        add_variable(env, *name, NULL);
}

/* ---- the file ---- */

enum { LONGEST_VALUE = 900 }; /* libpq reads lines of 1023 bytes in a service file */

/* Can it be a value in a service file?  There are no escapes, and libpq drops spaces at the end. */
static bool fits_service(const char *value)
{
    size_t len = strlen(value);

    return len <= LONGEST_VALUE && !strpbrk(value, "\r\n") &&
           !(len && isspace((unsigned char)value[len - 1]));
}

static bool add_parameter(mb_buf *service, const char *keyword, const char *value, mb_error *err)
{
    if (!fits_service(value)) {
        mb_fail(err, MB_ERR_USAGE,
                "PostgreSQL's programs cannot be given this value of the "
                "connection parameter \"%s\"",
                keyword);
        return mb_fail_hint(err,
                            "It must be one line of at most %d bytes that does not end with a "
                            "space.",
                            LONGEST_VALUE);
    }
    mb_buf_printf(service, "%s=%s\n", keyword, value);
    return true;
}

/* An entry of a password file, for every server. */
static void add_password_entry(mb_buf *file, const char *password)
{
    mb_buf_puts(file, "*:*:*:*:");
    for (; *password; password++) {
        if (*password == ':' || *password == '\\')
            mb_buf_putc(file, '\\');
        mb_buf_putc(file, *password);
    }
    mb_buf_putc(file, '\n');
}

/*
 * A service first.  A password file has no limit for the length.  Neither can hold a line break, so
 * that such a password is in the environment.
 */
static void add_password(mb_child_login *out, mb_buf *file, const char *password)
{
    bool lines = password && strpbrk(password, "\r\n");

    add_variable(&out->env, "PGPASSWORD", lines ? password : NULL);
    if (!password || !*password || lines)
        return;
    if (fits_service(password)) {
        mb_buf_printf(file, "password=%s\n", password);
        return;
    }
    mb_buf_puts(file, "[]\n"); /* the service ends */
    add_password_entry(file, password);
    add_variable(&out->env, "PGPASSFILE", "/dev/stdin");
}

/* Writes a file without a name, which ends with its last descriptor. */
static bool write_file(int *fd, const mb_buf *text, mb_error *err)
{
    *fd = memfd_create("login", MFD_CLOEXEC);
    if (*fd >= 0 && fchmod(*fd, 0600) == 0 &&
        write(*fd, text->data, text->len) == (ssize_t)text->len)
        return true;
    return mb_fail_errno(err, "the login of PostgreSQL's programs", "cannot write the file");
}

static bool describe(mb_child_login *out, const mb_conn *conn, const PQconninfoOption *next,
                     mb_error *err)
{
    PQconninfoOption *options = PQconninfo(conn->pg);
    const char *password = NULL;
    mb_buf file = {0};
    bool ok = true;

    if (mb_conninfo_ignores_variables(conn->conninfo))
        remove_newer_variables(&out->env);
    mb_buf_puts(&file, "[login]\n");
    for (const PQconninfoOption *o = options; ok && o && o->keyword; o++) {
        const char *value = value_of(conn, o, next);

        if (strcmp(o->keyword, "password") == 0)
            password = value;
        else if (o->envvar)
            add_variable(&out->env, o->envvar, value);
        else if (value && *value)
            ok = add_parameter(&file, o->keyword, value, err);
    }
    add_password(out, &file, password);
    add_variable(&out->env, "PGSERVICE", "login");
    add_variable(&out->env, "PGSERVICEFILE", "/dev/stdin");
    mb_names_add(&out->env, NULL); /* the end */
    ok = ok && write_file(&out->input, &file, err);
    explicit_bzero(file.data, file.len);
    mb_buf_free(&file);
    PQconninfoFree(options);
    return ok;
}

bool mb_conn_child_login(mb_child_login *out, const mb_conn *conn, mb_error *err)
{
    PQconninfoOption *next = NULL;
    char *conninfo;
    bool ok;

    *out = (mb_child_login){.input = -1};
    if (!mb_pg_next_conninfo(&conninfo, conn, err))
        return false;
    ok = mb_pg_check_conninfo(conninfo, err);
    if (ok && (next = PQconninfoParse(conninfo, NULL)) != NULL)
        ok = describe(out, conn, next, err);
    else if (ok)
        ok = mb_fail(err, MB_ERR_USAGE, "the connection string cannot be read");
    PQconninfoFree(next);
    free(conninfo);
    if (!ok)
        mb_child_login_free(out);
    return ok;
}

void mb_child_login_free(mb_child_login *login)
{
    for (size_t i = 0; i < login->env.n; i++)
        if (login->env.items[i])
            explicit_bzero(login->env.items[i], strlen(login->env.items[i]));
    mb_names_free(&login->env);
    if (login->input >= 0)
        close(login->input);
    login->input = -1;
}
