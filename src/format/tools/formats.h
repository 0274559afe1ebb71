/* formats.h -- the table of formats, and how a folder's format is found. */
#ifndef MOONBIRD_FORMAT_TOOLS_FORMATS_H
#define MOONBIRD_FORMAT_TOOLS_FORMATS_H

#include "form.h"

/*
 * Finds the format by the names in the folder; *out is NULL when none shows one.  MB_ERR_FILE: two
 * formats claim files.
 */
MB_MUST_CHECK bool mb_formats_claim(const mb_file_format **out, const mb_listing *l, mb_error *err);

/* The format of a tool, whose annotation a file has; NULL: moonbird does not read it. */
const mb_file_format *mb_format_of_tool(const char *tool);

/* Sets the error for a folder with files of two formats; returns false. */
bool mb_fail_two_formats(mb_error *err, const mb_listing *l, const char *a, const char *tool_a,
                         const char *b, const char *tool_b);

/* golang_migrate.c: the first SQL file, if all have names of pairs; NULL: one has another name. */
const char *mb_pairs_claim(const mb_listing *l);

/* golang_migrate.c: the entry with the file's number, of sorted entries; NULL: there is none. */
mb_entry *mb_pairs_find(const mb_entries *entries, const char *file);

/* golang_migrate.c: makes the file the down part of an entry.  MB_ERR_FILE: it has one already. */
MB_MUST_CHECK bool mb_pairs_set_down(mb_entry *e, const mb_listing *l, const char *file,
                                     mb_error *err);

extern const mb_file_format mb_format_atlas, mb_format_dbmate, mb_format_diesel,
    mb_format_drizzle_1, mb_format_flyway, mb_format_golang_migrate, mb_format_goose,
    mb_format_graphile_migrate, mb_format_liquibase, mb_format_node_pg_migrate, mb_format_prisma,
    mb_format_sqitch, mb_format_sql_migrate, mb_format_sqlx, mb_format_supabase, mb_format_tern;

#endif
