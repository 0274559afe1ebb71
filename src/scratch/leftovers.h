/* leftovers.h -- the databases of test runs that were killed before they dropped them. */
#ifndef MOONBIRD_SCRATCH_LEFTOVERS_H
#define MOONBIRD_SCRATCH_LEFTOVERS_H

#include "moonbird/pg/conn.h"

/*
 * Drops databases RUN_N, where RUN is a name of mb_database_temporary_name("test"), if RUN is older
 * than a day, and no session is in one of its databases or has RUN as application_name.  A database
 * that cannot be dropped stays.
 */
void mb_scratch_drop_leftovers(mb_conn *server);

#endif
