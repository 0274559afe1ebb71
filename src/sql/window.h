/* window.h -- scripts that are read in pieces of a given size, so that tests can cut anywhere. */
#ifndef MOONBIRD_SQL_WINDOW_H
#define MOONBIRD_SQL_WINDOW_H

#include "moonbird/sql/script.h"

/* mb_script_of_text, read `piece` bytes at a time. */
mb_script *mb_script_of_pieces(const char *text, size_t len, const char *name, mb_section section,
                               size_t piece);

#endif
