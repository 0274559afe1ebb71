/*
 * state.h -- a script while it is read.
 *
 * The window's first byte is the first token of the statement that was given
 * out last, or what follows it: positions in a statement are window offsets.
 */
#ifndef MOONBIRD_SQL_STATE_H
#define MOONBIRD_SQL_STATE_H

#include "moonbird/sql/script.h"

#include "sql/lexer/lexer.h"
#include "sum.h"
#include "sql/lexer/text.h"

struct mb_script {
    char *name;
    mb_section wanted, section;
    mb_reader in;
    mb_lexer lexer;
    mb_canon canon;
    mb_comment_check *check; /* NULL: comments are free */
    mb_place place; /* of the window's first byte */
    mb_place heading; /* of a comment that can head a down part, since the last statement; or 0 */
    size_t checked; /* so many bytes of the window are known to be good text */
    size_t done;    /* so many belong to what was given out */
    size_t cut;     /* where a NUL stands in the window for `under_cut` */
    char under_cut;
    size_t number;   /* statements of the wanted section */
    mb_buf copy_sql; /* a COPY statement outlives the window */
    bool started, in_head, line_start, has_down, copying, session_strings;
    bool planned, disputed; /* mb_script_plan; the session's strings are not those of the text */
};

/* What a comment means to the splitter. */
typedef enum mb_meaning { MEANS_NOTHING, MEANS_BREAKPOINT, MEANS_DOWN, MEANS_DIRECTIVE } mb_meaning;

/* What is known of the statement being read. */
typedef enum mb_shape {
    SHAPE_START,
    SHAPE_CREATE,  /* CREATE [OR REPLACE] */
    SHAPE_ROUTINE, /* ... FUNCTION | PROCEDURE */
    SHAPE_BODY,    /* ... BEGIN ATOMIC */
    SHAPE_COPY,
    SHAPE_OTHER,
} mb_shape;

typedef struct mb_reading {
    size_t at;    /* the next token */
    size_t end;   /* past the last significant one */
    size_t run;   /* what is not in the hash yet: data[run, end) */
    size_t depth; /* of parentheses */
    mb_shape shape;
    bool armed; /* ROUTINE: the last token was BEGIN; COPY: FROM; BODY: a statement begins */
    bool copy_in;
    mb_meaning hard_end; /* the comment that ended it */
} mb_reading;

/* script.c */
bool mb_script_fail_at(mb_script *script, size_t at, mb_error *err); /* a window offset */
void mb_script_drop(mb_script *script, size_t n);
bool mb_script_wants(const mb_script *script); /* is the section at hand the wanted one? */

/* Is the window up to `end` text as moonbird takes it? */
MB_MUST_CHECK bool mb_script_check(mb_script *script, size_t end, mb_error *err);

/* between.c: what stands between statements, and in them without being a part */

/* Step over it; *found: the window begins with a statement. */
MB_MUST_CHECK bool mb_script_to_statement(mb_script *script, bool *found, mb_error *err);
MB_MUST_CHECK bool mb_script_comment(mb_script *script, const mb_token *token, mb_meaning *out,
                                     mb_error *err);
void mb_script_pass_gap(mb_script *script, const mb_token *token);
bool mb_script_fail_open(mb_script *script, const mb_token *token, mb_error *err);
bool mb_script_fail_command(mb_script *script, const mb_token *token, mb_error *err);

/* statement.c: the statement that the window begins with; *token is what ended it */
MB_MUST_CHECK bool mb_statement_read(mb_script *script, mb_reading *now, mb_token *token,
                                     mb_error *err);

/* copy.c: the rest of the line after COPY ... FROM STDIN; its data begins on the next one */
MB_MUST_CHECK bool mb_copy_line(mb_script *script, mb_reading *now, mb_error *err);

#endif
