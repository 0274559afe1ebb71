/*
 * effect.h -- the effect of a statement that runs outside of transactions.
 *
 * When such a statement was interrupted, a resumed run looks into the catalog whether the effect is
 * there.
 */
#ifndef MOONBIRD_SQL_EFFECT_H
#define MOONBIRD_SQL_EFFECT_H

#include "moonbird/sql/statement.h"

typedef enum mb_effect_kind {
    MB_EFFECT_OTHER,           /* VACUUM, ALTER SYSTEM, ADD VALUE, ...: safe to run again */
    MB_EFFECT_CREATE_INDEX,
    MB_EFFECT_DROP_INDEX,
    MB_EFFECT_REINDEX,
    MB_EFFECT_CREATE_DATABASE,
    MB_EFFECT_DROP_DATABASE,
    MB_EFFECT_DETACH,
    MB_EFFECT_CALL,            /* CALL, DO: their commits stay, whatever happens later */
} mb_effect_kind;

/*
 * Names are unquoted, folded and cut as the server does it; only the escapes of U&"..." stay as
 * they are.  "" stands for a part that is not in the statement.
 */
typedef struct mb_effect {
    mb_effect_kind kind;
    bool if_exists;  /* IF EXISTS or IF NOT EXISTS */
    char schema[64]; /* of `name`; for REINDEX SCHEMA that schema */
    char name[64];   /* the index, database, partition, or type (ADD VALUE) */
    char table_schema[64];
    char table[64];  /* CREATE INDEX, REINDEX TABLE: the table; DETACH: the parent */
} mb_effect;

/* The effect of a statement of kind NO_TRANSACTION or ADD_VALUE. */
void mb_stmt_effect(const mb_stmt *stmt, mb_effect *out);

#endif
