#include "instance.h"

#include "moonbird/os/file.h"
#include "moonbird/server/throw_away.h"
#include "moonbird/os/clock.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/probe.h"
#include "moonbird/pg/conninfo.h"
#include "folder.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MARKER "moonbird" /* a file in each data folder that moonbird made */
#define PORT "5432"       /* names the socket in its private folder */

enum { ORPHANS_US = 10000000, MOST_ARGS = 32 };

static char *inside(const mb_instance *in, const char *name)
{
    return mb_path_join(in->home, name);
}

/* Waits for a lock file in the home. */
static bool lock_file(int *fd, const mb_instance *in, const char *name, mb_error *err)
{
    char *path = inside(in, name);
    bool ok = mb_flock_take(fd, path, err);

    free(path);
    return ok;
}

void mb_instance_init(mb_instance *out, const mb_account *account, const char *home, char *sockets)
{
    *out = (mb_instance){
        .account = *account,
        .home = mb_strdup(home),
        .data = mb_path_join(home, "pg"),
        .log = mb_path_join(home, "log"),
        .sockets = sockets,
        .lock = -1,
    };
}

void mb_instance_free(mb_instance *in)
{
    mb_flock_release(in->lock);
    free(in->home);
    free(in->data);
    free(in->log);
    free(in->sockets);
    *in = (mb_instance){.lock = -1};
}

bool mb_instance_lock(mb_instance *in, mb_error *err)
{
    return lock_file(&in->lock, in, "lock", err);
}

bool mb_instance_made(const mb_instance *in, bool *made, mb_error *err)
{
    char *marker = mb_path_join(in->data, MARKER);
    bool marked = false;
    bool ok = mb_folder_find(made, in->data, err) &&
              (!*made || mb_file_find(&marked, marker, err));

    free(marker);
    if (!ok || !*made || marked)
        return ok;
    mb_fail(err, MB_ERR_FAILED, "\"%s\" is not a data folder that moonbird made", in->data);
    return mb_fail_hint(err, "Move it away, so that moonbird can make a new one.");
}

bool mb_instance_major(const mb_instance *in, int *major, mb_error *err)
{
    char *path = mb_path_join(in->data, "PG_VERSION");
    mb_buf text = {0};
    bool ok = mb_file_read(&text, path, err);

    *major = ok ? atoi(text.data) : 0;
    mb_buf_free(&text);
    free(path);
    return ok;
}

static bool make_marker(const char *folder, const mb_account *account, mb_error *err)
{
    static const char text[] = "created by moonbird; \"moonbird dev reset\" deletes it\n";
    char *path = mb_path_join(folder, MARKER);
    bool ok = mb_file_write(path, text, sizeof text - 1, false, err);

    if (ok && lchown(path, account->uid, account->gid) != 0)
        ok = mb_fail_errno(err, path, "cannot set the file's owner");
    free(path);
    return ok;
}

/* The server would refuse to start if PGPORT, which is for its clients, were not a number. */
static const char *const environment[] = {"PGPORT", NULL};

static bool run(const mb_instance *in, const char *const *argv, mb_error *err)
{
    const mb_process process = {
        .argv = argv,
        .env = environment,
        .account = &in->account,
        .log = in->log,
        .lock = in->lock,
        .death_signal = SIGKILL,
    };

    return mb_process_run(&process, err);
}

static bool run_initdb(const mb_instance *in, const char *bin, const char *into, const char *user,
                       mb_error *err)
{
    char *initdb = mb_path_join(bin, "initdb");
    /* options that every version has */
    const char *const argv[] = {
        initdb, "-D", into, "-U", user, "-A", "trust", "--encoding=UTF8", "--locale=C.UTF-8", NULL};
    bool ok = run(in, argv, err) && make_marker(into, &in->account, err);

    free(initdb);
    return ok;
}

/* Before PostgreSQL 15 the schema "public" belongs to a role, so that role is "postgres". */
static bool add_postgres(const mb_instance *in, const char *bin, const char *data, mb_error *err)
{
    static const char script[] =
        "exec \"$0\" --single -D \"$1\" template1 <<'END'\n"
        "CREATE ROLE postgres SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS LOGIN\n"
        "DO $$ BEGIN IF pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 150000"
        " THEN ALTER SCHEMA public OWNER TO postgres; END IF; END $$\n"
        "END\n";
    char *postgres = mb_path_join(bin, "postgres");
    const char *const argv[] = {"/bin/sh", "-c", script, postgres, data, NULL};
    bool ok = run(in, argv, err);

    free(postgres);
    return ok;
}

