/* chars.h -- the classes of bytes in psqlscan.l; bytes above 127 are letters. */
#ifndef MOONBIRD_SQL_LEXER_CHARS_H
#define MOONBIRD_SQL_LEXER_CHARS_H

#include <stdbool.h>

enum {
    MB_CHAR_SPACE = 1,
    MB_CHAR_LETTER = 2, /* starts an identifier or a dollar tag */
    MB_CHAR_DIGIT = 4,
    MB_CHAR_DOLLAR = 8,
};

extern const unsigned char mb_chars[256]; /* the classes of each byte */

/* Is the byte `c` of one of the classes?  -1, the end of the text, is of no class. */
static inline bool mb_char_is(int c, int classes)
{
    return c >= 0 && (mb_chars[c] & classes) != 0;
}

#endif
