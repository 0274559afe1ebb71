/*
 * editor.h -- reads lines from a terminal, with editing, history and completion.
 */
#ifndef MOONBIRD_BINDING_COMMAND_EDITOR_H
#define MOONBIRD_BINDING_COMMAND_EDITOR_H

#include "moonbird/os/file.h"

typedef struct mb_editor mb_editor;

/* The source of completions. */
typedef struct mb_completer {
    void *self; /* passed to `complete`; borrowed */

    /* Appends to *out the words with which `text` can end; returns how many of its last bytes they
       replace, which is the beginning that all of them share with the text. */
    size_t (*complete)(void *self, const char *text, size_t len, mb_names *out);
} mb_completer;

/*
 * Opens an editor, which the caller closes with mb_editor_close.  `history`: the file of remembered
 * lines, which only its owner can read; NULL: there is none.  A file that cannot be read or written
 * is ignored.  `completer` is copied.  false: the library libedit cannot be loaded.
 */
MB_MUST_CHECK bool mb_editor_open(mb_editor **out, const char *history,
                                  const mb_completer *completer, mb_error *err);
void mb_editor_close(mb_editor *editor); /* NULL is allowed */

typedef enum mb_line {
    MB_LINE_TEXT,
    MB_LINE_CANCELLED, /* Ctrl-C */
    MB_LINE_END,       /* Ctrl-D on an empty line, or the terminal is gone */
} mb_line;

/*
 * Reads a line.  For MB_LINE_TEXT, *text is the line without its newline, borrowed until the next
 * call.
 */
mb_line mb_editor_read(mb_editor *editor, const char *prompt, const char **text);

/* Adds `text`, of one line or several, to the history of this session and of later ones. */
void mb_editor_remember(mb_editor *editor, const char *text);

#endif
