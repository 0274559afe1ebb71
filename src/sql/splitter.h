/*
 * splitter.h -- private header of the splitter: a script while it is read.
 *
 * The window begins with the first token of the statement that was returned last, or with the text
 * after it.  All positions in a statement are therefore offsets into the window.
 *
 * The files call each other downwards only: script, then gap, statement and copy_data, then
 * marker, then expectation, then refuse, then splitter.
 */
#ifndef MOONBIRD_SQL_SPLITTER_H
#define MOONBIRD_SQL_SPLITTER_H

#include "moonbird/sql/script.h"

#include "sql/lexer/lexer.h"
#include "sql/lexer/text.h"
#include "checksum.h"

/* Finds out to which statement an expectation between two statements belongs. */
typedef struct mb_expecting {
    mb_expectations *found; /* NULL: expectations are not read */
    size_t known;           /* so many of them have their statement */
    size_t above;           /* the statement right above this place; 0: none, or separated */
    int above_line;         /* the line on which it ends */
    int last_line;          /* the line on which it, or a comment after it, ends */
} mb_expecting;

struct mb_script {
    char *name;               /* the file's path, for errors; "" for none */
    mb_section wanted;        /* the section whose statements are returned */
    mb_section section;       /* the section that is being read */
    mb_reader in;
    mb_lexer lexer;
    mb_normalizer normalizer;
    mb_comment_check *check;  /* called for comments; NULL: none */
    const char *tool;         /* for `check` */
    const char *breakpoint;   /* as in mb_cut */
    mb_expecting expecting;   /* for mb_script_expect */
    mb_place place;           /* of the window's first byte */
    mb_place heading;         /* of a comment that may be the head of a down part; line 0: none */
    const char *heading_hint; /* the hint of its error; a constant */
    size_t checked;           /* how many bytes of the window are valid text */
    size_t done;              /* the number of bytes of the last returned statement */
    size_t cut;               /* where a NUL ends the statement that was returned; 0: nowhere */
    char under_cut;           /* the byte that the NUL replaced */
    size_t number;            /* statements of the wanted section so far */
    mb_buf copy_sql;          /* a COPY statement's own copy: its data moves the window */
    bool started;             /* a byte order mark was looked for */
    bool in_head;             /* before the first statement: directives are allowed */
    bool line_start;          /* only white space comes before this on its line */
    int down_line;            /* the line of `-- moonbird:down`; 0: none was read */
    bool down_comment;        /* and a comment below it */
    bool copying;             /* the data of a COPY statement comes next */
    bool session_strings;     /* standard_conforming_strings of the session */
    bool planned;             /* mb_script_plan: the text's own settings count */
    bool unterminated;        /* a comment or a quote has no end */
    bool part;                /* the text is a part of a file, which a tool's annotations cut */
    mb_place data_down;       /* of a `-- moonbird:down` in the data of COPY; line 0: none */
    bool disputed;            /* planned, and the session's setting differs from the text's */
};

/* The meaning of a comment to the splitter. */
typedef enum mb_meaning { MEANS_NOTHING, MEANS_BREAKPOINT, MEANS_DOWN, MEANS_DIRECTIVE } mb_meaning;

/* The kind of the statement that is being read, as far as it is known. */
typedef enum mb_statement_shape {
    SHAPE_START,
    SHAPE_CREATE,  /* CREATE [OR REPLACE] */
    SHAPE_ROUTINE, /* ... FUNCTION | PROCEDURE */
    SHAPE_BODY,    /* ... BEGIN ATOMIC */
    SHAPE_COPY,
    SHAPE_OTHER,
} mb_statement_shape;

