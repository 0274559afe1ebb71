/* tool.h -- the table of other migration tools. */
#ifndef MOONBIRD_FORMAT_TOOL_H
#define MOONBIRD_FORMAT_TOOL_H

#include <stdbool.h>
#include <stddef.h>

enum { MB_TOOL_WORDS = 8, MB_TOOL_PROGRAMS = 10 };

typedef struct mb_tool {
    const char *name; /* as errors show it */

    /*
     * True for a file name that only this tool uses; `ending`: the name from its last dot on, or
     * "". NULL: it has no such names.
     */
    bool (*owns_file)(const char *file, const char *ending);
    bool owns_sql; /* such a name can be that of an SQL or Lua file */

    /* The endings of its programs, whose names begin with a digit; the last one is NULL. */
    const char *programs[MB_TOOL_PROGRAMS];

    /* The file that each migration's folder contains; NULL: its migrations are not folders. */
    const char *inside;

    /* The subfolder that contains its SQL; NULL: it has none. */
    const char *folder;

    /*
     * The beginnings of its annotations, after the dashes of the comment.  Case does not matter, a
     * blank matches any number of blanks, and a final `$` matches the end of the line.
     */
    const char *annotations[MB_TOOL_WORDS];

    const char
        *divider; /* a whole line between its sections, which only this tool has; NULL: none */
    const char *up, *down; /* the annotations that head an up part and a down part; NULL: none */

    /*
     * The words around the one that names the part in such an annotation, "" for none: "migrate" and
     * "" for `-- migrate:down`.  NULL: its annotations do not have this form.
     */
    const char *before, *after;
    const char *marker;    /* with which only annotations begin, and `known` follows it; or NULL */
    const char *known[4];  /* in lower case, without blanks; the last one is NULL */
    const char *hint; /* the advice about its files */
} mb_tool;

extern const mb_tool mb_tools[];
extern const size_t mb_tools_n;

/*
 * The name of the tool whose annotation is at the head of a file, before its first statement, or,
 * if the tool has only annotations between sections, anywhere in the text; NULL: there is none.
 */
const char *mb_tool_at_head(const char *text, size_t len);

/* The tool that has an annotation like this line comment; NULL when none has. */
const mb_tool *mb_tool_of_comment(const char *text, size_t len);

/* Does the tool's annotation head an up part, a down part? */
bool mb_tool_heads_up(const mb_tool *tool, const char *text, size_t len);
bool mb_tool_heads_down(const mb_tool *tool, const char *text, size_t len);

/*
 * Does a comment look like the annotation that heads the tool's down part, or its up part, in any
 * case, with any blanks, with other punctuation or without it?
 */
bool mb_tool_nearly(const char *tool, bool down, const char *text, size_t len);

/*
 * The word that names the part in a comment with the tool's words around it: "rollback" for
 * `-- migrate:rollback`, "undo" for `-- Undo Migration`.  `words` are those of the comment, in lower
 * case, with one blank between.  *len is its length; NULL: the comment has other words.
 */
const char *mb_tool_part_word(const char *tool, const char *words, size_t *len);

/*
 * Does a comment begin like the tool's annotations, although it is none that the tool knows?  Up and
 * down annotations count as unknown, too.
 */
bool mb_tool_is_unknown(const char *tool, const char *text, size_t len);

/* The tool that alone uses file names like this one; NULL when none does. */
const mb_tool *mb_tool_of_file(const char *file);

#endif
