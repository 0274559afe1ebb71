/*
 * instance.h -- one data folder and the server on it.
 *
 * Everything lies in `home`, a folder of ours: `pg` (the data, the account's),
 * `log`, and two lock files.  `lock` is held by who changes something here,
 * `running` by the server itself, which inherits it: a server is there exactly as
 * long as that lock is held, whatever postmaster.pid says.
 *
 * Data is made in `pg.new` and renamed when complete, and renamed to `pg.old`
 * before it is removed: `pg` is never half a data folder.
 */
#ifndef MOONBIRD_PG_INSTANCE_H
#define MOONBIRD_PG_INSTANCE_H

#include "process.h"

typedef struct mb_instance {
    mb_account account;
    char *home;
    char *data;
    char *log;
    char *sockets; /* the folder of its socket, private to the account */
    int lock;      /* -1 unless this process holds it */
} mb_instance;

/* What postmaster.pid tells. */
typedef struct mb_postmaster {
    int pid;
    int port;
    char sockets[256];
    bool ready;
    bool stopping;
} mb_postmaster;

/* Takes `sockets`; nothing is touched yet. */
void mb_instance_init(mb_instance *out, const mb_account *account, const char *home, char *sockets);
void mb_instance_free(mb_instance *in); /* the lock is released; a server goes on */

MB_MUST_CHECK bool mb_instance_lock(mb_instance *in, mb_error *err); /* home must be there */

/* Is there data?  A folder `pg` that is not of our making is an error. */
MB_MUST_CHECK bool mb_instance_made(const mb_instance *in, bool *made, mb_error *err);

/* The server's major version that made the data. */
MB_MUST_CHECK bool mb_instance_major(const mb_instance *in, int *major, mb_error *err);

bool mb_instance_running(const mb_instance *in, mb_postmaster *out);

/* The following need the lock. */

/* New data: of initdb, or a copy of the data folder `model` when that is not NULL. */
MB_MUST_CHECK bool mb_instance_make(mb_instance *in, const char *bin, const char *model,
                                    mb_error *err);

/*
 * The server, ready for sessions, when this returns; one that runs is waited
 * for until it is ready.  `settings` are its further arguments, ended by NULL.
 * `ours`: it ends with this process.
 */
MB_MUST_CHECK bool mb_instance_start(mb_instance *in, const char *bin, const char *const *settings,
                                     bool ours, mb_error *err);

/* By the signal `number`, SIGINT (fast) or SIGQUIT (at once), and waits for its end; an
   interrupt ends only the first kind of waiting. */
MB_MUST_CHECK bool mb_instance_stop(mb_instance *in, int number, mb_error *err);

/* The data of a stopped server. */
MB_MUST_CHECK bool mb_instance_delete(mb_instance *in, mb_error *err);

#endif
