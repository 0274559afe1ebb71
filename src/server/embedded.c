#include "moonbird/server/embedded.h"

#include "moonbird/server/find_programs.h"
#include "moonbird/base/buf.h"
#include "moonbird/os/file.h"
#include "moonbird/base/hash.h"
#include "moonbird/os/log.h"
#include "moonbird/base/mem.h"
#include "moonbird/pg/conninfo.h"
#include "moonbird/os/probe.h"
#include "folder.h"
#include "instance.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOTS_HOME "/var/lib/moonbird"

/* A project's server.  The instance is in .moonbird, for root in /var/lib/moonbird. */
typedef struct embedded {
    mb_instance in;
    char *project; /* its real path */
    char *folder;  /* PROJECT/.moonbird */
} embedded;

static void close_embedded(embedded *e)
{
    mb_instance_free(&e->in);
    free(e->folder);
    free(e->project);
}

/* The account is found only before the server is started: it may be one that does not exist. */
static bool open_embedded(embedded *out, const char *project, mb_error *err)
{
    char *real = realpath(project, NULL), *base, *home;
    char hash[MB_HASH_HEX];
    const mb_account unknown = {0};

    if (!real)
        return mb_fail_errno(err, project, "cannot find the project's folder");
    mb_sha256_hex(real, strlen(real), hash);
    hash[16] = '\0';
    out->folder = mb_path_join(real, ".moonbird");
    home = geteuid() == 0 ? mb_path_join(ROOTS_HOME, hash) : mb_strdup(out->folder);
    base = mb_short_folder();
    mb_instance_init(&out->in, &unknown, home, mb_path_join(base, hash));
    free(base);
    free(home);
    out->project = real;
    return true;
}

static bool ignore_in_git(const embedded *e, mb_error *err)
{
    char *path = mb_path_join(e->folder, ".gitignore");
    bool ok = mb_path_taken(path) || mb_file_write(path, "*\n", 2, true, err);

    free(path);
    return ok;
}

/* For root the data's path depends on the project's: this file tells where it was before a move. */
static bool note_home(const embedded *e, mb_error *err)
{
    char *path = mb_path_join(e->folder, "data"), *line = mb_format("%s\n", e->in.data);
    mb_buf before = {0};
    mb_error none;
    bool ok = mb_file_check_own(path, err);
    bool noted = ok && mb_file_read(&before, path, &none);
    bool same = noted && strcmp(before.data, line) == 0;

    if (noted && !same)
        mb_log(MB_LOG_WARN,
               "the project was moved or copied; its server's earlier data is in %.*s",
               (int)strcspn(before.data, "\n"), before.data);
    ok = ok && (same || mb_file_write(path, line, strlen(line), true, err));
    mb_buf_free(&before);
    free(path);
    free(line);
    return ok;
}

static bool make_roots_home(const embedded *e, mb_error *err)
{
    const mb_account root = {0};

    return mb_folder_own(ROOTS_HOME, 0755, &root, err) &&
           mb_folder_own(e->in.home, 0755, &root, err);
}

/* Several processes may make folders at once; files are written with the lock held. */
static bool make_folders(embedded *e, mb_error *err)
{
    bool root = geteuid() == 0;
    char *base;

    if (!mb_short_folder_make(&base, err))
        return false;
    free(base);
    return mb_folder_make_own(e->folder, e->project, err) && (!root || make_roots_home(e, err)) &&
           mb_instance_lock(&e->in, err) && ignore_in_git(e, err) && (!root || note_home(e, err));
}

/* Finds programs of the version that made the data; of any version when there is no data. */
static bool find_server(char **bin, const mb_instance *in, bool made, mb_error *err)
{
    char version[MB_SERVER_VERSION];
    mb_error unfit;
    int major = 0;

    if (made && !mb_instance_major(in, &major, err))
        return false;
    if (mb_server_find(bin, major, &unfit))
        return true;
    if (!mb_server_find(bin, 0, err))
        return false;
    if (mb_server_version(version, *bin, err)) {
        mb_fail(
            err, MB_ERR_FAILED,
            "the embedded server's data was created by PostgreSQL %d, but this machine has "
            "PostgreSQL %s",
            major, version);
        mb_fail_hint(err,
                     "Install the package postgresql-%d, or start with empty data: moonbird dev "
                     "reset.",
                     major);
    }
    free(*bin);
    return false;
}

static bool make_and_start(mb_instance *in, mb_error *err)
{
    static const char *const settings[] = {NULL};
    char *bin;
    bool made, ok;

    if (!mb_instance_made(in, &made, err) || !find_server(&bin, in, made, err))
        return false;
    if (!made) /* initdb takes seconds on a slow disk */
        mb_log(MB_LOG_INFO, "note: creating the project's own PostgreSQL server; this happens once");
    ok = (made || mb_instance_make(in, bin, NULL, err)) &&
         mb_instance_start(in, bin, settings, false, err);
    free(bin);
    return ok;
}

/* Does the socket exist?  A cleaner of /tmp may have removed it while the server runs. */
static bool is_reachable(const mb_postmaster *server)
{
    char *path = mb_format("%s/.s.PGSQL.%d", server->sockets, server->port);
    struct stat st;
    bool there = stat(path, &st) == 0 && S_ISSOCK(st.st_mode);

    free(path);
    return there;
}