static bool copy_model(const mb_instance *in, const char *model, const char *into, mb_error *err)
{
    char *content = mb_path_join(model, ".");
    const char *const argv[] = {"/bin/cp", "-R", content, into, NULL};
    bool ok = run(in, argv, err);

    free(content);
    return ok;
}

static bool move(const char *from, const char *to, mb_error *err)
{
    return rename(from, to) == 0 || mb_fail_errno(err, from, "cannot rename the folder");
}

/* Fills a new data folder. */
typedef bool filler(const mb_instance *in, const char *from, const char *into, mb_error *err);

static bool make(mb_instance *in, filler *fill, const char *from, mb_error *err)
{
    char *new = inside(in, "pg.new"), *old = inside(in, "pg.old");
    bool ok = mb_folder_remove(new, err) && mb_folder_remove(old, err) &&
              mb_folder_own(new, 0700, &in->account, err) && fill(in, from, new, err) &&
              move(new, in->data, err);

    free(new);
    free(old);
    return ok;
}

static bool fill_server(const mb_instance *in, const char *bin, const char *into, mb_error *err)
{
    return run_initdb(in, bin, into, "postgres", err);
}

static bool fill_model(const mb_instance *in, const char *bin, const char *into, mb_error *err)
{
    return run_initdb(in, bin, into, MB_SERVER_ROLE, err) && add_postgres(in, bin, into, err);
}

bool mb_instance_make(mb_instance *in, const char *bin, const char *model, mb_error *err)
{
    return model ? make(in, copy_model, model, err) : make(in, fill_server, bin, err);
}

bool mb_instance_make_model(mb_instance *in, const char *bin, mb_error *err)
{
    return make(in, fill_model, bin, err);
}

