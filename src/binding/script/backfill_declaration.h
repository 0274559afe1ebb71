/* backfill_declaration.h -- the declaration of a backfill in a script. */
#ifndef MOONBIRD_BINDING_SCRIPT_BACKFILL_DECLARATION_H
#define MOONBIRD_BINDING_SCRIPT_BACKFILL_DECLARATION_H

#include "binding/binding.h"

#include "moonbird/backfill/backfill.h"

/* The functions of a declaration, called while the stack holds it. */
typedef struct mb_backfill_callbacks {
    lua_State *L;
    int table, db, ctx; /* absolute stack indexes */
} mb_backfill_callbacks;

/*
 * Reads the table at `index`, which must be absolute, and pushes the lists from which *out borrows.
 * `name` NULL: the table has the name.  Raises for a wrong declaration.
 */
void mb_backfill_declaration_read(lua_State *L, int index, const char *name, mb_backfill *out);

/*
 * Makes the functions of the declaration at `table` callable by the core, with the db at `db`, and
 * pushes them.  `callbacks` and the stack must stay until the last call.
 */
void mb_backfill_declaration_bind(mb_backfill_callbacks *callbacks, lua_State *L, int table, int db,
                         mb_backfill *backfill);

/* Pushes the declaration `name` of the state's chunk; raises when there is none. */
void mb_backfill_declaration_push(lua_State *L, const char *name);

#endif
