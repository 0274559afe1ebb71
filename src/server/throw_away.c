#include "moonbird/server/throw_away.h"

#include "moonbird/server/find_programs.h"

#include "moonbird/os/file.h"
#include "moonbird/os/log.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/probe.h"
#include "folder.h"
#include "instance.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A throw-away server is an instance whose home is in the swift folder.  Its owner holds `lock`
 * until it ends; a home whose lock is free was left by an owner that was killed, and is removed.
 */
#define HOME_PREFIX "t-"

struct mb_throw_away {
    mb_instance in;
    char *conninfo;
};

static const char *const settings[] = {
    "-c", "fsync=off",           "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
    "-c", "shared_buffers=16MB", "-c", "max_connections=100",    "-c", "autovacuum=off",
    NULL,
};

static mode_t own_mode(void)
{
    return geteuid() == 0 ? 0755 : 0700; /* root's servers run as another account */
}

static mb_account ourselves(void)
{
    return (mb_account){.uid = geteuid(), .gid = getegid()};
}

static char *sockets_in(const char *home)
{
    return mb_path_join(home, "s");
}

/* Removes a home if its owner is gone. */
static bool sweep_home(const char *home, const mb_account *account, mb_error *err)
{
    char *lock = mb_path_join(home, "lock");
    mb_instance in;
    bool taken, ok;

    mb_instance_init(&in, account, home, sockets_in(home));
    ok = mb_flock_try(&in.lock, lock, &taken, err);
    if (ok && taken)
        ok = mb_instance_stop(&in, SIGQUIT, err) && mb_folder_remove(home, err);
    mb_instance_free(&in);
    free(lock);
    return ok;
}

/* Removes homes that were left.  Errors are not reported: the next start tries again. */
static void sweep(const char *base, const mb_account *account)
{
    DIR *dir = opendir(base);
    const struct dirent *entry;
    mb_error err;

    while (dir && (entry = readdir(dir)) != NULL) {
        char *home;

        if (strncmp(entry->d_name, HOME_PREFIX, strlen(HOME_PREFIX)) != 0)
            continue;
        home = mb_path_join(base, entry->d_name);
        if (!sweep_home(home, account, &err))
            mb_log_error(MB_LOG_DEBUG, &err);
        free(home);
    }
    if (dir)
        closedir(dir);
}

/* While it is held, no other process makes or removes a home: each home has its lock file. */
static bool lock_homes(int *held, const char *base, mb_error *err)
{
    char *lock = mb_path_join(base, "lock");
    bool ok = mb_flock_take(held, lock, err);

    free(lock);
    return ok;
}

static bool make_home(mb_instance *out, const char *base, const mb_account *account, mb_error *err)
{
    char *home = mb_format("%s/" HOME_PREFIX "XXXXXX", base);
    int held;
    bool ok = lock_homes(&held, base, err);

    if (ok) {
        sweep(base, account);
        ok = (mkdtemp(home) && chmod(home, own_mode()) == 0) ||
             mb_fail_errno(err, home, "cannot create the folder");
        if (ok) {
            mb_instance_init(out, account, home, sockets_in(home));
            ok = mb_instance_lock(out, err);
            if (!ok)
                mb_instance_free(out);
        }
        mb_flock_release(held);
    }
    free(home);
    return ok;
}

static bool remove_home(const char *home, mb_error *err)
{
    char *base = mb_path_dir(home);
    int held;
    bool ok = lock_homes(&held, base, err);

    if (ok) {
        ok = mb_folder_remove(home, err);
        mb_flock_release(held);
    }
    free(base);
    return ok;
}

/* The folder for initdb's results: in the user's cache, or in `base` when the user has no home. */
static bool find_cache(char **out, const char *base, mb_error *err)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    const mb_account us = ourselves();
    mb_error uncreated;

    if (us.uid == 0)
        *out = mb_strdup("/var/cache/moonbird");
    else if (cache && cache[0] == '/')
        *out = mb_path_join(cache, "moonbird");
    else
        *out = mb_format("%s/.cache/moonbird", home && *home ? home : "/nonexistent");
    if (us.uid == 0 ? mb_folder_own(*out, 0755, &us, &uncreated)
                    : mb_folder_make(*out, &uncreated) &&
                          mb_folder_make_own(*out, "/", &uncreated) && access(*out, W_OK) == 0)
        return true;
    free(*out);
    *out = mb_path_join(base, "cache");
    if (mb_folder_own(*out, own_mode(), &us, err))
        return true;
    free(*out);
    return false;
}

/* Finds or makes the data folder to copy; one for each version of the server and of moonbird. */
static bool find_model(char **model, const char *bin, const char *base, const mb_account *account,
                       mb_error *err)
{
    char version[MB_SERVER_VERSION], *cache, *home;
    const mb_account us = ourselves();
    mb_instance in;
    bool made, ok;

    if (!mb_server_version(version, bin, err) || !find_cache(&cache, base, err))
        return false;
    home = mb_format("%s/model-%s-%s", cache, version, MB_VERSION);
    mb_instance_init(&in, account, home, NULL);
    ok = mb_folder_own(home, own_mode(), &us, err) && mb_instance_lock(&in, err) &&
         mb_instance_made(&in, &made, err) && (made || mb_instance_make_model(&in, bin, err));
    *model = ok ? mb_strdup(in.data) : NULL;
    mb_instance_free(&in);
    free(home);
    free(cache);
    return ok;
}

static bool start_copy(mb_throw_away **out, const char *bin, const char *model, const char *base,
                       const mb_account *account, mb_error *err)
{
    mb_throw_away *server = mb_alloc(sizeof *server);

    if (!make_home(&server->in, base, account, err)) {
        free(server);
        return false;
    }
    if (!mb_instance_make(&server->in, bin, model, err) ||
        !mb_instance_start(&server->in, bin, settings, true, err)) {
        mb_throw_away_stop(server);
        return false;
    }
    server->conninfo = mb_instance_conninfo(server->in.sockets, 5432);
    *out = server;
    return true;
}

bool mb_throw_away_start(mb_throw_away **out, mb_error *err)
{
    mb_account account;
    char *bin = NULL, *base = NULL, *model = NULL;
    bool ok = mb_account_find(&account, err) && mb_server_find(&bin, 0, err) &&
              mb_fast_folder_make(&base, err) && find_model(&model, bin, base, &account, err) &&
              start_copy(out, bin, model, base, &account, err);

    free(bin);
    free(base);
    free(model);
    return ok;
}

const char *mb_throw_away_conninfo(const mb_throw_away *server)
{
    return server->conninfo;
}

void mb_throw_away_stop(mb_throw_away *server)
{
    mb_error err;

    if (!server)
        return;
    if (!mb_instance_stop(&server->in, SIGQUIT, &err) || !remove_home(server->in.home, &err))
        mb_log_error(MB_LOG_DEBUG, &err);
    mb_instance_free(&server->in);
    free(server->conninfo);
    free(server);
}