static const char *line_of(const char *text, int number)
{
    while (text && --number > 0) {
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    return text ? text : "";
}

/* Its lines are: pid, data folder, start time, port, socket folder, address, memory, state. */
static bool read_postmaster(const mb_instance *in, mb_postmaster *out)
{
    char *path = mb_path_join(in->data, "postmaster.pid");
    mb_buf text = {0};
    mb_error absent;
    bool ok = mb_file_read(&text, path, &absent);
    const char *sockets;

    *out = (mb_postmaster){0};
    if (ok) {
        out->pid = atoi(text.data);
        out->port = atoi(line_of(text.data, 4));
        sockets = line_of(text.data, 5);
        snprintf(out->sockets, sizeof out->sockets, "%.*s", (int)strcspn(sockets, "\n"), sockets);
        out->ready = strncmp(line_of(text.data, 8), "ready", 5) == 0;
        out->stopping = strncmp(line_of(text.data, 8), "stopping", 8) == 0;
    }
    mb_buf_free(&text);
    free(path);
    return ok && out->pid > 0;
}

/*
 * A server that somebody started by hand does not hold our lock, but its working folder is the
 * data.
 */
static bool works_in(int pid, const char *folder)
{
    char *link = mb_format("/proc/%d/cwd", pid);
    char *real = realpath(folder, NULL);
    char cwd[PATH_MAX];
    ssize_t len = readlink(link, cwd, sizeof cwd - 1);
    bool same = false;

    if (len > 0 && real) {
        cwd[len] = '\0';
        same = strcmp(cwd, real) == 0;
    }
    free(link);
    free(real);
    return same;
}

static bool lives(const mb_instance *in, int pid)
{
    char *lock = inside(in, "running");
    bool held = mb_flock_held(lock);

    free(lock);
    if (kill(pid, 0) != 0 && errno != EPERM)
        return false;
    return held || works_in(pid, in->data);
}

char *mb_instance_conninfo(const char *sockets, int port)
{
    char *conninfo = mb_format("host=%s hostaddr='' port=%d user=postgres", sockets, port);

    mb_conninfo_ignore_variables(&conninfo);
    return conninfo;
}

bool mb_instance_running(const mb_instance *in, mb_postmaster *out)
{
    if (read_postmaster(in, out) && lives(in, out->pid))
        return true;
    *out = (mb_postmaster){0};
    return false;
}

/*
 * Waits for a server that is shutting down: it accepts no connections, and another server cannot
 * use its data.
 */
static bool await_stopped(const mb_instance *in, mb_error *err)
{
    mb_postmaster server;

    while (mb_instance_running(in, &server) && server.stopping)
        if (!mb_process_pause(err))
            return false;
    return true;
}

static bool await_ready(const mb_instance *in, int pid, mb_error *err)
{
    mb_postmaster server;

    while (!read_postmaster(in, &server) || server.pid != pid || !server.ready) {
        if (mb_process_ended(pid) || !lives(in, pid))
            return mb_fail_log(err, in->log, "the PostgreSQL server did not start");
        if (!mb_process_pause(err))
            return false;
    }
    return true;
}

/* Backends of a postmaster that was killed hold its lock a little longer. */
static bool await_orphans(int *fd, const mb_instance *in, mb_error *err)
{
    char *path = inside(in, "running");
    int64_t until = mb_now_us() + ORPHANS_US;
    bool taken = false, ok = true;

    while (ok && !taken) {
        ok = mb_flock_try(fd, path, &taken, err);
        if (ok && !taken && mb_now_us() > until) {
            ok =
                mb_fail(err, MB_ERR_FAILED, "processes of a server that crashed are still running");
            mb_fail_hint(err, "Terminate the processes that \"fuser %s\" lists.", path);
        }
        ok = ok && (taken || mb_process_pause(err));
    }
    free(path);
    return ok;
}

/*
 * Removes the two lock files of a crash, and keeps the log of the last start. The server takes a
 * lock file for valid if any process has its pid, also a zombie or another program.
 */
static void tidy(const mb_instance *in)
{
    char *pid = mb_path_join(in->data, "postmaster.pid"), *old = inside(in, "log.old");
    char *socket = mb_path_join(in->sockets, ".s.PGSQL." PORT ".lock");

    unlink(pid);
    unlink(socket);
    rename(in->log, old);
    free(socket);
    free(pid);
    free(old);
}

/* `process` without its arguments. */
static bool spawn(pid_t *pid, const mb_instance *in, mb_process process, const char *bin,
                  const char *const *settings, mb_error *err)
{
    char *postgres = mb_path_join(bin, "postgres");
    const char *argv[MOST_ARGS] = {
        postgres, "-D", in->data, "-k", in->sockets, "-p", PORT, "-c", "listen_addresses=",
    };
    bool ok;

    for (size_t i = 9; *settings; i++)
        argv[i] = *settings++;
    process.argv = argv;
    ok = mb_process_start(pid, &process, err);
    free(postgres);
    return ok;
}

bool mb_instance_start(mb_instance *in, const char *bin, const char *const *settings, bool ours,
                       mb_error *err)
{
    mb_process process = {
        .env = environment,
        .account = &in->account,
        .log = in->log,
        .death_signal = ours ? SIGQUIT : 0,
    };
    mb_postmaster server;
    pid_t pid = 0;
    bool ok;

    if (!await_stopped(in, err))
        return false;
    if (mb_instance_running(in, &server))
        return await_ready(in, server.pid, err);
    if (!mb_folder_own(in->sockets, 0700, &in->account, err) ||
        !await_orphans(&process.lock, in, err))
        return false;
    tidy(in);
    ok = spawn(&pid, in, process, bin, settings, err);
    mb_flock_release(process.lock);
    if (!ok || await_ready(in, pid, err))
        return ok;
    if (ours && err->code == MB_ERR_INTERRUPTED) {
        kill(pid, SIGQUIT); /* no other process knows its pid, which is not in a pid file yet */
        waitpid(pid, NULL, 0);
    }
    return false;
}

/* Sends the signal and waits for the end. */
static bool end(const mb_instance *in, int pid, int number, mb_error *err)
{
    if (kill(pid, number) != 0 && errno != ESRCH)
        return mb_fail(err, MB_ERR_FAILED, "cannot stop the server (pid %d): %s", pid,
                       strerror(errno));
    while (!mb_process_ended(pid) && lives(in, pid))
        if (!mb_process_pause(err) && number != SIGQUIT)
            return false;
    return true;
}

bool mb_instance_stop(mb_instance *in, int number, mb_error *err)
{
    mb_postmaster server;

    if (mb_instance_running(in, &server) && !end(in, server.pid, number, err))
        return false;
    rmdir(in->sockets); /* empty now; the next start makes it */
    return true;
}

bool mb_instance_delete(mb_instance *in, mb_error *err)
{
    char *old = inside(in, "pg.old");
    bool found;
    bool ok = mb_folder_remove(old, err) && mb_folder_find(&found, in->data, err) &&
              (!found || move(in->data, old, err)) && mb_folder_remove(old, err);

    free(old);
    return ok;
}
