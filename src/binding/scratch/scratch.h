/* scratch.h -- scratch databases in scripts: `trial`, and what is loaded into them. */
#ifndef MOONBIRD_BINDING_SCRATCH_SCRATCH_H
#define MOONBIRD_BINDING_SCRATCH_SCRATCH_H

#include "binding/command/session.h"
#include "binding/engine/engine.h"

/* The class of a trial: a handle of an mb_scratch, whose first user value is the session. */
#define MB_META_TRIAL "moonbird.trial"

/* databases.c: trial:database(options), trial:confined(database, user), trial:lift(lifted) */
int mb_trial_database(lua_State *L);
int mb_trial_confined(lua_State *L);
int mb_trial_lift(lua_State *L);

int mb_trial_rehearse(lua_State *L); /* rehearse.c */

/*
 * only_reads.c: from now on moonbird.connect opens only read-only connections, because rows that a
 * trial writes elsewhere would stay there.  `trial`: its index.  Returns the session, and in
 * *before what its env.only_reads was.
 */
mb_session *mb_trial_only_reads(lua_State *L, int trial, const char **before);
void mb_session_only_reads(mb_session *s, bool whether); /* the same; false ends it */

#endif
