/*
 * instance.h -- one data folder and the server on it.
 *
 * Everything is in `home`, a private folder: `pg` (the data, which belongs to the account), `log`,
 * and two lock files.  A process that changes something holds `lock`.  The server itself holds
 * `running`, which it inherits: a server runs exactly as long as that lock is held, whatever
 * postmaster.pid says.
 *
 * New data is made in `pg.new` and renamed when it is complete; old data is renamed to `pg.old`
 * before it is removed.  `pg` is therefore never half a data folder.
 */
#ifndef MOONBIRD_SERVER_INSTANCE_H
#define MOONBIRD_SERVER_INSTANCE_H

#include "process.h"

typedef struct mb_instance {
    mb_account account; /* owns the data and runs the server */
    char *home;
    char *data;         /* HOME/pg */
    char *log;          /* HOME/log */
    char *sockets;      /* the folder of its socket, private to the account */
    int lock;           /* descriptor of HOME/lock; -1 unless this process holds the lock */
} mb_instance;

/* The contents of postmaster.pid. */
typedef struct mb_postmaster {
    int pid;
    int port;
    char sockets[256]; /* the folder of its socket */
    bool ready;        /* it accepts connections */
    bool stopping;     /* it is shutting down */
} mb_postmaster;

/* Fills in the paths, and takes over `sockets`.  Nothing on disk is touched. */
void mb_instance_init(mb_instance *out, const mb_account *account, const char *home, char *sockets);
void mb_instance_free(mb_instance *in); /* releases the lock; a running server keeps running */

/* Takes `lock`, waiting for another process if need be.  The home must exist. */
MB_MUST_CHECK bool mb_instance_lock(mb_instance *in, mb_error *err);

/* Is there data?  MB_ERR_FAILED: there is a folder `pg` that moonbird did not make. */
MB_MUST_CHECK bool mb_instance_made(const mb_instance *in, bool *made, mb_error *err);

/* The major version of the server that made the data. */
MB_MUST_CHECK bool mb_instance_major(const mb_instance *in, int *major, mb_error *err);

/* Does a server run?  If not, *out is all zeros. */
bool mb_instance_running(const mb_instance *in, mb_postmaster *out);

/*
 * The connection string of the server whose socket is in that folder.  PG* variables and services
 * are meant for other servers, so it sets what they could change.  The caller frees it.
 */
char *mb_instance_conninfo(const char *sockets, int port);

/* ---- with the lock held; `bin` is the folder of PostgreSQL's programs ---- */

/* Makes new data with initdb, or copies the data folder `model` when that is not NULL. */
MB_MUST_CHECK bool mb_instance_make(mb_instance *in, const char *bin, const char *model,
                                    mb_error *err);

/*
 * Makes new data. initdb creates MB_SERVER_ROLE, whose rights cannot be taken away; "postgres" is
 * another superuser. So "postgres" can lose its rights and still own its objects.
 */
MB_MUST_CHECK bool mb_instance_make_model(mb_instance *in, const char *bin, mb_error *err);

/*
 * Starts the server, unless it runs, and waits until it accepts connections.  `settings` are
 * further arguments for it, ended by NULL.  `ours`: it ends with this process.  MB_ERR_FAILED: it
 * did not start; the detail is the end of its log.
 */
MB_MUST_CHECK bool mb_instance_start(mb_instance *in, const char *bin, const char *const *settings,
                                     bool ours, mb_error *err);

/*
 * Stops the server, if it runs, with the signal `number`: SIGINT (fast shutdown) or SIGQUIT
 * (immediate).  Waits for its end; an interrupt ends the wait for SIGINT only.
 */
MB_MUST_CHECK bool mb_instance_stop(mb_instance *in, int number, mb_error *err);

/* Removes the data of a server that was stopped. */
MB_MUST_CHECK bool mb_instance_delete(mb_instance *in, mb_error *err);

#endif
