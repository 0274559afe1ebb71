/* copy.h -- the columns into which db:copy loads. */
#ifndef MOONBIRD_BINDING_TABLE_COPY_H
#define MOONBIRD_BINDING_TABLE_COPY_H

#include "binding/binding.h"

typedef struct mb_copy_field {
    mb_type type;
    const char *what; /* the column's name in errors; the userdata keeps it */
    bool defaulted;   /* an absent value would be something else than NULL */
} mb_copy_field;

/*
 * Pushes a userdata with one field for each name in the list at `columns`, for the db at 1 and the
 * table whose name is at 2.  Asks the server for all that it cannot answer during COPY, and for
 * the defaults only if `defaults` is set.  Raises when there is no such column.
 */
const mb_copy_field *mb_copy_push_fields(lua_State *L, int columns, bool defaults);

#endif
