/*
 * script.h -- an SQL script read as a stream of statements.
 *
 * The rules are psql's lexical ones (psqlscan.l), not a grammar, so that they hold for every server
 * version: quotes of all kinds, dollar tags, nested comments, parentheses, BEGIN ATOMIC bodies,
 * COPY ... FROM STDIN with its data, and Drizzle's `--> statement-breakpoint` as a hard end.
 * psql's own commands are refused, except \restrict and \unrestrict (pg_dump) and the `\.` that
 * ends COPY data.  Memory holds the longest statement, never the file.
 */
#ifndef MOONBIRD_SQL_SCRIPT_H
#define MOONBIRD_SQL_SCRIPT_H

#include "moonbird/base/hash.h"
#include "moonbird/sql/effect.h"
#include "moonbird/sql/expectation.h"
#include "moonbird/sql/statement.h"

typedef enum mb_section { MB_SECTION_UP, MB_SECTION_DOWN } mb_section;

/* A section that is a part of a file.  { 0 } is the whole file. */
typedef struct mb_cut {
    size_t from, len;    /* its bytes */
    int line;            /* the line of its first byte, from 1; 0: the whole file */
    bool no_transaction; /* set by its format; the checksum counts it as a directive */
    const char *breakpoint; /* a line comment, without its dashes and in lower case, that ends a
                               statement even without ";", as Drizzle's does; NULL: no other */
    char *text;             /* read instead of these bytes, with variables replaced; NULL: none */
} mb_cut;

typedef struct mb_script mb_script;

/* ---- open and close ---- */

/*
 * Opens a file.  Only the wanted section, the up part or the down part (after a line `--
 * moonbird:down`), gives statements.  The caller closes *out.  MB_ERR_FILE: it cannot be opened.
 */
MB_MUST_CHECK bool mb_script_open(mb_script **out, const char *path, mb_section section,
                                  mb_error *err);

/* mb_script_open for an open file, from its beginning; takes over `fd`.  `name` is for errors. */
mb_script *mb_script_of_fd(int fd, const char *name, mb_section section);

/* A string in memory, borrowed until close; `name` is its file in errors, "" for none. */
mb_script *mb_script_of_text(const char *text, size_t len, const char *name);

/* mb_script_open for a file whose bytes are in memory, borrowed until close. */
mb_script *mb_script_of_bytes(const char *text, size_t len, const char *path, mb_section section);

/* mb_script_open for the part of a file.  cut->text is borrowed until close. */
MB_MUST_CHECK bool mb_script_open_cut(mb_script **out, const char *path, const mb_cut *cut,
                                      mb_section section, mb_error *err);

/*
 * Call this before the first statement: the script's text is the part of its file that `cut`
 * selects.
 */
void mb_script_is_cut(mb_script *script, const mb_cut *cut);

void mb_script_close(mb_script *script); /* NULL is fine */

/* Did mb_script_next fail because a comment or a quote has no end? */
bool mb_script_is_unterminated(const mb_script *script);

/*
 * A check sees each comment that begins a line of the wanted section: a line comment from its
 * dashes on, and a block comment between statements. With `tool` it also sees those that follow a
 * statement on its line. Where it returns false, reading ends with its
 * error, at the comment's place. Where it sets *heading (NULL at first), the comment may head a
 * down part: if there are statements on both sides of it, reading ends with an error that has
 * *heading, a constant, as its hint. `tool` is what mb_script_watch was given, borrowed until
 * close.
 */
typedef bool mb_comment_check(const char *text, size_t len, const char *tool, const char **heading,
                              mb_error *err);
void mb_script_watch(mb_script *script, mb_comment_check *check, const char *tool);

/*
 * Call this before the first statement: append the expectations of the wanted section to *out,
 * which is borrowed until close.  The expectation of a statement is complete once mb_script_next
 * has returned the next statement.  mb_script_next then fails with MB_ERR_FILE, at the comment's
 * place, for an unknown form, a second expectation of a statement, and one whose statement is not
 * certain.
 */
void mb_script_expect(mb_script *script, mb_expectations *out);

/*
 * Tells the script what standard_conforming_strings is in the session from here on: when off, a
 * backslash in '...' is an escape.  At first it is on.  SET statements of the script itself are
 * followed without this.
 */
void mb_script_standard_strings(mb_script *script, bool on);

/*
 * mb_script_standard_strings for a script that is read more than once and must give the same
 * statements each time: the script's own text decides.  Where a later mb_script_standard_strings
 * says otherwise, the next statement with a backslash is refused.
 */
void mb_script_plan(mb_script *script, bool on);

/* ---- read ---- */

/*
 * The next statement; *found is false at the end.  Unread COPY data is skipped.  Errors
 * (MB_ERR_FILE), each with file, line and column: a string that is not UTF-8, a NUL byte, an
 * unterminated quote or comment, a psql command, a directive that is not at the head of the file.
 */
MB_MUST_CHECK bool mb_script_next(mb_script *script, mb_stmt *out, bool *found, mb_error *err);

/*
 * After an MB_STMT_COPY_IN statement: the next piece of its data, whole lines without the final
 * `\.`, borrowed until the next call; *len is 0 at the end.
 */
MB_MUST_CHECK bool mb_script_copy_data(mb_script *script, const char **data, size_t *len,
                                       mb_error *err);

/*
 * mb_sql_fail with the script's file.  `stmt` is the statement that mb_script_next returned last.
 */
bool mb_stmt_fail(mb_error *err, const mb_script *script, const mb_stmt *stmt);

/* ---- checksums ---- */

/* The checksums of one file; a Lua file has them too. */
typedef struct mb_checksums {
    char file[MB_HASH_HEX];       /* SHA-256 of the bytes */
    char normalized[MB_HASH_HEX]; /* of the file without byte order mark and down section, with
                                     CRLF as LF, with comments and white space outside literals as
                                     one space, a breakpoint as ";", and with its directives but
                                     for "empty" */
} mb_checksums;

/*
 * Valid once mb_script_next said the end.  For a reader of MB_SECTION_DOWN, `normalized` is of that
 * section.
 */
void mb_script_checksums(const mb_script *script, mb_checksums *out);

/*
 * Call this before the first statement: compute no checksum of the file, because the caller has it.
 * Unless `progress`, mb_script_progress_checksum is not valid either.
 */
void mb_script_unhashed(mb_script *script, bool progress);

/* Is there a down section?  Valid once mb_script_next said the end. */
bool mb_script_has_down(const mb_script *script);

/* The line of `-- moonbird:down`; 0: there is none.  Valid at the same time. */
int mb_script_down_line(const mb_script *script);

/* Does the down section have a comment between its statements?  Valid at the same time. */
bool mb_script_has_down_comment(const mb_script *script);

/*
 * SHA-256 of the statements read so far in their normalized form, with the one that mb_script_next
 * returned last, without directives.  Unread COPY data is skipped; the next mb_script_next reports
 * errors in it.
 */
void mb_script_progress_checksum(mb_script *script, char hex[MB_HASH_HEX]);

/* The checksums of a Lua file; it is normalized by removing the byte order mark and each CR. */
void mb_checksums_of_lua(mb_checksums *out, const char *text, size_t len);

/* ---- encoding ---- */

/*
 * Is the string valid: UTF-8, without NUL bytes?  *skip is the length of a byte order mark at its
 * head.  MB_ERR_FILE, with its place in `file`: UTF-16, a NUL byte, an invalid byte.
 */
MB_MUST_CHECK bool mb_text_check(const char *text, size_t len, const char *file, size_t *skip,
                                 mb_error *err);

#endif
