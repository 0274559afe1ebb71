/*
 * statement.h -- one SQL statement, and the facts that its words show.
 *
 * The words are read with the rules of PostgreSQL's lexer, not with its grammar, so that they mean
 * the same for every server version.  Nothing here asks a server.
 */
#ifndef MOONBIRD_SQL_STATEMENT_H
#define MOONBIRD_SQL_STATEMENT_H

#include "moonbird/base/error.h"

typedef enum mb_stmt_kind {
    MB_STMT_OTHER,
    MB_STMT_BEGIN,          /* BEGIN, START TRANSACTION */
    MB_STMT_COMMIT,         /* COMMIT, END; without AND CHAIN */
    MB_STMT_ROLLBACK,       /* ROLLBACK, ABORT; not TO SAVEPOINT, without AND CHAIN */
    MB_STMT_SAVEPOINT,      /* SAVEPOINT, RELEASE, ROLLBACK TO */
    MB_STMT_TRANSACTION,    /* AND CHAIN, PREPARE TRANSACTION, COMMIT and ROLLBACK PREPARED */
    MB_STMT_NO_TRANSACTION, /* refused in a transaction: CREATE INDEX CONCURRENTLY, VACUUM, ... */
    MB_STMT_COPY_IN,        /* COPY ... FROM STDIN: its data follows */
    MB_STMT_ADD_VALUE,      /* ALTER TYPE ... ADD VALUE: usable only after a commit (55P04) */
} mb_stmt_kind;

typedef struct mb_stmt {
    const char *sql;   /* without its semicolon, NUL-terminated; borrowed until the next
                          mb_script_next */
    size_t len;
    size_t number;     /* from 1 in its section */
    int line, column;  /* of its first token, from 1; columns count characters */
    mb_stmt_kind kind;
    bool concurrently; /* a NO_TRANSACTION statement that waits without blocking others */
} mb_stmt;

/* ---- the command ---- */

enum { MB_COMMAND_SIZE = 64 };

/*
 * The words that name its command, in capitals, as in PostgreSQL's manual: "CREATE INDEX", also
 * for CREATE UNIQUE INDEX; "INSERT", also after WITH; "" if it does not begin with a word.
 */
void mb_stmt_command(const mb_stmt *stmt, char out[MB_COMMAND_SIZE]);

/* The first of these words.  It tells a query from other commands, and takes less time to find. */
void mb_stmt_verb(const mb_stmt *stmt, char out[MB_COMMAND_SIZE]);

/* Does it return rows, or a number of rows that it changed?  False for COPY, whose data follows. */
bool mb_verb_answers(const char *verb);
bool mb_stmt_answers(const mb_stmt *stmt);

/* ---- the session ---- */

/*
 * Does it change the session for the statements after its transaction: SET (not LOCAL), RESET,
 * DISCARD ALL, a SELECT of nothing but set_config(), local or not?
 */
bool mb_stmt_sets_session(const mb_stmt *stmt);

/* Does it change settings of sessions that begin later: ALTER DATABASE, ROLE or USER ... SET? */
bool mb_stmt_sets_later_sessions(const mb_stmt *stmt);

/* Does mb_stmt_sets_session find it, and does it restore a setting: RESET, DISCARD? */
bool mb_stmt_resets_session(const mb_stmt *stmt);

/*
 * Does it set something for the session in a way that moonbird cannot repeat: in a DO block, with
 * set_config() beside other expressions, or with a value for set_config() that can differ the next
 * time, such as one from a table or a function? With `after_local`, current_setting() is such a
 * value.
 */
bool mb_stmt_hides_setting(const mb_stmt *stmt, bool after_local);

/*
 * Follows the statements of a file: *local is true from SET LOCAL, or a statement with the same
 * effect, to the end of the transaction, because these settings are not made again.
 */
void mb_stmt_follow_local(bool *local, const mb_stmt *stmt);

/* Is it SET or RESET of any setting? */
bool mb_stmt_is_setting(const mb_stmt *stmt);

/*
 * False: it makes no setting, also not array_nulls, and the names in it mean what they meant. This is
 * so for nearly all statements of a script, and takes less time than the exact questions.
 */
bool mb_stmt_may_set(const mb_stmt *stmt);

/*
 * Can a table's name, or the types of its columns, mean something else after it, although it is not
 * DDL? True for SET, RESET, set_config(), and a SELECT that reads no table and so calls functions
 * for their effects.
 */
bool mb_stmt_moves_names(const mb_stmt *stmt);

/*
 * Does it make something that belongs to its session: a temporary object (temporary.h), LISTEN,
 * LOAD?  Objects that a function makes are not noticed.  If so, mb_stmt_touches_session is true.
 */
bool mb_stmt_makes_temporary(const mb_stmt *stmt);

/*
 * Can it leave something in the session, or read what another statement left there: settings,
 * temporary tables, prepared statements, cursors, LISTEN, locks, currval()?  True for a SELECT, DO
 * or CALL, since the functions that it calls can; false for DDL and DML, which are trusted not to.
 */
bool mb_stmt_touches_session(const mb_stmt *stmt);

/* ---- the transaction ---- */

/*
 * The server refused it in a transaction with this error: can it run outside of one?  The
 * functions that a statement calls can raise 25001 and 2D000 too, and SET TRANSACTION raises 25001;
 * therefore the first word decides.
 */
bool mb_stmt_may_run_outside(const mb_stmt *stmt, const mb_error *err);

/*
 * The modes that a BEGIN or SET TRANSACTION gives its transaction, in lower case: "isolation level
 * serializable read only"; "" for a BEGIN without modes.  NULL for any other statement.  The caller
 * frees it.
 */
char *mb_stmt_modes(const mb_stmt *stmt);

/* ---- errors ---- */

/*
 * Line and column in the file of the character `position`, from 1 as servers count, of a statement.
 */
void mb_stmt_place(const mb_stmt *stmt, int position, int *line, int *column);

/*
 * Adds the place of err->position in `file` to an error of a statement: file, line, column, the
 * source line with a caret, and the statement itself.  Secrets are masked.  An error that has a
 * file already is left as it is.  Returns false.
 */
bool mb_sql_fail(mb_error *err, const char *file, const mb_stmt *stmt);

#endif
