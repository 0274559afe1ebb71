/* lines.h -- a file as lines, in which other tools look for their annotations. */
#ifndef MOONBIRD_FORMAT_LINES_H
#define MOONBIRD_FORMAT_LINES_H

#include "moonbird/base/buf.h"
#include "moonbird/format/format.h"
#include "moonbird/sql/script.h"

/* A line of a text, without its end; the first one without a byte order mark. */
typedef struct mb_line {
    const char *text;
    size_t len;
    size_t from, next; /* the offsets of this line and the next one */
    int number;        /* from 1 */
} mb_line;

/* Steps to the next line; at first *line is { 0 }.  false: there are no more. */
bool mb_line_next(mb_line *line, const mb_buf *text);

/* The part of a text from offset `from`, in line `line`, to before `to`. */
mb_cut mb_cut_of(size_t from, int line, size_t to);

/* Does the part have only white space? */
bool mb_cut_is_blank(const mb_cut *cut, const mb_buf *text);

bool mb_line_is_blank(const mb_line *line); /* only white space */

/* Is the line only white space, or a line comment? */
bool mb_line_is_comment(const mb_line *line);

/* Is the line a comment with these letters and digits, in lower case, and no others? */
bool mb_line_says(const mb_line *line, const char *letters);

/* Is the line a comment whose letters and digits begin with these, in lower case? */
bool mb_line_begins(const mb_line *line, const char *letters);

/* Does the text have only white space and comments? */
bool mb_is_comments(const char *text, size_t len);

/*
 * Refuses a line that the tool ignores, because it is not written as the tool reads it, `exact`, or
 * not in its place; returns false.
 */
bool mb_fail_nearly(mb_error *err, const mb_listing *l, const char *file, const mb_line *line,
                    const char *tool, const char *exact);

#endif
