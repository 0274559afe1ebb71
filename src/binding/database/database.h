/* database.h -- the declarations that databases.c and backups.c share. */
#ifndef MOONBIRD_BINDING_DATABASE_DATABASE_H
#define MOONBIRD_BINDING_DATABASE_DATABASE_H

#include "binding/command/session.h"

#include "moonbird/policy/database.h"

/* The target of the session at the index `session`; raises if there is none. */
mb_database_at mb_database_at_of(lua_State *L, int session, const char *command);

/* Pushes the table that project:database returns. */
void mb_database_push(lua_State *L, const mb_database_facts *facts);

#endif
