/* tool.h -- the other tools, one row each. */
#ifndef MOONBIRD_FORMAT_TOOL_H
#define MOONBIRD_FORMAT_TOOL_H

#include <stdbool.h>
#include <stddef.h>

enum { MB_TOOL_WORDS = 8 };

typedef struct mb_tool {
    const char *name; /* as its users call it */

    /* A name that only its files have; NULL for none. */
    bool (*owns_file)(const char *file);

    /* Each migration is a folder with this file in it; NULL for none. */
    const char *inside;

    /* A sub-folder of this name holds its SQL; NULL for none. */
    const char *folder;

    /*
     * How its annotations begin, after the comment's dashes. In any case; a blank stands for any
     * number of blanks; `$` at the end for the end of the line.
     */
    const char *annotations[MB_TOOL_WORDS];

    const char *hint; /* what to do with its files */
} mb_tool;

extern const mb_tool mb_tools[];
extern const size_t mb_tools_n;

/* The tool whose annotation the line comment is; NULL. */
const mb_tool *mb_tool_of_comment(const char *text, size_t len);

/* The tool that owns a file of this name; NULL. */
const mb_tool *mb_tool_of_file(const char *file);

#endif
