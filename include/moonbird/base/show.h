/*
 * show.h -- text for a terminal: control characters are written as escapes.
 *
 * print.c passes every text for people through here: names, messages and rows come from files,
 * servers and other sessions, which could otherwise erase the screen, set its title, or reverse a
 * line.
 */
#ifndef MOONBIRD_BASE_SHOW_H
#define MOONBIRD_BASE_SHOW_H

#include "moonbird/base/buf.h"

typedef enum mb_show_how {
    MB_SHOW_LINES, /* newlines and tabs are kept */
    MB_SHOW_LINE,  /* newlines and tabs are escaped too: the text is one line, or a name in one */
    MB_SHOW_JSON,  /* escapes are JSON's; the text has no control characters of ASCII any more */
} mb_show_how;

/*
 * Appends `text` with escapes (\x1B, \u202E) in place of control characters (C0, DEL, C1),
 * overrides of the writing direction, and bytes that are not UTF-8.  Its output is plain, so a
 * second call does not change it.
 */
void mb_show(mb_buf *out, const char *text, size_t len, mb_show_how how);

/* True when mb_show would escape nothing. */
bool mb_show_is_plain(const char *text, size_t len, mb_show_how how);

#endif
