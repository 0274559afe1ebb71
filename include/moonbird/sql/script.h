/*
 * script.h -- an SQL script read as a stream of statements.
 *
 * The rules are psql's lexical ones (psqlscan.l), not a grammar, so that they
 * hold for every server version: quotes of all kinds, dollar tags, nested
 * comments, parentheses, BEGIN ATOMIC bodies, COPY ... FROM STDIN with its
 * data, and Drizzle's `--> statement-breakpoint` as a hard end.  psql's own
 * commands are refused, but for \restrict and \unrestrict (pg_dump) and the
 * `\.` that ends COPY data.  Memory holds the longest statement, never the file.
 */
#ifndef MOONBIRD_SCRIPT_H
#define MOONBIRD_SCRIPT_H

#include "moonbird/base/error.h"
#include "moonbird/base/hash.h"

typedef enum mb_stmt_kind {
    MB_STMT_OTHER,
    MB_STMT_BEGIN,        /* BEGIN, START TRANSACTION */
    MB_STMT_COMMIT,       /* COMMIT, END; without AND CHAIN */
    MB_STMT_ROLLBACK,     /* ROLLBACK, ABORT; not TO SAVEPOINT, without AND CHAIN */
    MB_STMT_SAVEPOINT,    /* SAVEPOINT, RELEASE, ROLLBACK TO */
    MB_STMT_TRANSACTION,  /* other transaction control: AND CHAIN, PREPARE TRANSACTION, ... PREPARED */
    MB_STMT_ALONE,        /* cannot run in a transaction: CREATE INDEX CONCURRENTLY, VACUUM, ... */
    MB_STMT_COPY_IN,      /* COPY ... FROM STDIN: its data follows */
    MB_STMT_ADD_VALUE,    /* ALTER TYPE ... ADD VALUE: usable only after a commit (55P04) */
} mb_stmt_kind;

typedef struct mb_stmt {
    const char *sql;   /* borrowed until the next mb_script_next; NUL-terminated, without the ; */
    size_t len;
    size_t number;     /* from 1 in the section */
    int line, column;  /* of its first token, from 1; columns count characters */
    mb_stmt_kind kind;
    bool concurrently; /* an ALONE statement that waits for others while it blocks nobody */
} mb_stmt;

typedef enum mb_section { MB_SECTION_UP, MB_SECTION_DOWN } mb_section;

typedef struct mb_script mb_script;

/* A file; only the up or only the down part (after a line `-- moonbird:down`) gives statements. */
MB_MUST_CHECK bool mb_script_open(mb_script **out, const char *path, mb_section section,
                                  mb_error *err);

/* A text in memory, borrowed until close; `name` stands in errors ("" for no place). */
mb_script *mb_script_of_text(const char *text, size_t len, const char *name);
void mb_script_close(mb_script *script); /* NULL is fine */

/*
 * `check` sees each comment that begins a line of the section that is read: a line comment from
 * its dashes on, and a block comment between statements. Where it returns false, reading ends with
 * its error, at the comment's place. Where it sets *heads_down (false before) and statements are on
 * both sides of the comment, reading ends with an error, too.
 */
typedef bool mb_comment_check(const char *text, size_t len, bool *heads_down, mb_error *err);
void mb_script_watch(mb_script *script, mb_comment_check *check);

/*
 * The next statement; *found is false at the end.  Errors (MB_ERR_FILE): text
 * that is not UTF-8, a NUL byte, an unterminated quote or comment, a psql
 * command; each with file, line and column.  COPY data that was not fetched is
 * passed over.
 */
MB_MUST_CHECK bool mb_script_next(mb_script *script, mb_stmt *out, bool *found, mb_error *err);

/*
 * After an MB_STMT_COPY_IN: the next piece of its data, whole lines without the
 * final `\.`, borrowed until the next call; *len is 0 at the end.
 */
MB_MUST_CHECK bool mb_script_copy_data(mb_script *script, const char **data, size_t *len,
                                       mb_error *err);

/*
 * Literals '...' take backslashes as escapes when off, from here on; what the script itself sets is
 * followed already, where its text says it.
 */
void mb_script_standard_strings(mb_script *script, bool on);

/*
 * The same, for a script that is read more than once and must give the same statements each time:
 * where mb_script_standard_strings later differs from what the text says, the next statement that
 * holds a backslash is refused.
 */
void mb_script_plan(mb_script *script, bool on);

/*
 * Does it, by its first words, change the session for what comes after its transaction: SET
 * (not LOCAL), RESET, DISCARD ALL, a SELECT of nothing but set_config(), local or not?
 */
bool mb_stmt_sets_session(const mb_stmt *stmt);

