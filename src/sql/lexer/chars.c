#include "chars.h"

#define S MB_CHAR_SPACE
#define L MB_CHAR_LETTER
#define D MB_CHAR_DIGIT
#define X MB_CHAR_DOLLAR

/* clang-format off */
const unsigned char mb_chars[256] = {
    /*  0 */ 0, 0, 0, 0, 0, 0, 0, 0,  0, S, S, S, S, S, 0, 0,
    /* 10 */ 0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
    /* 20 */ S, 0, 0, 0, X, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
    /* 30 */ D, D, D, D, D, D, D, D,  D, D, 0, 0, 0, 0, 0, 0,
    /* 40 */ 0, L, L, L, L, L, L, L,  L, L, L, L, L, L, L, L,
    /* 50 */ L, L, L, L, L, L, L, L,  L, L, L, 0, 0, 0, 0, L,
    /* 60 */ 0, L, L, L, L, L, L, L,  L, L, L, L, L, L, L, L,
    /* 70 */ L, L, L, L, L, L, L, L,  L, L, L, 0, 0, 0, 0, 0,
    /* 80 */ L, L, L, L, L, L, L, L,  L, L, L, L, L, L, L, L,
    /* 90 */ L, L, L, L, L, L, L, L,  L, L, L, L, L, L, L, L,
    /* a0 */ L, L, L, L, L, L, L, L,  L, L, L, L, L, L, L, L,
    /* b0 */ L, L, L, L, L, L, L, L,  L, L, L, L, L, L, L, L,
    /* c0 */ L, L, L, L, L, L, L, L,  L, L, L, L, L, L, L, L,
    /* d0 */ L, L, L, L, L, L, L, L,  L, L, L, L, L, L, L, L,
    /* e0 */ L, L, L, L, L, L, L, L,  L, L, L, L, L, L, L, L,
    /* f0 */ L, L, L, L, L, L, L, L,  L, L, L, L, L, L, L, L,
};
/* clang-format on */
