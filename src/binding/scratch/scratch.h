/* scratch.h -- scratch databases in scripts: `trial`, and what is loaded into them. */
#ifndef MOONBIRD_BINDING_SCRATCH_SCRATCH_H
#define MOONBIRD_BINDING_SCRATCH_SCRATCH_H

#include "binding/engine/engine.h"

/* The class of a trial: a handle of an mb_scratch, whose first user value is the session. */
#define MB_META_TRIAL "moonbird.trial"

int mb_trial_database(lua_State *L); /* databases.c: trial:database(options) */

#endif
