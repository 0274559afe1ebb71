/*
 * known_tool_tables.h -- the history tables of other migration tools, from the sources of the tools.
 *
 * This is the only list of them. It shows how to recognise a database that another tool migrates,
 * and how to read which migrations that tool applied.
 */
#ifndef MOONBIRD_FORMAT_KNOWN_TOOL_TABLES_H
#define MOONBIRD_FORMAT_KNOWN_TOOL_TABLES_H

#include <stdbool.h>
#include <stddef.h>

enum { MB_TOOL_COLUMNS = 2 };

/*
 * When a row means "applied", and when "half applied"; otherwise the migration was rolled back.
 * Columns 1 and 2 are those of mb_tool_table.
 */
typedef enum mb_applied_rule {
    MB_APPLIED_ALWAYS,
    MB_APPLIED_TRUE,      /* column 1 is true */
    MB_APPLIED_SUCCEEDED, /* column 1 is true; false: half */
    MB_APPLIED_FINISHED,  /* column 1 is not null and column 2 is null; half: both are null */
    MB_APPLIED_FORWARD,   /* column 2 is not the type of a removal; column 1 is false: half */
    MB_APPLIED_WHOLE,     /* columns 1 and 2 are equal; otherwise half */
} mb_applied_rule;

/* Which checksum of a file a tool keeps. */
typedef enum mb_sum_kind {
    MB_SUM_SHA256, /* in hexadecimal, of the bytes */
    MB_SUM_SHA384, /* a bytea, of the bytes */
    MB_SUM_CRC32,  /* an integer with a sign, of the text without line ends */
    MB_SUM_LIQUIBASE, /* of the changeset; see liquibase_sum.h */
    MB_SUM_ATLAS,  /* that of the file's line in atlas.sum, which covers the files before it, too */
} mb_sum_kind;

typedef struct mb_tool_table {
    const char *tools; /* the names of the tools that have this table, separated by spaces */
    const char *table;
    const char *schema; /* the name is too general to be known in another schema; NULL: it is not */
    const char *all_columns; /* the name is too general to be known without exactly these, sorted;
                                NULL: it is not */
    const char *key; /* the column with the version, name or file; NULL: the tool's migrations
                        are programs */
    const char *columns[MB_TOOL_COLUMNS]; /* columns 1 and 2; NULL: not needed */
    const char *time; /* the column with the time at which it was applied; NULL: there is none */
    const char *name; /* the column with the file, if the key is NULL: Flyway's repeatable ones */
    const char *project; /* the column with the project, of whose rows only those of the folder's
                            project count; NULL: there is none */
    const char *key_sql; /* an expression for the key, of `key` and columns 1 and 2; NULL: `key` */
    const char *sum;     /* the column with a checksum of the file; NULL: there is none */
    mb_sum_kind sum_is;
    mb_applied_rule applied;
    const char *order; /* sort column: the last row of a key decides; NULL: a key has one row */
    const char *mark;  /* the key of a row that stands for no migration; NULL: there is none */
    bool up_to;        /* the only row: all numbers up to its key; column 1: key unfinished */
    bool drizzle;      /* it has hash and created_at, and maybe no key column */
} mb_tool_table;

/* Does this tool have such a table? */
bool mb_tool_table_is_of(const mb_tool_table *table, const char *tool);

extern const mb_tool_table mb_tool_tables[];
extern const size_t mb_tool_tables_n;

/* A table that a tool keeps beside its history, or a schema in which it keeps both. */
typedef struct mb_tool_side_table {
    const char *tool, *table;
    const char *schema;  /* NULL: any */
    const char *columns; /* without which it is another table; separated by spaces */
} mb_tool_side_table;

extern const mb_tool_side_table mb_tool_side_tables[];
extern const size_t mb_tool_side_tables_n;

#endif