/* Is it SET or RESET, of whatever? */
bool mb_stmt_is_setting(const mb_stmt *stmt);

/*
 * Can a table's name, or its columns' types, be others after it, though it is no DDL: SET, RESET,
 * set_config(), a SELECT that reads no table and so calls functions for what they do?
 */
bool mb_stmt_moves_names(const mb_stmt *stmt);

/* Does it, by its first words, make what its session keeps to itself: CREATE TEMP, PREPARE, LISTEN? */
bool mb_stmt_makes_temporary(const mb_stmt *stmt);

/*
 * Can it, by its first words, leave something in the session, or read what another statement left
 * there: settings, temporary tables, prepared statements, cursors, LISTEN, locks, currval()?
 * A SELECT, DO or CALL can, by the functions that it calls; DDL and DML is trusted not to.
 */
bool mb_stmt_leaves(const mb_stmt *stmt);

/*
 * A transaction refused it with this SQLSTATE: may it run outside of one?  25001 and 2D000 are also
 * raised by what a function runs, and 25001 by SET TRANSACTION: that is for the words to tell.
 */
bool mb_stmt_may_be_alone(const mb_stmt *stmt, const char *sqlstate);

/* Line and column of a character (from 1, as servers count) of a statement. */
void mb_stmt_place(const mb_stmt *stmt, int position, int *line, int *column);

/*
 * The modes that a BEGIN or SET TRANSACTION gives its transaction, in lower case: "isolation level
 * serializable read only"; "" for a BEGIN without any, NULL for another statement.  The caller
 * frees it.
 */
char *mb_stmt_modes(const mb_stmt *stmt);

/* Put file, line, column, source line and caret into an error at err->position of the statement. */
bool mb_stmt_fail(mb_error *err, const mb_script *script, const mb_stmt *stmt);

/* The same from parts, for a statement that is no longer at hand through its script. */
bool mb_sql_fail(mb_error *err, const char *file, const mb_stmt *stmt);

/* What one reading of the whole file gives; the text of a Lua file has sums too. */
typedef struct mb_sums {
    char raw[MB_HASH_HEX];       /* SHA-256 of the bytes */
    char canonical[MB_HASH_HEX]; /* of what counts: no BOM, CRLF as LF, comments and white space
                                    outside literals as one space, a breakpoint as ;, directives
                                    counted, the down section not */
} mb_sums;

/* Valid once mb_script_next said the end; for an MB_SECTION_DOWN reader `canonical` is of that section. */
void mb_script_sums(const mb_script *script, mb_sums *out);

/* Is there a down section?  Valid once mb_script_next said the end. */
bool mb_script_has_down(const mb_script *script);

/*
 * SHA-256 over the statements read so far, the last one that mb_script_next gave
 * included, each in its canonical form; without directives.  COPY data that was
 * not fetched is passed over; what is wrong in it is mb_script_next's to say.
 */
void mb_script_progress_sum(mb_script *script, char hex[MB_HASH_HEX]);

/* Sums of a Lua file: raw, and canonical without BOM and CR. */
void mb_sums_of_lua(mb_sums *out, const char *text, size_t len);

/* Is it text as moonbird takes it?  BOM at *skip; UTF-16, NUL and bad UTF-8 are refused, with place. */
MB_MUST_CHECK bool mb_text_check(const char *text, size_t len, const char *file, size_t *skip,
                                 mb_error *err);

/*
 * The names in an ALONE or ADD_VALUE statement, as a resume needs them to look
 * whether its effect is there.  Parts are unquoted, folded and cut as the server
 * does; only the escapes of U&"..." are left as they are.  Of ADD VALUE the type
 * is in schema and name; of REINDEX the table, or the schema alone, where it says so.
 */
typedef enum mb_alone_kind {
    MB_ALONE_OTHER,          /* VACUUM, CLUSTER, ALTER SYSTEM, ...: safe to run again */
    MB_ALONE_CREATE_INDEX,
    MB_ALONE_DROP_INDEX,
    MB_ALONE_REINDEX,
    MB_ALONE_CREATE_DATABASE,
    MB_ALONE_DROP_DATABASE,
    MB_ALONE_DETACH,
    MB_ALONE_CALL,           /* CALL, DO: what it commits inside is done, whatever comes of it */
} mb_alone_kind;

typedef struct mb_alone {
    mb_alone_kind kind;
    bool if_exists;          /* IF EXISTS or IF NOT EXISTS */
    char schema[64];         /* "" when not given */
    char name[64];           /* the index, database or partition; "" for an index without a name */
    char table_schema[64], table[64]; /* CREATE INDEX: the table; DETACH: the parent */
} mb_alone;

void mb_stmt_alone(const mb_stmt *stmt, mb_alone *out);

#endif
