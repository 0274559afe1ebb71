/*
 * show.h -- text on its way to a person: what a terminal would obey is written out.
 *
 * Every text for people passes here, in log.c: names, messages and rows come from files, servers
 * and other sessions, which could otherwise erase the screen, set its title, or reverse a line.
 */
#ifndef MOONBIRD_SHOW_H
#define MOONBIRD_SHOW_H

#include "moonbird/base/buf.h"

typedef enum mb_show_how {
    MB_SHOW_LINES, /* newlines and tabs stay as they are */
    MB_SHOW_LINE,  /* they are written out too: it is one line, or a name in one */
    MB_SHOW_JSON,  /* inside JSON, in its own notation; control characters of ASCII are escaped already */
} mb_show_how;

/*
 * Append `text` with control characters (C0, DEL, C1), overrides of the writing direction and bytes
 * that are not UTF-8 as \x1B, \u202E and the like.  What is written out stays so the next time.
 */
void mb_show(mb_buf *out, const char *text, size_t len, mb_show_how how);

/* Is there nothing to write out? */
bool mb_show_is_plain(const char *text, size_t len, mb_show_how how);

#endif
