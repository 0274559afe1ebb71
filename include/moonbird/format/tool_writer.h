/*
 * tool_writer.h -- how other migration tools record a migration, from the sources of the tools.
 *
 * For each tool that moonbird can write for, it has the table as the tool itself creates it, and
 * the statement that records one migration.  tool_table.h is the list for reading.
 */
#ifndef MOONBIRD_FORMAT_TOOL_WRITER_H
#define MOONBIRD_FORMAT_TOOL_WRITER_H

#include "moonbird/format/migration.h"

/* Which sets of applied migrations the tool's history can have. */
typedef enum mb_tool_order {
    MB_TOOL_ANY,     /* every set */
    MB_TOOL_NO_GAPS, /* the tool never applies a migration that comes before one it has applied */
    MB_TOOL_APPEND,  /* as MB_TOOL_NO_GAPS, and rows are added in the order of the migrations */
    MB_TOOL_TIMES,   /* as MB_TOOL_NO_GAPS, in the order of the journal's times */
} mb_tool_order;

typedef struct mb_tool_writer {
    const char *tool;   /* as mb_tool_table knows it, and the name of the format of its files */
    const char *schema; /* NULL: the first of the search_path */
    const char *table;
    const char *columns; /* of CREATE TABLE */
    const char *first;   /* a statement after CREATE TABLE, as `row`; NULL: none */
    const char *needed;  /* the columns that `row` names, as an array in SQL: "{a,b}" */
    const char *row;     /* a statement; $X stands for a value, see mb_tool_row_sql */
    const char *is;      /* SQL condition: the row, or a later one, records the migration */
    const char *remove;  /* a statement that removes it; NULL: DELETE the rows that `is` finds */
    const char *change;  /* an UPDATE with the checksum of a changed file; NULL: it has none */
    mb_tool_order order;
    bool journal;    /* only for a folder with Drizzle's journal; otherwise only for one without */
    bool repeatable; /* it records repeatable migrations, too, each time that they run */
    bool numbered;  /* only migrations with a number that fits in a bigint */
    bool reads_all; /* the tool reads each file of the folder, and fails at one in Lua */
} mb_tool_writer;

/* NULL: moonbird cannot write this tool's history.  `journal`: the folder has Drizzle's. */
const mb_tool_writer *mb_tool_writer_of(const char *tool, bool journal);

/* The names of all tools that have a writer, separated by spaces.  The caller frees it. */
char *mb_tool_writer_names(void);

/* The statements that create the table, which is quoted, with its schema.  The caller frees it. */
char *mb_tool_create_sql(const mb_tool_writer *writer, const char *table);

/* A migration to be recorded; borrowed. */
typedef struct mb_tool_entry {
    const char *table; /* quoted, with its schema */
    const mb_migration *file;
    const char *text; /* the whole file of the up part */
    size_t len;
    const char *at;             /* when it was applied, in ISO 8601; NULL: now */
    const mb_migration *before; /* remove: the applied migration before it; NULL: there is none */
    const char *sum; /* remove: the checksum and the time in the row; NULL: those of the file */
    int64_t when;
    const char *key;    /* remove: the key in the row; NULL: that of the file */
    const char *folder; /* of the migrations, as in the path of the file */
    int64_t ms;         /* how long it ran, if `at` is not NULL */
} mb_tool_entry;

/*
 * The statement, or statements, that record a migration, remove its row, or change the checksum in
 * it.  The caller frees it; NULL: there is nothing to change.
 */
char *mb_tool_row_sql(const mb_tool_writer *writer, const mb_tool_entry *entry);
char *mb_tool_remove_sql(const mb_tool_writer *writer, const mb_tool_entry *entry);
char *mb_tool_change_sql(const mb_tool_writer *writer, const mb_tool_entry *entry);

/* The checksum of Flyway: CRC-32 of the text without byte order mark and line ends. */
int32_t mb_flyway_checksum(const char *text, size_t len);

/* The SQL condition that a row of the table records the migration.  The caller frees it. */
char *mb_tool_is_sql(const mb_tool_writer *writer, const mb_tool_entry *entry);

#endif
