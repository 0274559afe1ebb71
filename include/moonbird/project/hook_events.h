/* hook_events.h -- the events at which a team's own scripts run, and the calls that run them. */
#ifndef MOONBIRD_PROJECT_HOOK_EVENTS_H
#define MOONBIRD_PROJECT_HOOK_EVENTS_H

#include "moonbird/project/host.h"

typedef enum mb_hook_event {
    MB_BEFORE_CONNECT, /* run by the binding: there is no session yet */
    MB_BEFORE_ALL,     /* no transaction; an error ends the run */
    MB_AFTER_ALL,      /* no transaction; every migration succeeded */
    MB_BEFORE_EACH,  /* in the migration's transaction; before segments, in that of their intent */
    MB_AFTER_EACH,   /* in the migration's transaction; after segments, in that of their end */
    MB_AFTER_COMMIT, /* no transaction */
    MB_AFTER_ROLLBACK, /* no transaction */
    MB_ON_ERROR,       /* no transaction */
    MB_ON_RETRY,       /* no transaction */
    MB_ON_LOCK_WAIT,   /* no session */
    MB_BEFORE_BATCH,   /* in the batch's transaction, in every process of a backfill */
    MB_AFTER_BATCH,    /* in the batch's transaction, after its rows */
    /*
     * In the transaction of the statement. If the statement cannot run in a transaction, the hooks
     * before it have their own transaction, and so have those after it.
     */
    MB_BEFORE_STATEMENT,
    MB_AFTER_STATEMENT,
    MB_BEFORE_COMMAND, /* run by the binding: no transaction; before run, mark and the like */
    MB_AFTER_COMMAND,  /* the same; after such a command */
    MB_AFTER_GENERATE, /* run by the binding: no session; before the text is proved and written */
    MB_HOOK_EVENTS,
} mb_hook_event;

const char *mb_hook_event_name(mb_hook_event event); /* "before_connect", ... */

/* The hooks of a project. */
typedef struct mb_hooks {
    void *self;

    /* Load all hooks, to find their errors before anything runs. May be called again. */
    bool (*load)(void *self, mb_error *err);

    /*
     * Is there a hook for that event? If not, the caller saves what it would do before and after
     * one.
     */
    bool (*has)(void *self, mb_hook_event event);

    /*
     * Run the hooks of one event in order, until one fails. In MB_BEFORE_EACH the error may be
     * MB_ERR_SKIPPED. Never called during a statement or a callback of the session.
     */
    bool (*run)(void *self, mb_hook_event event, mb_conn *conn, const mb_call *call, mb_error *err);
} mb_hooks;

#endif
