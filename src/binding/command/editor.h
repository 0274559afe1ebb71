/*
 * editor.h -- a line asked of a person at a terminal: editing, history, completion.
 */
#ifndef MOONBIRD_BINDING_EDITOR_H
#define MOONBIRD_BINDING_EDITOR_H

#include "moonbird/os/file.h"

typedef struct mb_editor mb_editor;

/* Who knows what could stand at the cursor. */
typedef struct mb_completer {
    void *self;
    /* Append to *out the words that go on from the end of `text`; returns how many of its bytes
       they begin with, all of them the same. */
    size_t (*complete)(void *self, const char *text, size_t len, mb_names *out);
} mb_completer;

/*
 * `history`: the file that keeps what was remembered, for its owner alone; NULL
 * for none.  One that cannot be read or written is done without.
 */
MB_MUST_CHECK bool mb_editor_open(mb_editor **out, const char *history,
                                  const mb_completer *completer, mb_error *err);
void mb_editor_close(mb_editor *editor); /* NULL is fine */

typedef enum mb_line {
    MB_LINE_TEXT,
    MB_LINE_CANCELLED, /* Ctrl-C */
    MB_LINE_END,       /* Ctrl-D on an empty line, or no terminal any more */
} mb_line;

/* `prompt` is borrowed meanwhile; *text, without its newline, until the next call. */
mb_line mb_editor_read(mb_editor *editor, const char *prompt, const char **text);

/* Give `text`, of one line or several, back to the arrow keys, here and in later sessions. */
void mb_editor_remember(mb_editor *editor, const char *text);

#endif