typedef struct mb_reading {
    size_t at;           /* offset of the next token */
    size_t end;          /* past the last token that is not white space or a comment */
    size_t run;          /* data[run, end) is not in the checksum yet */
    size_t depth;        /* of parentheses */
    mb_statement_shape shape;
    bool armed;          /* ROUTINE: after BEGIN; COPY: after FROM; BODY: a statement begins */
    bool copy_in;        /* COPY ... FROM STDIN */
    mb_meaning hard_end; /* of the comment that ended the statement */
} mb_reading;

/* ---- splitter.c ---- */

/* Sets the place of the byte at window offset `at` in *err.  Returns false. */
bool mb_script_fail_at(mb_script *script, size_t at, mb_error *err);

/* Removes the first `n` bytes from the window. */
void mb_script_drop(mb_script *script, size_t n);

/* Is the section that is being read the wanted one? */
bool mb_script_wants(const mb_script *script);

/* Is the window up to offset `end` valid text: UTF-8 without NUL bytes?  Otherwise MB_ERR_FILE. */
MB_MUST_CHECK bool mb_script_check(mb_script *script, size_t end, mb_error *err);

/* Keeps `line_start` right after a token. */
void mb_script_pass_gap(mb_script *script, const mb_token *token);

/* ---- refuse.c: errors, each MB_ERR_FILE with its place; they return false ---- */

/* The quote or comment that `token` begins has no end. */
bool mb_script_fail_open(mb_script *script, const mb_token *token, mb_error *err);

/* The data of COPY has no "\." before the text ends, where this is an error. */
bool mb_script_fail_data(const mb_script *script, mb_error *err);

/* A backslash command of psql. */
bool mb_script_fail_command(mb_script *script, const mb_token *token, mb_error *err);

/* Statements on both sides of the comment at script->heading. */
bool mb_script_fail_heading(const mb_script *script, mb_error *err);

/* The statement that the window begins with reads otherwise under the session's settings. */
bool mb_script_fail_disputed(mb_script *script, mb_error *err);

/* read() failed: script->in.failed says why. */
bool mb_script_fail_read(const mb_script *script, mb_error *err);

/* ---- expectation.c: without mb_script_expect these do nothing ---- */

/* A comment, inside a statement where `inside`; keeps the expectation that it is. */
MB_MUST_CHECK bool mb_expect_comment(mb_script *script, const mb_token *token, bool inside,
                                     mb_error *err);

/* The window is right behind a statement, or at the beginning of the text. */
void mb_expect_above(mb_script *script);

/* A token between two statements was dropped from the window. */
MB_MUST_CHECK bool mb_expect_passed(mb_script *script, const mb_token *token, mb_error *err);

/* The following text does not belong to the text before it: a breakpoint, a section, the end. */
MB_MUST_CHECK bool mb_expect_separate(mb_script *script, mb_error *err);

/* The window begins with a statement. */
MB_MUST_CHECK bool mb_expect_below(mb_script *script, mb_error *err);

/* ---- marker.c ---- */

/* Finds the meaning of a line comment.  A directive in a wrong place is an error. */
MB_MUST_CHECK bool mb_script_comment(mb_script *script, const mb_token *token, mb_meaning *out,
                                     mb_error *err);

/*
 * Processes a comment between statements: checks it, starts the down section, or adds a directive.
 */
MB_MUST_CHECK bool mb_script_pass_comment(mb_script *script, const mb_token *token, mb_error *err);

/* ---- gap.c ---- */

/* Skips the text between statements.  *found: the window begins with a statement. */
MB_MUST_CHECK bool mb_script_to_statement(mb_script *script, bool *found, mb_error *err);

/* ---- statement.c ---- */

/* Reads the statement that the window begins with; *token is the token that ended it. */
MB_MUST_CHECK bool mb_statement_read(mb_script *script, mb_reading *now, mb_token *token,
                                     mb_error *err);

/* ---- copy_data.c ---- */

/* Reads the rest of the line of COPY ... FROM STDIN; its data begins on the next line. */
MB_MUST_CHECK bool mb_copy_line(mb_script *script, mb_reading *now, mb_error *err);

#endif