static bool ensure_running(mb_instance *in, mb_postmaster *server, mb_error *err)
{
    if (mb_instance_running(in, server) && server->ready) {
        if (is_reachable(server))
            return true;
        if (!mb_instance_stop(in, SIGINT, err))
            return false;
    }
    return make_and_start(in, err) &&
           (mb_instance_running(in, server) ||
            mb_fail_log(err, in->log, "the PostgreSQL server stopped right after it started"));
}

static char *conninfo_of(const char *sockets, int port)
{
    char *server = mb_instance_conninfo(sockets, port);
    char *conninfo = mb_format("%s dbname=postgres", server);

    free(server);
    return conninfo;
}

bool mb_embedded_start(char **conninfo, const char *project, mb_error *err)
{
    mb_postmaster server;
    embedded e;
    bool ok;

    if (!open_embedded(&e, project, err))
        return false;
    ok = mb_account_find(&e.in.account, err) && make_folders(&e, err) &&
         ensure_running(&e.in, &server, err);
    if (ok)
        *conninfo = conninfo_of(server.sockets, server.port);
    close_embedded(&e);
    return ok;
}

/* Stops the server and, if wanted, deletes its data.  One that was never started has no home. */
static bool end(const char *project, bool *was_running, bool delete, mb_error *err)
{
    mb_postmaster server;
    embedded e;
    bool ok, found, made;

    *was_running = false;
    if (!open_embedded(&e, project, err))
        return false;
    ok = mb_folder_find(&found, e.in.home, err);
    if (ok && found) {
        ok = mb_instance_lock(&e.in, err);
        *was_running = ok && mb_instance_running(&e.in, &server);
        ok = ok && mb_instance_stop(&e.in, SIGINT, err) &&
             (!delete || (mb_instance_made(&e.in, &made, err) && mb_instance_delete(&e.in, err)));
    }
    close_embedded(&e);
    return ok;
}

bool mb_embedded_stop(const char *project, bool *was_running, mb_error *err)
{
    return end(project, was_running, false, err);
}

bool mb_embedded_is_stopped(bool *is, const char *project, const char *conninfo, mb_error *err)
{
    char *there = NULL, *here = NULL;
    mb_embedded status;
    bool ok;

    *is = false;
    ok = mb_embedded_status(&status, project, err);
    if (ok && status.made && !status.running) {
        ok = mb_conninfo_host(&there, conninfo, err) &&
             mb_conninfo_host(&here, status.conninfo, err);
        *is = ok && strcmp(there, here) == 0;
    }
    free(there);
    free(here);
    return ok;
}

bool mb_embedded_reset(const char *project, mb_error *err)
{
    bool was_running;

    return end(project, &was_running, true, err);
}

/* "15.18", of the programs that would run it; "15" when there are none. */
static bool format_version(mb_embedded *out, const mb_instance *in, mb_error *err)
{
    mb_error unfound;
    char *bin;
    int major;

    if (!mb_instance_major(in, &major, err))
        return false;
    snprintf(out->version, sizeof out->version, "%d", major);
    if (!mb_server_find(&bin, major, &unfound))
        return true;
    if (!mb_server_version(out->version, bin, &unfound))
        snprintf(out->version, sizeof out->version, "%d", major);
    free(bin);
    return true;
}

/* The address of the server, or the one that it will have when it is started. */
static void find_address(mb_postmaster *out, const mb_instance *in)
{
    if (mb_instance_running(in, out))
        return;
    *out = (mb_postmaster){.port = 5432};
    snprintf(out->sockets, sizeof out->sockets, "%s", in->sockets);
}

bool mb_embedded_find(char **conninfo, const char *project, mb_error *err)
{
    mb_postmaster server;
    embedded e;
    bool made, ok;

    *conninfo = NULL;
    if (!open_embedded(&e, project, err))
        return false;
    ok = mb_instance_made(&e.in, &made, err);
    if (ok && made) {
        find_address(&server, &e.in);
        *conninfo = conninfo_of(server.sockets, server.port);
    }
    close_embedded(&e);
    return ok;
}

static void format_address(mb_embedded *out, const mb_postmaster *server)
{
    char *conninfo = conninfo_of(server->sockets, server->port);

    snprintf(out->conninfo, sizeof out->conninfo, "%s", conninfo);
    snprintf(out->url, sizeof out->url, "postgresql://postgres@/postgres?host=%s&port=%d",
             server->sockets, server->port);
    free(conninfo);
}

bool mb_embedded_status(mb_embedded *out, const char *project, mb_error *err)
{
    mb_postmaster server;
    embedded e;
    bool ok;

    *out = (mb_embedded){0};
    if (!open_embedded(&e, project, err))
        return false;
    snprintf(out->data, sizeof out->data, "%s", e.in.data);
    find_address(&server, &e.in);
    out->pid = server.pid;
    out->running = server.pid != 0;
    format_address(out, &server);
    ok = mb_instance_made(&e.in, &out->made, err) &&
         (!out->made || format_version(out, &e.in, err));
    close_embedded(&e);
    return ok;
}
