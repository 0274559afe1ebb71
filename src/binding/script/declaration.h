/* declaration.h -- a backfill as a script writes it. */
#ifndef MOONBIRD_BINDING_DECLARATION_H
#define MOONBIRD_BINDING_DECLARATION_H

#include "binding/binding.h"

#include "moonbird/backfill/backfill.h"

/* The functions of a declaration, called while the stack holds it. */
typedef struct mb_hands {
    lua_State *L;
    int table, db, ctx; /* their places in the stack */
} mb_hands;

/*
 * Read the table at `index` (a place from the bottom), or raise what is wrong with it; its
 * lists are pushed.  `name` NULL: it is in the table.
 */
void mb_declaration_read(lua_State *L, int index, const char *name, mb_backfill *out);

/* Make its functions callable with the db at `db`; the stack keeps room for the calls. */
void mb_declaration_bind(mb_hands *hands, lua_State *L, int table, int db, mb_backfill *backfill);

/* Push the declaration `name` of the state's own chunk, or raise that there is none. */
void mb_declaration_push(lua_State *L, const char *name);

#endif
