/* flyway_row.h -- the values of a row of Flyway. */
#ifndef MOONBIRD_FORMAT_FLYWAY_ROW_H
#define MOONBIRD_FORMAT_FLYWAY_ROW_H

#include "moonbird/format/tool_writer.h"

#include "moonbird/base/buf.h"

/* Appends one of the values that tool_writer.c describes. */
#define MB_FLYWAY_VALUES "XBSkCEYb"
void mb_flyway_add_value(mb_buf *sql, char what, const mb_tool_entry *e);

#endif
